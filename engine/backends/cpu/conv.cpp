// SPDX-License-Identifier: Apache-2.0
// Convolutions in whatever layout oneDNN likes best; neighbours follow.
#include "engine/backends/cpu/onednn.h"
#include "engine/backends/cpu/patterns.h"
#include "engine/ops/op.h"

namespace espalier {
namespace {

using onednn::Md;

struct Conv {
    onednn::ConvShape shape;
    std::int64_t groups = 1;
    Dims x, w, y;
    Dims grouped; ///< w as [groups, O/groups, I/groups, H, W] where groups > 1
};

Conv describe(const Attrs &attrs, const Dims &x, const Dims &w, const Dims &y)
{
    const auto &padding = attrs.integers("padding");
    const auto &dilation = attrs.integers("dilation");
    Conv c{{attrs.integers("stride"),
            {padding[0], padding[1]},
            {padding[2], padding[3]},
            {dilation[0] - 1, dilation[1] - 1}},
           attrs.integer("groups"),
           x,
           w,
           y,
           w};
    if (c.groups > 1)
        c.grouped = {c.groups, w[0] / c.groups, w[1], w[2], w[3]};
    return c;
}

const Instruction &only(const Group &group)
{
    return group.program->instructions[static_cast<std::size_t>(group.instructions.front())];
}

bool usable(const Group &group)
{
    const Program &program = *group.program;
    const auto ok = [&](ValueId id) {
        return program.type(id).dtype == DType::Float32 && !program.type(id).shape.elements().isConstant(0);
    };
    return std::all_of(group.inputs.begin(), group.inputs.end(), ok)
        && std::all_of(group.outputs.begin(), group.outputs.end(), ok) && group.inputs.size() == 2;
}

dnnl::convolution_forward::primitive_desc forward(const Conv &c, const Md &x, const Md &w, const Md &y)
{
    return onednn::convolution(dnnl::algorithm::convolution_direct, x, w, nullptr, y, c.shape, onednn::Epilogue::None);
}

/// A few channels stay row-major (oneDNN has kernels for them); else any.
Md source(const Dims &dims)
{
    return dims[1] <= 3 ? onednn::plain(DType::Float32, dims) : onednn::any(DType::Float32, dims);
}

template <typename Make>
tl::expected<Prepared, Decline> attempt(const Group &group, const Make &make)
{
    if (!usable(group))
        return tl::unexpected(Decline{"only float32 and not empty"});
    try {
        Prepared prepared = make();
        if (onednn::isSlow(std::string_view(prepared.implementation).substr(5)))
            return tl::unexpected(Decline{prepared.implementation + " is a slow path"});
        return prepared;
    } catch (const dnnl::error &e) {
        return tl::unexpected(Decline{e.what()});
    }
}

/// Weights in groups have one more axis for oneDNN than for us: only their row-major bytes are the same.
Md weights(const Conv &c)
{
    return c.groups > 1 ? onednn::plain(DType::Float32, c.grouped) : onednn::any(DType::Float32, c.w);
}
Layout weightLayout(const Conv &c, const Md &md, const TensorType &type)
{
    return c.groups > 1 ? Layout{} : onednn::layoutOf(md, type);
}

tl::expected<Prepared, Decline> prepareForward(const Group &group, std::span<const Layout>, std::span<const bool>)
{
    return attempt(group, [&] {
        const Program &p = *group.program;
        const Instruction &in = only(group);
        const auto dims = [&](ValueId id) { return p.type(id).shape.concrete(); };
        const Conv c = describe(in.attrs, dims(in.inputs[0]), dims(in.inputs[1]), dims(in.outputs[0]));
        const auto pd = forward(c, source(c.x), weights(c), onednn::any(DType::Float32, c.y));
        Prepared prepared = onednn::prepareKernel(pd, dnnl::convolution_forward(pd),
                                                  {{DNNL_ARG_SRC, false, 0, pd.src_desc()},
                                                   {DNNL_ARG_WEIGHTS, false, 1, pd.weights_desc()},
                                                   {DNNL_ARG_DST, true, 0, pd.dst_desc()}});
        prepared.inputLayouts = {onednn::layoutOf(pd.src_desc(), p.type(in.inputs[0])),
                                 weightLayout(c, pd.weights_desc(), p.type(in.inputs[1]))};
        prepared.outputLayouts = {onednn::layoutOf(pd.dst_desc(), p.type(in.outputs[0]))};
        return prepared;
    });
}

tl::expected<Prepared, Decline> prepareBackwardData(const Group &group, std::span<const Layout>, std::span<const bool>)
{
    return attempt(group, [&] {
        const Program &p = *group.program;
        const Instruction &in = only(group); // dy, w
        const auto dims = [&](ValueId id) { return p.type(id).shape.concrete(); };
        const Conv c = describe(in.attrs, dims(in.outputs[0]), dims(in.inputs[1]), dims(in.inputs[0]));
        const auto hint = forward(c, onednn::any(DType::Float32, c.x), weights(c), onednn::any(DType::Float32, c.y));
        const auto pd = onednn::convolutionData(onednn::any(DType::Float32, c.x), weights(c),
                                                onednn::any(DType::Float32, c.y), c.shape, hint);
        Prepared prepared = onednn::prepareKernel(pd, dnnl::convolution_backward_data(pd),
                                                  {{DNNL_ARG_DIFF_DST, false, 0, pd.diff_dst_desc()},
                                                   {DNNL_ARG_WEIGHTS, false, 1, pd.weights_desc()},
                                                   {DNNL_ARG_DIFF_SRC, true, 0, pd.diff_src_desc()}});
        prepared.inputLayouts = {onednn::layoutOf(pd.diff_dst_desc(), p.type(in.inputs[0])),
                                 weightLayout(c, pd.weights_desc(), p.type(in.inputs[1]))};
        prepared.outputLayouts = {onednn::layoutOf(pd.diff_src_desc(), p.type(in.outputs[0]))};
        return prepared;
    });
}

tl::expected<Prepared, Decline> prepareBackwardWeights(const Group &group, std::span<const Layout>,
                                                       std::span<const bool>)
{
    return attempt(group, [&] {
        const Program &p = *group.program;
        const Instruction &in = only(group); // x, dy
        const auto dims = [&](ValueId id) { return p.type(id).shape.concrete(); };
        const Conv c = describe(in.attrs, dims(in.inputs[0]), dims(in.outputs[0]), dims(in.inputs[1]));
        const auto hint = forward(c, source(c.x), weights(c), onednn::any(DType::Float32, c.y));
        const auto pd
            = onednn::convolutionWeights(source(c.x), weights(c), onednn::any(DType::Float32, c.y), c.shape, hint);
        Prepared prepared = onednn::prepareKernel(pd, dnnl::convolution_backward_weights(pd),
                                                  {{DNNL_ARG_SRC, false, 0, pd.src_desc()},
                                                   {DNNL_ARG_DIFF_DST, false, 1, pd.diff_dst_desc()},
                                                   {DNNL_ARG_DIFF_WEIGHTS, true, 0, pd.diff_weights_desc()}});
        prepared.inputLayouts = {onednn::layoutOf(pd.src_desc(), p.type(in.inputs[0])),
                                 onednn::layoutOf(pd.diff_dst_desc(), p.type(in.inputs[1]))};
        prepared.outputLayouts = {weightLayout(c, pd.diff_weights_desc(), p.type(in.outputs[0]))};
        return prepared;
    });
}

} // namespace

std::vector<Pattern> cpuConvPatterns()
{
    return {singleOp("conv2d", prepareForward), singleOp("conv2d_backward_data", prepareBackwardData),
            singleOp("conv2d_backward_weights", prepareBackwardWeights)};
}

} // namespace espalier
