// SPDX-License-Identifier: Apache-2.0
// Softmax and cross-entropy over the last axis, a row at a time.
#include "engine/backends/cpu/kernel.h"
#include "engine/backends/cpu/patterns.h"
#include "engine/backends/cpu/vector_math.h"
#include "engine/ops/op.h"

#include <cmath>
#include <limits>

namespace espalier {
namespace {

constexpr std::int64_t kLanes = 16; ///< partial results, in a fixed order whatever the vector width

/// NaN if there is any.
ESPALIER_CLONES float rowMax(const float *x, std::int64_t n)
{
    float lanes[kLanes];
    for (float &lane : lanes)
        lane = x[0];
    std::int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes)
        for (std::int64_t l = 0; l < kLanes; ++l)
            lanes[l] = x[i + l] > lanes[l] || x[i + l] != x[i + l] ? x[i + l] : lanes[l];
    for (std::int64_t l = 0; i + l < n; ++l)
        lanes[l] = x[i + l] > lanes[l] || x[i + l] != x[i + l] ? x[i + l] : lanes[l];
    float most = lanes[0];
    for (const float lane : lanes)
        most = lane > most || lane != lane ? lane : most;
    return most;
}

ESPALIER_CLONES float rowSum(const float *x, std::int64_t n)
{
    float lanes[kLanes] = {};
    std::int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes)
        for (std::int64_t l = 0; l < kLanes; ++l)
            lanes[l] += x[i + l];
    for (std::int64_t l = 0; i + l < n; ++l)
        lanes[l] += x[i + l];
    double sum = 0;
    for (const float lane : lanes)
        sum += static_cast<double>(lane);
    return static_cast<float>(sum);
}

ESPALIER_CLONES float rowProduct(const float *x, const float *z, std::int64_t n)
{
    float lanes[kLanes] = {};
    std::int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes)
        for (std::int64_t l = 0; l < kLanes; ++l)
            lanes[l] += x[i + l] * z[i + l];
    for (std::int64_t l = 0; i + l < n; ++l)
        lanes[l] += x[i + l] * z[i + l];
    double sum = 0;
    for (const float lane : lanes)
        sum += static_cast<double>(lane);
    return static_cast<float>(sum);
}

/// y = exp(x - most); returns the sum.
ESPALIER_CLONES float expRow(const float *x, float *y, std::int64_t n, float most)
{
#pragma GCC ivdep
    for (std::int64_t i = 0; i < n; ++i)
        y[i] = vectorExp(x[i] - most);
    return rowSum(y, n);
}

/// y = x - shift
ESPALIER_CLONES void shiftRow(const float *x, float *y, std::int64_t n, float shift)
{
#pragma GCC ivdep
    for (std::int64_t i = 0; i < n; ++i)
        y[i] = x[i] - shift;
}

ESPALIER_CLONES void scaleRow(float *y, std::int64_t n, float factor)
{
    for (std::int64_t i = 0; i < n; ++i)
        y[i] *= factor;
}

struct Rows {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
};

/// nullopt where the last axis is not the one, or anything is empty or not float32.
std::optional<Rows> lastAxisRows(const Group &group, ValueId of, const Attrs *attrs)
{
    const TensorType &type = group.program->type(of);
    const Dims dims = type.shape.concrete();
    if (type.dtype != DType::Float32 || dims.empty() || elementCount(dims) == 0)
        return std::nullopt;
    if (attrs && normalizeAxis(attrs->integer("axis"), type.shape.rank()) != type.shape.rank() - 1)
        return std::nullopt;
    return Rows{elementCount(dims) / dims.back(), dims.back()};
}

const Instruction &only(const Group &group)
{
    return group.program->instructions[static_cast<std::size_t>(group.instructions.front())];
}

template <typename F>
void eachRow(const Rows &r, const F &row)
{
#pragma omp parallel for schedule(static) if (r.rows * r.columns >= kParallelFrom)
    for (std::int64_t i = 0; i < r.rows; ++i)
        row(i, i * r.columns);
}

const auto kDecline = tl::unexpected(Decline{"only float32 over the last axis, not empty"});

tl::expected<Prepared, Decline> prepareSoftmax(const Group &group, std::span<const Layout>, std::span<const bool>)
{
    const auto r = lastAxisRows(group, group.inputs[0], &only(group).attrs);
    if (!r)
        return kDecline;
    return functionKernel(group, "own:softmax", [r = *r](const Pointers &at) {
        eachRow(r, [&](std::int64_t, std::int64_t o) {
            const float sum = expRow(at.in(0) + o, at.out() + o, r.columns, rowMax(at.in(0) + o, r.columns));
            scaleRow(at.out() + o, r.columns, 1 / sum);
        });
    });
}

