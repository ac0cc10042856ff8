// SPDX-License-Identifier: Apache-2.0
// Steps of the optimizers, one element at a time in double. Outputs may be the inputs' memory.
#include "engine/backends/reference/kernels.h"

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

/// The last inputs of every update: the rate, and the gate that leaves everything as it was when shut.
double rateOf(const RefCall &call)
{
    return call.in(call.inputs.size() - 2).at(0);
}

bool open(const RefCall &call)
{
    return call.inputs.back().span<bool>()[0];
}

/// Calls step(element of each input) for each element; it changes element 0 (the parameter) and 2, 3, ... (the slots;
/// 1 is the gradient), which become the outputs in this order.
template <std::size_t tensors, typename F>
void update(const RefCall &call, F &&step)
{
    const bool isOpen = open(call);
    dispatchFloating(call.out().dtype(), [&](auto tag) {
        using T = decltype(tag);
        std::span<const T> in[tensors];
        std::span<T> out[tensors]; // out[1] stays empty
        for (std::size_t k = 0; k < tensors; ++k) {
            in[k] = call.in(k).template span<T>();
            if (k != 1)
                out[k] = call.out(k == 0 ? 0 : k - 1).template span<T>();
        }
        for (std::size_t i = 0; i < in[0].size(); ++i) {
            T old[tensors];
            double value[tensors];
            for (std::size_t k = 0; k < tensors; ++k) {
                old[k] = in[k][i];
                value[k] = wide(old[k]);
            }
            if (isOpen)
                step(value);
            for (std::size_t k = 0; k < tensors; ++k)
                if (k != 1)
                    out[k][i] = isOpen ? store<T>(value[k]) : old[k];
        }
    });
}

void sgdPlain(const RefCall &call)
{
    const double rate = rateOf(call);
    const double weightDecay = call.attrs().real("weight_decay");
    update<2>(call, [&](double *v) { v[0] -= rate * (v[1] + weightDecay * v[0]); });
}

void sgd(const RefCall &call)
{
    const double rate = rateOf(call);
    const double weightDecay = call.attrs().real("weight_decay");
    const double momentum = call.attrs().real("momentum");
    const bool nesterov = call.attrs().boolean("nesterov");
    update<3>(call, [&](double *v) {
        const double g = v[1] + weightDecay * v[0];
        v[2] = momentum * v[2] + g;
        v[0] -= rate * (nesterov ? g + momentum * v[2] : v[2]);
    });
}

void adam(const RefCall &call)
{
    const Attrs &attrs = call.attrs();
    const double rate = rateOf(call);
    const double step = call.in(4).at(0);
    const double beta1 = attrs.real("beta1");
    const double beta2 = attrs.real("beta2");
    const double eps = attrs.real("eps");
    const double weightDecay = attrs.real("weight_decay");
    const bool decoupled = attrs.boolean("decoupled");
    const double correction1 = 1 - std::pow(beta1, step);
    const double root2 = std::sqrt(1 - std::pow(beta2, step));
    update<4>(call, [&](double *v) {
        const double g = decoupled ? v[1] : v[1] + weightDecay * v[0];
        if (decoupled)
            v[0] -= rate * weightDecay * v[0];
        v[2] = beta1 * v[2] + (1 - beta1) * g;
        v[3] = beta2 * v[3] + (1 - beta2) * g * g;
        v[0] -= rate / correction1 * v[2] / (std::sqrt(v[3]) / root2 + eps);
    });
}

void rmsprop(const RefCall &call)
{
    const Attrs &attrs = call.attrs();
    const double rate = rateOf(call);
    const double alpha = attrs.real("alpha");
    const double eps = attrs.real("eps");
    const double weightDecay = attrs.real("weight_decay");
    const double momentum = attrs.real("momentum");
    const bool centered = attrs.boolean("centered");
    update<5>(call, [&](double *v) { // param, grad, square_avg, buf, avg
        const double g = v[1] + weightDecay * v[0];
        v[2] = alpha * v[2] + (1 - alpha) * g * g;
        if (centered)
            v[4] = alpha * v[4] + (1 - alpha) * g;
        const double variance = centered ? v[2] - v[4] * v[4] : v[2];
        const double direction = g / (std::sqrt(variance) + eps);
        if (momentum > 0)
            v[3] = momentum * v[3] + direction;
        v[0] -= rate * (momentum > 0 ? v[3] : direction);
    });
}

void allFinite(const RefCall &call)
{
    bool finite = true;
    for (const Tensor &t : call.inputs)
        dispatchFloating(t.dtype(), [&](auto tag) {
            const auto x = t.span<decltype(tag)>();
            finite = finite && std::all_of(x.begin(), x.end(), [](auto v) { return std::isfinite(wide(v)); });
        });
    call.out().span<bool>()[0] = finite;
}

} // namespace

std::span<const RefEntry> updateKernels()
{
    static constexpr RefEntry entries[] = {{"sgd_plain_update", sgdPlain},
                                           {"sgd_update", sgd},
                                           {"adam_update", adam},
                                           {"rmsprop_update", rmsprop},
                                           {"all_finite", allFinite}};
    return entries;
}

} // namespace espalier
