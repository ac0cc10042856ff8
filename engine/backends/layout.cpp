// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/backend.h"

namespace espalier {

std::size_t storageBytes(const TensorType &type, const Layout &layout)
{
    if (!layout.isPlain())
        return layout.bytes;
    return static_cast<std::size_t>(type.shape.elements().constant()) * byteSize(type.dtype);
}

} // namespace espalier
