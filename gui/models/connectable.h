// SPDX-License-Identifier: GPL-3.0-or-later
// What can be connected, as far as it can be said at once: while a wire is dragged the engine can't be asked for each
// port. What passes here may still turn out a problem; what does not pass never fits.
#pragma once

#include "gui/document/edits.h"
#include "gui/models/answers.h"

namespace espalier {

/// Whether a wire from an output to an input makes sense: no node to itself, no cycle, a type that the input takes.
bool mayConnect(const EditContext &context, const Answers &answers, const Endpoint &from, const Endpoint &to);

/// Whether an input of a kind takes this type (unknown types pass).
bool accepts(const PortInfo &input, const PortAnswer *type);

} // namespace espalier
