// SPDX-License-Identifier: Apache-2.0
// A dataset over a record store: says which bytes of a record become which part of a column.
#pragma once

#include "engine/base/json_value.h"
#include "engine/data/memory_dataset.h"
#include "engine/data/record_store.h"

namespace espalier {

/// A part of a record that fills a part of a column.
struct RecordField {
    enum class Kind {
        Bytes, ///< `count` bytes to float32
        Reals, ///< `count` float32 to float32; a NaN becomes its entry of `fill`
        Class, ///< an int32 code from -1 (missing) on, through remap[code + 1], to an int64
        OneHot, ///< such a code to `width` float32, one of them 1
        ClassOfReal ///< a float32, by its place in the sorted `fill`, to an int64
    };
    Kind kind = Kind::Reals;
    std::size_t offset = 0; ///< in bytes
    std::size_t count = 1;
    std::size_t first = 0; ///< entry of the column's row at which it starts
    std::size_t width = 1;
    std::vector<std::int64_t> remap;
    std::vector<float> fill;
};

struct RecordColumn {
    Column column;
    std::vector<RecordField> fields; ///< together they cover the row
};

/// `fingerprint` must say all that the content depends on. `total` is what previews report.
DatasetPointer makeRecordDataset(RecordStorePointer records, std::vector<RecordColumn> columns,
                                 std::uint64_t fingerprint, RowCount total,
                                 const PictureAugmentation &augmentation = {});

/// The columns as kept with a cache. `source` is not kept: another document may use the same file.
std::string recordColumnsText(const std::vector<RecordColumn> &columns);
Result<std::vector<RecordColumn>> parseRecordColumns(const std::string &text, const std::string &source,
                                                     std::size_t recordBytes);

} // namespace espalier
