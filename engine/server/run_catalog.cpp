// SPDX-License-Identifier: Apache-2.0
#include "engine/server/run_catalog.h"

#include "engine/base/file.h"
#include "engine/base/file_error.h"
#include "engine/server/run_files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

namespace espalier {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kMaxLabel = std::uint64_t{1} << 20;
constexpr std::size_t kMaxName = 200;
constexpr std::string_view kTrash = ".trash";
constexpr std::array<std::string_view, 4> kLabelFields{"name", "tags", "note", "colour"};

std::string labelPath(const std::string &run)
{
    return (fs::path(run) / "label.json").string();
}

JsonValue numbersToJson(const std::map<std::string, double> &numbers)
{
    JsonValue out = JsonValue::object();
    for (const auto &[name, value] : numbers)
        out.set(name, value);
    return out;
}

JsonValue settingsToJson(const std::map<std::string, std::string> &settings)
{
    JsonValue out = JsonValue::object();
    for (const auto &[path, text] : settings) {
        auto value = JsonValue::parse(text, path);
        out.set(path, value ? std::move(*value) : JsonValue(text));
    }
    return out;
}

std::string trashOf(const std::string &folder)
{
    return (fs::path(folder) / kTrash).string();
}

/// `path`, or with the first number behind it that is free.
fs::path freePath(const fs::path &path)
{
    std::error_code ignored;
    fs::path candidate = path;
    for (int n = 2; fs::exists(fs::symlink_status(candidate, ignored)); ++n)
        candidate = path.string() + "-" + std::to_string(n);
    return candidate;
}

Result<fs::path> moveRun(const fs::path &from, const fs::path &to)
{
    const fs::path target = freePath(to);
    std::error_code code;
    fs::rename(from, target, code);
    if (code)
        return fail(fileWriteError(target.string(), code.value()));
    return target;
}

JsonValue listingToJson(const RunListing &listing)
{
    if (!listing.error)
        return runToJson(listing.path, listing.record);
    const fs::path path(canonicalRun(listing.path));
    JsonValue out = JsonValue::object();
    out.set("run", path.string())
        .set("name", path.filename().string())
        .set("folder", path.parent_path().string())
        .set("error", listing.error->message());
    return out;
}

} // namespace

RunLabel readLabel(const std::string &run)
{
    RunLabel label;
    const auto text = readFile(labelPath(run), kMaxLabel);
    const auto json = text ? JsonValue::parse(*text, "label.json") : Result<JsonValue>(JsonValue());
    if (!json || !json->isObject())
        return label;
    label.name = (*json)["name"].string();
    label.note = (*json)["note"].string();
    label.colour = (*json)["colour"].string();
    for (const JsonValue &tag : (*json)["tags"].items())
        label.tags.push_back(tag.string());
    JsonValue unknown = *json;
    for (const std::string_view field : kLabelFields)
        unknown.remove(field);
    if (!unknown.members().empty())
        label.unknown = unknown.dump();
    return label;
}

Result<void> writeLabel(const std::string &run, const RunLabel &label)
{
    JsonValue json = JsonValue::object();
    JsonValue tags = JsonValue::array();
    for (const std::string &tag : label.tags)
        tags.append(tag);
    json.set("name", label.name).set("tags", std::move(tags)).set("note", label.note).set("colour", label.colour);
    if (const auto unknown = JsonValue::parse(label.unknown, "label.json"); unknown && unknown->isObject())
        for (const auto &[field, value] : unknown->members())
            json.set(field, value);
    return writeFileAtomically(labelPath(run), json.pretty() + "\n");
}

