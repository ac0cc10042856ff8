// SPDX-License-Identifier: Apache-2.0
// Locks between processes.
#pragma once

#include "engine/base/result.h"

#include <string>

namespace espalier {

/// Keeps a second process out. Released on destruction and by the system when the process dies, however it dies.
class FileLock {
public:
    enum class State { Free, Held, Unknown }; ///< Unknown: the file system has no locks

    /// Fails with code "file.locked" if another holder (of this process, too) has it.
    static Result<FileLock> acquire(const std::string &path);
    /// Asks without taking it.
    static State probe(const std::string &path);
    FileLock(FileLock &&other) noexcept;
    FileLock &operator=(FileLock &&other) noexcept;
    FileLock(const FileLock &) = delete;
    FileLock &operator=(const FileLock &) = delete;
    ~FileLock();

private:
    FileLock() = default;
    int m_fd = -1;
};

} // namespace espalier
