// SPDX-License-Identifier: Apache-2.0
#include "engine/server/describe_all.h"

#include "engine/data/source_kinds.h"
#include "engine/layers/describe.h"
#include "engine/server/choice_labels.h"
#include "engine/train/settings.h"

#include <algorithm>

namespace espalier {
namespace {

JsonValue categoriesOf(const JsonValue &layers)
{
    JsonValue::Array names;
    for (const JsonValue &layer : layers.items())
        if (std::find(names.begin(), names.end(), layer["category"]) == names.end())
            names.push_back(layer["category"]);
    return JsonValue(std::move(names));
}

} // namespace

JsonValue describeTrainingSettings()
{
    JsonValue list = JsonValue::array();
    for (const SettingSpec &spec : trainingSettingSpecs()) {
        JsonValue item = JsonValue::object();
        item.set("path", spec.path)
            .set("type", spec.type)
            .set("default", spec.fallback)
            .set("label", spec.label)
            .set("help", spec.help);
        if (spec.minimum != spec.maximum)
            item.set("minimum", spec.minimum).set("maximum", spec.maximum);
        JsonValue choices = JsonValue::array();
        for (const std::string_view choice : spec.choices)
            choices.append(choice);
        if (!spec.choices.empty())
            item.set("choices", std::move(choices));
        list.append(std::move(item));
    }
    return list;
}

const JsonValue &describeEverything()
{
    static const JsonValue all = [] {
        JsonValue json = JsonValue::object();
        json.set("layers", describeLayers()).set("op_layers", describeOpLayers()).set("functions", describeFunctions());
        json.set("training", describeTrainingSettings()).set("sources", describeSourceKinds());
        json.set("categories", categoriesOf(json["layers"]));
        return withChoiceLabels(json);
    }();
    return all;
}

} // namespace espalier