JsonValue runToJson(const std::string &run, const RunRecord &record)
{
    const fs::path path(canonicalRun(run));
    const RunLabel label = readLabel(run);
    JsonValue out = JsonValue::object();
    out.set("run", path.string())
        .set("name", label.name.empty() ? path.filename().string() : label.name)
        .set("folder", path.parent_path().string())
        .set("state", name(record.state))
        .set("alive", needsProcess(record.state))
        .set("step", record.step)
        .set("epoch", record.epoch)
        .set("document", record.document)
        .set("created", record.created)
        .set("ended", record.ended)
        .set("device", record.device)
        .set("threads", record.threads)
        .set("seed", static_cast<std::int64_t>(record.seed))
        .set("revision", record.revision)
        .set("deterministic", record.deterministic)
        .set("host", record.host);
    out.set("results", numbersToJson(record.results)).set("best", numbersToJson(record.best));
    out.set("settings", settingsToJson(record.settings));
    JsonValue tags = JsonValue::array();
    for (const std::string &tag : label.tags)
        tags.append(tag);
    out.set("tags", std::move(tags)).set("note", label.note).set("colour", label.colour);
    if (!record.error.empty())
        out.set("error", record.error);
    return out;
}

Result<JsonValue> describeRun(const std::string &run)
{
    ESPALIER_TRY(const RunDirectory directory, RunDirectory::open(run));
    ESPALIER_TRY(RunRecord record, directory.loadRecord());
    record.state = actualState(run, record);
    return runToJson(run, record);
}

JsonValue listRunsJson(const std::string &folder)
{
    JsonValue runs = JsonValue::array();
    for (const RunListing &listing : listRuns(folder))
        runs.append(listingToJson(listing));
    return runs;
}

JsonValue listTrashJson(const std::string &folder)
{
    JsonValue runs = JsonValue::array();
    for (const RunListing &listing : listRuns(trashOf(folder)))
        runs.append(listingToJson(listing).set("bytes", static_cast<std::int64_t>(folderBytes(listing.path))));
    return runs;
}

Result<void> renameRun(const std::string &run, const std::string &name)
{
    if (name.empty() || name.size() > kMaxName || name.find_first_of("\n\r\t") != std::string::npos)
        return fail("run.name", "A run's name is one line of 1 to {0} letters.", kMaxName);
    ESPALIER_TRY(const JsonValue self, describeRun(run));
    const JsonValue siblings = listRunsJson(self["folder"].string());
    for (const JsonValue &other : siblings.items())
        if (other["name"].string() == name && other["run"].string() != self["run"].string())
            return fail("run.name-taken", "There is a run {0} in {1} already. Choose another name.", name,
                        self["folder"].string());
    RunLabel label = readLabel(run);
    label.name = name;
    return writeLabel(run, label);
}

Result<TrashedRun> trashRun(const std::string &run)
{
    const fs::path path(canonicalRun(run));
    ESPALIER_TRY(const JsonValue self, describeRun(path.string()));
    if (self["alive"].boolean())
        return fail("run.alive", "The run {0} is still being trained. Stop it first.", self["name"].string());
    if (path.parent_path().filename() == kTrash)
        return fail("run.trashed", "The run {0} is in the trash already.", self["name"].string());
    const std::string trash = trashOf(path.parent_path().string());
    ESPALIER_CHECK(createDirectories(trash));
    const std::uint64_t bytes = folderBytes(path.string());
    ESPALIER_TRY(const fs::path moved, moveRun(path, fs::path(trash) / path.filename()));
    return TrashedRun{moved.string(), bytes};
}

Result<std::string> restoreRun(const std::string &trashed)
{
    const fs::path path(canonicalRun(trashed));
    if (path.parent_path().filename() != kTrash || !isRunDirectory(path.string()))
        return fail("run.restore", "{0} is no run in a trash.", trashed);
    ESPALIER_TRY(const fs::path moved, moveRun(path, path.parent_path().parent_path() / path.filename()));
    return moved.string();
}

Result<std::uint64_t> emptyTrash(const std::string &folder)
{
    std::uint64_t freed = 0;
    for (const RunListing &listing : listRuns(trashOf(folder))) {
        const std::uint64_t bytes = folderBytes(listing.path);
        std::error_code code;
        fs::remove_all(listing.path, code);
        if (code)
            return fail(fileWriteError(listing.path, code.value()));
        freed += bytes;
    }
    std::error_code ignored;
    fs::remove(trashOf(folder), ignored); // if nothing else is in it
    return freed;
}

} // namespace espalier
