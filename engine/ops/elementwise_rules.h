// SPDX-License-Identifier: Apache-2.0
// How a row of the element-wise table becomes an Op: shared by the files that hold the rows.
#pragma once

#include "engine/ops/rules.h"
#include "engine/ops/scalar_math.h"

#include <vector>

namespace espalier::elementwise {

// Rows, by number of inputs.
std::vector<Op> unaryRows();
std::vector<Op> binaryRows();
std::vector<Op> otherRows(); ///< cast, where

InferredTypes inferUnary(const OpCall &call); ///< same dtype
InferredTypes inferPredicate(const OpCall &call); ///< bool from one input
InferredTypes inferBinary(const OpCall &call);
InferredTypes inferComparison(const OpCall &call); ///< bool from two inputs

/// Dtypes that the op of this name takes, from its scalar function.
unsigned kindsOf(std::string_view name);

/// Shapes with 1, odd and empty for one input; integers and bool where the op takes them.
std::vector<OpCase> unaryCases(unsigned kinds, Domain domain, const Attrs &attrs = {});
/// Equal shapes and broadcasting both ways.
std::vector<OpCase> binaryCases(unsigned kinds, Domain a, Domain b);

/// What a unary rule sees: dy/dx times g.
struct Unary {
    Builder &b;
    const Attrs &attrs;
    ValueId x;
    ValueId y;
    ValueId g;
};

template <auto Rule>
std::vector<ValueId> unaryGradient(const GradientCall &call)
{
    if (!call.needed[0] || call.gradients[0] == kNoValue)
        return {kNoValue};
    return {Rule(Unary{call.builder, call.attrs, call.inputs[0], call.outputs[0], call.gradients[0]})};
}

template <typename F, Domain domain>
std::vector<OpCase> unaryCasesOf()
{
    return unaryCases(F::kinds, domain);
}

template <typename F, Domain a, Domain b>
std::vector<OpCase> binaryCasesOf()
{
    return binaryCases(F::kinds, a, b);
}

} // namespace espalier::elementwise
