// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/layers/describe.h" // before Qt: its emit would break the engine's

#include "tests/gui/document/edit_support.h"

namespace espalier::test {

const Catalogue &catalogue()
{
    static const Catalogue made = [] {
        JsonValue json = JsonValue::object();
        json.set("layers", describeLayers()).set("op_layers", describeOpLayers());
        return Catalogue::fromJson(json);
    }();
    return made;
}

} // namespace espalier::test
