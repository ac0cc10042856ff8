// SPDX-License-Identifier: Apache-2.0
#include "engine/data/bytes.h"

#include "engine/base/file.h"

#include <zlib.h>

#include <algorithm>
#include <filesystem>

namespace espalier {
namespace {

namespace fs = std::filesystem;

/// Letters that two names have in common at the start and at the end.
std::size_t likeness(const std::string &a, const std::string &b)
{
    std::size_t n = 0;
    while (n < a.size() && n < b.size() && a[n] == b[n])
        ++n;
    std::size_t m = 0;
    while (m < a.size() - std::min(n, a.size()) && m < b.size() && a[a.size() - 1 - m] == b[b.size() - 1 - m])
        ++m;
    return n + m;
}

} // namespace

Error missingFile(const std::string &path)
{
    const fs::path wanted(path);
    std::string nearest;
    std::size_t best = 2;
    std::error_code problem;
    int looked = 0;
    for (const auto &entry :
         fs::directory_iterator(wanted.parent_path().empty() ? fs::path(".") : wanted.parent_path(), problem)) {
        if (++looked > 2000)
            break;
        const std::string name = entry.path().filename().string();
        if (const std::size_t like = likeness(name, wanted.filename().string()); like > best) {
            best = like;
            nearest = entry.path().string();
        }
    }
    if (nearest.empty())
        return error("data.missing",
                     "The data file {0} does not exist. Correct its path, or name its folder with --data.", path)
            .at({.file = path});
    return error("data.missing", "The data file {0} does not exist. Did you mean {1}?", path, nearest)
        .at({.file = path});
}

Result<std::string> readData(const std::string &path, std::uint64_t limit)
{
    std::error_code problem;
    if (!fs::exists(path, problem))
        return fail(missingFile(path));
    if (fs::is_directory(path, problem))
        return fail(error("data.folder", "{0} is a folder, but a file is needed.", path).at({.file = path}));
    gzFile file = gzopen(path.c_str(), "rb"); // reads plain files, too
    if (!file)
        return fail(error("data.unreadable", "The data file {0} can't be read. Check its permissions.", path)
                        .at({.file = path}));
    gzbuffer(file, 1 << 18);
    std::string out;
    std::string chunk(1 << 20, '\0');
    int n = 0;
    while ((n = gzread(file, chunk.data(), static_cast<unsigned>(chunk.size()))) > 0) {
        if (out.size() + static_cast<std::size_t>(n) > limit) {
            gzclose(file);
            return fail(error("data.large",
                              "The data file {0} holds more than {1} MB, the most that is kept in memory.", path,
                              static_cast<std::int64_t>(limit >> 20))
                            .at({.file = path}));
        }
        out.append(chunk.data(), static_cast<std::size_t>(n));
    }
    int code = Z_OK;
    gzerror(file, &code);
    const int closed = gzclose(file);
    if (n < 0 || code == Z_BUF_ERROR || closed == Z_BUF_ERROR)
        return fail(error("data.truncated",
                          "The compressed file {0} is damaged or breaks off. Copy or download it again.", path)
                        .at({.file = path}));
    if (out.empty())
        return fail(error("data.empty", "The data file {0} is empty.", path).at({.file = path}));
    return out;
}

} // namespace espalier
