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

ESPALIER_CLONES float rowMax(const float *x, std::int64_t n)
{
    float most = x[0];
    for (std::int64_t i = 1; i < n; ++i)
        most = x[i] > most || x[i] != x[i] ? x[i] : most;
    return most;
}

/// y = exp(x - most); returns the sum.
ESPALIER_CLONES float expRow(const float *x, float *y, std::int64_t n, float most)
{
    for (std::int64_t i = 0; i < n; ++i)
        y[i] = vectorExp(x[i] - most);
    float sum = 0;
    for (std::int64_t i = 0; i < n; ++i)
        sum += y[i];
    return sum;
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
    return {singleOp("softmax", prepareSoftmax), singleOp("softmax_cross_entropy", prepareCrossEntropy),
            singleOp("softmax_cross_entropy_backward", prepareCrossEntropyBackward)};
}

} // namespace espalier
