// SPDX-License-Identifier: GPL-3.0-or-later
// Which button with which modifiers begins which gesture of a graph view: what a keymap may alter.
#pragma once

#include <QtCore/QList>
#include <QtCore/Qt>

namespace espalier {

struct PointerChord {
    Qt::MouseButton button = Qt::NoButton; ///< NoButton: never
    Qt::KeyboardModifiers modifiers = Qt::NoModifier;
    friend bool operator==(const PointerChord &, const PointerChord &) = default;
};

/// The defaults are those of the keymap "Default".
struct PointerBindings {
    QList<PointerChord> pan{{Qt::MiddleButton, Qt::NoModifier}};
    bool spacePans = true; ///< Space held makes a left drag a pan
    PointerChord boxSelect{Qt::LeftButton, Qt::NoModifier}; ///< in the empty
    Qt::KeyboardModifiers addToSelection = Qt::ShiftModifier;
    Qt::KeyboardModifiers toggleInSelection = Qt::ControlModifier;
    PointerChord duplicate{Qt::LeftButton, Qt::AltModifier}; ///< dragged from a node
    PointerChord moveWires{Qt::LeftButton, Qt::ControlModifier}; ///< dragged from a port: all its wires
    PointerChord clearPort{Qt::LeftButton, Qt::AltModifier}; ///< clicked
    PointerChord reroute{Qt::LeftButton, Qt::AltModifier}; ///< clicked on a wire; a double click does so, too
    PointerChord rerouteStroke{Qt::RightButton, Qt::ShiftModifier}; ///< dragged across wires
    PointerChord knife{Qt::RightButton, Qt::ControlModifier};
    PointerChord bypassStroke{Qt::RightButton, Qt::ControlModifier | Qt::AltModifier};
    Qt::KeyboardModifiers snapToGrid = Qt::ShiftModifier; ///< held while nodes are dragged
    Qt::KeyboardModifiers suppressInsert = Qt::AltModifier; ///< held when nodes are let go on a wire
    bool doubleClickAdds = true; ///< double click in the empty asks for quick-add
    friend bool operator==(const PointerBindings &, const PointerBindings &) = default;
};

} // namespace espalier
