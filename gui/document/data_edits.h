// SPDX-License-Identifier: GPL-3.0-or-later
// Edits of the data section: sources, split, normalisation, and what a drawing that learns from a source begins with.
#pragma once

#include "gui/document/edit.h"

#include <string_view>

namespace espalier {

/// The three parts of the rows, as fractions; what they leave of 1 stays unused.
struct SplitParts {
    double train = 0.8;
    double validation = 0.1;
    double test = 0.1;
    friend bool operator==(const SplitParts &, const SplitParts &) = default;
};

// Reading the section

/// The source of this id in the data section; null JSON where there is none.
const JsonValue &sourceOf(const Document &document, std::string_view id);
SplitParts splitOf(const Document &document);
/// How a column is brought to size: "none", "standard", "minmax" or "scale".
std::string normalizationOf(const Document &document, std::string_view source, std::string_view column);

// Edits; an id that is not there gives an empty edit

/// A source behind the others, under a free name made from `name`. `parameters` should hold every one of the kind.
EditResult addSource(const EditContext &context, std::string_view name, std::string_view kind, JsonValue parameters);
/// What was said about its columns goes with it. Inputs bound to it stay, and say so as a problem.
EditResult removeSource(const EditContext &context, std::string_view id);
/// Inputs bound by name follow. Fails where the name is empty or taken.
EditResult renameSource(const EditContext &context, std::string_view id, std::string_view name);
EditResult setSourceKind(const EditContext &context, std::string_view id, std::string_view kind, JsonValue parameters);
/// Edits in a row of one parameter are one step.
EditResult setSourceParam(const EditContext &context, std::string_view id, std::string_view param, JsonValue value);
/// Edits in a row are one step: a drag of the bar.
EditResult setSplit(const EditContext &context, const SplitParts &parts);
/// One field of the split: "seed", "stratify", "in_order".
EditResult setSplitField(const EditContext &context, std::string_view field, JsonValue value);
EditResult setNormalization(const EditContext &context, std::string_view source, std::string_view column,
                            std::string_view method);
/// The nodes and wires of `proposal` (data.describe of the wire) in the root graph, below what is there, with the split
/// and the normalisation that it names where the person chose none; one step.
EditResult addProposal(const EditContext &context, std::string_view source, const JsonValue &proposal);

} // namespace espalier
