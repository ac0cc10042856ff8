// SPDX-License-Identifier: Apache-2.0
// Field numbers are those of tensorboard/compat/proto: event.proto and summary.proto.
#include "engine/protocol/event_reader.h"

#include "engine/base/protobuf_wire.h"
#include "engine/protocol/event_tensor.h"

#include <charconv>
#include <cmath>
#include <optional>

namespace espalier {
namespace {

using wire::Reader;
using wire::Type;

std::int64_t decimal(std::string_view text)
{
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

bool decodeImage(const EventStamp &stamp, std::string_view tag, std::string_view message, EventSink &sink)
{
    std::int64_t height = 0;
    std::int64_t width = 0;
    std::string_view encoded;
    Reader r(message);
    while (r.next()) {
        if (r.is(1, Type::Varint))
            height = r.integer();
        else if (r.is(2, Type::Varint))
            width = r.integer();
        else if (r.is(4, Type::Bytes))
            encoded = r.bytes();
    }
    if (!r.failed())
        sink.image(stamp, tag, encoded, width, height);
    return !r.failed();
}

/// A value in the tensor form. Without a plugin's name (the file was entered in its middle) the form decides.
bool decodeTensorValue(const EventStamp &stamp, std::string_view tag, const std::string &plugin,
                       std::string_view message, EventSink &sink)
{
    const auto tensor = readTensor(message);
    if (!tensor)
        return false;
    const bool unknown = plugin.empty();
    if ((plugin == "scalars" || unknown) && isNumber(*tensor)) {
        const auto value = element(*tensor, 0);
        if (value)
            sink.scalar(stamp, tag, *value);
        return value.has_value();
    }
    if (plugin == "histograms" || (unknown && tensor->is(ProtoType::Double, 2))) {
        const auto data = histogramOfTensor(*tensor);
        if (data)
            sink.histogram(stamp, tag, *data);
        return data.has_value();
    }
    if (tensor->dtype != static_cast<std::int64_t>(ProtoType::String))
        return true; // of a plugin that we don't show
    if (plugin == "images") {
        for (std::size_t i = 2; i < tensor->strings.size(); ++i)
            sink.image(stamp, tag, tensor->strings[i], decimal(tensor->strings[0]), decimal(tensor->strings[1]));
    } else if (plugin == "text" || (unknown && tensor->dims.empty())) {
        sink.text(stamp, tag, tensor->strings);
    }
    return true;
}

/// SummaryMetadata.plugin_data (1): its name (1) or content (2).
std::string_view pluginField(std::string_view metadata, std::uint32_t wanted)
{
    std::string_view found;
    Reader r(metadata);
    while (r.next()) {
        if (!r.is(1, Type::Bytes))
            continue;
        Reader plugin(r.bytes());
        while (plugin.next())
            if (plugin.is(wanted, Type::Bytes))
                found = plugin.bytes();
    }
    return found;
}

bool decodeSession(const EventStamp &stamp, std::string_view message, EventSink &sink)
{
    std::int64_t status = 0;
    std::string_view checkpoint;
    Reader r(message);
    while (r.next()) {
        if (r.is(1, Type::Varint))
            status = r.integer();
        else if (r.is(2, Type::Bytes))
            checkpoint = r.bytes();
    }
    if (r.failed() || status < 0 || status > 3)
        return false;
    sink.session(stamp, static_cast<SessionStatus>(status), checkpoint);
    return true;
}

} // namespace

const std::string &EventReader::pluginOf(std::string_view tag, std::string_view metadata)
{
    static const std::string kNone;
    const auto known = m_plugins.find(tag);
    if (known != m_plugins.end())
        return known->second;
    const std::string_view plugin = pluginField(metadata, 1);
    if (plugin.empty())
        return kNone;
    return m_plugins.emplace(tag, plugin).first->second;
}

bool EventReader::decodeValue(const EventStamp &stamp, std::string_view message, EventSink &sink)
{
    std::string_view tag;
    std::string_view metadata;
    std::string_view body;
    std::uint32_t kind = 0;
    float simple = 0;
    Reader r(message);
    while (r.next()) {
        if (r.is(1, Type::Bytes)) {
            tag = r.bytes();
        } else if (r.is(9, Type::Bytes)) {
            metadata = r.bytes();
        } else if (r.is(2, Type::Fixed32)) {
            kind = 2;
            simple = r.asFloat();
        } else if (r.is(4, Type::Bytes) || r.is(5, Type::Bytes) || r.is(8, Type::Bytes)) {
            kind = r.field();
            body = r.bytes();
        }
    }
    if (r.failed())
        return false;
    if (kind == 2) {
        sink.scalar(stamp, tag, static_cast<double>(simple));
        return true;
    }
    if (kind == 4)
        return decodeImage(stamp, tag, body, sink);
    if (kind == 5) {
        const auto data = histogramOfMessage(body);
        if (data)
            sink.histogram(stamp, tag, *data);
        return data.has_value();
    }
    const std::string &plugin = pluginOf(tag, metadata);
    if (plugin == "hparams") {
        sink.hyperParameters(stamp, tag, pluginField(metadata, 2));
        return true;
    }
    return kind != 8 || decodeTensorValue(stamp, tag, plugin, body, sink);
}

bool EventReader::decodeSummary(const EventStamp &stamp, std::string_view summary, EventSink &sink)
{
    bool good = true;
    Reader r(summary);
    while (r.next())
        if (r.is(1, Type::Bytes))
            good = decodeValue(stamp, r.bytes(), sink) && good;
    return good && !r.failed();
}

bool EventReader::decodeEvent(const RecordReader::Record &record, EventSink &sink)
{
    EventStamp stamp{record.offset, 0, 0, kRecordHeaderBytes + record.bytes.size() + kRecordFooterBytes};
    std::string_view body;
    std::uint32_t kind = 0;
    Reader r(record.bytes);
    while (r.next()) {
        if (r.is(1, Type::Fixed64)) {
            stamp.wallTime = r.asDouble();
        } else if (r.is(2, Type::Varint)) {
            stamp.step = r.integer();
        } else if (r.is(3, Type::Bytes) || r.is(4, Type::Bytes) || r.is(5, Type::Bytes) || r.is(7, Type::Bytes)) {
            kind = r.field();
            body = r.bytes();
        }
    }
    if (r.failed() || !std::isfinite(stamp.wallTime))
        return false;
    switch (kind) {
    case 3:
        sink.version(stamp, body);
        return true;
    case 4:
        sink.graph(stamp, body);
        return true;
    case 5:
        return decodeSummary(stamp, body, sink);
    case 7:
        return decodeSession(stamp, body, sink);
    default:
        return true; // of a kind that we don't show
    }
}

Result<std::size_t> EventReader::feed(std::string_view bytes, EventSink &sink)
{
    m_records.feed(bytes);
    for (std::size_t count = 0;; ++count) {
        ESPALIER_TRY(const std::optional<RecordReader::Record> record, m_records.next());
        if (!record)
            return count;
        if (!decodeEvent(*record, sink))
            ++m_skipped;
    }
}

Result<EventFile> EventFile::open(const std::string &path, std::uint64_t offset)
{
    ESPALIER_TRY(ReadFile file, ReadFile::open(path));
    return EventFile(std::move(file), path, offset);
}

Result<std::size_t> EventFile::poll(EventSink &sink, std::size_t maxBytes)
{
    constexpr std::size_t kPiece = std::size_t{1} << 20;
    std::string piece;
    std::size_t records = 0;
    std::size_t taken = 0;
    for (;;) {
        piece.resize(kPiece);
        ESPALIER_TRY(const std::size_t got, m_file.read(m_read, piece.data(), kPiece));
        piece.resize(got);
        m_read += got;
        taken += got;
        ESPALIER_TRY(const std::size_t count, m_reader.feed(piece, sink));
        records += count;
        if (got < kPiece || (taken >= maxBytes && records > 0))
            return records;
    }
}

bool isEventFileName(std::string_view fileName)
{
    return fileName.find("tfevents") != std::string_view::npos && !fileName.ends_with(".profile-empty");
}

} // namespace espalier
