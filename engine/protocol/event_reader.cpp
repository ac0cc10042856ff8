// SPDX-License-Identifier: Apache-2.0
// Field numbers are those of tensorboard/compat/proto: event.proto, summary.proto, tensor.proto, histogram.proto.
#include "engine/protocol/event_reader.h"

#include "engine/base/protobuf_wire.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace espalier {
namespace {

using wire::Reader;
using wire::Type;

enum class TensorType : std::int64_t { Float = 1, Double = 2, Int32 = 3, String = 7, Int64 = 9 };

/// A TensorProto, its values still encoded.
struct TensorMessage {
    std::int64_t dtype = 0;
    std::vector<std::int64_t> dims;
    std::string_view content;
    std::vector<double> numbers;
    std::vector<std::string_view> strings;

    bool is(TensorType type, std::size_t rank) const
    {
        return dtype == static_cast<std::int64_t>(type) && dims.size() == rank;
    }
};

void readFixedList(Reader &field, bool wide, std::vector<double> &into)
{
    const std::string_view bytes = field.bytes();
    const std::size_t size = wide ? 8 : 4;
    for (std::size_t at = 0; at + size <= bytes.size(); at += size) {
        double wideValue = 0;
        float value = 0;
        if (wide)
            std::memcpy(&wideValue, bytes.data() + at, 8);
        else
            std::memcpy(&value, bytes.data() + at, 4);
        into.push_back(wide ? wideValue : static_cast<double>(value));
    }
}

void readVarintList(const Reader &field, bool packed, std::vector<double> &into)
{
    if (!packed) {
        into.push_back(static_cast<double>(field.integer()));
        return;
    }
    Reader list(field.bytes());
    for (std::int64_t value = 0; list.nextPacked(value);)
        into.push_back(static_cast<double>(value));
}

bool readShape(std::string_view message, std::vector<std::int64_t> &dims)
{
    Reader shape(message);
    while (shape.next()) {
        if (!shape.is(2, Type::Bytes))
            continue;
        std::int64_t size = 0;
        Reader dim(shape.bytes());
        while (dim.next())
            if (dim.is(1, Type::Varint))
                size = dim.integer();
        dims.push_back(size);
        if (dim.failed() || dims.size() > 16)
            return false;
    }
    return !shape.failed();
}

std::optional<TensorMessage> readTensor(std::string_view message)
{
    TensorMessage tensor;
    Reader r(message);
    while (r.next()) {
        if (r.is(1, Type::Varint))
            tensor.dtype = r.integer();
        else if (r.is(2, Type::Bytes) && !readShape(r.bytes(), tensor.dims))
            return std::nullopt;
        else if (r.is(4, Type::Bytes))
            tensor.content = r.bytes();
        else if (r.is(5, Type::Bytes) || r.is(5, Type::Fixed32))
            readFixedList(r, false, tensor.numbers);
        else if (r.is(6, Type::Bytes) || r.is(6, Type::Fixed64))
            readFixedList(r, true, tensor.numbers);
        else if (r.is(7, Type::Varint) || r.is(10, Type::Varint))
            readVarintList(r, false, tensor.numbers);
        else if (r.is(7, Type::Bytes) || r.is(10, Type::Bytes))
            readVarintList(r, true, tensor.numbers);
        else if (r.is(8, Type::Bytes))
            tensor.strings.push_back(r.bytes());
    }
    if (r.failed())
        return std::nullopt;
    return tensor;
}

template <typename T>
T loadAt(std::string_view content, std::size_t index)
{
    T value{};
    std::memcpy(&value, content.data() + index * sizeof(T), sizeof(T));
    return value;
}

/// Element `index`: from the raw content, or from the typed list, whose last value stands for all that follow.
std::optional<double> element(const TensorMessage &t, std::size_t index)
{
    const std::size_t size = t.dtype == 2 || t.dtype == 9 ? 8 : 4;
    if (t.content.size() / size > index) {
        switch (static_cast<TensorType>(t.dtype)) {
        case TensorType::Float:
            return static_cast<double>(loadAt<float>(t.content, index));
        case TensorType::Double:
            return loadAt<double>(t.content, index);
        case TensorType::Int32:
            return static_cast<double>(loadAt<std::int32_t>(t.content, index));
        case TensorType::Int64:
            return static_cast<double>(loadAt<std::int64_t>(t.content, index));
        case TensorType::String:
            break;
        }
        return std::nullopt;
    }
    if (!t.content.empty() || t.dtype == static_cast<std::int64_t>(TensorType::String))
        return std::nullopt;
    if (t.numbers.empty())
        return 0.0; // proto3 leaves zeros out
    return t.numbers[std::min(index, t.numbers.size() - 1)];
}

bool isNumber(const TensorMessage &t)
{
    return t.dims.empty() && (t.dtype == 1 || t.dtype == 2 || t.dtype == 3 || t.dtype == 9);
}

/// The current form: DT_DOUBLE [k, 3] with rows (left, right, count).
std::optional<HistogramData> histogramOfTensor(const TensorMessage &t)
{
    if (!t.is(TensorType::Double, 2) || t.dims[1] != 3 || t.dims[0] < 0)
        return std::nullopt;
    const auto rows = static_cast<std::uint64_t>(t.dims[0]);
    if (rows > std::max(t.content.size() / 24, t.numbers.size())) // a claim without the bytes
        return std::nullopt;
    HistogramData data;
    data.sum = data.sumOfSquares = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t row = 0; row < rows; ++row) {
        const auto left = element(t, 3 * row);
        const auto right = element(t, 3 * row + 1);
        const auto count = element(t, 3 * row + 2);
        if (!left || !right || !count)
            return std::nullopt;
        data.buckets.push_back({*left, *right, *count});
        data.count += *count;
    }
    if (data.count == 0)
        data.buckets.clear();
    if (!data.buckets.empty()) {
        data.min = data.buckets.front().left;
        data.max = data.buckets.back().right;
    }
    return data;
}

