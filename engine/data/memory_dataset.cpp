// SPDX-License-Identifier: Apache-2.0
#include "engine/data/memory_dataset.h"

#include "engine/base/philox.h"
#include "engine/data/content_hash.h"

#include <algorithm>
#include <cstring>

namespace espalier {
namespace {

class MemoryDataset : public Dataset {
public:
    MemoryDataset(std::vector<ColumnData> columns, std::int64_t rows, const PictureAugmentation &augmentation)
        : m_data(std::move(columns))
        , m_rows(rows)
        , m_augmentation(augmentation)
    {
        for (const ColumnData &data : m_data)
            m_columns.push_back(data.column);
        ContentHash hash;
        for (const ColumnData &data : m_data) {
            hash.add(data.column.name);
            std::visit([&](const auto &values) { hash.add(bytesOf(values)); }, data.values);
        }
        m_fingerprint = hash.value();
    }
    const std::vector<Column> &columns() const override { return m_columns; }
    std::int64_t size() const override { return m_rows; }
    std::uint64_t fingerprint() const override { return m_fingerprint; }

    Result<void> read(std::span<const std::int64_t> rows, std::span<const ColumnBuffer> into,
                      const Draw &draw) const override
    {
        for (const ColumnBuffer &buffer : into) {
            const ColumnData &data = m_data[static_cast<std::size_t>(buffer.column)];
            const auto n = static_cast<std::size_t>(data.column.type.shape.elements().constant());
            auto *out = static_cast<std::byte *>(buffer.data);
            const std::size_t bytes = rowBytes(data.column);
            for (const std::int64_t row : rows) {
                copyRow(data, static_cast<std::size_t>(row) * n, n, out);
                if (draw.augment && data.column.type.shape.rank() == 3 && data.column.type.dtype == DType::Float32)
                    augmentPicture(reinterpret_cast<float *>(out), data.column.type.shape.concrete(), m_augmentation,
                                   draw, row);
                out += bytes;
            }
        }
        return {};
    }

private:
    template <typename T>
    static std::string_view bytesOf(const std::vector<T> &values)
    {
        return {reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T)};
    }
    static std::string_view bytesOf(const Tensor &values)
    {
        return {static_cast<const char *>(values.data()), values.bytes()};
    }

    static void copyRow(const ColumnData &data, std::size_t first, std::size_t n, std::byte *out)
    {
        if (const auto *bytes = std::get_if<std::vector<std::uint8_t>>(&data.values)) {
            auto *to = reinterpret_cast<float *>(out);
            for (std::size_t i = 0; i < n; ++i)
                to[i] = static_cast<float>((*bytes)[first + i]);
        } else if (const auto *reals = std::get_if<std::vector<float>>(&data.values)) {
            std::memcpy(out, reals->data() + first, n * sizeof(float));
        } else if (const auto *integers = std::get_if<std::vector<std::int64_t>>(&data.values)) {
            std::memcpy(out, integers->data() + first, n * sizeof(std::int64_t));
        } else {
            const Tensor &tensor = std::get<Tensor>(data.values);
            const std::size_t size = byteSize(tensor.dtype());
            std::memcpy(out, static_cast<const std::byte *>(tensor.data()) + first * size, n * size);
        }
    }

    std::vector<ColumnData> m_data;
    std::vector<Column> m_columns;
    std::int64_t m_rows;
    PictureAugmentation m_augmentation;
    std::uint64_t m_fingerprint = 0;
};

} // namespace

DatasetPointer makeMemoryDataset(std::vector<ColumnData> columns, std::int64_t rows,
                                 const PictureAugmentation &augmentation)
{
    return std::make_shared<MemoryDataset>(std::move(columns), rows, augmentation);
}

void augmentPicture(float *picture, const Dims &chw, const PictureAugmentation &how, const Draw &draw, std::int64_t row)
{
    if (!how.flip && how.shift == 0)
        return;
    const auto w = philox4x32({static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(row >> 32),
                               static_cast<std::uint32_t>(draw.epoch), 0},
                              philoxKey(draw.seed, 0x617567));
    const std::int64_t span = 2 * how.shift + 1;
    const bool flip = how.flip && (w[0] & 1u) != 0;
    const std::int64_t dy = static_cast<std::int64_t>(w[1]) % span - how.shift;
    const std::int64_t dx = static_cast<std::int64_t>(w[2]) % span - how.shift;
    const std::int64_t height = chw[1];
    const std::int64_t width = chw[2];
    std::vector<float> source(static_cast<std::size_t>(height * width));
    for (std::int64_t c = 0; c < chw[0]; ++c) {
        float *plane = picture + c * height * width;
        std::copy_n(plane, height * width, source.begin());
        for (std::int64_t y = 0; y < height; ++y)
            for (std::int64_t x = 0; x < width; ++x) {
                const std::int64_t sy = y + dy;
                const std::int64_t sx = (flip ? width - 1 - x : x) + dx;
                const bool inside = sy >= 0 && sy < height && sx >= 0 && sx < width;
                plane[y * width + x] = inside ? source[static_cast<std::size_t>(sy * width + sx)] : 0.0F;
            }
    }
}

} // namespace espalier
