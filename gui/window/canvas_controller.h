// SPDX-License-Identifier: GPL-3.0-or-later
// What gestures on a canvas ask for becomes edits of its document.
#pragma once

#include "gui/document/frame_edits.h"
#include "widgets/graph/graph_selection.h"

#include <QtCore/QHash>
#include <QtCore/QObject>
#include <QtCore/QPointF>

#include <functional>

class QMenu;
class QMimeData;

namespace espalier {

class Actions;
class DocumentPage;

/// Mime type of layers dragged from the palette: the kinds, one a line.
inline constexpr char kLayerMime[] = "application/x-espalier-layer";

class CanvasController : public QObject {
    Q_OBJECT
public:
    /// Lives with the page.
    CanvasController(DocumentPage *page, Actions *actions);

    /// Quick-add at the pointer: all layers; into the only selected wire; what fits a wire that was begun by keyboard.
    void quickAddHere();
    /// Adds a layer where a new one belongs: at `scene`, and behind the only selected node if `chains`.
    void addLayer(const QString &kind, const QPointF &scene, bool chains = false);
    /// The context menu of what the keyboard stands on.
    void showMenuOfFocus();
    /// An editor over the node's name.
    void editName(const QString &node);
    void editFrameTitle(const QString &frame);
    /// An editor for the name of the block that a node is an instance of.
    void editBlockName(const QString &instance);

private:
    void connectPointer();
    void connectDrops();
    bool canConnect(const GraphEnd &from, const GraphEnd &to) const;
    void popUp(const QPointF &scene, const QPoint &global, const WireStart *from, const QString &wire);
    void insertOnWire(const QHash<QString, QPointF> &to, const QString &wire);
    std::vector<DocumentFrame> movedFrames(const QHash<QString, QRectF> &rects) const;
    void changeFrame(const QString &frame, const QRectF &rect, const QHash<QString, QPointF> &nodes);
    /// A layer, a block or one of the library.
    void put(const QString &id, const QPointF &scene, const QString &wire);
    void drop(const QMimeData *data, const QPointF &scene, const QString &wire);
    void addFrameColours(QMenu &menu, const QString &frame);
    void showMenu(const GraphSpot &spot, const QPointF &scene, const QPoint &global);
    void editText(const QRectF &place, const QString &text, std::function<EditResult(const std::string &)> edit);

    DocumentPage *m_page;
    Actions *m_actions;
};

} // namespace espalier
