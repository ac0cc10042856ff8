// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/layers/describe.h" // before Qt: its emit would break the engine's

#include "tests/gui/document/edit_support.h"

#include "engine/protocol/change.h"
#include "engine/protocol/document_text.h"

#include <QtCore/QtGlobal>

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

Edit must(EditResult edit)
{
    if (!edit)
        qFatal("%s", edit.error().message().c_str());
    return std::move(*edit);
}

Edit doIt(Document &document, const EditResult &result)
{
    Edit edit = must(result);
    const Document before = document;
    const auto inverse = apply(document, edit.change);
    if (!inverse)
        qFatal("%s", inverse.error().message().c_str());
    Document back = document;
    if (!apply(back, *inverse) || !(back == before))
        qFatal("the edit '%s' can't be taken back", qPrintable(edit.label));
    for (const Error &problem : documentProblems(document))
        qFatal("after '%s': %s", qPrintable(edit.label), problem.message().c_str());
    return edit;
}

} // namespace espalier::test
