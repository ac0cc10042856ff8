// SPDX-License-Identifier: Apache-2.0
#include "engine/server/run_feed.h"

#include <algorithm>

namespace espalier {

RunViewer::RunViewer(std::size_t capacity)
    : m_capacity(capacity)
{
}

/// While a gap waits to be told, what follows it joins it: one gap for each time that the viewer fell behind.
bool RunViewer::startGap(const std::string &file, std::uint64_t from, std::uint64_t to)
{
    for (RunItem &item : m_queue) {
        if (item.kind == RunItem::Kind::Gap && item.file == file && item.to == from) {
            item.to = to;
            return true;
        }
    }
    return false;
}

void RunViewer::putGap(const std::string &file, std::uint64_t from, std::uint64_t to)
{
    const std::lock_guard lock(m_mutex);
    if (!startGap(file, from, to))
        m_queue.push_back({RunItem::Kind::Gap, file, from, to, {}, {}, {}, {}});
    m_wake.notify_one();
}

void RunViewer::putBytes(const std::string &file, std::uint64_t offset, std::string_view bytes)
{
    const std::lock_guard lock(m_mutex);
    if (m_closed || startGap(file, offset, offset + bytes.size()))
        return;
    if (m_waiting + bytes.size() > m_capacity) {
        m_queue.push_back({RunItem::Kind::Gap, file, offset, offset + bytes.size(), {}, {}, {}, {}});
    } else if (!m_queue.empty() && m_queue.back().kind == RunItem::Kind::Bytes && m_queue.back().file == file
               && m_queue.back().to == offset && m_queue.back().bytes.size() + bytes.size() <= kMaxBatch) {
        m_queue.back().bytes += bytes;
        m_queue.back().to += bytes.size();
        m_waiting += bytes.size();
    } else {
        m_queue.push_back({RunItem::Kind::Bytes, file, offset, offset + bytes.size(), std::string(bytes), {}, {}, {}});
        m_waiting += bytes.size();
    }
    m_wake.notify_one();
}

void RunViewer::putNotice(const std::string &method, JsonValue params, const std::string &key)
{
    const std::lock_guard lock(m_mutex);
    if (m_closed)
        return;
    std::erase_if(m_queue, [&](const RunItem &item) {
        return item.kind == RunItem::Kind::Notice && item.method == method && item.key == key;
    });
    m_queue.push_back({RunItem::Kind::Notice, {}, 0, 0, {}, method, std::move(params), key});
    m_wake.notify_one();
}

void RunViewer::end()
{
    const std::lock_guard lock(m_mutex);
    m_ended = true;
    m_wake.notify_one();
}

void RunViewer::close()
{
    const std::lock_guard lock(m_mutex);
    m_closed = true;
    m_queue.clear();
    m_waiting = 0;
    m_wake.notify_one();
}

std::optional<RunItem> RunViewer::next()
{
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_wake.wait(lock, [&] { return m_closed || m_ended || !m_queue.empty(); });
        if (m_closed || m_queue.empty())
            return std::nullopt;
        if (m_queue.front().kind != RunItem::Kind::Bytes)
            break;
        // A batch grows until its turn comes.
        const auto due = m_lastBatch + kInterval;
        if (m_ended || std::chrono::steady_clock::now() >= due)
            break;
        m_wake.wait_until(lock, due, [&] { return m_closed || m_ended; });
    }
    RunItem item = std::move(m_queue.front());
    m_queue.pop_front();
    m_waiting -= item.bytes.size();
    if (item.kind == RunItem::Kind::Bytes)
        m_lastBatch = std::chrono::steady_clock::now();
    return item;
}

void RunFeed::add(const std::shared_ptr<RunViewer> &viewer)
{
    m_viewers.push_back(viewer);
    if (m_ended)
        viewer->end();
}

/// Those that are still there; under the lock.
std::vector<std::shared_ptr<RunViewer>> RunFeed::present()
{
    std::vector<std::shared_ptr<RunViewer>> there;
    std::erase_if(m_viewers, [&](const std::weak_ptr<RunViewer> &viewer) {
        auto locked = viewer.lock();
        if (!locked)
            return true;
        there.push_back(std::move(locked));
        return false;
    });
    return there;
}

void RunFeed::appended(const std::string &file, std::uint64_t offset, std::string_view bytes)
{
    const std::lock_guard lock(m_mutex);
    const std::uint64_t known = m_sizes[file];
    for (const auto &viewer : present()) {
        if (known < offset)
            viewer->putGap(file, known, offset);
        viewer->putBytes(file, offset, bytes);
    }
    m_sizes[file] = offset + bytes.size();
}

void RunFeed::notify(const std::string &method, const JsonValue &params, const std::string &key)
{
    const std::lock_guard lock(m_mutex);
    for (const auto &viewer : present())
        viewer->putNotice(method, params, key);
}

void RunFeed::end()
{
    const std::lock_guard lock(m_mutex);
    m_ended = true;
    for (const auto &viewer : present())
        viewer->end();
}

std::size_t RunFeed::viewers() const
{
    const std::lock_guard lock(m_mutex);
    return static_cast<std::size_t>(
        std::count_if(m_viewers.begin(), m_viewers.end(), [](const auto &viewer) { return !viewer.expired(); }));
}

} // namespace espalier
