// SPDX-License-Identifier: GPL-3.0-or-later
// What number fields can reckon: "2*32", "(1 + 3)^2", "1e-3". Pure.
#pragma once

#include <QtCore/QStringView>

#include <optional>

namespace espalier {

/// The value of an expression of numbers with + - * / ^ and parentheses ("×", "·", "÷" and "−" too); nullopt where it
/// is none, or its value is not finite.
std::optional<double> evaluateArithmetic(QStringView text);

} // namespace espalier
