// SPDX-License-Identifier: Apache-2.0
// The table of source kinds: what can feed a model, with every parameter. `describe` lists it and the studio builds its
// forms from it; a new kind is an entry here and its opener in source.cpp.
#pragma once

#include "engine/base/json_value.h"
#include "engine/data/data_spec.h"

#include <limits>
#include <string_view>
#include <vector>

namespace espalier {

enum class SourceParameterType { Bool, Integer, Number, Text, Choice, File, Folder, FileOrFolder, Names, Tensors };

struct SourceParameter {
    std::string_view name;
    std::string_view label;
    SourceParameterType type = SourceParameterType::Text;
    JsonValue fallback; ///< the default
    std::string_view help;
    double minimum = -std::numeric_limits<double>::infinity();
    double maximum = std::numeric_limits<double>::infinity();
    std::vector<std::string_view> choices; ///< of Choice
    std::vector<std::string_view> onlyFor; ///< values of the kind's first parameter for which this one has a meaning
};

struct SourceKind {
    std::string_view name;
    std::string_view label;
    std::string_view help;
    std::vector<SourceParameter> parameters;
};

const std::vector<SourceKind> &sourceKinds();
const SourceKind *findSourceKind(std::string_view name); ///< null if unknown
/// [{"name", "label", "help", "parameters": [{"name", "label", "type", "default", "help", "minimum", ...}]}]
JsonValue describeSourceKinds();

/// The value of a parameter, or its default. The kind must have it (asserted).
const JsonValue &parameter(const SourceSpec &source, std::string_view name);

/// Checks the parameters of `source` against its kind; `pointer` is the JSON pointer of the parameters.
Result<void> checkParameters(const SourceSpec &source, const std::string &pointer);

} // namespace espalier
