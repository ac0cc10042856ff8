// SPDX-License-Identifier: GPL-3.0-or-later
// What makes two drawings train differently, and how one says so: where nodes stand is of no account.
#pragma once

#include "engine/protocol/change.h"
#include "engine/protocol/document.h"

#include <QtCore/QList>
#include <QtCore/QString>

namespace espalier {

/// The operations that make `to` of `from`, without those that only the eye sees (places, frames, collapsed nodes).
/// Empty where an id occurs twice in a document.
Change trainingChange(const Document &from, const Document &to);

/// One line of a comparison.
struct DrawingDifference {
    QString what; ///< "conv2 · filters", "dropout", "Training · optimizer.lr"
    QString before; ///< "–": not there
    QString after;
    std::string node; ///< id, where it is about one
    std::string graph;
};

/// The same in words, one for each parameter, node, and setting that differs; wires together in one.
QList<DrawingDifference> drawingDifferences(const Document &from, const Document &to);

/// A value as people write it: "0.01", "3 × 3", "on"; "–" for none.
QString settingText(const JsonValue &value);

} // namespace espalier
