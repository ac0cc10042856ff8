// SPDX-License-Identifier: Apache-2.0
// Pooling by oneDNN in the layout of its input. The indices of max pooling lie in oneDNN's workspace format.
#include "engine/backends/cpu/onednn.h"
#include "engine/backends/cpu/patterns.h"
#include "engine/ops/op.h"

#include <algorithm>

namespace espalier {
namespace {

using onednn::Md;

const Instruction &only(const Group &group)
{
    return group.program->instructions[static_cast<std::size_t>(group.instructions.front())];
}

onednn::PoolShape shapeOf(const Attrs &attrs, const Dims &x, const Dims &y)
{
    const auto &kernel = attrs.integers("kernel_size");
    const auto &stride = attrs.integers("stride");
    const auto &padding = attrs.integers("padding");
    onednn::PoolShape s{stride, kernel, {padding[0], padding[1]}, {padding[2], padding[3]}};
    for (std::size_t i = 0; i < 2; ++i) // ceil_mode: the last window may hang over
        s.padEnd[i] = (y[2 + i] - 1) * stride[i] + kernel[i] - x[2 + i] - s.padBegin[i];
    return s;
}

/// The workspace is private: only the backward op may read it.
bool onlyBackwardReads(const Program &program, ValueId indices)
{
    for (const Instruction &in : program.instructions)
        if (std::find(in.inputs.begin(), in.inputs.end(), indices) != in.inputs.end()
            && in.op->name != "max_pool2d_backward")
            return false;
    return std::none_of(program.outputs.begin(), program.outputs.end(),
                        [&](const ProgramOutput &o) { return o.value == indices; });
}

bool usable(const Program &program, ValueId x, ValueId y)
{
    const auto ok = [&](ValueId id) {
        return program.type(id).dtype == DType::Float32 && !program.type(id).shape.elements().isConstant(0);
    };
    return ok(x) && ok(y);
}

bool isSmall(const TensorType &x)
{
    return storageBytes(x, {}) < onednn::kSmallBytes;
}

/// Blocked by 16 or 8 channels if the channels fill the blocks; else as it lies.
Md wanted(const Layout &layout, const TensorType &type)
{
    return onednn::descriptorOf(layout, type);
}

tl::expected<Prepared, Decline> prepareMaxForward(const Group &group, std::span<const Layout> layouts,
                                                  std::span<const bool>)
{
    const Program &p = *group.program;
    const Instruction &in = only(group);
    const TensorType &xType = p.type(in.inputs[0]);
    const TensorType &yType = p.type(in.outputs[0]);
    if (!usable(p, in.inputs[0], in.outputs[0]) || !onlyBackwardReads(p, in.outputs[1]))
        return tl::unexpected(Decline{"only float32 whose indices stay inside"});
    const onednn::SmallWork scope(isSmall(xType));
    try {
        const Md x = wanted(layouts[0], xType);
        const auto pd
            = onednn::pooling(dnnl::algorithm::pooling_max, x, onednn::any(DType::Float32, yType.shape.concrete()),
                              shapeOf(in.attrs, xType.shape.concrete(), yType.shape.concrete()));
        Prepared prepared = onednn::prepareKernel(pd, onednn::PoolingForward(pd),
                                                  {{DNNL_ARG_SRC, false, 0, x},
                                                   {DNNL_ARG_DST, true, 0, pd.dst_desc()},
                                                   {DNNL_ARG_WORKSPACE, true, 1, pd.workspace_desc()}});
        prepared.inputLayouts = {layouts[0]};
        prepared.outputLayouts = {onednn::layoutOf(pd.dst_desc(), yType),
                                  onednn::privateLayout("pool-ws", pd.workspace_desc(), pd.dst_desc())};
        return prepared;
    } catch (const dnnl::error &e) {
        return tl::unexpected(Decline{e.what()});
    }
}

tl::expected<Prepared, Decline> prepareMaxBackward(const Group &group, std::span<const Layout> layouts,
                                                   std::span<const bool>)
{
    const Program &p = *group.program;
    const Instruction &in = only(group); // dy, indices
    const TensorType &dyType = p.type(in.inputs[0]);
    const TensorType &dxType = p.type(in.outputs[0]);
    if (!usable(p, in.inputs[0], in.outputs[0]) || group.inputs.size() != 2 || !layouts[1].tag.starts_with("pool-ws"))
        return tl::unexpected(Decline{"the indices are not oneDNN's"});
    const onednn::SmallWork scope(isSmall(dxType));
    try {
        // The forward's own layout, found again from the workspace's.
        const Md dy = *static_cast<const Md *>(onednn::companion(layouts[1]).get());
        const auto shape = shapeOf(in.attrs, dxType.shape.concrete(), dyType.shape.concrete());
        const Md dx = onednn::sameBlocking(dy, dyType, dxType);
        const auto hint = onednn::pooling(dnnl::algorithm::pooling_max, dx, dy, shape);
        const auto pd = onednn::poolingBackward(dnnl::algorithm::pooling_max, dx, dy, shape, hint);
        Prepared prepared = onednn::prepareKernel(pd, onednn::PoolingBackward(pd),
                                                  {{DNNL_ARG_DIFF_DST, false, 0, dy},
                                                   {DNNL_ARG_WORKSPACE, false, 1, hint.workspace_desc()},
                                                   {DNNL_ARG_DIFF_SRC, true, 0, dx}});
        prepared.inputLayouts = {onednn::layoutOf(dy, dyType), layouts[1]};
        prepared.outputLayouts = {onednn::layoutOf(dx, dxType)};
        return prepared;
    } catch (const dnnl::error &e) {
        return tl::unexpected(Decline{e.what()});
    }
}

dnnl::algorithm averageOf(const Attrs &attrs)
{
    return attrs.boolean("count_include_pad") ? dnnl::algorithm::pooling_avg_include_padding
                                              : dnnl::algorithm::pooling_avg_exclude_padding;
}

tl::expected<Prepared, Decline> prepareAverage(const Group &group, std::span<const Layout> layouts,
                                               std::span<const bool>)
{
    const Program &p = *group.program;
    const Instruction &in = only(group);
    const bool backward = in.op->name == "avg_pool2d_backward";
    const ValueId x = backward ? in.outputs[0] : in.inputs[0];
    const ValueId y = backward ? in.inputs[0] : in.outputs[0];
    const auto &xType = p.type(x);
    const auto &yType = p.type(y);
    if (!usable(p, x, y))
        return tl::unexpected(Decline{"only float32, not empty"});
    const auto shape = shapeOf(in.attrs, xType.shape.concrete(), yType.shape.concrete());
    const auto &padding = in.attrs.integers("padding");
    if (shape.padEnd[0] > padding[2] || shape.padEnd[1] > padding[3])
        return tl::unexpected(Decline{"windows that hang over count differently"});
    const onednn::SmallWork scope(isSmall(xType));
    try {
        Prepared prepared;
        if (!backward) {
            const Md src = wanted(layouts[0], xType);
            const auto pd
                = onednn::pooling(averageOf(in.attrs), src, onednn::any(DType::Float32, yType.shape.concrete()), shape);
            prepared = onednn::prepareKernel(pd, onednn::PoolingForward(pd),
                                             {{DNNL_ARG_SRC, false, 0, src}, {DNNL_ARG_DST, true, 0, pd.dst_desc()}});
            prepared.outputLayouts = {onednn::layoutOf(pd.dst_desc(), yType)};
        } else {
            const Md dy = wanted(layouts[0], yType);
            const Md dx = onednn::sameBlocking(dy, yType, xType);
            const auto hint = onednn::pooling(averageOf(in.attrs), dx, dy, shape);
            const auto pd = onednn::poolingBackward(averageOf(in.attrs), dx, dy, shape, hint);
            prepared = onednn::prepareKernel(pd, onednn::PoolingBackward(pd),
                                             {{DNNL_ARG_DIFF_DST, false, 0, dy}, {DNNL_ARG_DIFF_SRC, true, 0, dx}});
            prepared.outputLayouts = {onednn::layoutOf(dx, xType)};
        }
        prepared.inputLayouts = {layouts[0]};
        return prepared;
    } catch (const dnnl::error &e) {
        return tl::unexpected(Decline{e.what()});
    }
}

} // namespace

std::vector<Pattern> cpuPoolPatterns()
{
    return {singleOp("max_pool2d", prepareMaxForward), singleOp("max_pool2d_backward", prepareMaxBackward),
            singleOp("avg_pool2d", prepareAverage), singleOp("avg_pool2d_backward", prepareAverage)};
}

} // namespace espalier
