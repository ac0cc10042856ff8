// SPDX-License-Identifier: Apache-2.0
#include "engine/io/run_directory.h"

#include "engine/base/assert.h"
#include "engine/base/json_text.h"
#include "engine/base/process.h"
#include "engine/base/time_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <tuple>

namespace espalier {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kLockFile = "run.lock";
constexpr std::string_view kRecordFile = "run.json";
constexpr std::uint64_t kMaxRecord = std::uint64_t{64} << 20;
constexpr std::uint64_t kMaxJournal = std::uint64_t{1} << 30;

std::string join(const std::string &folder, std::string_view name)
{
    return (fs::path(folder) / name).string();
}

template <typename... Args>
tl::unexpected<Error> failAt(const std::string &path, std::string_view code, std::string_view text, Args &&...args)
{
    Place place;
    place.file = path;
    return fail(error(code, text, path, std::forward<Args>(args)...).at(std::move(place)));
}

/// What a folder may be called on any system, at most 80 bytes of it.
std::string folderName(std::string_view name)
{
    std::string out;
    for (const char c : name) {
        const bool bad
            = static_cast<unsigned char>(c) < 0x20 || std::string_view("/\\:*?\"<>|").find(c) != std::string_view::npos;
        out += bad ? '-' : c;
    }
    if (out.size() > 80) {
        std::size_t end = 80;
        while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0u) == 0x80u) // not inside a character
            --end;
        out.resize(end);
    }
    const auto isEdge = [](char c) { return c == '.' || c == ' '; };
    while (!out.empty() && isEdge(out.back()))
        out.pop_back();
    while (!out.empty() && isEdge(out.front()))
        out.erase(0, 1);
    return out.empty() ? localTimeName() : out;
}

/// Empty, or holding no more than what a killed createAt leaves.
bool isUnused(const std::string &path)
{
    std::error_code code;
    for (fs::directory_iterator it(path, code), end; !code && it != end; it.increment(code)) {
        const std::string name = it->path().filename().string();
        std::error_code ignored;
        const bool emptyFolder = (name == "models" || name == "checkpoints") && fs::is_empty(it->path(), ignored);
        if (name != kLockFile && !emptyFolder)
            return false;
    }
    return !code;
}

/// The number in `prefix`N`suffix`, or nothing.
std::optional<std::int64_t> numberIn(std::string_view name, std::string_view prefix, std::string_view suffix)
{
    if (!name.starts_with(prefix) || !name.ends_with(suffix) || name.size() <= prefix.size() + suffix.size())
        return std::nullopt;
    name = name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
    std::int64_t number = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
    if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size() || number < 0)
        return std::nullopt;
    return number;
}

std::vector<std::int64_t> numbersIn(const std::string &folder, std::string_view prefix, std::string_view suffix)
{
    std::vector<std::int64_t> numbers;
    std::error_code code;
    for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code))
        if (const auto number = numberIn(it->path().filename().string(), prefix, suffix))
            numbers.push_back(*number);
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

} // namespace

std::string RunDirectory::inside(std::string_view relative) const
{
    return join(m_path, relative);
}

std::string RunDirectory::recordPath() const
{
    return inside(kRecordFile);
}

std::string RunDirectory::journalPath() const
{
    return inside("journal.jsonl");
}

std::string RunDirectory::modelPath(std::int64_t revision) const
{
    return inside(fmt::format("models/{:04}.espalier", revision));
}

std::string RunDirectory::checkpointFolder() const
{
    return inside("checkpoints");
}

std::string RunDirectory::lastCheckpoint() const
{
    return inside("checkpoints/last.safetensors");
}

std::string RunDirectory::bestCheckpoint() const
{
    return inside("checkpoints/best.safetensors");
}

std::string RunDirectory::stepCheckpoint(std::int64_t step) const
{
    return inside(fmt::format("checkpoints/step-{}.safetensors", step));
}

std::vector<std::int64_t> RunDirectory::checkpointSteps() const
{
    return numbersIn(checkpointFolder(), "step-", ".safetensors");
}

std::int64_t RunDirectory::latestRevision() const
{
    const auto revisions = numbersIn(inside("models"), "", ".espalier");
    return revisions.empty() ? 0 : revisions.back();
}

Result<void> RunDirectory::takeLock()
{
    auto lock = FileLock::acquire(inside(kLockFile));
    if (!lock && lock.error().code == "file.locked")
        return failAt(m_path, "run.locked",
                      "The run {0} is being trained by another process. Stop that one first, or join it with `espalier "
                      "serve --attach {0}`.");
    if (!lock)
        return fail(std::move(lock).error());
    m_lock = std::move(*lock);
    return {};
}

Result<RunDirectory> RunDirectory::create(const std::string &parent, const std::string &name)
{
    ESPALIER_CHECK(createDirectories(parent));
    const std::string base = folderName(name);
    const auto taken = numbersIn(parent, base + "-", "");
    for (std::int64_t n = taken.empty() ? 1 : taken.back() + 1;; ++n) {
        const std::string path = join(parent, fmt::format("{}-{}", base, n));
        std::error_code code;
        const bool made = fs::create_directory(path, code); // the system decides between two that try at once
        if (code)
            ESPALIER_CHECK(createDirectories(path)); // for its sentence
        if (made)
            return createAt(path);
    }
}

