// SPDX-License-Identifier: GPL-3.0-or-later
// Paints nodes. What a node looks like at a zoom is kept as a picture until the node, the zoom or the theme changes.
#pragma once

#include "widgets/graph/camera.h"
#include "widgets/graph/graph_scene.h"

#include <QtCore/QCache>
#include <QtGui/QFont>
#include <QtGui/QPixmap>

class QPainter;

namespace espalier {

class NodePainter {
public:
    NodePainter();

    /// At its place in the view. `index` is the node's in the scene. `opacity` < 1 dims.
    void paint(QPainter *painter, int index, const SceneNode &node, const Camera &camera, qreal opacity = 1);
    /// For far zooms: a bar in the category's colour.
    static void paintBar(QPainter *painter, const SceneNode &node, const Camera &camera);
    void setPictureColour(const QColor &colour);
    /// Forgets all pictures: the theme changed.
    void clear();
    /// How often a node was drawn from its parts so far.
    qint64 drawn() const { return m_drawn; }

private:
    struct Picture {
        int revision = 0;
        qreal scale = 0;
        qreal ratio = 0;
        QPixmap pixmap;
    };

    QPixmap draw(const SceneNode &node, const Camera &camera, qreal ratio, qreal margin);

    QCache<int, Picture> m_pictures; // cost: KiB
    QColor m_pictureColour;
    qint64 m_drawn = 0;
};

/// The strip round a card that its ports, rings and further cards need, px.
qreal pictureMargin(const Camera &camera);
/// px of the text on nodes at a zoom: it shrinks with the node, but stays readable.
int nameFontPixels(const Camera &camera);
int captionFontPixels(const Camera &camera);
/// One port, with its centre at `at` (view).
void paintPort(QPainter *painter, const QPointF &at, const GraphPort &port, const Camera &camera, bool isLit = false);

} // namespace espalier
