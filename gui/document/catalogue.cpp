// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/document/catalogue.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace espalier {
namespace {

ParamForm formOf(std::string_view type)
{
    constexpr std::array<std::pair<std::string_view, ParamForm>, 11> kForms{{{"integer", ParamForm::Integer},
                                                                             {"real", ParamForm::Real},
                                                                             {"bool", ParamForm::Bool},
                                                                             {"choice", ParamForm::Choice},
                                                                             {"integer_list", ParamForm::IntegerList},
                                                                             {"expression", ParamForm::Expression},
                                                                             {"text", ParamForm::Text},
                                                                             {"file", ParamForm::File},
                                                                             {"dtype", ParamForm::DTypeName},
                                                                             {"initializer", ParamForm::Initializer},
                                                                             {"any", ParamForm::Any}}};
    const auto found = std::find_if(kForms.begin(), kForms.end(), [&](const auto &form) { return form.first == type; });
    return found == kForms.end() ? ParamForm::Text : found->second;
}

std::vector<std::string> texts(const JsonValue &list)
{
    std::vector<std::string> all;
    for (const JsonValue &item : list.items())
        if (item.isString())
            all.push_back(item.string());
    return all;
}

std::optional<double> numberOf(const JsonValue &value)
{
    return value.isNumber() ? std::optional(value.number()) : std::nullopt;
}

PortInfo readPort(const JsonValue &json)
{
    PortInfo port;
    port.name = json["name"].string();
    port.help = json["help"].string();
    const std::string &numbers = json["numbers"].string();
    port.numbers = numbers == "real" ? PortNumbers::Real : numbers == "whole" ? PortNumbers::Whole : PortNumbers::Any;
    port.minRank = static_cast<int>(json["min_rank"].integer(0));
    port.maxRank = static_cast<int>(json["max_rank"].integer(8));
    port.isOptional = json["optional"].boolean();
    port.isVariadic = json["variadic"].boolean();
    return port;
}

std::vector<PortInfo> readPorts(const JsonValue &list)
{
    std::vector<PortInfo> ports;
    for (const JsonValue &json : list.items())
        if (!json["name"].string().empty())
            ports.push_back(readPort(json));
    return ports;
}

LayerInfo readLayer(const JsonValue &json)
{
    LayerInfo layer;
    layer.id = json["id"].string();
    layer.version = static_cast<int>(std::clamp<std::int64_t>(json["version"].integer(1), 0, 1 << 30));
    layer.category = json["category"].string();
    layer.title = json["title"].string().empty() ? layer.id : json["title"].string();
    layer.help = json["help"].string();
    layer.aliases = texts(json["aliases"]);
    for (const JsonValue &param : json["params"].items())
        if (!param["name"].string().empty())
            layer.params.push_back(paramFromJson(param));
    layer.ports = {readPorts(json["inputs"]), readPorts(json["outputs"])};
    layer.isTrainingOnly = json["training_only"].boolean();
    layer.hasDynamicPorts = json["dynamic_ports"].boolean();
    layer.outputsFrom = json["outputs_from"].string();
    layer.icon = categoryKey(layer.category);
    return layer;
}

} // namespace

ParamInfo paramFromJson(const JsonValue &json, std::string_view nameKey)
{
    ParamInfo param;
    param.name = json[nameKey].string();
    param.typeName = json["type"].string();
    param.form = formOf(param.typeName);
    param.fallback = json["default"];
    param.label = json["label"].string().empty() ? param.name : json["label"].string();
    param.help = json["help"].string();
    param.minimum = numberOf(json["minimum"]);
    param.maximum = numberOf(json["maximum"]);
    param.choices = texts(json["choices"]);
    param.choiceLabels = texts(json["choice_labels"]);
    if (param.choiceLabels.size() != param.choices.size()) // of an engine that has none
        param.choiceLabels.clear();
    param.minLength = static_cast<int>(std::clamp<std::int64_t>(json["min_length"].integer(1), 0, 1000));
    param.maxLength = static_cast<int>(std::clamp<std::int64_t>(json["max_length"].integer(8), 0, 1000));
    param.unit = json["unit"].string();
    return param;
}

const ParamInfo *LayerInfo::findParam(std::string_view paramName) const
{
    const auto found
        = std::find_if(params.begin(), params.end(), [&](const ParamInfo &param) { return param.name == paramName; });
    return found == params.end() ? nullptr : &*found;
}

Catalogue Catalogue::fromJson(const JsonValue &describe)
{
    Catalogue catalogue;
    for (const char *list : {"layers", "op_layers"}) {
        for (const JsonValue &json : describe[list].items()) {
            LayerInfo layer = readLayer(json);
            if (layer.id.empty() || !catalogue.m_index.emplace(layer.id, catalogue.m_layers.size()).second)
                continue;
            catalogue.m_layers.push_back(std::move(layer));
        }
    }
    return catalogue;
}

std::vector<std::string> Catalogue::categories() const
{
    std::vector<std::string> all;
    for (const LayerInfo &layer : m_layers)
        if (std::find(all.begin(), all.end(), layer.category) == all.end())
            all.push_back(layer.category);
    return all;
}

const LayerInfo *Catalogue::find(std::string_view kind) const
{
    const auto found = m_index.find(std::string(kind));
    return found == m_index.end() ? nullptr : &m_layers[found->second];
}

JsonValue defaultParams(const LayerInfo &layer)
{
    JsonValue params = JsonValue::object();
    for (const ParamInfo &param : layer.params)
        params.set(param.name, param.fallback);
    return params;
}

bool takes(const PortInfo &input, std::string_view dtype, int rank)
{
    const bool isReal = dtype.starts_with("float") || dtype.starts_with("bfloat");
    const bool isWhole = dtype.starts_with("int");
    if (!dtype.empty()
        && ((input.numbers == PortNumbers::Real && !isReal) || (input.numbers == PortNumbers::Whole && !isWhole)))
        return false;
    return rank < 0 || (rank >= input.minRank && rank <= input.maxRank);
}

std::string categoryKey(std::string_view category)
{
    std::string key;
    for (const char c : category) {
        if (std::isalnum(static_cast<unsigned char>(c)))
            key += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        else if (!key.empty() && key.back() != '-')
            key += '-';
    }
    if (!key.empty() && key.back() == '-')
        key.pop_back();
    return key;
}

} // namespace espalier
