// SPDX-License-Identifier: GPL-3.0-or-later
// The kinds of data as the engine describes them, in the form that a property editor takes.
#pragma once

#include "gui/document/catalogue.h"

#include <vector>

namespace espalier {

/// One parameter; it has a meaning only where the kind's first parameter has one of these values (empty: always).
struct SourceParam {
    ParamInfo info; ///< its type in the words of property editors
    std::string type; ///< in the engine's words: "folder", "file", "names", ...
    std::vector<std::string> onlyFor;
};

struct SourceKindInfo {
    std::string name; ///< "csv"
    std::string label; ///< "Table (CSV, TSV)"
    std::string help;
    std::vector<SourceParam> params;

    /// Whether it reads a file or folder that a person chooses.
    bool readsFile() const;
    bool readsFolder() const;
    JsonValue defaults() const; ///< every parameter
};

/// What `describe` says under "sources".
std::vector<SourceKindInfo> sourceKindsFromJson(const JsonValue &sources);

/// null: unknown.
const SourceKindInfo *findKind(const std::vector<SourceKindInfo> &kinds, std::string_view name);

} // namespace espalier
