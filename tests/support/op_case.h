// SPDX-License-Identifier: Apache-2.0
// Turns a case of the op catalogue into a program and inputs for it.
#pragma once

#include "engine/ops/builder.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace espalier::test {

/// The same program with float32 replaced: types, attributes, constants, bodies.
Program retyped(const Program &program, DType floats);
std::vector<std::shared_ptr<const Program>> retyped(const std::vector<std::shared_ptr<const Program>> &bodies,
                                                    DType floats);

/// Types of the case's inputs, with `floats` for every floating one.
std::vector<TensorType> inputTypes(const OpCase &c, DType floats);
bool hasFloats(const OpCase &c); ///< any floating input

/// Inputs in0, in1, ..., the op, and all its outputs out0, out1, ...
Program caseProgram(const Op &op, const OpCase &c, DType floats);

/// Values from the case's domains; the same for the same op and case.
std::vector<Tensor> caseInputs(const Op &op, const OpCase &c, DType floats);

/// Values from one domain. Integers of Domain::Normal are -5 .. 5.
Tensor randomTensor(const TensorType &type, Domain domain, std::int64_t bound, std::uint64_t seed);

/// Terms summed behind one element of an output, from the op's cost.
double reductionLength(const Program &program);

std::string label(const Op &op, const OpCase &c, DType floats);

} // namespace espalier::test
