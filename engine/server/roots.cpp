// SPDX-License-Identifier: Apache-2.0
#include "engine/server/roots.h"

#include "engine/base/resources.h"
#include "engine/data/source.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace espalier {
namespace {

namespace fs = std::filesystem;

bool isRootName(std::string_view name)
{
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

} // namespace

std::vector<Root> defaultRoots()
{
    std::vector<Root> roots;
    if (const char *home = std::getenv("HOME"); home && *home == '/')
        roots.push_back({"home", home});
    if (const std::string resources = resourcesDirectory(); !resources.empty())
        roots.push_back({"samples", (fs::path(resources) / "samples").lexically_normal().string()});
    return roots;
}

Result<Root> readRoot(const std::string &assignment)
{
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos || !isRootName(assignment.substr(0, equals)) || equals + 1 == assignment.size())
        return fail("root.form", "--root needs NAME=FOLDER, such as data=/srv/data; got {0}.", assignment);
    std::error_code problem;
    const fs::path path = fs::absolute(assignment.substr(equals + 1), problem).lexically_normal();
    if (problem || !fs::is_directory(path, problem))
        return fail("root.folder", "The folder {0} of --root {1} is not there.", assignment.substr(equals + 1),
                    assignment.substr(0, equals));
    return Root{assignment.substr(0, equals), path.string()};
}

Result<std::string> resolveRoot(const std::string &path, const std::vector<Root> &roots)
{
    const std::size_t colon = path.find(':');
    if (colon == std::string::npos || !isRootName(path.substr(0, colon)))
        return path;
    std::string known;
    for (const Root &root : roots) {
        if (root.name == path.substr(0, colon))
            return (fs::path(root.path) / fs::path(path.substr(colon + 1)).relative_path()).string();
        known += (known.empty() ? "" : ", ") + root.name;
    }
    std::error_code ignored;
    if (fs::exists(path, ignored)) // a file whose name has a colon
        return path;
    return fail(error("root.unknown", "This engine has no root {0}. It has: {1}.", path.substr(0, colon),
                      Arg(Arg::Kind::Text, known))
                    .at({.file = path}));
}

void applyRoots(const std::vector<Root> &roots)
{
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const Root &root : roots)
        pairs.emplace_back(root.name, root.path);
    setDataRoots(std::move(pairs));
}

JsonValue toJson(const std::vector<Root> &roots)
{
    JsonValue::Array list;
    for (const Root &root : roots)
        list.push_back(JsonValue::object().set("name", root.name).set("path", root.path));
    return JsonValue(std::move(list));
}

} // namespace espalier
