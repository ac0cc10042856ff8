// SPDX-License-Identifier: Apache-2.0
// Batch normalisation over any channel view, and layer normalisation row by row. Statistics are joined in double.
#include "engine/backends/cpu/channel_sums.h"
#include "engine/backends/cpu/kernel.h"
#include "engine/backends/cpu/patterns.h"
#include "engine/ops/op.h"

#include <cmath>

namespace espalier {
namespace {

const Instruction &only(const Group &group)
{
    return group.program->instructions[static_cast<std::size_t>(group.instructions.front())];
}

/// Every operand float32, not empty, and each given once.
bool usable(const Group &group)
{
    const Program &p = *group.program;
    const auto ok
        = [&](ValueId id) { return p.type(id).dtype == DType::Float32 && !p.type(id).shape.elements().isConstant(0); };
    return group.inputs.size() == only(group).inputs.size() && std::all_of(group.inputs.begin(), group.inputs.end(), ok)
        && std::all_of(group.outputs.begin(), group.outputs.end(), ok);
}
const auto kDecline = tl::unexpected(Decline{"only float32, not empty, with inputs that differ"});

std::size_t up(std::size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

/// Fills one value for each lane from one for each channel; 0 in padding.
template <typename F>
void eachLane(const ChannelTasks &t, const F &lane)
{
    for (std::int64_t strip = 0; strip < t.strips; ++strip)
        for (std::int64_t l = 0; l < kLanes; ++l) {
            const std::int64_t own = l % t.width;
            const std::int64_t channel = strip * t.width + own;
            lane(strip, l, own, channel < t.view.channels ? channel : -1);
        }
}

tl::expected<Prepared, Decline> prepareBatchNorm(const Group &group, std::span<const Layout> layouts,
                                                 std::span<const bool>)
{
    if (!usable(group))
        return kDecline;
    const TensorType &type = group.program->type(group.inputs[0]);
    const Layout layout = channelLayoutOr(layouts[0], type);
    const ChannelTasks t = channelTasks(channelView(type, layout));
    const double eps = only(group).attrs.real("eps");
    const std::size_t sumBytes = up(channelSumBytes(t));
    Prepared prepared = functionKernel(group, "own:batch_norm", [t, eps, sumBytes](const Pointers &at) {
        auto *sums = reinterpret_cast<ChannelSums *>(at.workspace);
        auto *affine = reinterpret_cast<ChannelAffine *>(at.workspace + sumBytes);
        channelMoments(t, at.in(0), sums);
        const double count = static_cast<double>(t.view.perChannel());
        eachLane(t, [&](std::int64_t strip, std::int64_t l, std::int64_t own, std::int64_t channel) {
            ChannelAffine &a = affine[strip];
            a.center[l] = a.factor[l] = a.offset[l] = 0;
            if (channel < 0)
                return;
            const double mean = sums[strip].first[own];
            const double variance = sums[strip].second[own] / count;
            at.out(1)[channel] = static_cast<float>(mean);
            at.out(2)[channel] = static_cast<float>(variance);
            a.center[l] = static_cast<float>(mean);
            a.factor[l] = static_cast<float>(static_cast<double>(at.in(1)[channel]) / std::sqrt(variance + eps));
            a.offset[l]
                = static_cast<float>(static_cast<double>(at.in(2)[channel])
                                     + (static_cast<double>(a.center[l]) - mean) * static_cast<double>(a.factor[l]));
        });
        channelAffine(t, at.in(0), at.out(0), affine);
    });
    prepared.workspaceBytes = sumBytes + static_cast<std::size_t>(t.strips) * sizeof(ChannelAffine);
    prepared.inputLayouts[0] = layout;
    prepared.outputLayouts[0] = layout;
    return prepared;
}

tl::expected<Prepared, Decline> prepareInference(const Group &group, std::span<const Layout> layouts,
                                                 std::span<const bool>)
{
    if (!usable(group))
        return kDecline;
    const TensorType &type = group.program->type(group.inputs[0]);
    const Layout layout = channelLayoutOr(layouts[0], type);
    const ChannelTasks t = channelTasks(channelView(type, layout));
    const double eps = only(group).attrs.real("eps");
    Prepared prepared = functionKernel(group, "own:batch_norm", [t, eps](const Pointers &at) {
        auto *affine = reinterpret_cast<ChannelAffine *>(at.workspace);
        eachLane(t, [&](std::int64_t strip, std::int64_t l, std::int64_t, std::int64_t channel) {
            ChannelAffine &a = affine[strip];
            a.center[l] = a.factor[l] = a.offset[l] = 0;
            if (channel < 0)
                return;
            a.center[l] = at.in(3)[channel];
            a.factor[l] = static_cast<float>(static_cast<double>(at.in(1)[channel])
                                             / std::sqrt(static_cast<double>(at.in(4)[channel]) + eps));
            a.offset[l] = at.in(2)[channel];
        });
        channelAffine(t, at.in(0), at.out(0), affine);
    });
    prepared.workspaceBytes = static_cast<std::size_t>(t.strips) * sizeof(ChannelAffine);
    prepared.inputLayouts[0] = layout;
    prepared.outputLayouts[0] = layout;
    prepared.mayAlias = {{0, 0}};
    return prepared;
}

/// dx = scale * rstd * (dy - mean(dy) - xhat * mean(dy * xhat)), dscale = sum(dy * xhat), dbias = sum(dy).
tl::expected<Prepared, Decline> prepareBackward(const Group &group, std::span<const Layout> layouts,
                                                std::span<const bool>)
{
    if (!usable(group))
        return kDecline;
    const TensorType &type = group.program->type(group.inputs[0]);
    Layout layout = channelLayoutOr(layouts[1], type); // x's, else dy's
    if (layout.isPlain())
        layout = channelLayoutOr(layouts[0], type);
    const ChannelTasks t = channelTasks(channelView(type, layout));
    const double eps = only(group).attrs.real("eps");
    const std::size_t sumBytes = up(channelSumBytes(t));
    Prepared prepared = functionKernel(group, "own:batch_norm_backward", [t, eps, sumBytes](const Pointers &at) {
        auto *sums = reinterpret_cast<ChannelSums *>(at.workspace);
        auto *gradient = reinterpret_cast<ChannelGradient *>(at.workspace + sumBytes);
        const float *mean = at.in(3);
        channelProducts(t, at.in(0), at.in(1), mean, sums);
        const double count = static_cast<double>(t.view.perChannel());
        eachLane(t, [&](std::int64_t strip, std::int64_t l, std::int64_t own, std::int64_t channel) {
            ChannelGradient &g = gradient[strip];
            g.center[l] = g.factor[l] = g.slope[l] = g.offset[l] = 0;
            if (channel < 0)
                return;
            const double rstd = 1 / std::sqrt(static_cast<double>(at.in(4)[channel]) + eps);
            const double factor = static_cast<double>(at.in(2)[channel]) * rstd;
            at.out(1)[channel] = static_cast<float>(sums[strip].second[own] * rstd);
            at.out(2)[channel] = static_cast<float>(sums[strip].first[own]);
            g.center[l] = mean[channel];
            g.factor[l] = static_cast<float>(factor);
            g.slope[l] = static_cast<float>(-factor * rstd * rstd * sums[strip].second[own] / count);
            g.offset[l] = static_cast<float>(-factor * sums[strip].first[own] / count);
        });
        channelGradient(t, at.in(0), at.in(1), at.out(0), gradient);
    });
    prepared.workspaceBytes = sumBytes + static_cast<std::size_t>(t.strips) * sizeof(ChannelGradient);
    prepared.inputLayouts[0] = prepared.inputLayouts[1] = layout;
    prepared.outputLayouts[0] = layout;
    prepared.mayAlias = {{0, 0}, {0, 1}};
    return prepared;
}

struct Rows {
    std::int64_t rows = 1;
    std::int64_t size = 1; ///< elements that are normalised together
};

Rows rowsOf(const Dims &dims, std::int64_t axis)
{
    const auto first = static_cast<std::size_t>(*normalizeAxis(axis, static_cast<int>(dims.size())));
    Rows r;
    for (std::size_t i = 0; i < dims.size(); ++i)
        (i < first ? r.rows : r.size) *= dims[i];
    return r;
}

ESPALIER_CLONES double sumOf(const float *x, std::int64_t n)
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
    return sum;
}

ESPALIER_CLONES double squaresOf(const float *x, std::int64_t n, float mean)
{
    float lanes[kLanes] = {};
    std::int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes)
        for (std::int64_t l = 0; l < kLanes; ++l) {
            const float d = x[i + l] - mean;
            lanes[l] += d * d;
        }
    for (std::int64_t l = 0; i + l < n; ++l) {
        const float d = x[i + l] - mean;
        lanes[l] += d * d;
    }
    double sum = 0;
    for (const float lane : lanes)
        sum += static_cast<double>(lane);
    return sum;
}

ESPALIER_CLONES void layerRow(const float *x, const float *scale, const float *bias, float *y, std::int64_t n,
                              float mean, float rstd)
{
    for (std::int64_t i = 0; i < n; ++i)
        y[i] = (x[i] - mean) * rstd * scale[i] + bias[i];
}

tl::expected<Prepared, Decline> prepareLayerNorm(const Group &group, std::span<const Layout>, std::span<const bool>)
{
    if (!usable(group))
        return kDecline;
    const Attrs &attrs = only(group).attrs;
    const Rows r = rowsOf(group.program->type(group.inputs[0]).shape.concrete(), attrs.integer("axis"));
    const double eps = attrs.real("eps");
    return functionKernel(group, "own:layer_norm", [r, eps](const Pointers &at) {
#pragma omp parallel for schedule(static) if (r.rows * r.size >= kParallelFrom)
        for (std::int64_t i = 0; i < r.rows; ++i) {
            const float *x = at.in(0) + i * r.size;
            const double n = static_cast<double>(r.size);
            const double mean = sumOf(x, r.size) / n;
            const auto center = static_cast<float>(mean);
            const double off = mean - static_cast<double>(center);
            const double variance = std::max(0.0, squaresOf(x, r.size, center) / n - off * off);
            const double rstd = 1 / std::sqrt(variance + eps);
            at.out(1)[i] = center;
            at.out(2)[i] = static_cast<float>(rstd);
            layerRow(x, at.in(1), at.in(2), at.out(0) + i * r.size, r.size, center, static_cast<float>(rstd));
        }
    });
}

/// Sums of dy * scale and of dy * scale * xhat along a row; dy * xhat and dy are added to `dscale` and `dbias`.
ESPALIER_CLONES void layerSums(const float *dy, const float *x, const float *scale, float *dscale, float *dbias,
                               std::int64_t n, float mean, float rstd, double *sums)
{
    float first[kLanes] = {};
    float second[kLanes] = {};
    std::int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes)
#pragma GCC ivdep
        for (std::int64_t l = 0; l < kLanes; ++l) {
            const float normal = (x[i + l] - mean) * rstd;
            const float scaled = dy[i + l] * scale[i + l];
            first[l] += scaled;
            second[l] += scaled * normal;
            dscale[i + l] += dy[i + l] * normal;
            dbias[i + l] += dy[i + l];
        }
    for (std::int64_t l = 0; i + l < n; ++l) {
        const float normal = (x[i + l] - mean) * rstd;
        const float scaled = dy[i + l] * scale[i + l];
        first[l] += scaled;
        second[l] += scaled * normal;
        dscale[i + l] += dy[i + l] * normal;
        dbias[i + l] += dy[i + l];
    }
    sums[0] = sums[1] = 0;
    for (std::int64_t l = 0; l < kLanes; ++l) {
        sums[0] += static_cast<double>(first[l]);
        sums[1] += static_cast<double>(second[l]);
    }
}

