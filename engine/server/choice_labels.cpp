// SPDX-License-Identifier: Apache-2.0
#include "engine/server/choice_labels.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace espalier {
namespace {

/// Those that are no plain words.
constexpr std::pair<std::string_view, std::string_view> kLabels[] = {
    {"relu", "ReLU"},
    {"leaky_relu", "Leaky ReLU"},
    {"elu", "ELU"},
    {"selu", "SELU"},
    {"gelu", "GELU"},
    {"silu", "SiLU (swish)"},
    {"hardswish", "Hard swish"},
    {"cpu", "Processor (CPU)"},
    {"rgb", "Colour (RGB)"},
    {"xor", "XOR"},
    {"t10k", "Test (t10k)"},
    {"train/loss", "Loss in training"},
    {"validation/loss", "Loss in validation"},
    {"validation/accuracy", "Accuracy in validation"},
    {"validation/mae", "Mean absolute error in validation"},
    {"validation/r2", "R² in validation"},
};

/// Names of number types, and what has capitals or places of its own.
bool isName(std::string_view choice)
{
    return std::any_of(choice.begin(), choice.end(), [](unsigned char c) {
        return std::isdigit(c) || std::isupper(c) || c == '/' || c == '.' || c >= 0x80;
    });
}

} // namespace

std::string choiceLabel(std::string_view choice)
{
    for (const auto &[name, label] : kLabels)
        if (name == choice)
            return std::string(label);
    std::string label(choice);
    if (label.empty() || isName(choice))
        return label;
    std::replace(label.begin(), label.end(), '_', ' ');
    label.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(label.front())));
    return label;
}

JsonValue withChoiceLabels(const JsonValue &schema)
{
    if (schema.isArray()) {
        JsonValue list = JsonValue::array();
        for (const JsonValue &item : schema.items())
            list.append(withChoiceLabels(item));
        return list;
    }
    if (!schema.isObject())
        return schema;
    JsonValue object = JsonValue::object();
    for (const auto &[name, value] : schema.members()) {
        object.set(name, withChoiceLabels(value));
        if (name != "choices" || !value.isArray())
            continue;
        JsonValue labels = JsonValue::array();
        for (const JsonValue &choice : value.items())
            labels.append(choiceLabel(choice.string()));
        object.set("choice_labels", std::move(labels));
    }
    return object;
}

} // namespace espalier
