// SPDX-License-Identifier: GPL-3.0-or-later
// From a document, the catalogue and the engine's answers to what a graph view shows of one graph.
#pragma once

#include "gui/document/edit.h"
#include "gui/models/answers.h"
#include "widgets/graph/graph_data.h"

namespace espalier {

/// Which number stands at the right of a node's last line.
enum class NodeFigure { Parameters, MultiplyAdds, Nothing };

/// Everything that the look of a drawing depends on. Borrowed for the length of a call.
/// What a node shows of the run in focus (node_watch.h).
struct NodeLook {
    bool isInRun = true; ///< false: new, or changed since
    QList<float> picture; ///< bar heights; empty: nothing was recorded
    QString word; ///< for what the picture shows
    QString warning; ///< dead units and the like, a sentence
    QString share; ///< of the step's time
    QString tip; ///< what is known of it at that step
    friend bool operator==(const NodeLook &, const NodeLook &) = default;
};
using NodeLooks = QHash<QString, NodeLook>; ///< by node id

struct Presented {
    const Document &document;
    const Catalogue &catalogue;
    const Answers &answers;
    bool isFresh = true; ///< false: the answers are of an older version; shapes stay, problems too
    NodeFigure figure = NodeFigure::Parameters;
    const NodeLooks *looks = nullptr; ///< nullptr: no run is looked at
};

/// Puts what a run says onto a node as it is shown without any.
void applyLook(GraphNode &node, const NodeLook &look);

/// The graph of that id as plain data; empty where there is none.
GraphData presentGraph(const Presented &from, const std::string &graph);
/// One node of it.
GraphNode presentNode(const Presented &from, const DocumentGraph &graph, const DocumentNode &node);
/// A wire, without its problem: that comes with the answers.
GraphWire presentWire(const DocumentWire &wire);
QList<GraphFrame> presentFrames(const DocumentGraph &graph);
/// "32 · 3 × 3 · relu": the parameters that say most; the kind's title where there are none.
QString nodeCaption(const Presented &from, const DocumentNode &node);
/// What a kind is called: "Convolution 2D", a block's name, or the bare id of an unknown kind.
QString kindTitle(const Presented &from, const std::string &kind);
/// A value as people read it: "3 × 3", "on", "0.25".
QString valueText(const JsonValue &value);
/// Rows "Output", "Parameters", "Multiply-adds" … with the sentence that explains each.
struct CostRow {
    QString label;
    QString value;
    QString tip;
};
QList<CostRow> costRows(const NodeAnswer &answer);

} // namespace espalier