ESPALIER_CLONES void layerGradientRow(const float *dy, const float *x, const float *scale, float *dx, std::int64_t n,
                                      float mean, float rstd, float meanScaled, float meanProduct)
{
#pragma GCC ivdep
    for (std::int64_t i = 0; i < n; ++i)
        dx[i] = rstd * (dy[i] * scale[i] - meanScaled - (x[i] - mean) * rstd * meanProduct);
}

tl::expected<Prepared, Decline> prepareLayerNormBackward(const Group &group, std::span<const Layout>,
                                                         std::span<const bool>)
{
    if (!usable(group))
        return kDecline;
    const Rows r = rowsOf(group.program->type(group.inputs[1]).shape.concrete(), only(group).attrs.integer("axis"));
    constexpr std::int64_t kParts = 16;
    const std::int64_t parts = std::min(kParts, r.rows);
    Prepared prepared = functionKernel(group, "own:layer_norm_backward", [r, parts](const Pointers &at) {
        auto *partial = reinterpret_cast<float *>(at.workspace); // [parts][2][size]
        const double n = static_cast<double>(r.size);
#pragma omp parallel for schedule(static) if (r.rows * r.size >= kParallelFrom)
        for (std::int64_t part = 0; part < parts; ++part) {
            float *dscale = partial + part * 2 * r.size;
            std::fill_n(dscale, 2 * r.size, 0.0F);
            for (std::int64_t i = part * r.rows / parts; i < (part + 1) * r.rows / parts; ++i) {
                const std::int64_t o = i * r.size;
                double sums[2];
                layerSums(at.in(0) + o, at.in(1) + o, at.in(2), dscale, dscale + r.size, r.size, at.in(3)[i],
                          at.in(4)[i], sums);
                layerGradientRow(at.in(0) + o, at.in(1) + o, at.in(2), at.out(0) + o, r.size, at.in(3)[i], at.in(4)[i],
                                 static_cast<float>(sums[0] / n), static_cast<float>(sums[1] / n));
            }
        }
        for (std::int64_t i = 0; i < r.size; ++i) {
            double sums[2] = {};
            for (std::int64_t part = 0; part < parts; ++part) {
                sums[0] += static_cast<double>(partial[part * 2 * r.size + i]);
                sums[1] += static_cast<double>(partial[(part * 2 + 1) * r.size + i]);
            }
            at.out(1)[i] = static_cast<float>(sums[0]);
            at.out(2)[i] = static_cast<float>(sums[1]);
        }
    });
    prepared.workspaceBytes = static_cast<std::size_t>(parts * 2 * r.size) * sizeof(float);
    return prepared;
}

} // namespace

std::vector<Pattern> cpuNormPatterns()
{
    return {singleOp("batch_norm", prepareBatchNorm), singleOp("batch_norm_inference", prepareInference),
            singleOp("batch_norm_backward", prepareBackward), singleOp("layer_norm", prepareLayerNorm),
            singleOp("layer_norm_backward", prepareLayerNormBackward)};
}

} // namespace espalier
