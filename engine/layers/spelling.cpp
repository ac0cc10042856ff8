// SPDX-License-Identifier: Apache-2.0
#include "engine/layers/spelling.h"

#include <fmt/format.h>

namespace espalier {

std::string pairText(const std::vector<std::int64_t> &sides)
{
    if (sides.size() == 2 && sides[0] == sides[1])
        return std::to_string(sides[0]);
    std::string text;
    for (const std::int64_t side : sides)
        text += (text.empty() ? "" : ", ") + std::to_string(side);
    return "(" + text + ")";
}

std::string offText(const JsonValue &params, std::string_view parameter)
{
    return params[parameter].boolean() ? "" : ", " + std::string(parameter) + "=False";
}

std::string realText(double value)
{
    std::string text = fmt::format("{}", value);
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

std::string torchActivation(std::string_view name, std::string call, int softmaxAxis)
{
    if (name.empty() || name == "none")
        return call;
    if (name == "softmax")
        return fmt::format("F.softmax({}, dim={})", call, softmaxAxis);
    const bool isTensors = name == "tanh" || name == "sigmoid";
    return fmt::format("{}.{}({})", isTensors ? "torch" : "F", name, call);
}

} // namespace espalier
