// SPDX-License-Identifier: Apache-2.0
// What a run writes, on its way to any number of viewers: training never waits for one of them.
#pragma once

#include "engine/base/json_value.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

/// One thing to tell a viewer.
struct RunItem {
    enum class Kind {
        Bytes, ///< `bytes` were written to `file` at `from`
        Gap, ///< bytes `from` to `to` of `file` did not fit into the viewer's queue: it reads them itself
        Notice, ///< `method` with `params`
    };
    Kind kind = Kind::Notice;
    std::string file;
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    std::string bytes;
    std::string method;
    JsonValue params;
    std::string key; ///< of a notice
};

/// A viewer's queue. Its owner takes from it in one thread; the run puts into it from others and never waits.
class RunViewer {
public:
    static constexpr std::size_t kCapacity = std::size_t{4} << 20; ///< bytes that wait, before there are gaps

    explicit RunViewer(std::size_t capacity = kCapacity);

    /// Waits for the next item. Bytes come as batches, at most one every 16 ms, each of one file and at most
    /// kMaxBatch. Nothing: the feed has ended and all was taken, or close() was called.
    std::optional<RunItem> next();
    void close(); ///< any thread; next() returns at once

private:
    friend class RunFeed;
    void putBytes(const std::string &file, std::uint64_t offset, std::string_view bytes);
    void putGap(const std::string &file, std::uint64_t from, std::uint64_t to);
    void putNotice(const std::string &method, JsonValue params, const std::string &key);
    void end();
    bool startGap(const std::string &file, std::uint64_t from, std::uint64_t to);

    static constexpr std::size_t kMaxBatch = std::size_t{1} << 20;
    static constexpr std::chrono::milliseconds kInterval{16};

    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<RunItem> m_queue;
    std::size_t m_waiting = 0; ///< bytes in m_queue
    std::size_t m_capacity;
    bool m_ended = false;
    bool m_closed = false;
    std::chrono::steady_clock::time_point m_lastBatch{};
};

/// Every function can be called from any thread. None waits for a viewer.
class RunFeed {
public:
    /// What a viewer must read by itself: for each growing file, where its frames will start.
    using Sizes = std::map<std::string, std::uint64_t>;

    /// Tells every viewer. `bytes` are in the file already. A jump forward in a file becomes a gap.
    void appended(const std::string &file, std::uint64_t offset, std::string_view bytes);
    /// A viewer that is behind sees only the newest of those with the same method and `key`.
    void notify(const std::string &method, const JsonValue &params, const std::string &key = {});
    /// Viewers take what is left and are done; later ones have nothing to wait for.
    void end();

    /// `first` makes the first notice from the sizes that the viewer starts at; it must be quick.
    template <typename First>
    std::shared_ptr<RunViewer> subscribe(std::size_t capacity, First &&first)
    {
        auto viewer = std::make_shared<RunViewer>(capacity);
        const std::lock_guard lock(m_mutex);
        viewer->putNotice("run.snapshot", first(m_sizes), {});
        add(viewer);
        return viewer;
    }
    std::size_t viewers() const; ///< that still look

private:
    void add(const std::shared_ptr<RunViewer> &viewer);
    std::vector<std::shared_ptr<RunViewer>> present();

    mutable std::mutex m_mutex; ///< taken before a viewer's
    Sizes m_sizes;
    std::vector<std::weak_ptr<RunViewer>> m_viewers;
    bool m_ended = false;
};

} // namespace espalier
