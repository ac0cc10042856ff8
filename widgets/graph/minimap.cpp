// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/minimap.h"

#include "widgets/common/theme.h"
#include "widgets/graph/graph_scene.h"

#include <QtGui/QMouseEvent>
#include <QtGui/QPainter>

#include <algorithm>

namespace espalier {
namespace {

constexpr int kRefreshMs = 150; ///< changes come in swarms, and nobody follows single ones on a map
constexpr int kInset = 6;

} // namespace

Minimap::Minimap(const GraphScene &scene, QWidget *parent)
    : QWidget(parent)
    , m_scene(scene)
{
    setObjectName(QStringLiteral("minimap"));
    setAccessibleName(tr("Overview"));
    setToolTip(tr("The whole drawing. Drag to look elsewhere."));
    setCursor(Qt::ArrowCursor);
    setFocusPolicy(Qt::NoFocus);
    m_timer.setSingleShot(true);
    m_timer.setInterval(kRefreshMs);
    connect(&m_timer, &QTimer::timeout, this, &Minimap::refresh);
    const auto later = [this] {
        if (!m_timer.isActive())
            m_timer.start();
    };
    connect(&scene, &GraphScene::stale, this, later);
    connect(&scene, &GraphScene::rebuilt, this, &Minimap::refresh);
}

QSize Minimap::sizeHint() const
{
    const Theme &theme = Theme::current();
    return {theme.px(150), theme.px(84)};
}

void Minimap::setVisibleRect(const QRectF &scene)
{
    m_shown = scene;
    update();
}

void Minimap::refresh()
{
    m_isStale = true;
    update();
}

QPointF Minimap::toMap(const QPointF &scene) const
{
    return m_origin + (scene - m_content.topLeft()) * m_scale;
}

QPointF Minimap::toScene(const QPointF &map) const
{
    return m_content.topLeft() + (map - m_origin) / m_scale;
}

void Minimap::draw(qreal ratio)
{
    m_isStale = false;
    m_content = m_scene.contentRect();
    const QRectF place = QRectF(rect()).adjusted(kInset, kInset, -kInset, -kInset);
    const qreal wide = std::max(m_content.width(), 400.0);
    const qreal high = std::max(m_content.height(), 200.0);
    m_scale = std::min(place.width() / wide, place.height() / high);
    m_origin = place.center() - QPointF(m_content.width(), m_content.height()) * m_scale / 2;
    m_picture = QPixmap(size() * ratio);
    m_picture.setDevicePixelRatio(ratio);
    m_picture.fill(Qt::transparent);
    QPainter painter(&m_picture);
    const Theme &theme = Theme::current();
    for (const SceneNode &node : m_scene.nodes()) {
        if (!node.isAlive)
            continue;
        const QRectF card(toMap(node.at), node.layout.size * m_scale);
        const QRectF bar(card.topLeft(), QSizeF(std::max(card.width(), 1.5), std::max(card.height(), 1.5)));
        const QColor colour = !node.data.problem.isEmpty() ? theme.error
            : node.data.form == NodeForm::Dot              ? theme.edge
                                                           : theme.category(node.data.category);
        if (bar.height() < 4) {
            painter.fillRect(bar, colour);
            continue;
        }
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(colour);
        painter.drawRoundedRect(bar, 1.5, 1.5);
    }
}

void Minimap::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const qreal ratio = painter.device()->devicePixelRatio();
    if (m_isStale || m_picture.devicePixelRatio() != ratio || m_picture.size() != size() * ratio)
        draw(ratio);
    const Theme &theme = Theme::current();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme.line, 1));
    painter.setBrush(theme.panel);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), theme.sizes.radiusControl,
                            theme.sizes.radiusControl);
    painter.drawPixmap(QPointF(), m_picture);
    const QRectF shown(toMap(m_shown.topLeft()), m_shown.size() * m_scale);
    painter.setPen(QPen(theme.selection, 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(shown.intersected(QRectF(rect()).adjusted(3.5, 3.5, -3.5, -3.5)), 3, 3);
}

void Minimap::mousePressEvent(QMouseEvent *event)
{
    if (event->button() == Qt::LeftButton)
        emit centreRequested(toScene(event->position()));
}

void Minimap::mouseMoveEvent(QMouseEvent *event)
{
    if (event->buttons() & Qt::LeftButton)
        emit centreRequested(toScene(event->position()));
}

// What happens on the map isn't meant for the canvas below.
void Minimap::mouseReleaseEvent(QMouseEvent *event)
{
    event->accept();
}

void Minimap::mouseDoubleClickEvent(QMouseEvent *event)
{
    event->accept();
}

void Minimap::contextMenuEvent(QContextMenuEvent *event)
{
    event->accept();
}

} // namespace espalier
