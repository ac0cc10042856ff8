// SPDX-License-Identifier: Apache-2.0
#include "engine/data/input_file.h"

#include "engine/base/file.h"
#include "engine/data/content_hash.h"

#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

namespace espalier {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t kWholeHash = std::uint64_t{16} << 20;
constexpr std::size_t kHashBlock = std::size_t{64} << 10;
constexpr std::uint64_t kHashBlocks = 64;

std::size_t editDistance(const std::string &a, const std::string &b)
{
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row[b.size()];
}

/// The name in the folder of `path` that is nearest to it; "" where none is near.
std::string nearestName(const fs::path &path)
{
    const std::string wanted = path.filename().string();
    if (wanted.empty() || wanted.size() > 255)
        return {};
    std::string best;
    std::size_t bestDistance = std::max<std::size_t>(2, wanted.size() / 2);
    std::error_code error;
    int looked = 0;
    for (fs::directory_iterator it(path.has_parent_path() ? path.parent_path() : ".", error), end;
         !error && it != end && looked < 1000; it.increment(error), ++looked) {
        const std::string name = it->path().filename().string();
        if (const std::size_t distance = editDistance(wanted, name); distance < bestDistance) {
            bestDistance = distance;
            best = name;
        }
    }
    return best;
}

Result<void> requireExisting(const std::string &path)
{
    std::error_code error;
    if (fs::exists(path, error))
        return {};
    if (error && error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory) {
        return fail(espalier::error("data.file.access", "{0} can't be read: {1}. Check its permissions.", path,
                                    Arg(Arg::Kind::Text, error.message()))
                        .at({.file = path}));
    }
    if (const std::string near = nearestName(path); !near.empty()) {
        return fail(
            espalier::error("data.file.near", "{0} does not exist. Did you mean {1}?", path, near).at({.file = path}));
    }
    return fail(espalier::error("data.file.missing",
                                "{0} does not exist. Check the path; a relative one starts at the document's folder.",
                                path)
                    .at({.file = path}));
}

} // namespace

Result<void> requireFile(const std::string &path)
{
    ESPALIER_CHECK(requireExisting(path));
    std::error_code error;
    if (fs::is_directory(path, error))
        return fail(
            espalier::error("data.file.folder", "{0} is a folder. Name a file in it.", path).at({.file = path}));
    if (!fs::is_regular_file(path, error)) {
        return fail(espalier::error("data.file.special", "{0} is no regular file. Name a file on disk.", path)
                        .at({.file = path}));
    }
    return {};
}

Result<void> requireFolder(const std::string &path)
{
    ESPALIER_CHECK(requireExisting(path));
    std::error_code error;
    if (!fs::is_directory(path, error))
        return fail(espalier::error("data.folder.file", "{0} is a file. Name the folder.", path).at({.file = path}));
    return {};
}

struct InputFile::State {
    gzFile file = nullptr;
    std::string path;
    std::uint64_t size = 0;
    std::uint64_t delivered = 0;
    State() = default;
    State(const State &) = delete;
    State &operator=(const State &) = delete;
    ~State()
    {
        if (file)
            gzclose(file);
    }
};

InputFile::InputFile(std::unique_ptr<State> state)
    : m_state(std::move(state))
{
}
InputFile::InputFile(InputFile &&) noexcept = default;
InputFile &InputFile::operator=(InputFile &&) noexcept = default;
InputFile::~InputFile() = default;

Result<InputFile> InputFile::open(const std::string &path)
{
    ESPALIER_CHECK(requireFile(path));
    auto state = std::make_unique<State>();
    state->path = path;
    state->file = gzopen(path.c_str(), "rb");
    if (!state->file) {
        return fail(error("data.file.access", "{0} can't be read: {1}. Check its permissions.", path,
                          Arg(Arg::Kind::Text, std::strerror(errno))) // NOLINT(concurrency-mt-unsafe)
                        .at({.file = path}));
    }
    gzbuffer(state->file, 256u << 10);
    std::error_code ignored;
    state->size = fs::file_size(path, ignored);
    return InputFile(std::move(state));
}

Result<std::size_t> InputFile::read(char *into, std::size_t bytes)
{
    std::size_t done = 0;
    while (done < bytes) {
        const auto want = static_cast<unsigned>(std::min<std::size_t>(bytes - done, std::size_t{1} << 30));
        const int got = gzread(m_state->file, into + done, want);
        int status = Z_OK;
        gzerror(m_state->file, &status);
        if (got < 0 || status == Z_BUF_ERROR || status == Z_DATA_ERROR) {
            return fail(error("data.gzip",
                              "{0} is damaged or cut off: its gzip stream ends in the middle. Copy it again.",
                              m_state->path)
                            .at({.file = m_state->path}));
        }
        if (got == 0)
            break;
        done += static_cast<std::size_t>(got);
    }
    m_state->delivered += done;
    return done;
}

bool InputFile::isCompressed() const
{
    return gzdirect(m_state->file) == 0;
}

std::uint64_t InputFile::fileSize() const
{
    return m_state->size;
}

double InputFile::progress() const
{
    // zlib reads ahead, so its offset is too large for a plain file
    const auto offset
        = isCompressed() ? static_cast<double>(gzoffset(m_state->file)) : static_cast<double>(m_state->delivered);
    return m_state->size ? std::min(1.0, std::max(0.0, offset / static_cast<double>(m_state->size))) : 1.0;
}

Result<std::uint64_t> fingerprintFile(const std::string &path)
{
    ESPALIER_CHECK(requireFile(path));
    ESPALIER_TRY(const ReadFile file, ReadFile::open(path));
    ESPALIER_TRY(const std::uint64_t size, file.size());
    ContentHash hash;
    hash.add(size);
    std::string block(kHashBlock, '\0');
    const bool whole = size <= kWholeHash;
    const std::uint64_t blocks = whole ? (size + kHashBlock - 1) / kHashBlock : kHashBlocks;
    const std::uint64_t step = whole ? kHashBlock : (size - kHashBlock) / (kHashBlocks - 1);
    for (std::uint64_t i = 0; i < blocks; ++i) {
        ESPALIER_TRY(const std::size_t got, file.read(i * step, block.data(), block.size()));
        hash.add(std::string_view(block.data(), got));
    }
    return hash.value();
}

Result<std::uint64_t> versionOfFile(const std::string &path)
{
    ESPALIER_TRY(const std::uint64_t content, fingerprintFile(path));
    ContentHash hash;
    hash.add(content);
    struct stat info { };
    if (::stat(path.c_str(), &info) == 0) {
        hash.add(static_cast<std::uint64_t>(info.st_ino));
        hash.add(static_cast<std::uint64_t>(info.st_mtim.tv_sec));
        hash.add(static_cast<std::uint64_t>(info.st_mtim.tv_nsec));
    }
    return hash.value();
}

Result<void> checkCancelled(const DataOptions &options, const std::string &what)
{
    if (options.stop.stop_requested())
        return fail("data.cancelled", "Reading {0} was cancelled.", what);
    return {};
}

} // namespace espalier
