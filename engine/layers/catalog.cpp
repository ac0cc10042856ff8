// SPDX-License-Identifier: Apache-2.0
// The one list of layer kinds.
#include "engine/layers/families.h"

#include <unordered_map>

namespace espalier {

std::span<const LayerKind *const> allLayers()
{
    static const std::vector<const LayerKind *> kinds = [] {
        std::vector<const LayerKind *> all;
        for (const auto family :
             {ioLayers(), denseLayers(), convLayers(), poolLayers(), normLayers(), activationLayers(), shapeLayers(),
              arithmeticLayers(), formulaLayers(), reduceLayers(), sequenceLayers(), lossLayers()})
            for (const LayerKind &kind : family)
                all.push_back(&kind);
        return all;
    }();
    return kinds;
}

const LayerKind *findLayer(std::string_view id)
{
    static const std::unordered_map<std::string_view, const LayerKind *> byId = [] {
        std::unordered_map<std::string_view, const LayerKind *> map;
        for (const LayerKind *kind : allLayers())
            map.emplace(kind->id, kind);
        return map;
    }();
    if (id.starts_with("op."))
        return opLayer(id);
    const auto found = byId.find(id);
    return found == byId.end() ? nullptr : found->second;
}

} // namespace espalier