tl::expected<Prepared, Decline> prepareLogSoftmax(const Group &group, std::span<const Layout>, std::span<const bool>)
{
    const auto r = lastAxisRows(group, group.inputs[0], &only(group).attrs);
    if (!r)
        return kDecline;
    return functionKernel(group, "own:log_softmax", [r = *r](const Pointers &at) {
        eachRow(r, [&](std::int64_t, std::int64_t o) {
            const float most = rowMax(at.in(0) + o, r.columns);
            const float sum = expRow(at.in(0) + o, at.out() + o, r.columns, most);
            shiftRow(at.in(0) + o, at.out() + o, r.columns, most);
            shiftRow(at.out() + o, at.out() + o, r.columns, std::log(sum));
        });
    });
}

ESPALIER_CLONES void softmaxGradientRow(const float *dy, const float *y, float *dx, std::int64_t n, float sum)
{
#pragma GCC ivdep
    for (std::int64_t i = 0; i < n; ++i)
        dx[i] = y[i] * (dy[i] - sum);
}

ESPALIER_CLONES void logSoftmaxGradientRow(const float *dy, const float *y, float *dx, std::int64_t n, float sum)
{
#pragma GCC ivdep
    for (std::int64_t i = 0; i < n; ++i)
        dx[i] = dy[i] - vectorExp(y[i]) * sum;
}

tl::expected<Prepared, Decline> prepareSoftmaxBackward(const Group &group, std::span<const Layout>,
                                                       std::span<const bool>)
{
    const auto r = lastAxisRows(group, group.inputs[0], &only(group).attrs);
    if (!r || group.inputs.size() != 2)
        return kDecline;
    const bool isLog = only(group).op->name == "log_softmax_backward";
    return functionKernel(group, isLog ? "own:log_softmax_backward" : "own:softmax_backward",
                          [r = *r, isLog](const Pointers &at) {
                              eachRow(r, [&](std::int64_t, std::int64_t o) {
                                  const float *dy = at.in(0) + o;
                                  const float *y = at.in(1) + o;
                                  if (isLog)
                                      logSoftmaxGradientRow(dy, y, at.out() + o, r.columns, rowSum(dy, r.columns));
                                  else
                                      softmaxGradientRow(dy, y, at.out() + o, r.columns, rowProduct(dy, y, r.columns));
                              });
                          });
}

tl::expected<Prepared, Decline> prepareCrossEntropy(const Group &group, std::span<const Layout>, std::span<const bool>)
{
    const auto r = lastAxisRows(group, group.inputs[0], nullptr);
    if (!r)
        return kDecline;
    return functionKernel(group, "own:softmax_cross_entropy", [r = *r](const Pointers &at) {
        eachRow(r, [&](std::int64_t i, std::int64_t o) {
            const float *x = at.in(0) + o;
            float *p = at.out(1) + o;
            const float most = rowMax(x, r.columns);
            const float sum = expRow(x, p, r.columns, most);
            scaleRow(p, r.columns, 1 / sum);
            const std::int64_t target = at.in<std::int64_t>(1)[i];
            at.out(0)[i] = target < 0 || target >= r.columns ? std::numeric_limits<float>::quiet_NaN()
                                                             : most + std::log(sum) - x[target];
        });
    });
}

ESPALIER_CLONES void crossEntropyGradientRow(const float *p, float *dx, std::int64_t n, float scale)
{
    for (std::int64_t i = 0; i < n; ++i)
        dx[i] = p[i] * scale;
}

tl::expected<Prepared, Decline> prepareCrossEntropyBackward(const Group &group, std::span<const Layout>,
                                                            std::span<const bool>)
{
    if (group.inputs.size() != 3)
        return kDecline;
    const auto r = lastAxisRows(group, group.inputs[1], nullptr);
    if (!r)
        return kDecline;
    return functionKernel(group, "own:softmax_cross_entropy_backward", [r = *r](const Pointers &at) {
        eachRow(r, [&](std::int64_t i, std::int64_t o) {
            const float scale = at.in(0)[i];
            const std::int64_t target = at.in<std::int64_t>(2)[i];
            const bool bad = target < 0 || target >= r.columns;
            crossEntropyGradientRow(at.in(1) + o, at.out() + o, r.columns,
                                    bad ? std::numeric_limits<float>::quiet_NaN() : scale);
            if (!bad)
                at.out()[o + target] = (at.in(1)[o + target] - 1) * scale;
        });
    });
}

} // namespace

std::vector<Pattern> cpuSoftmaxPatterns()
{
    return {singleOp("softmax", prepareSoftmax),
            singleOp("log_softmax", prepareLogSoftmax),
            singleOp("softmax_backward", prepareSoftmaxBackward),
            singleOp("log_softmax_backward", prepareSoftmaxBackward),
            singleOp("softmax_cross_entropy", prepareCrossEntropy),
            singleOp("softmax_cross_entropy_backward", prepareCrossEntropyBackward)};
}

} // namespace espalier
