// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/backend.h"

namespace espalier {

AxisRuns axisRuns(const TensorType &type, int axis)
{
    const Dims dims = type.shape.concrete();
    std::size_t inner = 1;
    for (std::size_t i = static_cast<std::size_t>(axis) + 1; i < dims.size(); ++i)
        inner *= static_cast<std::size_t>(dims[i]);
    const auto entries = static_cast<std::size_t>(dims[static_cast<std::size_t>(axis)]);
    if (inner == 1) // neighbours: one run has them all
        return {entries, entries, 1};
    return {inner, 1, entries};
}

std::size_t storageBytes(const TensorType &type, const Layout &layout)
{
    if (!layout.isPlain())
        return layout.bytes;
    return static_cast<std::size_t>(type.shape.elements().constant()) * byteSize(type.dtype);
}

} // namespace espalier
