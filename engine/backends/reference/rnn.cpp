// SPDX-License-Identifier: Apache-2.0
// The LSTM step by step; everything runs in double. The state carried from step to step is the double, not its
// rounded output.
#include "engine/backends/reference/kernels.h"

#include <cmath>

namespace espalier {
namespace {

using Values = std::vector<double>;

template <typename T>
Values values(const Tensor &tensor)
{
    const auto span = tensor.span<T>();
    Values out(span.size());
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = wide(span[i]);
    return out;
}

template <typename T>
void write(const Values &from, Tensor &to)
{
    const auto span = to.span<T>();
    for (std::size_t i = 0; i < span.size(); ++i)
        span[i] = store<T>(from[i]);
}

Values zeros(const Tensor &like)
{
    return Values(static_cast<std::size_t>(like.elements()), 0.0);
}

double sigmoid(double x)
{
    return 1 / (1 + std::exp(-x));
}

struct Sizes {
    std::size_t batch, time, features, units;

    Sizes(const Dims &x, const Dims &state)
        : batch(static_cast<std::size_t>(x[0]))
        , time(static_cast<std::size_t>(x[1]))
        , features(static_cast<std::size_t>(x[2]))
        , units(static_cast<std::size_t>(state[1]))
    {
    }
    std::size_t step(std::size_t n, std::size_t t) const { return n * time + t; }
};

/// sum_k a[aFirst + k] * b[bFirst + k * bStride]
double dot(const Values &a, std::size_t aFirst, const Values &b, std::size_t bFirst, std::size_t bStride,
           std::size_t count)
{
    double sum = 0;
    for (std::size_t k = 0; k < count; ++k)
        sum += a[aFirst + k] * b[bFirst + k * bStride];
    return sum;
}

template <typename T>
void lstmIn(const RefCall &call)
{
    const Sizes s(call.in(0).dims(), call.in(1).dims());
    const Values x = values<T>(call.in(0));
    Values h = values<T>(call.in(1));
    Values c = values<T>(call.in(2));
    const Values wIh = values<T>(call.in(3));
    const Values wHh = values<T>(call.in(4));
    const Values bias = values<T>(call.in(5));
    Values y = zeros(call.out(0));
    Values gates = zeros(call.out(3));
    Values cells = zeros(call.out(4));
    const std::size_t units = s.units;
    for (std::size_t n = 0; n < s.batch; ++n)
        for (std::size_t t = 0; t < s.time; ++t) {
            const std::size_t step = s.step(n, t);
            double *gate = gates.data() + step * 4 * units;
            for (std::size_t k = 0; k < 4 * units; ++k) {
                const double z = dot(x, step * s.features, wIh, k * s.features, 1, s.features)
                    + dot(h, n * units, wHh, k * units, 1, units) + bias[k];
                gate[k] = k / units == 2 ? std::tanh(z) : sigmoid(z);
            }
            for (std::size_t u = 0; u < units; ++u) {
                double &cell = c[n * units + u];
                cell = gate[units + u] * cell + gate[u] * gate[2 * units + u];
                h[n * units + u] = gate[3 * units + u] * std::tanh(cell);
                cells[step * units + u] = cell;
                y[step * units + u] = h[n * units + u];
            }
        }
    write<T>(y, call.out(0));
    write<T>(h, call.out(1));
    write<T>(c, call.out(2));
    write<T>(gates, call.out(3));
    write<T>(cells, call.out(4));
}

/// Gradients before the activations at one step, into dz [4H]; dh and dc are those of the state after it. Leaves dc of
/// the state before it.
void stepBack(const double *gate, const double *cell, const double *before, const double *dh, double *dc, double *dz,
              std::size_t units)
{
    for (std::size_t u = 0; u < units; ++u) {
        const double i = gate[u];
        const double f = gate[units + u];
        const double g = gate[2 * units + u];
        const double o = gate[3 * units + u];
        const double shown = std::tanh(cell[u]);
        const double total = dc[u] + dh[u] * o * (1 - shown * shown);
        dz[u] = total * g * i * (1 - i);
        dz[units + u] = total * before[u] * f * (1 - f);
        dz[2 * units + u] = total * i * (1 - g * g);
        dz[3 * units + u] = dh[u] * shown * o * (1 - o);
        dc[u] = total * f;
    }
}

template <typename T>
void lstmBackwardIn(const RefCall &call)
{
    const Sizes s(call.in(3).dims(), call.in(4).dims());
    const Values dy = values<T>(call.in(0));
    Values dh = values<T>(call.in(1));
    Values dc = values<T>(call.in(2));
    const Values x = values<T>(call.in(3));
    const Values h0 = values<T>(call.in(4));
    const Values c0 = values<T>(call.in(5));
    const Values wIh = values<T>(call.in(6));
    const Values wHh = values<T>(call.in(7));
    const Values y = values<T>(call.in(8));
    const Values gates = values<T>(call.in(9));
    const Values cells = values<T>(call.in(10));
    Values dx = zeros(call.out(0));
    Values dwIh = zeros(call.out(3));
    Values dwHh = zeros(call.out(4));
    Values db = zeros(call.out(5));
    const std::size_t units = s.units;
    Values dz(4 * units);
    for (std::size_t n = 0; n < s.batch; ++n)
        for (std::size_t t = s.time; t-- > 0;) {
            const std::size_t step = s.step(n, t);
            const double *hBefore = t == 0 ? h0.data() + n * units : y.data() + (step - 1) * units;
            const double *cBefore = t == 0 ? c0.data() + n * units : cells.data() + (step - 1) * units;
            for (std::size_t u = 0; u < units; ++u)
                dh[n * units + u] += dy[step * units + u];
            stepBack(gates.data() + step * 4 * units, cells.data() + step * units, cBefore, dh.data() + n * units,
                     dc.data() + n * units, dz.data(), units);
            for (std::size_t f = 0; f < s.features; ++f)
                dx[step * s.features + f] = dot(dz, 0, wIh, f, s.features, 4 * units);
            for (std::size_t u = 0; u < units; ++u)
                dh[n * units + u] = dot(dz, 0, wHh, u, units, 4 * units);
            for (std::size_t k = 0; k < 4 * units; ++k) {
                for (std::size_t f = 0; f < s.features; ++f)
                    dwIh[k * s.features + f] += dz[k] * x[step * s.features + f];
                for (std::size_t u = 0; u < units; ++u)
                    dwHh[k * units + u] += dz[k] * hBefore[u];
                db[k] += dz[k];
            }
        }
    const Values *results[] = {&dx, &dh, &dc, &dwIh, &dwHh, &db};
    for (std::size_t i = 0; i < std::size(results); ++i)
        write<T>(*results[i], call.out(i));
}

void lstm(const RefCall &call)
{
    dispatchFloating(call.out().dtype(), [&](auto tag) { lstmIn<decltype(tag)>(call); });
}

void lstmBackward(const RefCall &call)
{
    dispatchFloating(call.out().dtype(), [&](auto tag) { lstmBackwardIn<decltype(tag)>(call); });
}

} // namespace

std::span<const RefEntry> rnnKernels()
{
    static constexpr RefEntry entries[] = {{"lstm", lstm}, {"lstm_backward", lstmBackward}};
    return entries;
}

} // namespace espalier
