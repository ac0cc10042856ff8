// SPDX-License-Identifier: GPL-3.0-or-later
// One gesture of the pointer, from the moment that it is known which until it ends. One class for each kind.
#pragma once

#include "widgets/graph/graph_selection.h"

#include <QtCore/QPointF>

#include <memory>

namespace espalier {

class GraphViewPrivate;

struct PointerAt {
    QPointF view;
    QPointF scene;
    Qt::KeyboardModifiers modifiers;
};

/// Where and how the button went down.
struct PointerPress {
    PointerAt at;
    Qt::MouseButton button = Qt::NoButton;
    GraphSpot spot;
};

class Gesture {
public:
    explicit Gesture(GraphViewPrivate &view)
        : m_view(view)
    {
    }
    virtual ~Gesture() = default;
    Gesture(const Gesture &) = delete;
    Gesture &operator=(const Gesture &) = delete;

    virtual void move(const PointerAt &at) = 0;
    /// The button went up. What the gesture drew is taken away afterwards, as after a cancel.
    virtual void finish(const PointerAt &at) = 0;
    virtual void cancel() { }
    virtual bool scrollsAtEdges() const { return true; }
    /// Whether it belongs to the keyboard: it goes on without a button.
    virtual bool isByKeyboard() const { return false; }
    /// The port that a new wire starts at; part Nothing where there is no such wire.
    virtual GraphSpot origin() const { return {}; }

protected:
    GraphViewPrivate &m_view;
};

std::unique_ptr<Gesture> makePanGesture(GraphViewPrivate &view, const PointerPress &press);
std::unique_ptr<Gesture> makeBoxGesture(GraphViewPrivate &view, const PointerPress &press);
std::unique_ptr<Gesture> makeMoveGesture(GraphViewPrivate &view, const PointerPress &press, bool duplicates);
std::unique_ptr<Gesture> makeFrameGesture(GraphViewPrivate &view, const PointerPress &press);
/// From a port: a new wire; the wire that ends at an input, or the selected one that starts at an output; or
/// (`movesAll`) all wires of the port.
std::unique_ptr<Gesture> makeWireGesture(GraphViewPrivate &view, const GraphSpot &port, bool movesAll);
/// By keyboard, from a port: a new wire, or, where `wire` is one of the port's, that wire's end.
std::unique_ptr<Gesture> makeKeyboardWire(GraphViewPrivate &view, const GraphSpot &port, const QString &wire = {});
std::unique_ptr<Gesture> makeStrokeGesture(GraphViewPrivate &view, const PointerPress &press);

} // namespace espalier
