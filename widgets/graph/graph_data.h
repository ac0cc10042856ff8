// SPDX-License-Identifier: GPL-3.0-or-later
// What a graph view shows, as plain data: nodes with ports, wires, frames. Nothing in it knows what a node means.
#pragma once

#include <QtCore/QHashFunctions>
#include <QtCore/QList>
#include <QtCore/QPointF>
#include <QtCore/QRectF>
#include <QtCore/QString>

namespace espalier {

/// A port's mark: its kind as a shape, so that colour is never all that tells it.
enum class PortMark { Round, Diamond };

struct GraphPort {
    QString name;
    QString label; ///< the name as people read it, shown on hover and while a wire is dragged
    QString tip; ///< a sentence: what it takes or gives, with its type
    QString wireText; ///< of outputs: what stands on a hovered or selected wire ("16 × 8 × 8")
    QString kind; ///< of its type, for the colour: "float", "integer", "bool", "label", "text", "any"
    PortMark mark = PortMark::Round;
    bool isOptional = false;
    bool isVariadic = false; ///< takes several wires
    bool hasProblem = false;
    friend bool operator==(const GraphPort &, const GraphPort &) = default;
};

enum class NodeForm {
    Card, ///< a layer
    Stack, ///< a block: looks like a stack of cards
    Dot, ///< a reroute: a port-sized dot with one input and one output
};

struct GraphNode {
    QString id;
    QString name; ///< strong, first line
    QString caption; ///< what it is, second line, elided
    QString category; ///< theme role of its colour ("convolution")
    QString icon; ///< name of its picture in the 16 px square
    QPointF at; ///< top left corner, scene units (px at 100 %)
    QList<GraphPort> inputs;
    QList<GraphPort> outputs;
    QString shape; ///< last line, left: output shape without the batch; "?" where unknown
    QString share; ///< last line, right: share of the step's time, or parameters before any run
    QString tip; ///< the sentence shown on hover
    QString problem; ///< the sentence of its first problem; empty: none
    QString warning; ///< a sentence: what to look at, though nothing is wrong with the drawing; empty: nothing
    NodeForm form = NodeForm::Card;
    bool isCollapsed = false; ///< name only
    bool hidesUnusedPorts = false;
    bool isPinned = false; ///< neither dragged nor laid out
    bool isBypassed = false; ///< passes its input through
    bool isDisabled = false; ///< left out
    QList<float> picture; ///< bar heights in 0..1 of the small live picture; empty: none
    QString pictureLabel; ///< the word for what it shows ("activations"); without a picture, why there is none
    friend bool operator==(const GraphNode &, const GraphNode &) = default;
};

struct GraphEnd {
    QString node;
    QString port;
    friend bool operator==(const GraphEnd &, const GraphEnd &) = default;
    friend size_t qHash(const GraphEnd &end, size_t seed = 0) { return qHashMulti(seed, end.node, end.port); }
};

struct GraphWire {
    QString id;
    GraphEnd from; ///< an output port
    GraphEnd to; ///< an input port
    bool hasProblem = false;
    float weight = 1; ///< times the usual width (gradient norm, say)
    friend bool operator==(const GraphWire &, const GraphWire &) = default;
};

/// A titled rectangle behind the nodes; nodes that lie in it move with it.
struct GraphFrame {
    QString id;
    QString title;
    QRectF rect;
    int colour = 0; ///< index into the theme's frame colours
    friend bool operator==(const GraphFrame &, const GraphFrame &) = default;
};

struct GraphData {
    QList<GraphNode> nodes;
    QList<GraphWire> wires;
    QList<GraphFrame> frames;
};

} // namespace espalier
