// SPDX-License-Identifier: Apache-2.0
#include "engine/io/event_encoding.h"

#include "engine/base/protobuf_wire.h"
#include "engine/protocol/record_reader.h"

namespace espalier {
namespace {

using namespace wire;

constexpr int kFloat = 1; // DataType
constexpr int kDouble = 2;
constexpr int kString = 7;
constexpr int kTensorClass = 2; // DataClass
constexpr int kBlobClass = 3;
constexpr std::size_t kEmptyRows = 30; // TensorBoard's own writer gives an empty histogram 30 rows of zeros
constexpr int kGraphVersion = 22; // GraphDef.versions.producer: any that TensorBoard has ever read

void putTime(std::string &out, const EventTime &time)
{
    putDouble(out, 1, time.wallTime);
    if (time.step != 0)
        putInteger(out, 2, time.step);
}

/// SummaryMetadata
std::string metadata(std::string_view plugin, std::string_view content, int dataClass)
{
    std::string pluginData;
    putBytes(pluginData, 1, plugin);
    if (!content.empty())
        putBytes(pluginData, 2, content);
    std::string out;
    putBytes(out, 1, pluginData);
    putInteger(out, 4, dataClass);
    return out;
}

/// TensorShapeProto
std::string shape(std::span<const std::int64_t> dims)
{
    std::string out;
    for (const std::int64_t size : dims) {
        std::string dim;
        if (size != 0)
            putInteger(dim, 1, size);
        putBytes(out, 2, dim);
    }
    return out;
}

/// The start of a TensorProto.
std::string tensor(int dtype, std::initializer_list<std::int64_t> dims)
{
    std::string out;
    putInteger(out, 1, dtype);
    putBytes(out, 2, shape({dims.begin(), dims.size()}));
    return out;
}

/// An Event with a Summary of one tensor value.
void putTensorRecord(std::string &out, const EventTime &time, std::string_view tag, std::string_view tensorMessage,
                     std::string_view metadataMessage)
{
    std::string value;
    putBytes(value, 1, tag);
    putBytes(value, 8, tensorMessage);
    if (!metadataMessage.empty())
        putBytes(value, 9, metadataMessage);
    std::string summary;
    putBytes(summary, 1, value);
    appendRecord(out, [&](std::string &body) {
        putTime(body, time);
        putBytes(body, 5, summary);
    });
}

/// An Event that holds nothing but `message` in `field`.
void putPlainRecord(std::string &out, const EventTime &time, std::uint32_t field, std::string_view message)
{
    appendRecord(out, [&](std::string &body) {
        putTime(body, time);
        putBytes(body, field, message);
    });
}

/// NodeDef
std::string nodeMessage(const GraphNode &node)
{
    std::string out;
    putBytes(out, 1, node.name);
    putBytes(out, 2, node.op);
    for (const std::string &input : node.inputs)
        putBytes(out, 3, input);
    if (node.outputShapes.empty())
        return out;
    std::string list; // AttrValue.ListValue
    for (const auto &dims : node.outputShapes)
        putBytes(list, 7, shape(dims));
    std::string attribute; // AttrValue
    putBytes(attribute, 1, list);
    std::string entry; // of the map NodeDef.attr
    putBytes(entry, 1, "_output_shapes");
    putBytes(entry, 2, attribute);
    putBytes(out, 5, entry);
    return out;
}

/// google.protobuf.Value
std::string valueMessage(const HyperParameter &parameter)
{
    std::string out;
    if (const auto *number = std::get_if<double>(&parameter)) {
        putDouble(out, 2, *number);
    } else if (const auto *text = std::get_if<std::string>(&parameter)) {
        putBytes(out, 3, *text);
    } else {
        putInteger(out, 4, std::get<bool>(parameter) ? 1 : 0);
    }
    return out;
}

/// The hparams plugin keeps its data in the metadata; the value itself is a null tensor.
void putHparamsRecord(std::string &out, double wallTime, std::string_view tag, std::uint32_t field,
                      std::string_view message)
{
    std::string content;
    putBytes(content, field, message);
    putTensorRecord(out, {wallTime, 0}, tag, tensor(kFloat, {0}), metadata("hparams", content, kTensorClass));
}

} // namespace

void putVersionRecord(std::string &out, double wallTime, std::string_view writer)
{
    std::string source; // SourceMetadata
    putBytes(source, 1, writer);
    appendRecord(out, [&](std::string &body) {
        putDouble(body, 1, wallTime);
        putBytes(body, 3, "brain.Event:2");
        putBytes(body, 10, source);
    });
}

void putScalarRecord(std::string &out, const EventTime &time, std::string_view tag, float value)
{
    // The most frequent record: lengths are computed, so that nothing is copied or allocated.
    const std::size_t valueSize = 1 + varintSize(tag.size()) + tag.size() + 5;
    const std::size_t summarySize = 1 + varintSize(valueSize) + valueSize;
    appendRecord(out, [&](std::string &body) {
        putTime(body, time);
        putKey(body, 5, Type::Bytes);
        putVarint(body, summarySize);
        putKey(body, 1, Type::Bytes);
        putVarint(body, valueSize);
        putBytes(body, 1, tag);
        putFloat(body, 2, value);
    });
}

void putHistogramRecord(std::string &out, const EventTime &time, std::string_view tag, const HistogramData &data,
                        bool first)
{
    static const std::vector<HistogramBucket> kEmpty(kEmptyRows);
    const auto &buckets = data.buckets.empty() ? kEmpty : data.buckets;
    static_assert(sizeof(HistogramBucket) == 24, "a bucket is a row of the tensor: left, right, count");
    std::string message = tensor(kDouble, {static_cast<std::int64_t>(buckets.size()), 3});
    putBytes(message, 4, {reinterpret_cast<const char *>(buckets.data()), buckets.size() * sizeof(HistogramBucket)});
    putTensorRecord(out, time, tag, message, first ? metadata("histograms", {}, kTensorClass) : std::string());
}

void putImageRecord(std::string &out, const EventTime &time, std::string_view tag, std::string_view png, int width,
                    int height, bool first)
{
    std::string message = tensor(kString, {3});
    putBytes(message, 8, std::to_string(width));
    putBytes(message, 8, std::to_string(height));
    putBytes(message, 8, png);
    putTensorRecord(out, time, tag, message, first ? metadata("images", {}, kBlobClass) : std::string());
}

void putTextRecord(std::string &out, const EventTime &time, std::string_view tag, std::string_view markdown, bool first)
{
    std::string message = tensor(kString, {});
    putBytes(message, 8, markdown);
    putTensorRecord(out, time, tag, message, first ? metadata("text", {}, kTensorClass) : std::string());
}

void putGraphRecord(std::string &out, double wallTime, std::span<const GraphNode> nodes)
{
    std::string graph; // GraphDef
    for (const GraphNode &node : nodes)
        putBytes(graph, 1, nodeMessage(node));
    std::string versions; // VersionDef
    putInteger(versions, 1, kGraphVersion);
    putBytes(graph, 4, versions);
    putPlainRecord(out, {wallTime, 0}, 4, graph);
}

void putSessionRecord(std::string &out, const EventTime &time, SessionStatus status)
{
    std::string message; // SessionLog
    putInteger(message, 1, static_cast<std::int64_t>(status));
    putPlainRecord(out, time, 7, message);
}

void putHyperParametersRecord(std::string &out, double wallTime, const HyperParameters &parameters,
                              std::string_view group)
{
    std::string message; // SessionStartInfo
    for (const auto &[name, parameter] : parameters) {
        std::string entry;
        putBytes(entry, 1, name);
        putBytes(entry, 2, valueMessage(parameter));
        putBytes(message, 1, entry);
    }
    if (!group.empty())
        putBytes(message, 4, group);
    putDouble(message, 5, wallTime);
    putHparamsRecord(out, wallTime, "_hparams_/session_start_info", 3, message);
}

void putSessionEndRecord(std::string &out, double wallTime, SessionEnd end)
{
    std::string message; // SessionEndInfo
    putInteger(message, 1, static_cast<std::int64_t>(end));
    putDouble(message, 2, wallTime);
    putHparamsRecord(out, wallTime, "_hparams_/session_end_info", 4, message);
}

} // namespace espalier
