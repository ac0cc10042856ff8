// SPDX-License-Identifier: Apache-2.0
// Computes expressions and drawings without training: Theano's first example, and a calculator for tensors.
#pragma once

#include "engine/ops/program.h"
#include "engine/server/model.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace espalier {

struct EvalRequest {
    std::string what; ///< an expression, a document, or the name of a sample
    bool isExpression = false; ///< never takes `what` for a file or sample
    std::shared_ptr<const Document> document; ///< this one instead of what `what` names
    std::uint64_t maxBytes = 0; ///< of all values of the computation together; 0: no limit
    std::vector<std::string> values; ///< "x=[[0, 1], [-1, -2]]"
    std::string dtype; ///< of values and numbers; "": float32, or what the document's inputs say
    std::int64_t seed = 1; ///< of initial weights where a drawing has some
    std::function<void(std::string_view pass, const Program &program)> dump; ///< may be empty
};

/// Name and value of each output. Runs on the reference in the dtypes as they are.
Result<std::vector<std::pair<std::string, Tensor>>> evaluateExpression(const EvalRequest &request);

} // namespace espalier
