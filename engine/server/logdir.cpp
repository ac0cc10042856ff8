// SPDX-License-Identifier: Apache-2.0
#include "engine/server/logdir.h"

#include "engine/base/file_error.h"
#include "engine/base/time_text.h"
#include "engine/io/run_directory.h"
#include "engine/protocol/event_reader.h"
#include "engine/server/run_catalog.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>

namespace espalier {
namespace fs = std::filesystem;
namespace {

std::optional<LogFile> fileAt(const std::string &path)
{
    struct stat info { };
    if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode))
        return std::nullopt;
    LogFile file;
    file.size = static_cast<std::uint64_t>(info.st_size);
    file.identity = static_cast<std::uint64_t>(info.st_ino) ^ (static_cast<std::uint64_t>(info.st_dev) << 48);
    return file;
}

/// Takes over what is new of a file. Whether it changed.
bool update(LogFile &known, const LogFile &now)
{
    if (known.size == now.size && known.identity == now.identity)
        return false;
    if (now.size < known.size || now.identity != known.identity)
        ++known.generation;
    known.size = now.size;
    known.identity = now.identity;
    return true;
}

/// "events.out.tfevents.1700000000.host.1.0" -> 1700000000; 0 where it does not say.
std::int64_t secondsInName(const std::string &file)
{
    constexpr std::string_view kMark = "tfevents.";
    const std::size_t at = file.find(kMark);
    std::int64_t seconds = 0;
    if (at != std::string::npos)
        std::from_chars(file.data() + at + kMark.size(), file.data() + file.size(), seconds);
    return seconds;
}

/// What was known of a run's files goes on in what was found now. Whether anything is new.
bool takeOver(LogRun &run, const LogRun *before)
{
    bool isChanged = !before || before->isOurs != run.isOurs;
    for (auto &[name, file] : run.files) {
        const auto old = before ? before->files.find(name) : run.files.end();
        if (!before || old == before->files.end()) {
            isChanged = true;
            continue;
        }
        LogFile updated = old->second;
        isChanged = update(updated, file) || isChanged;
        file = updated;
    }
    return isChanged;
}

/// What one search finds, before it is compared with what was known.
struct Found {
    std::map<std::string, LogRun> runs;
    bool isTruncated = false;
};

/// Directories below, and the event files in this one.
struct Directory {
    std::vector<std::string> folders;
    std::map<std::string, LogFile> files;
};

Result<Directory> listDirectory(const std::string &path)
{
    Directory directory;
    std::error_code code;
    fs::directory_iterator it(path, code);
    if (code)
        return fail(fileReadError(path, code.value()));
    for (const fs::directory_iterator end; !code && it != end; it.increment(code)) {
        const std::string leaf = it->path().filename().string();
        std::error_code ignored;
        if (isEventFileName(leaf)) {
            if (const auto file = fileAt(it->path().string()))
                directory.files.emplace(leaf, *file);
        } else if (!leaf.starts_with('.') && it->symlink_status(ignored).type() == fs::file_type::directory) {
            directory.folders.push_back(it->path().string());
        }
    }
    std::sort(directory.folders.begin(), directory.folders.end());
    return directory;
}

Found searchBelow(const std::string &folder, Directory top, const std::stop_token &stop)
{
    struct Level {
        std::string path;
        Directory directory;
        int depth;
    };
    Found found;
    std::vector<Level> open;
    open.push_back({folder, std::move(top), 0});
    for (std::size_t listed = 0; !open.empty() && !stop.stop_requested();) {
        Level level = std::move(open.back());
        open.pop_back();
        if (!level.directory.files.empty()) {
            LogRun &run = found.runs[level.path];
            run.name = level.path == folder ? "." : fs::path(level.path).lexically_relative(folder).generic_string();
            run.files = std::move(level.directory.files);
            run.isOurs = isRunDirectory(level.path);
        }
        listed += level.directory.folders.size();
        found.isTruncated = found.runs.size() >= Logdir::kMostRuns || listed > Logdir::kMostFolders;
        if (found.isTruncated)
            break;
        if (level.depth >= Logdir::kDeepest)
            continue;
        for (auto it = level.directory.folders.rbegin(); it != level.directory.folders.rend(); ++it)
            if (auto below = listDirectory(*it)) // one that can't be listed has no runs for us
                open.push_back({*it, std::move(*below), level.depth + 1});
    }
    return found;
}

} // namespace

Result<Logdir::News> Logdir::search(const std::stop_token &stop)
{
    ESPALIER_TRY(Directory top, listDirectory(m_folder));
    Found found = searchBelow(m_folder, std::move(top), stop);
    News news;
    if (stop.stop_requested())
        return news;
    for (auto &[path, run] : found.runs) {
        const auto back = m_gone.extract(path);
        const auto known = m_runs.find(path);
        const LogRun *before = known != m_runs.end() ? &known->second : back ? &back.mapped() : nullptr;
        if (takeOver(run, before) || known == m_runs.end())
            news.changed.push_back(path);
    }
    for (auto &[path, run] : m_runs)
        if (!found.runs.contains(path)) {
            news.gone.push_back(path);
            m_gone.insert_or_assign(path, std::move(run));
        }
    m_runs = std::move(found.runs);
    m_isTruncated = found.isTruncated;
    return news;
}

Logdir::News Logdir::look()
{
    News news;
    for (auto &[path, run] : m_runs) {
        bool isChanged = false;
        for (auto &[name, file] : run.files)
            if (const auto now = fileAt(path + "/" + name))
                isChanged = update(file, *now) || isChanged;
        if (isChanged)
            news.changed.push_back(path);
    }
    return news;
}

JsonValue Logdir::runJson(const std::string &path) const
{
    const auto found = m_runs.find(path);
    if (found == m_runs.end())
        return {};
    const LogRun &run = found->second;
    JsonValue files = JsonValue::array();
    std::uint64_t bytes = 0;
    std::int64_t created = 0;
    for (const auto &[name, file] : run.files) {
        files.append(JsonValue::object()
                         .set("file", name)
                         .set("size", static_cast<std::int64_t>(file.size))
                         .set("grows", true)
                         .set("generation", file.generation));
        bytes += file.size;
        if (created == 0)
            created = secondsInName(name);
    }
    JsonValue json = JsonValue::object();
    if (auto ours = run.isOurs ? describeRun(path) : fail("run", ""))
        json = std::move(*ours);
    else
        json.set("run", path).set("name", run.name).set("folder", m_folder).set("alive", false).set("foreign", true);
    if (json["foreign"].boolean() && created > 0)
        json.set("created", utcTimeText(created));
    return json.set("logdir", m_folder).set("bytes", static_cast<std::int64_t>(bytes)).set("files", std::move(files));
}

} // namespace espalier