Result<RunDirectory> RunDirectory::createAt(const std::string &path)
{
    const auto holdsRun = [&] {
        return failAt(
            path, "run.exists",
            "{0} holds a run already. Go on with it by `espalier train --resume {0}`, or choose another folder.");
    };
    if (isRunDirectory(path))
        return holdsRun();
    ESPALIER_CHECK(createDirectories(path));
    if (!isUnused(path))
        return failAt(path, "run.foreign", "{0} holds other files. Choose an empty or a new folder for the run.");
    RunDirectory run(path);
    ESPALIER_CHECK(run.takeLock());
    if (isRunDirectory(path)) // another process was quicker
        return holdsRun();
    ESPALIER_CHECK(createDirectories(run.inside("models")));
    ESPALIER_CHECK(createDirectories(run.checkpointFolder()));
    RunRecord record;
    record.created = utcTimeText();
    record.host = hostName();
    ESPALIER_CHECK(run.saveRecord(record));
    return run;
}

Result<RunDirectory> RunDirectory::open(const std::string &path)
{
    if (!isRunDirectory(path))
        return failAt(path, "run.missing",
                      "{0} is no run: there is no run.json in it. `espalier runs` lists the runs that there are.");
    return RunDirectory(path);
}

Result<RunDirectory> RunDirectory::openForWriting(const std::string &path)
{
    ESPALIER_TRY(RunDirectory run, open(path));
    ESPALIER_CHECK(run.takeLock());
    ESPALIER_CHECK(createDirectories(run.inside("models")));
    ESPALIER_CHECK(createDirectories(run.checkpointFolder()));
    for (const std::string &folder : {path, run.inside("models"), run.checkpointFolder()})
        removeTemporaryFiles(folder);
    return run;
}

Result<std::int64_t> RunDirectory::writeModel(std::string_view document)
{
    ESPALIER_ASSERT(m_lock.has_value(), "the run was opened to read");
    const std::int64_t latest = latestRevision();
    if (latest > 0) {
        const auto old = readFile(modelPath(latest));
        if (old && *old == document)
            return latest;
    }
    ESPALIER_CHECK(writeFileAtomically(modelPath(latest + 1), document));
    return latest + 1;
}

Result<RunRecord> RunDirectory::loadRecord() const
{
    ESPALIER_TRY(const std::string text, readFile(recordPath(), kMaxRecord));
    return runRecordFromJson(text, recordPath());
}

Result<void> RunDirectory::saveRecord(const RunRecord &record)
{
    ESPALIER_ASSERT(m_lock.has_value(), "the run was opened to read");
    return writeFileAtomically(recordPath(), toJsonText(record));
}

Result<void> RunDirectory::appendJournal(const nlohmann::json &entry)
{
    ESPALIER_ASSERT(m_lock.has_value(), "the run was opened to read");
    ESPALIER_ASSERT(entry.is_object(), "an entry of the journal is an object");
    if (!m_journal) {
        ESPALIER_TRY(AppendFile file, AppendFile::open(journalPath()));
        ESPALIER_TRY(const std::string text, readFile(journalPath(), kMaxJournal));
        const std::size_t lastEnd = text.rfind('\n');
        const std::size_t whole = lastEnd == std::string::npos ? 0 : lastEnd + 1;
        if (whole < text.size()) // a kill cut the last line; a new entry must not be glued to it
            ESPALIER_CHECK(file.truncate(whole));
        m_journal = std::move(file);
    }
    ESPALIER_CHECK(m_journal->append(jsonText(entry) + "\n"));
    return m_journal->sync();
}

Result<std::vector<nlohmann::json>> RunDirectory::readJournal() const
{
    std::vector<nlohmann::json> entries;
    std::error_code code;
    if (!fs::exists(journalPath(), code))
        return entries;
    ESPALIER_TRY(const std::string text, readFile(journalPath(), kMaxJournal));
    std::int64_t line = 1;
    for (std::size_t at = 0; at < text.size(); ++line) {
        const std::size_t end = text.find('\n', at);
        if (end == std::string::npos)
            break; // never acknowledged
        auto entry = parseJson(std::string_view(text).substr(at, end - at), journalPath());
        at = end + 1;
        if (entry && entry->is_object()) {
            entries.push_back(std::move(*entry));
            continue;
        }
        if (at == text.size())
            break;
        Place place;
        place.file = journalPath();
        place.line = line;
        return fail(error("run.journal",
                          "{0}, line {1}: this is no entry of a journal. Remove the line to go on without "
                          "it.",
                          journalPath(), line)
                        .at(std::move(place)));
    }
    return entries;
}

bool isRunDirectory(const std::string &path)
{
    std::error_code code;
    return fs::is_regular_file(fs::path(path) / kRecordFile, code);
}

RunState actualState(const std::string &path, const RunRecord &record)
{
    if (!needsProcess(record.state))
        return record.state;
    switch (FileLock::probe(join(path, kLockFile))) {
    case FileLock::State::Held:
        return record.state;
    case FileLock::State::Free: // a lock of another machine may be invisible here
        return record.host == hostName() ? RunState::Lost : record.state;
    case FileLock::State::Unknown:
        break;
    }
    return record.host == hostName() && !isProcessAlive(record.pid) ? RunState::Lost : record.state;
}

std::vector<RunListing> listRuns(const std::string &folder)
{
    std::vector<RunListing> runs;
    std::error_code code;
    for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
        const std::string path = it->path().string();
        if (!isRunDirectory(path))
            continue;
        RunListing listing{path, {}, std::nullopt};
        const auto text = readFile(join(path, kRecordFile), kMaxRecord);
        const auto record = text ? runRecordFromJson(*text, join(path, kRecordFile)) : fail(text.error());
        if (record) {
            listing.record = *record;
            listing.record.state = actualState(path, *record);
        } else {
            listing.error = record.error();
        }
        runs.push_back(std::move(listing));
    }
    std::sort(runs.begin(), runs.end(), [](const RunListing &a, const RunListing &b) {
        return std::tie(a.record.created, a.path) < std::tie(b.record.created, b.path);
    });
    return runs;
}

} // namespace espalier
