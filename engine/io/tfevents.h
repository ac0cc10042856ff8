// SPDX-License-Identifier: Apache-2.0
// Writes the event file of a run: what TensorBoard and our dashboard read.
#pragma once

#include "engine/base/file.h"
#include "engine/io/event_encoding.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>

namespace espalier {

struct EventWriterOptions {
    std::string suffix; ///< appended to the file's name
    std::chrono::milliseconds interval{250}; ///< between two writes; at most what a kill can cost
    std::size_t capacity = std::size_t{64} << 20; ///< bytes that may wait for a slow or full disk
    /// Called on the writer's thread with each batch of whole records after it was written, and its offset in the file
    /// at `path`. It must not call flush() or close().
    std::function<void(const std::string &path, std::uint64_t offset, std::string_view records)> written;
    std::function<double()> wallTime; ///< seconds since 1970; the system's clock if empty
};

/// One file, one writer, one run folder. Every function may be called from any thread, but close() from one. A call
/// encodes into memory (about 0.2 us for a scalar) and never waits for the disk: a thread of the writer's own appends
/// whole batches, each by one write(). If the disk stalls or is full, records wait and are tried again; when `capacity`
/// bytes wait, further records are dropped and counted. A dropped record has no offset.
class EventWriter {
public:
    using Offset = std::optional<std::uint64_t>; ///< of the record in the file

    /// Starts a file "events.out.tfevents.<seconds>.<host>.<process>.<n><suffix>" in `folder`, which must exist.
    static Result<std::unique_ptr<EventWriter>> create(const std::string &folder, EventWriterOptions options = {});
    /// Goes on with the last event file in `folder`: removes a damaged tail and writes SessionLog START with `step`,
    /// the first step that will be written again. Starts a file if there is none.
    static Result<std::unique_ptr<EventWriter>> resume(const std::string &folder, std::int64_t step,
                                                       EventWriterOptions options = {});
    EventWriter(const EventWriter &) = delete;
    EventWriter &operator=(const EventWriter &) = delete;
    ~EventWriter(); ///< closes; call close() to learn of an error

    Offset scalar(std::string_view tag, double value, std::int64_t step); ///< stored as float32
    Offset histogram(std::string_view tag, const HistogramData &data, std::int64_t step);
    Offset image(std::string_view tag, std::string_view png, int width, int height, std::int64_t step);
    Offset text(std::string_view tag, std::string_view markdown, std::int64_t step);
    Offset graph(std::span<const GraphNode> nodes);
    Offset session(SessionStatus status, std::int64_t step);
    // TensorBoard keeps the first of each in a run: call them once, sessionEnd only when the run won't be resumed.
    Offset hyperParameters(const HyperParameters &parameters, std::string_view group = {});
    Offset sessionEnd(SessionEnd end);

    /// Returns when all records so far are with the operating system (they survive a kill of this process), or with the
    /// reason why they can't be.
    Result<void> flush();
    /// flush(), and wait until the disk has them. Records after it are dropped. May be called again.
    Result<void> close();

    const std::string &path() const { return m_path; }
    std::uint64_t dropped() const;
    std::optional<Error> error() const; ///< of the last write, while records wait for the disk

private:
    EventWriter(AppendFile file, std::string path, EventWriterOptions options);
    void start();
    void run();
    void writeBatch(std::unique_lock<std::mutex> &lock);
    double now() const;
    bool isFirst(std::string_view tag);
    template <typename Put>
    Offset add(Put &&put);

    EventWriterOptions m_options;
    std::string m_path;
    AppendFile m_file; ///< used by the thread alone, once it runs
    mutable std::mutex m_mutex; ///< guards all below
    std::condition_variable m_wake;
    std::condition_variable m_done;
    std::string m_pending; ///< records for the next batch
    std::string m_batch; ///< records being written; touched by the thread alone while not empty
    std::uint64_t m_end; ///< offset of the next record
    std::set<std::string, std::less<>> m_tags; ///< whose metadata was written
    std::optional<Error> m_error;
    std::uint64_t m_dropped = 0;
    std::uint64_t m_wanted = 0; ///< flushes asked for
    std::uint64_t m_flushed = 0; ///< flushes done
    bool m_closed = false;
    std::thread m_thread;
};

} // namespace espalier
