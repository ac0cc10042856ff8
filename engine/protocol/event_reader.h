// SPDX-License-Identifier: Apache-2.0
// Decodes tfevents files, ours and those of PyTorch, TensorFlow and Keras, while they are being written.
#pragma once

#include "engine/base/file.h"
#include "engine/protocol/histogram_data.h"
#include "engine/protocol/record_reader.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

/// Where and when an event was written.
struct EventStamp {
    std::uint64_t offset = 0; ///< byte of its record in the file
    double wallTime = 0; ///< seconds since 1970; finite
    std::int64_t step = 0;
    std::uint64_t bytes = 0; ///< of the whole record
};

enum class SessionStatus { Unspecified = 0, Start = 1, Stop = 2, Checkpoint = 3 };

/// Receives what a file holds, in its order. Views are valid during the call only.
class EventSink {
public:
    EventSink() = default;
    EventSink(const EventSink &) = default;
    EventSink &operator=(const EventSink &) = default;
    virtual ~EventSink() = default;
    virtual void version(const EventStamp &, std::string_view /*text*/) { }
    virtual void scalar(const EventStamp &, std::string_view /*tag*/, double /*value*/) { }
    virtual void histogram(const EventStamp &, std::string_view /*tag*/, const HistogramData &) { }
    /// One text, or the cells of a table row by row.
    virtual void text(const EventStamp &, std::string_view /*tag*/, const std::vector<std::string_view> &) { }
    /// `encoded`: a PNG or what else the writer chose; sizes are the writer's claim, 0 if it made none.
    virtual void image(const EventStamp &, std::string_view /*tag*/, std::string_view /*encoded*/,
                       std::int64_t /*width*/, std::int64_t /*height*/)
    {
    }
    virtual void graph(const EventStamp &, std::string_view /*graphDef*/) { }
    /// `Start` at step s: values that came earlier in the file with a step >= s are superseded.
    virtual void session(const EventStamp &, SessionStatus, std::string_view /*checkpoint*/) { }
    /// Tags `_hparams_/...`; `content` is an HParamsPluginData message.
    virtual void hyperParameters(const EventStamp &, std::string_view /*tag*/, std::string_view /*content*/) { }
};

/// Decodes the bytes of one file, in order, in pieces of any size.
class EventReader {
public:
    explicit EventReader(std::string name, std::uint64_t offset = 0, OnDamage onDamage = OnDamage::Stop)
        : m_records(std::move(name), offset, onDamage)
    {
    }
    /// Calls `sink` for each event that is whole. Returns the number of records. With OnDamage::Stop it fails on a
    /// wrong checksum, after having delivered all that lies before it.
    Result<std::size_t> feed(std::string_view bytes, EventSink &sink);
    std::uint64_t offset() const { return m_records.offset(); } ///< of the first record not yet delivered
    /// Forgets the bytes from offset() on; they are fed again, maybe others.
    void goBack() { m_records.goBack(); }
    /// For a reader that starts in the middle: what the tag's first value said.
    void setPlugin(std::string tag, std::string plugin) { m_plugins.emplace(std::move(tag), std::move(plugin)); }
    std::vector<DamagedBytes> damage() const { return m_records.damage(); } ///< passed over
    /// Records with right checksums that make no sense; they are passed over.
    std::uint64_t skipped() const { return m_skipped; }

private:
    bool decodeEvent(const RecordReader::Record &record, EventSink &sink);
    bool decodeSummary(const EventStamp &stamp, std::string_view summary, EventSink &sink);
    bool decodeValue(const EventStamp &stamp, std::string_view value, EventSink &sink);
    const std::string &pluginOf(std::string_view tag, std::string_view metadata);

    RecordReader m_records;
    std::map<std::string, std::string, std::less<>> m_plugins; ///< by tag: only a tag's first value names its plugin
    std::uint64_t m_skipped = 0;
};

/// A file followed while it grows. A missing tail means "wait", never an error.
class EventFile {
public:
    static Result<EventFile> open(const std::string &path, std::uint64_t offset = 0);
    /// Decodes what has been added, up to about `maxBytes`. Returns the number of records; 0 means that the file holds
    /// no more whole ones now.
    Result<std::size_t> poll(EventSink &sink, std::size_t maxBytes = std::size_t{16} << 20);
    std::uint64_t offset() const { return m_reader.offset(); }
    std::uint64_t skipped() const { return m_reader.skipped(); }

private:
    EventFile(ReadFile file, const std::string &path, std::uint64_t offset)
        : m_file(std::move(file))
        , m_reader(path, offset)
        , m_read(offset)
    {
    }
    ReadFile m_file;
    EventReader m_reader;
    std::uint64_t m_read; ///< bytes of the file given to m_reader
};

/// Whether a file of this name is an event file by TensorBoard's rule.
bool isEventFileName(std::string_view fileName);

} // namespace espalier
