// SPDX-License-Identifier: Apache-2.0
// What a drawing that learns from a source begins with: its Input, the output that fits, the loss.
#pragma once

#include "engine/base/json_value.h"
#include "engine/data/data_spec.h"
#include "engine/data/dataset.h"

namespace espalier {

/// {"task", "target", "nodes": [{"name", "kind", "column", "params"}], "wires": [{"from": [name, port], "to": [...]}],
/// "split": {...}, "normalize": [{"column", "method"}]}: see data.describe of the wire. Params are those off their
/// defaults. Null where no column can be learned from.
JsonValue proposalFor(const SourceSpec &source, const std::vector<Column> &columns);

} // namespace espalier
