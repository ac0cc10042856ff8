// SPDX-License-Identifier: Apache-2.0
// What training sees of data: rows with named, typed columns, read at random.
#pragma once

#include "engine/base/result.h"
#include "engine/tensor/tensor.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

/// One named value per row. Images are [channels, height, width]; class labels are int64 scalars.
struct Column {
    std::string source; ///< id of the source in the document
    std::string name; ///< "image", "label", "features", "target", ...: the port of the Input node
    TensorType type; ///< of one row, without the batch axis; always concrete
    std::int64_t classes = 0; ///< above 0: every value lies in [0, classes)
    std::vector<std::string> labels; ///< names of the classes; empty or `classes` long
    std::vector<std::string> elementNames; ///< names of the entries of a vector; empty or as long as it is
    bool isTarget = false; ///< what a model should learn to say, rather than what it is told
    friend bool operator==(const Column &, const Column &) = default;
};

/// What randomness a read may use: augmentation is a pure function of (seed, epoch, row).
struct Draw {
    bool augment = false;
    std::uint64_t seed = 0;
    std::int64_t epoch = 0;
};

/// Where a read puts a column: `data` holds rows x elements of the column's type, row-major.
struct ColumnBuffer {
    int column = 0;
    void *data = nullptr;
};

/// How many rows a source has. A preview of a large file knows them only roughly.
struct RowCount {
    std::int64_t rows = 0;
    bool isExact = true;
    friend bool operator==(const RowCount &, const RowCount &) = default;
};

/// Immutable once opened; every function can be called from several threads at once.
class Dataset {
public:
    Dataset() = default;
    Dataset(const Dataset &) = delete;
    Dataset &operator=(const Dataset &) = delete;
    virtual ~Dataset() = default;

    virtual const std::vector<Column> &columns() const = 0;
    virtual std::int64_t size() const = 0; ///< number of rows
    /// Of the whole source; more than size() where this is a preview.
    virtual RowCount total() const { return {size(), true}; }
    /// Copies the rows, in the order given (repeats are fine; each in [0, size())), into the buffers.
    virtual Result<void> read(std::span<const std::int64_t> rows, std::span<const ColumnBuffer> into,
                              const Draw &draw) const = 0;
    /// Hash of the content and of the parameters that shape it, without paths and time stamps, so that a copy has the
    /// same one. Files above 16 MiB count by size and 64 blocks spread over them.
    virtual std::uint64_t fingerprint() const = 0;
};
using DatasetPointer = std::shared_ptr<const Dataset>;

/// Index of a column; -1 if there is none. An empty `source` matches any.
int findColumn(const Dataset &data, std::string_view source, std::string_view name);

/// New tensors [rows, ...], one for each of `columns` (empty: all).
Result<std::vector<Tensor>> readRows(const Dataset &data, std::span<const std::int64_t> rows,
                                     std::vector<int> columns = {}, const Draw &draw = {});

/// The tensor that holds `rows` rows of `column`.
Tensor batchTensor(const Column &column, std::int64_t rows);

/// [channels, height, width] of numbers, with 1, 3 or 4 channels.
bool isPicture(const Column &column);

/// Bytes of one row of `column`.
std::size_t rowBytes(const Column &column);

/// The columns of all, row by row. Fails if their sizes differ.
Result<DatasetPointer> zipDatasets(std::vector<DatasetPointer> parts, const std::vector<std::string> &names);

} // namespace espalier
