// SPDX-License-Identifier: Apache-2.0
#include "engine/server/run_files.h"

#include "engine/protocol/event_reader.h"

#include <algorithm>
#include <filesystem>

namespace espalier {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMostFiles = 10'000;
constexpr int kDeepest = 4;

} // namespace

std::string canonicalRun(const std::string &path)
{
    std::error_code code;
    fs::path whole = fs::weakly_canonical(path, code);
    if (code)
        whole = fs::absolute(path, code).lexically_normal();
    std::string text = whole.string();
    while (text.size() > 1 && text.back() == '/')
        text.pop_back();
    return text;
}

std::vector<RunFile> listRunFiles(const std::string &run)
{
    std::vector<RunFile> files;
    std::error_code code;
    fs::recursive_directory_iterator it(run, code);
    for (const fs::recursive_directory_iterator end; !code && it != end && files.size() < kMostFiles;
         it.increment(code)) {
        std::error_code ignored;
        const std::string leaf = it->path().filename().string();
        const bool isHidden = leaf.front() == '.' || leaf == "run.lock";
        if (it->is_directory(ignored) && (isHidden || it.depth() >= kDeepest))
            it.disable_recursion_pending();
        if (isHidden || !fs::is_regular_file(it->symlink_status(ignored)))
            continue;
        const std::string name = it->path().lexically_relative(run).generic_string();
        files.push_back({name, it->file_size(ignored), name == "journal.jsonl" || isEventFileName(leaf)});
    }
    std::sort(files.begin(), files.end(), [](const RunFile &a, const RunFile &b) { return a.name < b.name; });
    return files;
}

Result<std::string> runFilePath(const std::string &run, const std::string &file)
{
    const fs::path relative(file);
    bool isInside = !file.empty() && relative.is_relative() && file.find('\0') == std::string::npos;
    for (const fs::path &part : relative)
        isInside = isInside && !part.empty() && part.string().front() != '.';
    const fs::path path = fs::path(run) / relative;
    std::error_code code;
    const fs::path real = fs::weakly_canonical(path, code);
    if (!isInside || code || real.lexically_relative(canonicalRun(run)).string().starts_with(".."))
        return fail(error("run.file", "{0} is no file of the run {1}.", file, run).at({.file = file}));
    return path.string();
}

std::uint64_t folderBytes(const std::string &folder)
{
    std::uint64_t bytes = 0;
    std::error_code code;
    for (fs::recursive_directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
        std::error_code ignored;
        if (fs::is_regular_file(it->symlink_status(ignored)))
            bytes += it->file_size(ignored);
    }
    return bytes;
}

} // namespace espalier
