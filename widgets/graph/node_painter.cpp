// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/node_painter.h"

#include "widgets/common/figures.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QtGui/QPainter>
#include <QtGui/QPainterPath>

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

constexpr int kPictureBudgetKib = 128 * 1024; // a 4K view of cards needs about 60 MiB
constexpr int kMostLetters = 120; ///< no card shows more, and measuring a novel takes long
constexpr qreal kLeastIcon = 11; ///< px: below, an icon is a blot
constexpr qreal kBypassedOpacity = 0.55;
constexpr qreal kDisabledOpacity = 0.4;

QRectF scaled(const QRectF &rect, qreal by)
{
    return {rect.topLeft() * by, rect.size() * by};
}

/// A rectangle whose one-pixel outline falls on whole device pixels.
QRectF crisp(const QRectF &rect, qreal ratio)
{
    const auto snap = [ratio](qreal at) { return (std::round(at * ratio) + 0.5) / ratio; };
    return {QPointF(snap(rect.left()), snap(rect.top())),
            QPointF(snap(rect.right()) - 1 / ratio, snap(rect.bottom()) - 1 / ratio)};
}

class CardDrawing {
public:
    CardDrawing(QPainter &painter, const SceneNode &node, const Camera &camera, qreal ratio,
                const QColor &pictureColour)
        : m_painter(painter)
        , m_node(node.data)
        , m_layout(node.layout)
        , m_camera(camera)
        , m_scale(camera.scale())
        , m_ratio(ratio)
        , m_theme(Theme::current())
        , m_pictureColour(pictureColour.isValid() ? pictureColour : m_theme.seriesColour(0))
    {
    }

    void draw()
    {
        m_painter.setRenderHint(QPainter::Antialiasing);
        if (m_node.form == NodeForm::Dot) {
            drawDot();
            return;
        }
        drawCards();
        m_painter.setOpacity(m_node.isDisabled ? kDisabledOpacity : m_node.isBypassed ? kBypassedOpacity : 1);
        if (m_camera.detail() == Detail::Small) {
            drawSmall();
            return;
        }
        drawHeader();
        drawPicture();
        drawFooter();
        m_painter.setOpacity(1);
        drawPorts();
    }

private:
    bool isFull() const { return m_camera.detail() == Detail::Full; }
    QRectF rectOf(const QRectF &part) const { return scaled(part, m_scale); }

    QFont font(TextWeight weight, int pixels) const
    {
        QFont made = m_theme.font(TextSize::Body, weight);
        made.setPixelSize(pixels);
        return made;
    }

    void text(const QRectF &rect, const QString &all, const QFont &font, const QColor &colour, Qt::Alignment alignment)
    {
        const QString words = all.left(kMostLetters);
        m_painter.setFont(font);
        m_painter.setPen(colour);
        // No letter is wider than it is high: most texts needn't be measured.
        QString shown = words;
        if (qreal(words.size()) * font.pixelSize() > rect.width()) {
            const QFontMetricsF metrics(font);
            if (metrics.horizontalAdvance(words) > rect.width())
                shown = metrics.elidedText(words, Qt::ElideRight, rect.width());
        }
        m_painter.drawText(rect, int(alignment | Qt::AlignVCenter) | Qt::TextSingleLine, shown);
    }

    QPen outline() const
    {
        QPen pen(m_node.isBypassed || m_node.isDisabled ? m_theme.faint : m_theme.line, 1);
        if (m_node.isBypassed)
            pen.setDashPattern({4, 3});
        else if (m_node.isDisabled)
            pen.setDashPattern({1, 3});
        return pen;
    }

    void drawCards()
    {
        const qreal radius = std::max(2.0, m_theme.sizes.radiusNode / m_theme.scale * m_scale);
        const QRectF front = crisp(QRectF(QPointF(), m_layout.size * m_scale), m_ratio);
        m_painter.setPen(outline());
        m_painter.setBrush(m_theme.node);
        if (m_node.form == NodeForm::Stack) {
            for (const int step : {2, 1}) {
                const qreal off = std::round(step * std::max(kStackStep * m_scale, 2.0) * m_ratio) / m_ratio;
                m_painter.drawRoundedRect(front.translated(off, off), radius, radius);
            }
        }
        m_painter.drawRoundedRect(front, radius, radius);
    }

    void drawDot()
    {
        const QRectF disc(QPointF(), m_layout.size * m_scale);
        const qreal inset = disc.width() * 0.12;
        m_painter.setPen(QPen(m_theme.edge, std::max(1.0, 1.5 * m_scale)));
        m_painter.setBrush(m_theme.node);
        m_painter.drawEllipse(disc.adjusted(inset, inset, -inset, -inset));
    }

