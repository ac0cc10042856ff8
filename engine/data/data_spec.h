// SPDX-License-Identifier: Apache-2.0
// The data section of a document as plain structs, and its JSON form.
#pragma once

#include "engine/base/json_value.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

/// Where rows come from. `kind` is one of sourceKinds(); an unknown one survives load and save.
struct SourceSpec {
    std::string id;
    std::string name;
    std::string kind;
    JsonValue parameters = JsonValue::object(); ///< as the kind declares them; a missing one has its default
    friend bool operator==(const SourceSpec &, const SourceSpec &) = default;
};

/// Fractions of the rows. What they leave of 1 stays unused.
struct SplitSpec {
    double train = 0.8;
    double validation = 0.1;
    double test = 0.1;
    std::uint64_t seed = 0;
    std::string stratify; ///< "label" or "source id.label": each class is split by the fractions; empty: not
    bool inOrder = false; ///< the first rows train, the last ones test (text and time series), instead of by seed
    friend bool operator==(const SplitSpec &, const SplitSpec &) = default;
};

enum class Normalization { None, Standard, MinMax, Scale255 };

/// How a float column is brought to a size that networks learn well from; fitted on the training part only.
struct NormalizationSpec {
    std::string source; ///< id; empty: the first source that has the column
    std::string column;
    Normalization method = Normalization::None;
    friend bool operator==(const NormalizationSpec &, const NormalizationSpec &) = default;
};

struct BatchSpec {
    std::int64_t size = 32;
    bool shuffle = true;
    bool dropLast = false;
    friend bool operator==(const BatchSpec &, const BatchSpec &) = default;
};

struct DataSpec {
    std::vector<SourceSpec> sources;
    SplitSpec split;
    std::vector<NormalizationSpec> normalize;
    BatchSpec batch;
    friend bool operator==(const DataSpec &, const DataSpec &) = default;
};

/// {"sources": [{"id", "name", "kind", "parameters": {}}], "split": {"train", "validation", "test", "seed", "stratify",
/// "in_order"}, "normalize": [{"source", "column", "method": "none" | "standard" | "minmax" | "scale"}],
/// "batch": {"size", "shuffle", "drop_last"}}; every member may be missing. `pointer` is the JSON pointer of `json` in
/// its document; errors have the pointer of the member at fault in where.parameter. Parameters are checked against
/// the table of kinds; unknown ones, and unknown kinds, are kept.
Result<DataSpec> dataSpecFromJson(const JsonValue &json, const std::string &pointer = "/data");
/// Writes every member and every parameter, defaults too.
JsonValue toJson(const DataSpec &spec);

std::string_view name(Normalization method); ///< "none", "standard", "minmax", "scale"

/// The source with this id, or else this name; null if there is none.
const SourceSpec *findSource(const DataSpec &spec, std::string_view idOrName);

} // namespace espalier
