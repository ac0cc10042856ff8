// SPDX-License-Identifier: Apache-2.0
// What the catalogue promises of an op, as functions that list what is broken: so that tests can also plant faults and
// see them found.
#pragma once

#include "engine/backends/backend.h"
#include "engine/ops/op.h"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace espalier::test {

using Failures = std::vector<std::string>;

/// Applied to outputs before they are compared: nothing, or a planted fault.
using Tamper = std::function<void(std::vector<Tensor> &outputs)>;
using GradientRule = std::function<std::vector<ValueId>(const GradientCall &call)>;

/// Help, cases, names, and every attribute off its default in some case.
Failures checkDeclaration(const Op &op);
/// The program of the case is sound, and its text reads back as the same program.
Failures checkText(const Op &op, const OpCase &c);
/// The reference kernel writes every element of the types that infer gives, and nothing beside them.
Failures checkKernelWrites(const Op &op, const OpCase &c, DType floats);
/// The reference in `floats` agrees with the reference in float64 on the same numbers.
Failures checkPrecision(const Op &op, const OpCase &c, DType floats, const Tamper &tamper = {});
/// The rule agrees with central differences in float64: for all outputs together and each alone, for all inputs
/// together and each alone.
Failures checkGradient(const Op &op, const OpCase &c, const GradientRule &rule);
/// expand() agrees with the op.
Failures checkExpansion(const Op &op, const OpCase &c, DType floats, const Tamper &tamper = {});
/// Compiled for the backend, the case agrees with the reference.
Failures checkBackend(Backend &backend, const Op &op, const OpCase &c, DType floats, const Tamper &tamper = {});

/// Whether the gradient of this case can be checked at all.
bool hasGradient(const Op &op, const OpCase &c);

} // namespace espalier::test
