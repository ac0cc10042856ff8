// SPDX-License-Identifier: Apache-2.0
// Convolutions in whatever layout oneDNN likes best; neighbours follow. Bias and relu run inside the forward primitive:
// the gradient of relu reads its output, so nothing else of the forward pass is needed.
#include "engine/backends/cpu/matching.h"
#include "engine/backends/cpu/onednn.h"
#include "engine/backends/cpu/patterns.h"
#include "engine/backends/cpu/tuning.h"
#include "engine/ops/op.h"

#include <algorithm>

namespace espalier {
namespace {

using onednn::Md;

enum class Direction { Forward, Data, Weights };

/// One convolution with its values; `x`, `w` and `y` stand for their gradients where the direction makes those.
struct Conv {
    Direction direction = Direction::Forward;
    ValueId x = kNoValue, w = kNoValue, y = kNoValue;
    ValueId bias = kNoValue;
    bool relu = false;
    onednn::ConvShape shape;
    std::int64_t groups = 1;
    bool bfloat16 = false; ///< the processor multiplies it
    DType xType = DType::Float32, wType = DType::Float32, yType = DType::Float32;
    Dims xDims, wDims, yDims; ///< wDims: [groups, O / groups, I / groups, H, W] where groups > 1
};

void describe(Conv &c, const Program &p, const Attrs &attrs)
{
    const auto &padding = attrs.integers("padding");
    const auto &dilation = attrs.integers("dilation");
    c.shape = {attrs.integers("stride"),
               {padding[0], padding[1]},
               {padding[2], padding[3]},
               {dilation[0] - 1, dilation[1] - 1}};
    c.groups = attrs.integer("groups");
    c.xType = p.type(c.x).dtype;
    c.wType = p.type(c.w).dtype;
    c.yType = p.type(c.y).dtype;
    c.xDims = p.type(c.x).shape.concrete();
    c.wDims = p.type(c.w).shape.concrete();
    c.yDims = p.type(c.y).shape.concrete();
    if (c.groups > 1)
        c.wDims = {c.groups, c.wDims[0] / c.groups, c.wDims[1], c.wDims[2], c.wDims[3]};
}

/// A way to compute it.
struct Way {
    const char *name;
    dnnl::algorithm algorithm;
    bool channelsLast;
};
constexpr Way kWays[] = {
    {"direct", dnnl::algorithm::convolution_direct, false},
    {"winograd", dnnl::algorithm::convolution_winograd, false},
    {"channels last", dnnl::algorithm::convolution_direct, true},
};

/// Few channels stay row-major (oneDNN has kernels for them) where they are read; else what the primitive likes.
Md image(DType dtype, const Dims &dims, const Way &way, bool isRead)
{
    if (way.channelsLast)
        return onednn::channelsLast(dtype, dims);
    return isRead && dims[1] <= 3 ? onednn::plain(dtype, dims) : onednn::any(dtype, dims);
}

std::size_t indexOf(const std::vector<ValueId> &values, ValueId id)
{
    return static_cast<std::size_t>(std::find(values.begin(), values.end(), id) - values.begin());
}

/// Binds the primitive's arguments to the group's inputs and outputs.
class Arguments {
public:
    explicit Arguments(const Group &group)
        : m_group(group)
        , m_inputLayouts(group.inputs.size())
        , m_outputLayouts(group.outputs.size())
    {
    }
    void in(int name, ValueId id, const Md &md)
    {
        const std::size_t i = indexOf(m_group.inputs, id);
        m_arguments.push_back({name, false, static_cast<int>(i), md});
        m_inputLayouts[i] = onednn::layoutOf(md, m_group.program->type(id));
    }
    void bias(ValueId id, const Md &md)
    {
        m_arguments.push_back({DNNL_ARG_BIAS, false, static_cast<int>(indexOf(m_group.inputs, id)), md});
    }
    void out(int name, ValueId id, const Md &md)
    {
        const std::size_t i = indexOf(m_group.outputs, id);
        m_arguments.push_back({name, true, static_cast<int>(i), md});
        m_outputLayouts[i] = onednn::layoutOf(md, m_group.program->type(id));
    }
    Prepared prepare(const dnnl::primitive_desc_base &pd, const dnnl::primitive &primitive)
    {
        Prepared prepared = onednn::prepareKernel(pd, primitive, std::move(m_arguments));
        prepared.inputLayouts = std::move(m_inputLayouts);
        prepared.outputLayouts = std::move(m_outputLayouts);
        return prepared;
    }

private:
    const Group &m_group;
    std::vector<onednn::Argument> m_arguments;
    std::vector<Layout> m_inputLayouts;
    std::vector<Layout> m_outputLayouts;
};

/// Throws dnnl::error where oneDNN has no such primitive.
Prepared make(const Group &group, const Conv &c, const Way &way)
{
    const double products = static_cast<double>(elementCount(c.yDims)) * static_cast<double>(elementCount(c.wDims))
        / static_cast<double>(c.yDims[1]);
    const onednn::SmallWork scope(2 * products < onednn::kSmallFlops);
    const bool readsX = c.direction != Direction::Data;
    const Md x = image(c.xType, c.xDims, way, readsX);
    const Md w = onednn::any(c.wType, c.wDims);
    const Md y = image(c.yType, c.yDims, way, false);
    const Md bias = onednn::plain(DType::Float32, {c.yDims[1]});
    // The hint of a backward primitive: what is not written there has the type of what is read.
    const DType read = c.direction == Direction::Data ? c.wType : c.xType;
    const auto hint = [&](const Md &md, DType dtype, const Dims &dims, bool isImage) {
        return dtype == read ? md : isImage ? image(read, dims, way, false) : onednn::any(read, dims);
    };
    const bool isForward = c.direction == Direction::Forward;
    const auto forward
        = onednn::convolution(way.algorithm, isForward ? x : hint(x, c.xType, c.xDims, true),
                              isForward ? w : hint(w, c.wType, c.wDims, false), c.bias == kNoValue ? nullptr : &bias, y,
                              c.shape, c.relu ? onednn::Epilogue::Relu : onednn::Epilogue::None);
    Arguments arguments(group);
    if (c.direction == Direction::Forward) {
        arguments.in(DNNL_ARG_SRC, c.x, forward.src_desc());
        arguments.in(DNNL_ARG_WEIGHTS, c.w, forward.weights_desc());
        if (c.bias != kNoValue)
            arguments.bias(c.bias, bias);
        arguments.out(DNNL_ARG_DST, c.y, forward.dst_desc());
        return arguments.prepare(forward, dnnl::convolution_forward(forward));
    }
    if (c.direction == Direction::Data) {
        const auto pd = onednn::convolutionData(way.algorithm, x, w, y, c.shape, forward);
        arguments.in(DNNL_ARG_DIFF_DST, c.y, pd.diff_dst_desc());
        arguments.in(DNNL_ARG_WEIGHTS, c.w, pd.weights_desc());
        arguments.out(DNNL_ARG_DIFF_SRC, c.x, pd.diff_src_desc());
        return arguments.prepare(pd, dnnl::convolution_backward_data(pd));
    }
    const auto pd = onednn::convolutionWeights(way.algorithm, x, w, y, c.shape, forward);
    arguments.in(DNNL_ARG_SRC, c.x, pd.src_desc());
    arguments.in(DNNL_ARG_DIFF_DST, c.y, pd.diff_dst_desc());
    arguments.out(DNNL_ARG_DIFF_WEIGHTS, c.w, pd.diff_weights_desc());
    return arguments.prepare(pd, dnnl::convolution_backward_weights(pd));
}

/// Winograd wants 3x3 kernels, stride 1, float32 and AVX-512; from about 32 channels on it wins.
bool winogradFits(const Conv &c)
{
    return c.groups == 1 && c.wDims[2] == 3 && c.wDims[3] == 3 && c.shape.stride == Dims{1, 1}
    && c.shape.dilation == Dims{0, 0} && c.wDims[0] >= 16 && c.wDims[1] >= 16;
}

std::string describeText(const Conv &c)
{
    static constexpr const char *kNames[] = {"forward", "data", "weights"};
    std::string text = std::string("conv2d ") + kNames[static_cast<int>(c.direction)] + " "
        + std::string(name(c.direction == Direction::Data ? c.wType : c.xType));
    for (const Dims *dims : {&c.xDims, &c.wDims, &c.shape.stride, &c.shape.padBegin, &c.shape.padEnd}) {
        text += " ";
        for (std::size_t i = 0; i < dims->size(); ++i)
            text += (i > 0 ? "x" : "") + std::to_string((*dims)[i]);
    }
    return text;
}

/// Unrolls the image into a matrix product: in bfloat16 ten times slower with few channels, but far from the reference.
bool isUnrolled(std::string_view implementation, const Conv &c)
{
    return c.xType == DType::BFloat16 && implementation.find("gemm") != std::string_view::npos;
}

tl::expected<Prepared, Decline> prepareConv(const Group &group, const Conv &c, Tuner &tuner)
{
    const Program &p = *group.program;
    for (const ValueId id : {c.x, c.w, c.y})
        if (p.type(id).shape.elements().isConstant(0)
            || (p.type(id).dtype != DType::Float32 && (p.type(id).dtype != DType::BFloat16 || !c.bfloat16)))
            return tl::unexpected(Decline{"only what the processor multiplies, and not empty"});
    if (group.inputs.size() != (c.bias == kNoValue ? 2u : 3u))
        return tl::unexpected(Decline{"only inputs that differ"});
    std::vector<Prepared> ways;
    std::vector<std::string> names;
    std::optional<Prepared> unrolled;
    std::string why;
    for (const Way &way : kWays) {
        const bool isWinograd = way.algorithm == dnnl::algorithm::convolution_winograd;
        if (isWinograd && (!winogradFits(c) || c.xType != DType::Float32 || c.wType != DType::Float32))
            continue;
        if (way.channelsLast && !ways.empty())
            continue; // only where blocks of channels have no fast kernel (few channels)
        try {
            Prepared made = make(group, c, way);
            if (isUnrolled(made.implementation, c)) {
                unrolled = std::move(made);
                continue;
            }
            if (onednn::isSlow(made.implementation)) {
                why += std::string(why.empty() ? "" : ", ") + made.implementation + " is slow";
                continue;
            }
            ways.push_back(std::move(made));
            names.emplace_back(way.name);
        } catch (const dnnl::error &e) {
            why += std::string(why.empty() ? "" : ", ") + way.name + ": " + e.what();
        }
    }
    if (ways.empty() && unrolled)
        return std::move(*unrolled);
    if (ways.empty())
        return tl::unexpected(Decline{why});
    if (ways.size() == 1)
        return std::move(ways.front());
    const bool wide = c.wDims[0] >= 32 && c.wDims[1] >= 32 && c.yDims[0] * c.yDims[2] * c.yDims[3] >= 1024;
    const std::size_t chosen
        = tuner.choose(describeText(c), names, wide ? 1 : 0, [&](std::size_t i) { return timeKernel(group, ways[i]); });
    return std::move(ways[chosen]);
}

const Instruction &at(const Group &group, std::size_t i)
{
    return group.program->instructions[static_cast<std::size_t>(group.instructions[i])];
}

tl::expected<Prepared, Decline> prepareForward(const Group &group, Tuner &tuner, bool bfloat16)
{
    Conv c;
    c.bfloat16 = bfloat16;
    const Instruction &conv = at(group, 0);
    const TailValues tail = tailValues(group);
    c.x = conv.inputs[0];
    c.w = conv.inputs[1];
    c.y = tail.result;
    c.bias = tail.bias;
    c.relu = tail.relu;
    describe(c, *group.program, conv.attrs);
    return prepareConv(group, c, tuner);
}

tl::expected<Prepared, Decline> prepareData(const Group &group, Tuner &tuner, bool bfloat16)
{
    Conv c;
    c.bfloat16 = bfloat16;
    c.direction = Direction::Data;
    c.y = at(group, 0).inputs[0];
    c.w = at(group, 0).inputs[1];
    c.x = tailValues(group).result;
    describe(c, *group.program, at(group, 0).attrs);
    return prepareConv(group, c, tuner);
}

tl::expected<Prepared, Decline> prepareWeights(const Group &group, Tuner &tuner, bool bfloat16)
{
    Conv c;
    c.bfloat16 = bfloat16;
    c.direction = Direction::Weights;
    c.x = at(group, 0).inputs[0];
    c.y = at(group, 0).inputs[1];
    c.w = tailValues(group).result;
    describe(c, *group.program, at(group, 0).attrs);
    return prepareConv(group, c, tuner);
}

/// One value for each channel, as [C, 1, 1] or [1, C, 1, 1].
bool isChannelBias(const Program &p, ValueId bias, ValueId y)
{
    const Dims b = p.type(bias).shape.concrete();
    const Dims dims = p.type(y).shape.concrete();
    return b.size() >= 3 && elementCount(b) == dims[1] && b[b.size() - 3] == dims[1]
        && p.type(bias).dtype == DType::Float32;
}

} // namespace

std::vector<Pattern> cpuConvPatterns(const std::shared_ptr<Tuner> &tuner, bool bfloat16)
{
    const auto bind = [&](auto prepare) {
        return [prepare, tuner, bfloat16](const Group &group, std::span<const Layout>, std::span<const bool>) {
            return prepare(group, *tuner, bfloat16);
        };
    };
    const auto match = [](std::string_view op, Tail tail) { return matchTail(op, tail, isChannelBias); };
    return {
        {"conv2d+cast+bias+relu", match("conv2d", {true, true, true}), bind(prepareForward)},
        {"conv2d+cast+bias", match("conv2d", {true, true, false}), bind(prepareForward)},
        {"conv2d+cast", match("conv2d", {true, false, false}), bind(prepareForward)},
        {"conv2d+bias+relu", match("conv2d", {false, true, true}), bind(prepareForward)},
        {"conv2d+bias", match("conv2d", {false, true, false}), bind(prepareForward)},
        singleOp("conv2d", bind(prepareForward)),
        {"conv2d_backward_data+cast", match("conv2d_backward_data", {true, false, false}), bind(prepareData)},
        singleOp("conv2d_backward_data", bind(prepareData)),
        {"conv2d_backward_weights+cast", match("conv2d_backward_weights", {true, false, false}), bind(prepareWeights)},
        singleOp("conv2d_backward_weights", bind(prepareWeights)),
    };
}

} // namespace espalier
