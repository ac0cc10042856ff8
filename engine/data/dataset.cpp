// SPDX-License-Identifier: Apache-2.0
#include "engine/data/dataset.h"

#include "engine/data/content_hash.h"

#include <numeric>

namespace espalier {
namespace {

class ZippedDataset : public Dataset {
public:
    explicit ZippedDataset(std::vector<DatasetPointer> parts)
        : m_parts(std::move(parts))
    {
        for (std::size_t p = 0; p < m_parts.size(); ++p) {
            for (std::size_t c = 0; c < m_parts[p]->columns().size(); ++c) {
                m_columns.push_back(m_parts[p]->columns()[c]);
                m_origin.push_back({p, static_cast<int>(c)});
            }
        }
    }
    const std::vector<Column> &columns() const override { return m_columns; }
    std::int64_t size() const override { return m_parts.front()->size(); }
    RowCount total() const override { return m_parts.front()->total(); }
    Result<void> read(std::span<const std::int64_t> rows, std::span<const ColumnBuffer> into,
                      const Draw &draw) const override
    {
        for (std::size_t p = 0; p < m_parts.size(); ++p) {
            std::vector<ColumnBuffer> wanted;
            for (const ColumnBuffer &buffer : into) {
                const Origin &origin = m_origin[static_cast<std::size_t>(buffer.column)];
                if (origin.part == p)
                    wanted.push_back({origin.column, buffer.data});
            }
            if (!wanted.empty())
                ESPALIER_CHECK(m_parts[p]->read(rows, wanted, draw));
        }
        return {};
    }
    std::uint64_t fingerprint() const override
    {
        ContentHash hash;
        for (const DatasetPointer &part : m_parts)
            hash.add(part->fingerprint());
        return hash.value();
    }

private:
    struct Origin {
        std::size_t part;
        int column;
    };
    std::vector<DatasetPointer> m_parts;
    std::vector<Column> m_columns;
    std::vector<Origin> m_origin;
};

} // namespace

int findColumn(const Dataset &data, std::string_view source, std::string_view name)
{
    const std::vector<Column> &columns = data.columns();
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (columns[i].name == name && (source.empty() || columns[i].source == source))
            return static_cast<int>(i);
    }
    return -1;
}

bool isPicture(const Column &column)
{
    const Shape &shape = column.type.shape;
    return shape.rank() == 3 && (shape[0].isConstant(1) || shape[0].isConstant(3) || shape[0].isConstant(4))
        && isFloating(column.type.dtype);
}

std::size_t rowBytes(const Column &column)
{
    return static_cast<std::size_t>(elementCount(column.type.shape.concrete())) * byteSize(column.type.dtype);
}

Tensor batchTensor(const Column &column, std::int64_t rows)
{
    Dims dims = column.type.shape.concrete();
    dims.insert(dims.begin(), rows);
    return {column.type.dtype, std::move(dims)};
}

Result<std::vector<Tensor>> readRows(const Dataset &data, std::span<const std::int64_t> rows, std::vector<int> columns,
                                     const Draw &draw)
{
    if (columns.empty()) {
        columns.resize(data.columns().size());
        std::iota(columns.begin(), columns.end(), 0);
    }
    std::vector<Tensor> tensors;
    std::vector<ColumnBuffer> into;
    for (const int column : columns) {
        tensors.push_back(
            batchTensor(data.columns()[static_cast<std::size_t>(column)], static_cast<std::int64_t>(rows.size())));
        into.push_back({column, tensors.back().data()});
    }
    ESPALIER_CHECK(data.read(rows, into, draw));
    return tensors;
}

Result<DatasetPointer> zipDatasets(std::vector<DatasetPointer> parts, const std::vector<std::string> &names)
{
    if (parts.size() == 1)
        return std::move(parts.front());
    for (std::size_t i = 1; i < parts.size(); ++i) {
        if (parts[i]->size() != parts.front()->size()) {
            return fail("data.sizes",
                        "The sources {0} and {1} have {2} and {3} rows. Row i of each goes into one sample, so give "
                        "them the same number of rows.",
                        names[0], names[i], parts.front()->size(), parts[i]->size());
        }
    }
    return std::make_shared<ZippedDataset>(std::move(parts));
}

} // namespace espalier
