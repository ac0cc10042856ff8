// SPDX-License-Identifier: Apache-2.0
// Sums and means over any set of axes. Axes are merged until reduced and kept ones alternate; the order of additions is
// fixed by the shape alone.
#include "engine/backends/cpu/channel_sums.h"
#include "engine/backends/cpu/kernel.h"
#include "engine/backends/cpu/patterns.h"
#include "engine/ops/op.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace espalier {
namespace {

/// [outer, kept, inner]: outer and inner are reduced; sizes of 1 where absent.
struct Blocks {
    std::int64_t outer = 1;
    std::int64_t kept = 1;
    std::int64_t inner = 1;
};

/// Sixteen partial sums in a fixed order, whatever the width of the processor's vectors.
using Lanes = float __attribute__((vector_size(64)));

ESPALIER_CLONES float sumRow(const float *x, std::int64_t n)
{
    constexpr std::int64_t kLanes = 16;
    Lanes lanes = {};
    std::int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes) {
        Lanes part;
        std::memcpy(&part, x + i, sizeof part);
        lanes += part;
    }
    double sum = 0;
    for (std::int64_t k = 0; k < kLanes; ++k)
        sum += static_cast<double>(lanes[k]) + (i + k < n ? static_cast<double>(x[i + k]) : 0.0);
    return static_cast<float>(sum);
}

ESPALIER_CLONES void addRow(double *sum, const float *x, std::int64_t n)
{
    for (std::int64_t i = 0; i < n; ++i)
        sum[i] += static_cast<double>(x[i]);
}

/// Long rows are summed in parts of 4096, the parts in double: errors stay small at any length.
double sumLong(const float *x, std::int64_t n)
{
    constexpr std::int64_t kPart = 4096;
    double sum = 0;
    for (std::int64_t i = 0; i < n; i += kPart)
        sum += static_cast<double>(sumRow(x + i, std::min(kPart, n - i)));
    return sum;
}

void reduceColumns(const float *x, float *y, const Blocks &b, float factor)
{
    constexpr std::int64_t kStrip = 512; // columns whose sums stay in the first-level cache
#pragma omp parallel for schedule(static) if (b.outer * b.kept >= kParallelFrom)
    for (std::int64_t first = 0; first < b.kept; first += kStrip) {
        const std::int64_t n = std::min(kStrip, b.kept - first);
        double sum[kStrip] = {};
        for (std::int64_t o = 0; o < b.outer; ++o)
            addRow(sum, x + o * b.kept + first, n);
        for (std::int64_t i = 0; i < n; ++i)
            y[first + i] = static_cast<float>(sum[i] * static_cast<double>(factor));
    }
}

void reduceRows(const float *x, float *y, const Blocks &b, float factor)
{
#pragma omp parallel for schedule(static) if (b.kept > 1 && b.outer * b.kept * b.inner >= kParallelFrom)
    for (std::int64_t k = 0; k < b.kept; ++k) {
        double sum = 0;
        for (std::int64_t o = 0; o < b.outer; ++o)
            sum += sumLong(x + (o * b.kept + k) * b.inner, b.inner);
        y[k] = static_cast<float>(sum * static_cast<double>(factor));
    }
}

/// nullopt where kept axes stand on both sides of reduced ones in another way than [reduced, kept, reduced].
std::optional<Blocks> blocksOf(const Dims &dims, const std::vector<bool> &reduced)
{
    Blocks b;
    std::size_t i = 0;
    for (; i < dims.size() && (reduced[i] || dims[i] == 1); ++i)
        b.outer *= dims[i];
    for (; i < dims.size() && (!reduced[i] || dims[i] == 1); ++i)
        b.kept *= dims[i];
    for (; i < dims.size() && (reduced[i] || dims[i] == 1); ++i)
        b.inner *= dims[i];
    if (i < dims.size())
        return std::nullopt;
    if (b.kept == 1) // one long row
        b = {1, 1, b.outer * b.inner};
    return b;
}