    /// Name and square, both at a size of the screen.
    void drawSmall()
    {
        const QRectF card(QPointF(), m_layout.size * m_scale);
        const qreal square = std::min(10.0 * m_camera.unit, card.height() - 4);
        const qreal inset = std::min(5.0, card.width() / 12);
        const qreal middle = std::min(card.height() / 2, 10.0 * m_camera.unit);
        const QRectF mark(inset, middle - square / 2, square, square);
        m_painter.setPen(Qt::NoPen);
        m_painter.setBrush(m_theme.category(m_node.category));
        m_painter.drawRoundedRect(mark, 2, 2);
        const QRectF place(mark.right() + 3, middle - 8 * m_camera.unit, card.width() - mark.right() - 4,
                           16 * m_camera.unit);
        text(place, m_node.name, font(TextWeight::Regular, nameFontPixels(m_camera)), m_theme.text, Qt::AlignLeft);
    }

    void drawHeader()
    {
        const QRectF square = rectOf(m_layout.icon);
        if (square.width() >= kLeastIcon * m_camera.unit) {
            drawCategorySquare(&m_painter, square, m_node.icon, m_theme.category(m_node.category));
        } else {
            m_painter.setPen(Qt::NoPen);
            m_painter.setBrush(m_theme.category(m_node.category));
            m_painter.drawRoundedRect(square, 2, 2);
        }
        QRectF name = rectOf(m_layout.name);
        // Where there is no caption to be read, the name may have its place.
        if (!isFull() && !m_layout.caption.isEmpty())
            name.adjust(0, 0, 0, 4 * m_scale);
        if (m_node.isPinned) {
            const qreal side = 12 * m_scale;
            drawIcon(&m_painter, QRectF(name.right() - side, name.center().y() - side / 2, side, side),
                     QStringLiteral("pin"), m_theme.muted);
            name.setRight(name.right() - side - 2);
        }
        QFont strong = font(TextWeight::Strong, nameFontPixels(m_camera));
        strong.setStrikeOut(m_node.isDisabled);
        text(name, m_node.name, strong, m_theme.text, Qt::AlignLeft);
        if (isFull() && !m_layout.caption.isEmpty())
            text(rectOf(m_layout.caption), m_node.caption, font(TextWeight::Regular, captionFontPixels(m_camera)),
                 m_theme.muted, Qt::AlignLeft);
    }

    void drawPicture()
    {
        drawBars();
        if (isFull() && !m_layout.pictureLabel.isEmpty())
            text(rectOf(m_layout.pictureLabel), m_node.pictureLabel,
                 font(TextWeight::Regular, captionFontPixels(m_camera)), m_theme.muted, Qt::AlignLeft);
    }

    void drawBars()
    {
        if (m_layout.picture.isEmpty())
            return;
        const QRectF place = rectOf(isFull() ? m_layout.picture : m_layout.picture | m_layout.pictureLabel);
        const qsizetype count = std::min<qsizetype>(m_node.picture.size(), 200);
        const qreal pitch = place.width() / qreal(count);
        const qreal gap = pitch >= 3 ? 1 : 0;
        m_painter.setRenderHint(QPainter::Antialiasing, false);
        for (qsizetype i = 0; i < count; ++i) {
            const qreal share = std::clamp<qreal>(std::isfinite(m_node.picture[i]) ? m_node.picture[i] : 0, 0, 1);
            const qreal height = std::max(1.0, share * place.height());
            m_painter.fillRect(QRectF(place.left() + qreal(i) * pitch, place.bottom() - height, pitch - gap, height),
                               m_pictureColour);
        }
        m_painter.setRenderHint(QPainter::Antialiasing);
    }

    void drawFooter()
    {
        if (m_layout.footerLine <= 0)
            return;
        const qreal y = (std::round(m_layout.footerLine * m_scale * m_ratio) + 0.5) / m_ratio;
        m_painter.setPen(QPen(m_theme.line, 1));
        m_painter.drawLine(QPointF(1, y), QPointF(m_layout.size.width() * m_scale - 1, y));
        const QFont small = font(TextWeight::Regular, captionFontPixels(m_camera));
        QRectF shape = rectOf(m_layout.shape);
        if (!isFull())
            shape.setRight((m_layout.size.width() - m_layout.shape.left()) * m_scale);
        text(shape, m_node.shape, small, m_theme.text, Qt::AlignLeft);
        if (isFull() && !m_layout.share.isEmpty()) {
            m_painter.setPen(m_theme.text);
            drawFigures(&m_painter, rectOf(m_layout.share), Qt::AlignRight | Qt::AlignVCenter, m_node.share);
        }
    }

    void drawPorts()
    {
        for (int i = 0; i < m_node.inputs.size(); ++i)
            if (m_layout.inputs[i].isShown)
                paintPort(&m_painter, m_layout.inputs[i].at * m_scale, m_node.inputs[i], m_camera);
        for (int i = 0; i < m_node.outputs.size(); ++i)
            if (m_layout.outputs[i].isShown)
                paintPort(&m_painter, m_layout.outputs[i].at * m_scale, m_node.outputs[i], m_camera);
    }

    QPainter &m_painter;
    const GraphNode &m_node;
    const NodeLayout &m_layout;
    const Camera &m_camera;
    const qreal m_scale;
    const qreal m_ratio;
    const Theme &m_theme;
    const QColor m_pictureColour;
};

} // namespace

