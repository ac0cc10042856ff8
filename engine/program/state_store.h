// SPDX-License-Identifier: Apache-2.0
// The tensors that outlive a run of a program: weights, running statistics, optimizer slots. Shared by all programs of
// a plan; the store owns how each lies in memory.
#pragma once

#include "engine/backends/backend.h"
#include "engine/tensor/tensor.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace espalier {

/// A stretch of the device's memory, in place where the host can read there, else downloaded to `scratch`.
std::span<const std::byte> readInPlace(Backend &backend, const Buffer &buffer, std::size_t offset, std::size_t bytes,
                                       std::vector<std::byte> &scratch);

class StateStore {
public:
    explicit StateStore(Backend &backend)
        : m_backend(backend)
    {
    }

    /// Makes the state known, zeroed. Its layout is free until `fixLayout` or the first read or write of its value.
    void declare(const std::string &path, const TensorType &type);
    bool has(const std::string &path) const { return m_entries.contains(path); }
    const TensorType &type(const std::string &path) const;
    std::vector<std::string> paths() const;
    void remove(const std::string &path) { m_entries.erase(path); }

    bool isLayoutFree(const std::string &path) const;
    const Layout &layout(const std::string &path) const;
    void fixLayout(const std::string &path, const Layout &layout); ///< only while free
    /// Address of the storage; fixes the layout as row-major if it is free. An Error when memory is short.
    Result<std::byte *> address(const std::string &path);

    /// Row-major copies, whatever the storage layout. They wait for the device.
    Result<void> write(const std::string &path, const Tensor &value);
    Result<Tensor> read(const std::string &path);
    /// As stored, in any order and with padding (see Layout); in place where the host can read there, else copied to
    /// `scratch`. Waits for the device. Good until the next run or write.
    Result<std::span<const std::byte>> stored(const std::string &path, std::vector<std::byte> &scratch);
    std::size_t bytes() const; ///< of all storage

private:
    struct Entry {
        TensorType type;
        Layout layout;
        bool free = true;
        std::unique_ptr<Buffer> buffer;
    };
    Entry &entry(const std::string &path);
    Result<void> convert(const TensorType &type, const Layout &from, Buffer &source, const Layout &to, Buffer &target);

    Backend &m_backend;
    std::map<std::string, Entry> m_entries;
};

} // namespace espalier
