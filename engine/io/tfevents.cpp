// SPDX-License-Identifier: Apache-2.0
#include "engine/io/tfevents.h"

#include "engine/base/process.h"
#include "engine/base/threads.h"
#include "engine/protocol/record_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <filesystem>

namespace espalier {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kWriter = "espalier";
constexpr std::size_t kKeepCapacity = std::size_t{4} << 20;

double systemSeconds()
{
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// TensorBoard reads the files of a folder in lexicographic order, so the time comes first.
std::string newFilePath(const std::string &folder, const std::string &suffix)
{
    static std::atomic<int> counter{0};
    const auto name = fmt::format("events.out.tfevents.{:010}.{}.{}.{}{}", static_cast<std::int64_t>(systemSeconds()),
                                  hostName(), processId(), counter++, suffix);
    return (fs::path(folder) / name).string();
}

std::string lastEventFile(const std::string &folder)
{
    std::string last;
    std::error_code code;
    for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
        const std::string name = it->path().filename().string();
        if (isEventFileName(name))
            last = std::max(last, name);
    }
    return last.empty() ? last : (fs::path(folder) / last).string();
}

/// The end of the last record before any damage.
Result<std::uint64_t> endOfWholeRecords(const std::string &path)
{
    ESPALIER_TRY(const ReadFile file, ReadFile::open(path));
    RecordReader records(path);
    std::string piece(std::size_t{1} << 20, '\0');
    for (std::uint64_t at = 0;;) {
        ESPALIER_TRY(const std::size_t got, file.read(at, piece.data(), piece.size()));
        records.feed(std::string_view(piece).substr(0, got));
        at += got;
        for (;;) {
            const auto record = records.next();
            if (!record)
                return records.offset(); // damage: what follows can't be read by anyone
            if (!*record)
                break;
        }
        if (got < piece.size())
            return records.offset();
    }
}

} // namespace

EventWriter::EventWriter(AppendFile file, std::string path, EventWriterOptions options)
    : m_options(std::move(options))
    , m_path(std::move(path))
    , m_file(std::move(file))
    , m_end(m_file.size())
{
}

double EventWriter::now() const
{
    return m_options.wallTime ? m_options.wallTime() : systemSeconds();
}

Result<std::unique_ptr<EventWriter>> EventWriter::create(const std::string &folder, EventWriterOptions options)
{
    const std::string path = newFilePath(folder, options.suffix);
    ESPALIER_TRY(AppendFile file, AppendFile::open(path));
    std::unique_ptr<EventWriter> writer(new EventWriter(std::move(file), path, std::move(options)));
    writer->start();
    return writer;
}

Result<std::unique_ptr<EventWriter>> EventWriter::resume(const std::string &folder, std::int64_t step,
                                                         EventWriterOptions options)
{
    const std::string path = lastEventFile(folder);
    if (path.empty())
        return create(folder, std::move(options));
    ESPALIER_TRY(const std::uint64_t end, endOfWholeRecords(path));
    ESPALIER_TRY(AppendFile file, AppendFile::open(path));
    if (end < file.size())
        ESPALIER_CHECK(file.truncate(end));
    std::unique_ptr<EventWriter> writer(new EventWriter(std::move(file), path, std::move(options)));
    writer->start();
    writer->session(SessionStatus::Start, step);
    return writer;
}

void EventWriter::start()
{
    if (m_end == 0) {
        add([&](std::string &out) { putVersionRecord(out, now(), kWriter); });
        session(SessionStatus::Start,
                0); // TensorBoard takes a file's first START for none: a resume must be the second
    }
    m_thread = std::thread([this] { run(); });
}

EventWriter::~EventWriter()
{
    [[maybe_unused]] const auto closed = close();
}

template <typename Put>
EventWriter::Offset EventWriter::add(Put &&put)
{
    const std::lock_guard lock(m_mutex);
    if (m_closed || m_pending.size() + m_batch.size() > m_options.capacity) {
        ++m_dropped;
        return std::nullopt;
    }
    const std::size_t before = m_pending.size();
    put(m_pending);
    const std::uint64_t offset = m_end;
    m_end += m_pending.size() - before;
    return offset;
}