/// The old form, HistogramProto: upper limits and counts; the outermost limits are replaced by min and max.
std::optional<HistogramData> histogramOfMessage(std::string_view message)
{
    HistogramData data;
    std::vector<double> limits;
    std::vector<double> counts;
    Reader r(message);
    while (r.next()) {
        if (r.is(6, Type::Bytes) || r.is(6, Type::Fixed64))
            readFixedList(r, true, limits);
        else if (r.is(7, Type::Bytes) || r.is(7, Type::Fixed64))
            readFixedList(r, true, counts);
        else if (r.is(1, Type::Fixed64))
            data.min = r.asDouble();
        else if (r.is(2, Type::Fixed64))
            data.max = r.asDouble();
        else if (r.is(3, Type::Fixed64))
            data.count = r.asDouble();
        else if (r.is(4, Type::Fixed64))
            data.sum = r.asDouble();
        else if (r.is(5, Type::Fixed64))
            data.sumOfSquares = r.asDouble();
    }
    if (r.failed() || limits.size() != counts.size())
        return std::nullopt;
    const auto isFull = [](double count) { return count != 0; };
    const auto first = static_cast<std::size_t>(std::find_if(counts.begin(), counts.end(), isFull) - counts.begin());
    const auto last
        = static_cast<std::size_t>(std::find_if(counts.rbegin(), counts.rend(), isFull).base() - counts.begin());
    for (std::size_t i = first; i < last; ++i)
        data.buckets.push_back(
            {i == first ? data.min : limits[i - 1], i + 1 == last ? data.max : limits[i], counts[i]});
    return data;
}

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
    if (plugin == "histograms" || (unknown && tensor->is(TensorType::Double, 2))) {
        const auto data = histogramOfTensor(*tensor);
        if (data)
            sink.histogram(stamp, tag, *data);
        return data.has_value();
    }
    if (tensor->dtype != static_cast<std::int64_t>(TensorType::String))
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
    EventStamp stamp{record.offset, 0, 0};
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
