// SPDX-License-Identifier: Apache-2.0
// The syntax tree of a formula.
#pragma once

#include "engine/base/result.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

struct Expression {
    enum class Kind { Number, Boolean, Name, Unary, Binary, Call, List, Index };

    Kind kind = Kind::Number;
    std::string text; ///< name, operator or function
    double number = 0; ///< of Number and Boolean
    bool isWhole = false; ///< a Number written without point or exponent
    std::size_t position = 0; ///< in the text of the formula, for errors
    int depth = 1;
    std::vector<Expression> children; ///< operands, arguments, entries; of Index: the value
    struct Named;
    std::vector<Named> named; ///< of Call: axis=1

    /// One axis of Index: "2" (the axis goes away) or "start:stop".
    struct Slice {
        bool isIndex = false;
        std::vector<Expression> start; ///< none or one
        std::vector<Expression> stop;
    };
    std::vector<Slice> slices;
};

struct Expression::Named {
    std::string name;
    Expression value;
};

struct FormulaLine {
    enum class Kind { Value, Let, Assignment, Parameter };
    Kind kind = Kind::Value;
    std::string name; ///< of Let, Assignment and Parameter
    std::size_t position = 0;
    std::vector<Expression> shape; ///< of Parameter
    std::optional<Expression> value; ///< of Parameter: its initialiser
};

/// A sentence about a place in the text: "Formula, line 2, column 7: ...".
Error formulaError(std::string_view text, std::size_t position, const Error &what);

/// Syntax alone: names are looked at by parseFormula.
Result<std::vector<FormulaLine>> parseLines(std::string_view text);

} // namespace espalier
