// SPDX-License-Identifier: Apache-2.0
#include "engine/data/record_dataset.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace espalier {
namespace {

using Kind = RecordField::Kind;

template <typename T>
T load(const std::byte *from)
{
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

std::int64_t classOf(const RecordField &field, const std::byte *record)
{
    if (field.kind == Kind::ClassOfReal) {
        const auto value = load<float>(record + field.offset);
        return std::lower_bound(field.fill.begin(), field.fill.end(), value) - field.fill.begin();
    }
    return field.remap[static_cast<std::size_t>(std::int64_t{load<std::int32_t>(record + field.offset)} + 1)];
}

void writeReals(const RecordField &field, const std::byte *record, std::byte *row)
{
    auto *to = reinterpret_cast<float *>(row) + field.first;
    std::memcpy(to, record + field.offset, field.count * sizeof(float));
    for (std::size_t i = 0; i < field.fill.size(); ++i) {
        if (std::isnan(to[i]))
            to[i] = field.fill[i];
    }
}

void writeField(const RecordField &field, const std::byte *record, std::byte *row)
{
    switch (field.kind) {
    case Kind::Bytes: {
        const auto *from = reinterpret_cast<const std::uint8_t *>(record + field.offset);
        auto *to = reinterpret_cast<float *>(row) + field.first;
        for (std::size_t i = 0; i < field.count; ++i)
            to[i] = static_cast<float>(from[i]);
        break;
    }
    case Kind::Reals:
        writeReals(field, record, row);
        break;
    case Kind::OneHot: {
        auto *to = reinterpret_cast<float *>(row) + field.first;
        std::fill_n(to, field.width, 0.0F);
        to[classOf(field, record)] = 1.0F;
        break;
    }
    case Kind::Class:
    case Kind::ClassOfReal:
        reinterpret_cast<std::int64_t *>(row)[field.first] = classOf(field, record);
        break;
    }
}

class RecordDataset : public Dataset {
public:
    RecordDataset(RecordStorePointer records, std::vector<RecordColumn> columns, std::uint64_t fingerprint,
                  RowCount total, const PictureAugmentation &augmentation)
        : m_records(std::move(records))
        , m_recordColumns(std::move(columns))
        , m_fingerprint(fingerprint)
        , m_total(total)
        , m_augmentation(augmentation)
    {
        for (const RecordColumn &column : m_recordColumns) {
            m_columns.push_back(column.column);
            m_rowBytes.push_back(rowBytes(column.column));
        }
    }
    const std::vector<Column> &columns() const override { return m_columns; }
    std::int64_t size() const override { return m_records->size(); }
    RowCount total() const override { return m_total; }
    std::uint64_t fingerprint() const override { return m_fingerprint; }

    Result<void> read(std::span<const std::int64_t> rows, std::span<const ColumnBuffer> into,
                      const Draw &draw) const override
    {
        ESPALIER_CHECK(visitRecords(*m_records, rows, [&](std::size_t i, const std::byte *record) {
            for (const ColumnBuffer &buffer : into) {
                const auto index = static_cast<std::size_t>(buffer.column);
                std::byte *row = static_cast<std::byte *>(buffer.data) + i * m_rowBytes[index];
                for (const RecordField &field : m_recordColumns[index].fields)
                    writeField(field, record, row);
            }
        }));
        for (const ColumnBuffer &buffer : into) {
            const TensorType &type = m_columns[static_cast<std::size_t>(buffer.column)].type;
            if (!draw.augment || type.shape.rank() != 3)
                continue;
            const Dims chw = type.shape.concrete();
            for (std::size_t i = 0; i < rows.size(); ++i)
                augmentPicture(static_cast<float *>(buffer.data) + static_cast<std::int64_t>(i) * elementCount(chw),
                               chw, m_augmentation, draw, rows[i]);
        }
        return {};
    }

private:
    RecordStorePointer m_records;
    std::vector<RecordColumn> m_recordColumns;
    std::vector<Column> m_columns;
    std::vector<std::size_t> m_rowBytes;
    std::uint64_t m_fingerprint;
    RowCount m_total;
    PictureAugmentation m_augmentation;
};

template <typename T>
JsonValue listOf(const std::vector<T> &values)
{
    JsonValue list = JsonValue::array();
    for (const T &value : values) {
        if constexpr (std::is_same_v<T, float>)
            list.append(static_cast<double>(value));
        else
            list.append(value);
    }
    return list;
}

JsonValue fieldJson(const RecordField &field)
{
    JsonValue json = JsonValue::object();
    json.set("kind", static_cast<std::int64_t>(field.kind)).set("offset", static_cast<std::int64_t>(field.offset));
    json.set("count", static_cast<std::int64_t>(field.count)).set("first", static_cast<std::int64_t>(field.first));
    json.set("width", static_cast<std::int64_t>(field.width));
    json.set("remap", listOf(field.remap)).set("fill", listOf(field.fill));
    return json;
}

RecordField parseField(const JsonValue &json)
{
    const auto size = [&](std::string_view name) { return static_cast<std::size_t>(json[name].integer()); };
    RecordField field{
        static_cast<Kind>(json["kind"].integer()), size("offset"), size("count"), size("first"), size("width"), {}, {}};
    for (const JsonValue &value : json["remap"].items())
        field.remap.push_back(value.integer());
    for (const JsonValue &value : json["fill"].items())
        field.fill.push_back(static_cast<float>(value.number()));
    return field;
}

std::vector<std::string> strings(const JsonValue &json)
{
    std::vector<std::string> out;
    for (const JsonValue &value : json.items())
        out.push_back(value.string());
    return out;
}

} // namespace

DatasetPointer makeRecordDataset(RecordStorePointer records, std::vector<RecordColumn> columns,
                                 std::uint64_t fingerprint, RowCount total, const PictureAugmentation &augmentation)
{
    return std::make_shared<RecordDataset>(std::move(records), std::move(columns), fingerprint, total, augmentation);
}

std::string recordColumnsText(const std::vector<RecordColumn> &columns)
{
    JsonValue list = JsonValue::array();
    for (const RecordColumn &column : columns) {
        JsonValue fields = JsonValue::array();
        for (const RecordField &field : column.fields)
            fields.append(fieldJson(field));
        JsonValue json = JsonValue::object();
        json.set("name", column.column.name).set("dtype", name(column.column.type.dtype));
        json.set("shape", listOf(column.column.type.shape.concrete())).set("classes", column.column.classes);
        json.set("labels", listOf(column.column.labels)).set("elements", listOf(column.column.elementNames));
        json.set("target", column.column.isTarget).set("fields", std::move(fields));
        list.append(std::move(json));
    }
    return list.dump();
}

Result<std::vector<RecordColumn>> parseRecordColumns(const std::string &text, const std::string &source,
                                                     std::size_t recordBytes)
{
    ESPALIER_TRY(const JsonValue list, JsonValue::parse(text, "row cache"));
    std::vector<RecordColumn> columns;
    for (const JsonValue &json : list.items()) {
        Dims dims;
        for (const JsonValue &size : json["shape"].items())
            dims.push_back(size.integer());
        RecordColumn column{{source,
                             json["name"].string(),
                             {dtypeFromName(json["dtype"].string()).value_or(DType::Float32), Shape(dims)},
                             json["classes"].integer(),
                             strings(json["labels"]),
                             strings(json["elements"]),
                             json["target"].boolean()},
                            {}};
        for (const JsonValue &field : json["fields"].items()) {
            column.fields.push_back(parseField(field));
            const std::size_t bytes = column.fields.back().kind == Kind::Bytes ? 1 : 4;
            if (column.fields.back().offset + column.fields.back().count * bytes > recordBytes)
                return fail("data.cache.broken", "A row cache does not fit its columns.");
        }
        columns.push_back(std::move(column));
    }
    return columns;
}

} // namespace espalier
