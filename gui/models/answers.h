// SPDX-License-Identifier: GPL-3.0-or-later
// What the engine last said about a drawing: types at ports, costs, problems with fixes. Read-only for everybody else.
#pragma once

#include "engine/base/error.h"
#include "engine/base/json_value.h"
#include "gui/document/edit.h"

#include <QtCore/QHash>
#include <QtCore/QList>
#include <QtCore/QString>
#include <QtCore/QStringList>

namespace espalier {

/// The type at an output port. Dimensions are texts: numbers or expressions such as "batch" and "2*time".
struct PortAnswer {
    QString dtype; ///< empty: unknown
    QStringList dims;
    bool hasRank = false;
    bool varies = false; ///< the port stands at several places with other types

    bool isKnown() const { return hasRank && !dtype.isEmpty(); }
    /// Without the batch: "16 × 8 × 8"; "1" for a number; "?" where unknown.
    QString shape() const;
    /// "float32 [batch × 16 × 8 × 8]".
    QString full() const;
    friend bool operator==(const PortAnswer &, const PortAnswer &) = default;
};

/// Costs of a node, or of the whole drawing, for one sample; over all places where it stands.
struct CostAnswer {
    double parameters = 0;
    double runningValues = 0; ///< of running statistics
    double multiplyAdds = 0;
    double flops = 0;
    double activationBytes = 0;
    friend bool operator==(const CostAnswer &, const CostAnswer &) = default;
};

struct NodeAnswer {
    QHash<QString, PortAnswer> outputs;
    CostAnswer cost;
    int instances = 1;
    QList<int> problems; ///< indices into Answers::problems
};

/// The slower answer: what training will need.
struct Estimate {
    bool isKnown = false;
    double memoryBytes = 0;
    double epochSeconds = 0; ///< 0: unknown
    QString how; ///< a sentence: what the numbers stand on
};

struct Answers {
    int version = -1; ///< of the document; -1: none yet
    QHash<QString, NodeAnswer> nodes; ///< by node id
    PortBook ports; ///< of nodes whose parameters decide them
    QList<Error> problems;
    CostAnswer total;
    QList<int> batchSizes;
    bool isDataPending = false;

    const NodeAnswer *node(const QString &id) const;
    const PortAnswer *port(const QString &node, const QString &output) const;
};

/// Reads the result of document.check; lenient.
Answers answersFromJson(const JsonValue &json);

} // namespace espalier
