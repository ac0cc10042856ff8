// SPDX-License-Identifier: Apache-2.0
// Field numbers are those of tensorboard/compat/proto: tensor.proto, tensor_shape.proto, histogram.proto.
#include "engine/protocol/event_tensor.h"

#include "engine/base/protobuf_wire.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace espalier {
namespace {

using wire::Reader;
using wire::Type;

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

template <typename T>
T loadAt(std::string_view content, std::size_t index)
{
    T value{};
    std::memcpy(&value, content.data() + index * sizeof(T), sizeof(T));
    return value;
}

} // namespace

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

std::optional<double> element(const TensorMessage &t, std::size_t index)
{
    const std::size_t size = t.dtype == 2 || t.dtype == 9 ? 8 : 4;
    if (t.content.size() / size > index) {
        switch (static_cast<ProtoType>(t.dtype)) {
        case ProtoType::Float:
            return static_cast<double>(loadAt<float>(t.content, index));
        case ProtoType::Double:
            return loadAt<double>(t.content, index);
        case ProtoType::Int32:
            return static_cast<double>(loadAt<std::int32_t>(t.content, index));
        case ProtoType::Int64:
            return static_cast<double>(loadAt<std::int64_t>(t.content, index));
        case ProtoType::String:
            break;
        }
        return std::nullopt;
    }
    if (!t.content.empty() || t.dtype == static_cast<std::int64_t>(ProtoType::String))
        return std::nullopt;
    if (t.numbers.empty())
        return 0.0; // proto3 leaves zeros out
    return t.numbers[std::min(index, t.numbers.size() - 1)];
}

bool isNumber(const TensorMessage &t)
{
    return t.dims.empty() && (t.dtype == 1 || t.dtype == 2 || t.dtype == 3 || t.dtype == 9);
}

std::optional<HistogramData> histogramOfTensor(const TensorMessage &t)
{
    if (!t.is(ProtoType::Double, 2) || t.dims[1] != 3 || t.dims[0] < 0)
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

} // namespace espalier
