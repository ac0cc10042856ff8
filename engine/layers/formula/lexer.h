// SPDX-License-Identifier: Apache-2.0
// The words of a formula.
#pragma once

#include "engine/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace espalier {

struct Token {
    enum class Kind { Number, Name, Symbol, NewLine, End };
    Kind kind = Kind::End;
    std::string text;
    double number = 0;
    bool isWhole = false;
    std::size_t position = 0;
};

/// Ends with one End. Comments run from # to the end of the line; ';' is a NewLine; a line goes on where a bracket is
/// open.
Result<std::vector<Token>> tokenize(std::string_view text);

} // namespace espalier
