// SPDX-License-Identifier: GPL-3.0-or-later
// Maps between scene and view, and says how much detail a zoom can bear.
#pragma once

#include <QtCore/QPointF>
#include <QtCore/QRectF>
#include <QtCore/QSizeF>
#include <QtGui/QTransform>

#include <cmath>

namespace espalier {

/// look.md's levels: all; name, picture and shape; name and colour square; a bar.
enum class Detail { Full, Medium, Small, Far };

inline Detail detailAt(qreal zoom)
{
    return zoom >= 0.75 ? Detail::Full : zoom >= 0.45 ? Detail::Medium : zoom >= 0.25 ? Detail::Small : Detail::Far;
}

struct Camera {
    qreal zoom = 1;
    QPointF centre;
    QSizeF size; ///< of the view, px
    qreal unit = 1; ///< px of a scene unit at 100 %: grows with the application's font

    qreal scale() const { return zoom * unit; }
    /// Where the scene's origin is in the view: whole pixels, so that panning keeps what is drawn sharp.
    QPointF origin() const
    {
        return {std::round(size.width() / 2 - centre.x() * scale()),
                std::round(size.height() / 2 - centre.y() * scale())};
    }
    QPointF toView(const QPointF &scene) const { return scene * scale() + origin(); }
    QPointF toScene(const QPointF &view) const { return (view - origin()) / scale(); }
    QRectF toView(const QRectF &scene) const { return {toView(scene.topLeft()), scene.size() * scale()}; }
    QRectF toScene(const QRectF &view) const { return {toScene(view.topLeft()), view.size() / scale()}; }
    QRectF visible() const { return toScene(QRectF(QPointF(), size)); }
    QTransform transform() const
    {
        const QPointF at = origin();
        return {scale(), 0, 0, scale(), at.x(), at.y()};
    }
    Detail detail() const { return detailAt(zoom); }
};

} // namespace espalier
