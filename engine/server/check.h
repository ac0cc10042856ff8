// SPDX-License-Identifier: Apache-2.0
// The live answer to a drawing: problems with fixes, types at every port, ports, parameters and cost.
#pragma once

#include "engine/graph/lower.h"
#include "engine/train/settings.h"

#include <optional>

namespace espalier {

/// What is known of the document's data when it is checked.
struct CheckData {
    bool isKnown = false; ///< sources and batch sizes are what the data offer
    bool isPending = false; ///< the data are being opened; what stands here is what was known last
    std::vector<BoundSource> sources;
    std::vector<std::int64_t> batchSizes;
    std::int64_t trainRows = -1; ///< below 0: not known
    double dataBytes = 0; ///< of all rows, decoded
    std::optional<Error> problem; ///< they can't be opened
};

struct Checked {
    std::vector<Error> problems;
    Lowered lowered; ///< everything that is drawn, in training mode
};

/// Form, wiring, parameters, shapes, training settings and data, in one pass. Pure; callable from any thread.
Checked checkEverything(const Document &document, const CheckData &data);

/// The result of document.check, without version; see engine/protocol/README.md. "problems", "ports", "inputs",
/// "nodes", "totals", "data".
JsonValue checkToJson(const Document &document, const CheckData &data, const Checked &checked);

/// Multiply-adds and FLOPs of one sample forward (symbols bound to 1), as far as they are known.
struct SampleCost {
    double flops = 0;
    double multiplyAdds = 0; ///< of products, convolutions and recurrences
};
SampleCost costOfSample(const Program &program, const Instruction &instruction);

} // namespace espalier