/// Under the lock.
bool EventWriter::isFirst(std::string_view tag)
{
    return m_tags.find(tag) == m_tags.end() && m_tags.emplace(tag).second;
}

EventWriter::Offset EventWriter::scalar(std::string_view tag, double value, std::int64_t step)
{
    const EventTime time{now(), step};
    return add([&](std::string &out) { putScalarRecord(out, time, tag, static_cast<float>(value)); });
}

EventWriter::Offset EventWriter::histogram(std::string_view tag, const HistogramData &data, std::int64_t step)
{
    const EventTime time{now(), step};
    return add([&](std::string &out) { putHistogramRecord(out, time, tag, data, isFirst(tag)); });
}

EventWriter::Offset EventWriter::image(std::string_view tag, std::string_view png, int width, int height,
                                       std::int64_t step)
{
    const EventTime time{now(), step};
    return add([&](std::string &out) { putImageRecord(out, time, tag, png, width, height, isFirst(tag)); });
}

EventWriter::Offset EventWriter::text(std::string_view tag, std::string_view markdown, std::int64_t step)
{
    const EventTime time{now(), step};
    return add([&](std::string &out) { putTextRecord(out, time, tag, markdown, isFirst(tag)); });
}

EventWriter::Offset EventWriter::graph(std::span<const GraphNode> nodes)
{
    return add([&](std::string &out) { putGraphRecord(out, now(), nodes); });
}

EventWriter::Offset EventWriter::session(SessionStatus status, std::int64_t step)
{
    return add([&](std::string &out) { putSessionRecord(out, {now(), step}, status); });
}

EventWriter::Offset EventWriter::hyperParameters(const HyperParameters &parameters, std::string_view group)
{
    return add([&](std::string &out) { putHyperParametersRecord(out, now(), parameters, group); });
}

EventWriter::Offset EventWriter::sessionEnd(SessionEnd end)
{
    return add([&](std::string &out) { putSessionEndRecord(out, now(), end); });
}

void EventWriter::run()
{
    resetThreadAffinity(); // the compute threads are bound; this one would share the first one's core
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_wake.wait_for(lock, m_options.interval, [&] { return m_closed || m_wanted != m_flushed; });
        const bool last = m_closed;
        const std::uint64_t wanted = m_wanted;
        writeBatch(lock); // what an earlier failure left
        if (m_batch.empty())
            writeBatch(lock);
        m_flushed = wanted;
        m_done.notify_all();
        if (last)
            return;
    }
}

/// Takes the pending records, if no failed batch waits, and writes the batch with the lock released.
void EventWriter::writeBatch(std::unique_lock<std::mutex> &lock)
{
    if (m_batch.empty())
        m_batch.swap(m_pending);
    if (m_batch.empty())
        return;
    lock.unlock();
    const std::uint64_t offset = m_file.size();
    auto result = m_file.append(m_batch);
    if (result && m_options.written)
        m_options.written(m_path, offset, m_batch);
    lock.lock();
    if (!result) {
        m_error = std::move(result).error();
        return;
    }
    m_error.reset();
    m_batch.clear();
    if (m_batch.capacity() > kKeepCapacity)
        m_batch.shrink_to_fit();
}

Result<void> EventWriter::flush()
{
    std::unique_lock lock(m_mutex);
    if (!m_closed) {
        const std::uint64_t ticket = ++m_wanted;
        m_wake.notify_one();
        m_done.wait(lock, [&] { return m_flushed >= ticket; });
    }
    if (m_error)
        return fail(*m_error);
    return {};
}

Result<void> EventWriter::close()
{
    {
        const std::lock_guard lock(m_mutex);
        m_closed = true;
        m_wake.notify_one();
    }
    if (m_thread.joinable())
        m_thread.join();
    if (m_error)
        return fail(*m_error);
    return m_file.sync();
}

std::uint64_t EventWriter::dropped() const
{
    const std::lock_guard lock(m_mutex);
    return m_dropped;
}

std::optional<Error> EventWriter::error() const
{
    const std::lock_guard lock(m_mutex);
    return m_error;
}

} // namespace espalier
