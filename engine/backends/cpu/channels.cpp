// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/cpu/channels.h"

#include "engine/backends/cpu/onednn.h"

namespace espalier {
namespace {

using Tag = dnnl::memory::format_tag;

onednn::Md blocked(const TensorType &type, std::int64_t lanes)
{
    const Dims dims = type.shape.concrete();
    return {{dims.begin(), dims.end()}, onednn::dataType(type.dtype), lanes == 16 ? Tag::nChw16c : Tag::nChw8c};
}

} // namespace

std::optional<std::int64_t> channelLanes(const Layout &layout, const TensorType &type)
{
    if (layout.isPlain() || type.shape.rank() != 4)
        return std::nullopt;
    for (const std::int64_t lanes : {16, 8})
        if (channelLayout(type, lanes) == layout)
            return lanes;
    return std::nullopt;
}

Layout channelLayout(const TensorType &type, std::int64_t lanes)
{
    return onednn::layoutOf(blocked(type, lanes), type);
}

ChannelView channelView(const TensorType &type, const Layout &layout)
{
    const Dims dims = type.shape.concrete();
    ChannelView view;
    view.outer = dims[0];
    view.channels = dims[1];
    for (std::size_t i = 2; i < dims.size(); ++i)
        view.inner *= dims[i];
    view.blocks = dims[1];
    if (const auto lanes = channelLanes(layout, type)) {
        view.lanes = *lanes;
        view.blocks = (dims[1] + *lanes - 1) / *lanes;
    } else if (view.inner == 1) {
        view.blocks = 1;
        view.lanes = dims[1];
    }
    return view;
}

Layout channelLayoutOr(const Layout &layout, const TensorType &type)
{
    return channelLanes(layout, type) ? layout : Layout{};
}

} // namespace espalier