/// Blocks of channels, summed over all axes but the channels (bias gradients) or over the image (global pooling).
std::optional<Prepared> reduceBlocked(const Group &group, const Layout &layout, const std::vector<bool> &reduced,
                                      bool mean)
{
    const TensorType &type = group.program->type(group.inputs[0]);
    if (!channelLanes(layout, type) || reduced[1] || !reduced[2] || !reduced[3])
        return std::nullopt;
    ChannelView view = channelView(type, layout);
    const std::int64_t images = reduced[0] ? 1 : view.outer;
    view.outer /= images;
    const ChannelTasks t = channelTasks(view);
    const double factor = mean ? 1.0 / static_cast<double>(view.perChannel()) : 1.0;
    Prepared prepared = functionKernel(group, "own:reduce_channels", [t, images, factor](const Pointers &at) {
        auto *sums = reinterpret_cast<ChannelSums *>(at.workspace);
        for (std::int64_t image = 0; image < images; ++image) {
            channelProducts(t, at.in(0) + image * t.view.elements(), nullptr, nullptr, sums);
            for (std::int64_t channel = 0; channel < t.view.channels; ++channel)
                at.out()[image * t.view.channels + channel]
                    = static_cast<float>(sums[channel / t.width].first[channel % t.width] * factor);
        }
    });
    prepared.workspaceBytes = channelSumBytes(t);
    prepared.inputLayouts[0] = layout;
    return prepared;
}

tl::expected<Prepared, Decline> prepareReduce(const Group &group, std::span<const Layout> layouts,
                                              std::span<const bool>)
{
    const Instruction &in = group.program->instructions[static_cast<std::size_t>(group.instructions.front())];
    const TensorType &type = group.program->type(in.inputs[0]);
    const Dims dims = type.shape.concrete();
    if (type.dtype != DType::Float32 || elementCount(dims) == 0)
        return tl::unexpected(Decline{"only float32, not empty"});
    const auto &axes = in.attrs.integers("axes");
    std::vector<bool> reduced(dims.size(), axes.empty());
    for (const std::int64_t axis : axes)
        reduced[static_cast<std::size_t>(*normalizeAxis(axis, type.shape.rank()))] = true;
    if (auto blocked = reduceBlocked(group, layouts[0], reduced, in.op->name == "reduce_mean"))
        return std::move(*blocked);
    const auto blocks = blocksOf(dims, reduced);
    if (!blocks)
        return tl::unexpected(Decline{"kept axes on both sides"});
    const Blocks b = *blocks;
    const float factor = in.op->name == "reduce_mean" ? 1.0F / static_cast<float>(b.outer * b.inner) : 1.0F;
    return functionKernel(group, "own:reduce", [b, factor](const Pointers &at) {
        if (b.inner == 1 && b.kept > 1)
            reduceColumns(at.in(0), at.out(), b, factor);
        else
            reduceRows(at.in(0), at.out(), b, factor);
    });
}

/// The first of the largest (or smallest) along a row; NaN counts as beyond all.
template <bool most>
std::int64_t bestOf(const float *x, std::int64_t n)
{
    std::int64_t best = 0;
    for (std::int64_t i = 1; i < n; ++i) {
        const bool beats = most ? x[i] > x[best] : x[i] < x[best];
        if (x[best] == x[best] && (beats || x[i] != x[i]))
            best = i;
    }
    return best;
}

/// argmax and argmin over the last axis.
tl::expected<Prepared, Decline> prepareBest(const Group &group, std::span<const Layout>, std::span<const bool>)
{
    const Instruction &in = group.program->instructions[static_cast<std::size_t>(group.instructions.front())];
    const TensorType &type = group.program->type(in.inputs[0]);
    const Dims dims = type.shape.concrete();
    if (type.dtype != DType::Float32 || dims.empty() || elementCount(dims) == 0
        || normalizeAxis(in.attrs.integer("axis"), type.shape.rank()) != type.shape.rank() - 1)
        return tl::unexpected(Decline{"only float32 over the last axis, not empty"});
    const std::int64_t columns = dims.back();
    const std::int64_t rows = elementCount(dims) / columns;
    const auto best = in.op->name == "argmax" ? bestOf<true> : bestOf<false>;
    return functionKernel(group, "own:argmax", [rows, columns, best](const Pointers &at) {
#pragma omp parallel for schedule(static) if (rows * columns >= kParallelFrom)
        for (std::int64_t i = 0; i < rows; ++i)
            at.out<std::int64_t>()[i] = best(at.in(0) + i * columns, columns);
    });
}

} // namespace

std::vector<Pattern> cpuReducePatterns()
{
    return {singleOp("argmax", prepareBest), singleOp("argmin", prepareBest), singleOp("reduce_sum", prepareReduce),
            singleOp("reduce_mean", prepareReduce)};
}

} // namespace espalier
