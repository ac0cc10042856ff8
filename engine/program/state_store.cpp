// SPDX-License-Identifier: Apache-2.0
#include "engine/program/state_store.h"

#include "engine/base/assert.h"

namespace espalier {

std::span<const std::byte> readInPlace(Backend &backend, const Buffer &buffer, std::size_t offset, std::size_t bytes,
                                       std::vector<std::byte> &scratch)
{
    if (const std::byte *address = backend.hostAddress(buffer)) {
        backend.synchronize();
        return {address + offset, bytes};
    }
    scratch.resize(bytes);
    backend.download(buffer, offset, scratch);
    backend.synchronize();
    return scratch;
}

void StateStore::declare(const std::string &path, const TensorType &type)
{
    const auto found = m_entries.find(path);
    if (found != m_entries.end()) {
        ESPALIER_ASSERT(found->second.type == type, "two programs disagree on the type of a state");
        return;
    }
    m_entries[path].type = type;
}

StateStore::Entry &StateStore::entry(const std::string &path)
{
    const auto found = m_entries.find(path);
    ESPALIER_ASSERT(found != m_entries.end(), "no such state");
    return found->second;
}

const TensorType &StateStore::type(const std::string &path) const
{
    return const_cast<StateStore *>(this)->entry(path).type;
}

std::vector<std::string> StateStore::paths() const
{
    std::vector<std::string> all;
    for (const auto &[path, unused] : m_entries)
        all.push_back(path);
    return all;
}

bool StateStore::isLayoutFree(const std::string &path) const
{
    return const_cast<StateStore *>(this)->entry(path).free;
}

const Layout &StateStore::layout(const std::string &path) const
{
    return const_cast<StateStore *>(this)->entry(path).layout;
}

void StateStore::fixLayout(const std::string &path, const Layout &layout)
{
    Entry &e = entry(path);
    ESPALIER_ASSERT(e.free, "the layout of a state is fixed once");
    e.layout = layout;
    e.free = false;
}

Result<std::byte *> StateStore::address(const std::string &path)
{
    Entry &e = entry(path);
    e.free = false;
    if (!e.buffer) {
        ESPALIER_TRY(e.buffer, m_backend.allocate(storageBytes(e.type, e.layout)));
    }
    return e.buffer->address();
}

Result<void> StateStore::convert(const TensorType &type, const Layout &from, Buffer &source, const Layout &to,
                                 Buffer &target)
{
    Prepared copy = m_backend.prepareReorder(type, from, to);
    std::unique_ptr<Buffer> workspace;
    if (copy.workspaceBytes > 0) {
        ESPALIER_TRY(workspace, m_backend.allocate(copy.workspaceBytes));
    }
    m_backend
        .record(
            {{copy.kernel.get(), {source.address()}, {target.address()}, workspace ? workspace->address() : nullptr}})
        ->run();
    m_backend.synchronize();
    return {};
}

Result<void> StateStore::write(const std::string &path, const Tensor &value)
{
    ESPALIER_CHECK(address(path));
    Entry &e = entry(path);
    ESPALIER_ASSERT(value.type() == e.type, "a state is written with its own type");
    const std::span<const std::byte> bytes(static_cast<const std::byte *>(value.data()), value.bytes());
    if (e.layout.isPlain()) {
        m_backend.upload(*e.buffer, 0, bytes);
        m_backend.synchronize();
        return {};
    }
    ESPALIER_TRY(const auto plain, m_backend.allocate(value.bytes()));
    m_backend.upload(*plain, 0, bytes);
    return convert(e.type, Layout{}, *plain, e.layout, *e.buffer);
}

Result<Tensor> StateStore::read(const std::string &path)
{
    ESPALIER_CHECK(address(path));
    Entry &e = entry(path);
    Tensor value(e.type.dtype, e.type.shape.concrete());
    const std::span<std::byte> bytes(static_cast<std::byte *>(value.data()), value.bytes());
    if (e.layout.isPlain()) {
        m_backend.download(*e.buffer, 0, bytes);
        m_backend.synchronize();
        return value;
    }
    ESPALIER_TRY(const auto plain, m_backend.allocate(value.bytes()));
    ESPALIER_CHECK(convert(e.type, e.layout, *e.buffer, Layout{}, *plain));
    m_backend.download(*plain, 0, bytes);
    m_backend.synchronize();
    return value;
}

Result<std::span<const std::byte>> StateStore::stored(const std::string &path, std::vector<std::byte> &scratch)
{
    ESPALIER_CHECK(address(path));
    const Entry &e = entry(path);
    return readInPlace(m_backend, *e.buffer, 0, storageBytes(e.type, e.layout), scratch);
}

std::size_t StateStore::bytes() const
{
    std::size_t sum = 0;
    for (const auto &[path, e] : m_entries)
        sum += storageBytes(e.type, e.layout);
    return sum;
}

} // namespace espalier
