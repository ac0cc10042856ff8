// SPDX-License-Identifier: Apache-2.0
#include "engine/server/section_fixes.h"

#include "engine/data/data_spec.h"
#include "engine/data/source_kinds.h"
#include "engine/layers/nearest.h"
#include "engine/protocol/change.h"
#include "engine/train/settings.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>

namespace espalier {
namespace {

using Path = std::vector<std::string>;

Path split(std::string_view text, char separator)
{
    Path parts;
    while (!text.empty()) {
        const std::size_t end = text.find(separator);
        if (end != 0)
            parts.emplace_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return parts;
}

std::optional<std::size_t> indexIn(const JsonValue &list, const std::string &text)
{
    std::size_t index = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), index);
    return parsed.ec == std::errc() && index < list.items().size() ? std::optional(index) : std::nullopt;
}

/// `json` with the value at the path, or without it where there is none.
JsonValue edited(JsonValue json, std::span<const std::string> path, const std::optional<JsonValue> &value)
{
    if (path.empty())
        return value.value_or(JsonValue());
    if (json.isArray()) {
        const auto index = indexIn(json, path.front());
        JsonValue::Array items = json.items();
        if (index && path.size() == 1 && !value)
            items.erase(items.begin() + static_cast<std::ptrdiff_t>(*index));
        else if (index)
            items[*index] = edited(items[*index], path.subspan(1), value);
        return JsonValue(std::move(items));
    }
    if (path.size() == 1 && !value)
        json.remove(path.front());
    else
        json.set(path.front(), edited(json[path.front()], path.subspan(1), value));
    return json;
}

/// The operation that does it: fields name members only, so a list on the way is set as a whole.
Change setAt(const Document &document, const Path &path, const std::optional<JsonValue> &value)
{
    const JsonValue *at = path.front() == "data" ? &document.data : &document.training;
    std::string field = path.front();
    std::size_t depth = 1;
    for (; depth < path.size() && !at->isArray(); ++depth) {
        field += "/" + path[depth];
        at = &(*at)[path[depth]];
    }
    Operation op = setDocumentField(field, {});
    if (depth == path.size() && !value)
        op.kind = Operation::Kind::Unset;
    else
        op.value = edited(*at, std::span(path).subspan(depth), value);
    return {{op}};
}

Fix fixAt(const Document &document, std::string_view label, std::vector<Arg> args, const Path &path,
          const std::optional<JsonValue> &value)
{
    return {std::string(label), std::move(args), changeToJson(setAt(document, path, value)).dump()};
}

Fix setTo(const Document &document, const Path &path, JsonValue value)
{
    const std::string text = value.isString() ? value.string() : value.dump();
    return fixAt(document, "Set {0} to {1}", {Arg(path.back()), Arg(Arg::Kind::Text, text)}, path, value);
}

Fix toDefault(const Document &document, const Path &path)
{
    return fixAt(document, "Use the default of {0}", {Arg(path.back())}, path, std::nullopt);
}

const JsonValue &valueAt(const Document &document, const Path &path)
{
    static const JsonValue kNone;
    const JsonValue *at = path.front() == "data" ? &document.data : &document.training;
    for (std::size_t i = 1; i < path.size(); ++i) {
        const auto index = at->isArray() ? indexIn(*at, path[i]) : std::nullopt;
        at = index ? &at->items()[*index] : at->isArray() ? &kNone : &(*at)[path[i]];
    }
    return *at;
}

/// The spec of a setting, also inside of a phase ("training.phases.0.optimizer.lr").
const SettingSpec *settingSpec(const Path &path)
{
    const std::size_t skip = path.size() > 3 && path[1] == "phases" ? 3 : 1;
    std::string name;
    for (std::size_t i = skip; i < path.size(); ++i)
        name += (name.empty() ? "" : ".") + path[i];
    for (const SettingSpec &spec : trainingSettingSpecs())
        if (spec.path == name)
            return &spec;
    return nullptr;
}

std::vector<Fix> settingFixes(const Document &document, const Error &problem)
{
    const Path path = split(problem.where.parameter, '.');
    if (path.size() < 2 || path.front() != "training")
        return {};
    const SettingSpec *spec = settingSpec(path);
    const JsonValue &value = valueAt(document, path);
    if (problem.code == "settings.range" && spec) {
        const double nearest = std::clamp(value.number(), spec->minimum, spec->maximum);
        return {setTo(document, path,
                      value.isInteger() ? JsonValue(static_cast<std::int64_t>(std::llround(nearest)))
                                        : JsonValue(nearest))};
    }
    if (problem.code == "settings.choice" && spec)
        if (const std::string_view near = nearest(value.string(), spec->choices); !near.empty())
            return {setTo(document, path, near)};
    if (problem.code == "settings.choice" || problem.code == "settings.type")
        return {toDefault(document, path)};
    if (problem.code != "settings.unknown" || problem.args.size() < 3)
        return {};
    // "{0}{1} ... {0}{2}": the prefix, the unknown path and the nearest known one
    const Path known = split(problem.args[0].text + problem.args[2].text, '.');
    std::vector<Fix> fixes;
    if (known.size() == path.size() && std::equal(known.begin(), known.end() - 1, path.begin())
        && valueAt(document, known).isNull()) {
        Change rename = setAt(document, path, std::nullopt);
        if (path.size() == 2 || path[1] != "phases") { // two operations on one list would not see each other
            const Change add = setAt(document, known, value);
            rename.operations.insert(rename.operations.end(), add.operations.begin(), add.operations.end());
            fixes.push_back({"Call it {0}", {Arg(known.back())}, changeToJson(rename).dump()});
        }
    }
    fixes.push_back(fixAt(document, "Remove {0}", {Arg(path.back())}, path, std::nullopt));
    return fixes;
}

std::string_view fileNameOf(std::string_view path)
{
    return path.substr(path.rfind('/') + 1);
}

/// The parameter of a source that names this file.
std::optional<Path> parameterOfFile(const Document &document, const std::string &file)
{
    const auto &sources = document.data["sources"].items();
    for (std::size_t i = 0; i < sources.size(); ++i)
        for (const auto &[name, value] : sources[i]["parameters"].members())
            if (value.isString() && !value.string().empty() && fileNameOf(value.string()) == fileNameOf(file))
                return Path{"data", "sources", std::to_string(i), "parameters", name};
    return std::nullopt;
}

std::vector<Fix> nearFile(const Document &document, const Error &problem)
{
    const auto path = parameterOfFile(document, problem.where.file);
    if (!path || problem.args.size() < 2)
        return {};
    const std::string &old = valueAt(document, *path).string();
    const std::string near
        = old.substr(0, old.size() - fileNameOf(old).size()) + std::string(fileNameOf(problem.args[1].text));
    return {fixAt(document, "Use {0}", {Arg(fileNameOf(near))}, *path, JsonValue(near))};
}

/// Another parameter of the source that reads the file at fault.
std::vector<Fix> setOfSource(const Document &document, const Error &problem, std::string_view name, JsonValue value)
{
    auto path = parameterOfFile(document, problem.where.file);
    if (!path)
        return {};
    path->back() = std::string(name);
    return {setTo(document, *path, std::move(value))};
}

/// A column that the table does not have: the nearest of those that it has.
std::vector<Fix> nearColumn(const Document &document, const Error &problem)
{
    auto path = parameterOfFile(document, problem.where.file);
    if (!path || problem.args.size() < 3)
        return {};
    std::string text = problem.args[2].text; // "a, b, c"
    std::vector<std::string> known;
    for (std::size_t end = 0; end != std::string::npos;) {
        end = text.find(", ");
        known.push_back(text.substr(0, end));
        text = end == std::string::npos ? std::string() : text.substr(end + 2);
    }
    const std::vector<std::string_view> names(known.begin(), known.end());
    const std::string_view near = nearest(problem.where.column, names);
    for (const char *list : {"features", "target", "categorical"}) {
        path->back() = list;
        const auto &items = valueAt(document, *path).items();
        const auto at = std::find(items.begin(), items.end(), JsonValue(problem.where.column));
        if (at == items.end() || near.empty())
            continue;
        path->push_back(std::to_string(at - items.begin()));
        return {fixAt(document, "Use the column {0}", {Arg(near)}, *path, JsonValue(near))};
    }
    return {};
}

/// A column of words among the features: they are names of something.
std::vector<Fix> categoricalColumn(const Document &document, const Error &problem)
{
    auto path = parameterOfFile(document, problem.where.file);
    if (!path || problem.where.column.empty())
        return {};
    path->back() = "categorical";
    JsonValue list = valueAt(document, *path);
    list.append(problem.where.column);
    return {fixAt(document, "Make {0} a column of categories", {Arg(problem.where.column)}, *path, std::move(list))};
}

/// The fractions as they are to each other, but together 1.
std::vector<Fix> splitThatAddsUp(const Document &document)
{
    JsonValue split = document.data["split"];
    double sum = 0;
    const SplitSpec defaults;
    const auto of = [&](std::string_view name, double fallback) { return split[name].number(fallback); };
    const double train = of("train", defaults.train);
    const double validation = of("validation", defaults.validation);
    const double test = of("test", defaults.test);
    sum = train + validation + test;
    const auto part = [&](double x) { return std::floor(x / sum * 1000) / 1000; };
    split.set("train", part(train)).set("validation", part(validation)).set("test", part(test));
    return {fixAt(document, "Scale them to add up to 1", {}, {"data", "split"}, split)};
}

std::vector<Fix> dataTypeFix(const Document &document, const Path &path)
{
    if (path.size() < 2 || path.front() != "data")
        return {};
    if (path.back() == "id" && path.size() == 4)
        return {setTo(document, path, "data" + path[2])};
    if (valueAt(document, path).isNull())
        return {};
    return {toDefault(document, path)};
}

std::vector<Fix> dataFixes(const Document &document, const Error &problem)
{
    const std::string &code = problem.code;
    const Path path = split(problem.where.parameter, '/');
    if (code == "data.type" || code == "data.parameter")
        return dataTypeFix(document, path);
    if (code == "data.split.sum")
        return splitThatAddsUp(document);
    if (code == "split.stratify")
        return {setTo(document, {"data", "split", "stratify"}, "")};
    if (code == "split.empty")
        return {toDefault(document, {"data", "split"})};
    if (code == "data.file.near")
        return nearFile(document, problem);
    if (code == "table.missing" || code == "table.nan")
        return setOfSource(document, problem, "missing", "drop");
    if (code == "table.column")
        return nearColumn(document, problem);
    if (code == "table.number")
        return categoricalColumn(document, problem);
    if (code == "table.one-hot")
        return setOfSource(document, problem, "encoding", "index");
    if (code == "text.short" && problem.args.size() > 1 && problem.args[1].number > 2)
        return setOfSource(document, problem, "window", static_cast<std::int64_t>(problem.args[1].number) - 1);
    if (code == "normalize.column") {
        const auto &entries = document.data["normalize"].items();
        for (std::size_t i = 0; i < entries.size(); ++i)
            if (!problem.args.empty() && entries[i]["column"].string() == problem.args[0].text)
                return {fixAt(document, "Don't normalise {0}", {problem.args[0]},
                              {"data", "normalize", std::to_string(i)}, std::nullopt)};
    }
    return {};
}

/// A phase that names a loss by another name than it has.
std::vector<Fix> phaseLossFix(const Document &document, const Error &problem)
{
    const auto &phases = document.training["phases"].items();
    for (std::size_t i = 0; i < phases.size() && problem.args.size() > 1; ++i) {
        const auto &losses = phases[i]["losses"].items();
        const auto wrong = std::find(losses.begin(), losses.end(), JsonValue(problem.args[1].text));
        if (wrong == losses.end())
            continue;
        return {fixAt(document, "Don't name '{0}'", {problem.args[1]},
                      {"training", "phases", std::to_string(i), "losses", std::to_string(wrong - losses.begin())},
                      std::nullopt)};
    }
    return {};
}

} // namespace

void addSectionFixes(const Document &document, std::vector<Error> &problems)
{
    for (Error &problem : problems) {
        if (!problem.fixes.empty())
            continue;
        if (problem.code.starts_with("settings."))
            problem.fixes = settingFixes(document, problem);
        else if (problem.code == "device.precision")
            problem.fixes = {setTo(document, {"training", "precision"}, "float32")};
        else if (problem.code == "train.phase-loss")
            problem.fixes = phaseLossFix(document, problem);
        else
            problem.fixes = dataFixes(document, problem);
    }
}

} // namespace espalier