qreal pictureMargin(const Camera &camera)
{
    return std::ceil(kNodeMargin * std::max(camera.scale(), 0.5 * camera.unit));
}

int nameFontPixels(const Camera &camera)
{
    return int(std::round(std::max(13 * camera.scale(), 11 * camera.unit)));
}

int captionFontPixels(const Camera &camera)
{
    return int(std::round(std::max(11 * camera.scale(), 9 * camera.unit)));
}

void paintPort(QPainter *painter, const QPointF &at, const GraphPort &port, const Camera &camera, bool isLit)
{
    const Theme &theme = Theme::current();
    const qreal radius = std::max(kPortDiameter * camera.scale(), 6 * camera.unit) / 2 * (isLit ? 1.3 : 1);
    const QColor colour = port.hasProblem ? theme.error : isLit ? theme.selection : theme.port(port.kind);
    painter->setPen(QPen(colour, std::max(1.2 * camera.unit, 1.6 * camera.scale())));
    painter->setBrush(isLit || !port.isOptional ? colour : theme.canvas); // hollow: it may stay open
    if (port.mark == PortMark::Round) {
        painter->drawEllipse(at, radius * 0.9, radius * 0.9);
        return;
    }
    const qreal reach = radius * 1.25;
    painter->drawPolygon(
        QPolygonF{at + QPointF(0, -reach), at + QPointF(reach, 0), at + QPointF(0, reach), at + QPointF(-reach, 0)});
}

NodePainter::NodePainter()
    : m_pictures(kPictureBudgetKib)
{
}

void NodePainter::setPictureColour(const QColor &colour)
{
    if (m_pictureColour == colour)
        return;
    m_pictureColour = colour;
    clear();
}

void NodePainter::clear()
{
    m_pictures.clear();
}

void NodePainter::paint(QPainter *painter, int index, const SceneNode &node, const Camera &camera, qreal opacity)
{
    const qreal ratio = painter->device()->devicePixelRatio();
    QPointF at = camera.toView(node.at);
    at = QPointF(std::round(at.x() * ratio) / ratio, std::round(at.y() * ratio) / ratio);
    Picture *picture = m_pictures.object(index);
    const bool isOfThisZoom = picture && picture->scale == camera.scale() && picture->ratio == ratio;
    if (!isOfThisZoom && opacity >= 1) {
        // While one zooms, each picture would be used once: only what is painted again at a zoom is worth one.
        m_pictures.insert(index, new Picture{node.revision, camera.scale(), ratio, QPixmap()}, 1);
        ++m_drawn;
        painter->save();
        painter->translate(at);
        CardDrawing(*painter, node, camera, ratio, m_pictureColour).draw();
        painter->restore();
        return;
    }
    QPixmap pixmap = picture ? picture->pixmap : QPixmap();
    const qreal margin = pictureMargin(camera);
    if (!isOfThisZoom || picture->revision != node.revision || pixmap.isNull()) {
        pixmap = draw(node, camera, ratio, margin);
        const qsizetype cost = 1 + qsizetype(pixmap.width()) * pixmap.height() / 256;
        m_pictures.insert(index, new Picture{node.revision, camera.scale(), ratio, pixmap}, cost);
    }
    if (opacity < 1)
        painter->setOpacity(opacity);
    painter->drawPixmap(at - QPointF(margin, margin), pixmap);
    if (opacity < 1)
        painter->setOpacity(1);
}

QPixmap NodePainter::draw(const SceneNode &node, const Camera &camera, qreal ratio, qreal margin)
{
    ++m_drawn;
    const qreal more = node.data.form == NodeForm::Stack ? 2 * std::max(kStackStep * camera.scale(), 2.0) : 0;
    const QSizeF size = node.layout.size * camera.scale() + QSizeF(2 * margin + more, 2 * margin + more);
    QPixmap pixmap(QSize(int(std::ceil(size.width() * ratio)), int(std::ceil(size.height() * ratio))));
    pixmap.setDevicePixelRatio(ratio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.translate(margin, margin);
    CardDrawing(painter, node, camera, ratio, m_pictureColour).draw();
    return pixmap;
}

void NodePainter::paintBar(QPainter *painter, const SceneNode &node, const Camera &camera)
{
    const Theme &theme = Theme::current();
    const QRectF card = camera.toView(node.card());
    QColor colour = node.data.form == NodeForm::Dot ? theme.edge : theme.category(node.data.category);
    if (node.data.isDisabled || node.data.isBypassed)
        colour = mixed(colour, theme.canvas, 0.5);
    const qreal width = std::max(card.width(), 2.0);
    const qreal height = std::max(card.height(), 2.0);
    if (height < 7) {
        painter->fillRect(QRectF(card.topLeft(), QSizeF(width, height)), colour);
        return;
    }
    painter->setPen(Qt::NoPen);
    painter->setBrush(colour);
    painter->drawRoundedRect(QRectF(card.topLeft(), QSizeF(width, height)), 3, 3);
}

} // namespace espalier
