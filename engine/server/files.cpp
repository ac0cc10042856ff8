// SPDX-License-Identifier: Apache-2.0
#include "engine/server/files.h"

#include "engine/server/params.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

namespace espalier {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMostEntries = 2'000'000; ///< of one folder; what lies beyond is not listed

struct Entry {
    std::string name;
    bool isFolder = false;
};

struct ListRequest {
    std::string folder;
    std::string pattern;
    std::int64_t offset = 0;
    std::int64_t limit = 0;
    bool hidden = false;
};

Result<ListRequest> readRequest(const Call &call, const std::vector<Root> &roots)
{
    ListRequest request;
    ESPALIER_TRY(request.folder, optionalText(call, "folder"));
    ESPALIER_TRY(request.folder, resolveRoot(request.folder, roots));
    ESPALIER_TRY(request.pattern, optionalText(call, "pattern"));
    ESPALIER_TRY(request.offset, optionalInteger(call, "offset", 0, 0, kMostEntries));
    ESPALIER_TRY(request.limit, optionalInteger(call, "limit", 200, 1, 2000));
    ESPALIER_TRY(request.hidden, optionalBool(call, "hidden", false));
    return request;
}

bool isWanted(const ListRequest &request, const Entry &entry)
{
    if (!request.hidden && entry.name.starts_with('.'))
        return false;
    return entry.isFolder || request.pattern.empty() || matchesPattern(entry.name, request.pattern);
}

/// Names and kinds only: asking each of a million files for its size would take minutes.
Result<std::vector<Entry>> readEntries(Call &call, const ListRequest &request)
{
    std::error_code problem;
    std::vector<Entry> entries;
    fs::directory_iterator at(request.folder, problem);
    if (problem)
        return fail(error("files.folder", "The folder {0} can't be listed: {1}.", request.folder,
                          Arg(Arg::Kind::Text, problem.message()))
                        .at({.file = request.folder}));
    std::int64_t seen = 0;
    for (const fs::directory_iterator end; at != end && seen < kMostEntries; at.increment(problem), ++seen) {
        std::error_code ignored;
        Entry entry{at->path().filename().string(), at->is_directory(ignored)};
        if (isWanted(request, entry))
            entries.push_back(std::move(entry));
        if (seen % 1024 != 0)
            continue;
        if (call.isCancelled())
            return fail("rpc.cancelled", "Listing {0} was cancelled.", request.folder);
        if (seen > 0)
            call.progress(static_cast<double>(seen), 0, "Listing " + request.folder);
    }
    std::sort(entries.begin(), entries.end(),
              [](const Entry &a, const Entry &b) { return a.isFolder != b.isFolder ? a.isFolder : a.name < b.name; });
    return entries;
}

JsonValue entryToJson(const std::string &folder, const Entry &entry)
{
    struct ::stat info { };
    const bool isThere = ::stat((fs::path(folder) / entry.name).c_str(), &info) == 0;
    JsonValue json = JsonValue::object();
    json.set("name", entry.name).set("kind", entry.isFolder ? "folder" : "file");
    json.set("bytes", static_cast<std::int64_t>(isThere && !entry.isFolder ? info.st_size : 0));
    return json.set("modified", static_cast<std::int64_t>(isThere ? info.st_mtim.tv_sec : 0));
}

JsonValue listRoots(const std::vector<Root> &roots)
{
    JsonValue::Array list;
    for (const Root &root : roots)
        list.push_back(
            JsonValue::object().set("name", root.name + ":").set("kind", "folder").set("bytes", 0).set("modified", 0));
    const auto total = static_cast<std::int64_t>(list.size());
    JsonValue json = JsonValue::object();
    json.set("folder", "").set("parent", "").set("entries", JsonValue(std::move(list)));
    return json.set("total", total).set("offset", 0);
}

Result<JsonValue> listFiles(Call &call, const std::vector<Root> &roots)
{
    ESPALIER_TRY(ListRequest request, readRequest(call, roots));
    if (request.folder.empty())
        return listRoots(roots);
    std::error_code problem;
    const fs::path absolute = fs::absolute(request.folder, problem).lexically_normal();
    request.folder = absolute.string();
    if (request.folder.size() > 1 && request.folder.ends_with('/'))
        request.folder.pop_back();
    ESPALIER_TRY(const std::vector<Entry> entries, readEntries(call, request));
    JsonValue::Array page;
    const auto total = static_cast<std::int64_t>(entries.size());
    for (std::int64_t i = request.offset; i < std::min(total, request.offset + request.limit); ++i)
        page.push_back(entryToJson(request.folder, entries[static_cast<std::size_t>(i)]));
    const std::string parent = fs::path(request.folder).parent_path().string();
    JsonValue json = JsonValue::object();
    json.set("folder", request.folder).set("parent", parent == request.folder ? std::string() : parent);
    json.set("entries", JsonValue(std::move(page))).set("total", total).set("offset", request.offset);
    return json;
}

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

} // namespace

bool matchesPattern(std::string_view name, std::string_view pattern)
{
    // The last star is the only place to come back to: linear but for that, whatever the pattern.
    std::size_t n = 0;
    std::size_t p = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = n;
        } else if (p < pattern.size() && (pattern[p] == '?' || lower(pattern[p]) == lower(name[n]))) {
            ++p;
            ++n;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            n = ++resume;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

void addFileMethods(MethodTable &table, const std::vector<Root> &roots)
{
    table.add("files.list", Lane::Work, [roots](Call &call) { return listFiles(call, roots); });
}

} // namespace espalier
