// SPDX-License-Identifier: Apache-2.0
// Files of data as the person named them: found, opened (plain or gzip), and fingerprinted.
#pragma once

#include "engine/base/result.h"
#include "engine/data/data_options.h"

#include <cstdint>
#include <memory>
#include <string>

namespace espalier {

/// Fails with the nearest name in the folder where `path` is missing, and where it is a folder but a file is wanted or
/// the other way round.
Result<void> requireFile(const std::string &path);
Result<void> requireFolder(const std::string &path);

/// A file read from its begin to its end, unpacked on the way if it is gzip (told by content, not by name).
class InputFile {
public:
    static Result<InputFile> open(const std::string &path);
    InputFile(InputFile &&other) noexcept;
    InputFile &operator=(InputFile &&other) noexcept;
    ~InputFile();

    /// Up to `bytes` bytes; 0 at the end. A damaged or truncated gzip stream is an error.
    Result<std::size_t> read(char *into, std::size_t bytes);
    bool isCompressed() const;
    std::uint64_t fileSize() const; ///< on disk
    double progress() const; ///< share of the file that was read, 0 to 1

private:
    struct State;
    explicit InputFile(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

/// Hash of size and content: all of it up to 16 MiB, else 64 blocks of 64 KiB spread evenly.
Result<std::uint64_t> fingerprintFile(const std::string &path);
/// A number that changes whenever the file may have: fingerprint, inode and time stamp. For caches of this machine.
Result<std::uint64_t> versionOfFile(const std::string &path);

/// "data.cancelled" if the person asked to stop.
Result<void> checkCancelled(const DataOptions &options, const std::string &what);

} // namespace espalier
