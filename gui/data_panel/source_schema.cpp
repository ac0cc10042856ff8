// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/data_panel/source_schema.h"

#include <algorithm>
#include <array>
#include <utility>

namespace espalier {
namespace {

/// Types of source parameters, in the words of property editors.
std::string editorType(const std::string &type)
{
    constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kTypes{
        {{"number", "real"}, {"folder", "file"}, {"file_or_folder", "file"}, {"names", "list"}, {"tensors", "any"}}};
    const auto found = std::find_if(kTypes.begin(), kTypes.end(), [&](const auto &pair) { return pair.first == type; });
    return found == kTypes.end() ? type : std::string(found->second);
}

bool hasPathOf(const SourceKindInfo &kind, std::string_view type)
{
    return std::any_of(kind.params.begin(), kind.params.end(),
                       [&](const SourceParam &param) { return param.type == type; });
}

} // namespace

bool SourceKindInfo::readsFile() const
{
    return hasPathOf(*this, "file") || hasPathOf(*this, "file_or_folder");
}

bool SourceKindInfo::readsFolder() const
{
    return hasPathOf(*this, "folder");
}

JsonValue SourceKindInfo::defaults() const
{
    JsonValue all = JsonValue::object();
    for (const SourceParam &param : params)
        all.set(param.info.name, param.info.fallback);
    return all;
}

std::vector<SourceKindInfo> sourceKindsFromJson(const JsonValue &sources)
{
    std::vector<SourceKindInfo> kinds;
    for (const JsonValue &json : sources.items()) {
        SourceKindInfo kind{json["name"].string(), json["label"].string(), json["help"].string(), {}};
        for (const JsonValue &item : json["parameters"].items()) {
            SourceParam param{paramFromJson(item), item["type"].string(), {}};
            if (param.info.name.empty())
                continue;
            param.info.typeName = editorType(param.type);
            for (const JsonValue &value : item["only_for"].items())
                param.onlyFor.push_back(value.string());
            kind.params.push_back(std::move(param));
        }
        if (!kind.name.empty())
            kinds.push_back(std::move(kind));
    }
    return kinds;
}

const SourceKindInfo *findKind(const std::vector<SourceKindInfo> &kinds, std::string_view name)
{
    const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const auto &kind) { return kind.name == name; });
    return found == kinds.end() ? nullptr : &*found;
}

} // namespace espalier
