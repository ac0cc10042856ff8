// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/canvas_painter.h"

#include "widgets/common/theme.h"

#include <QtGui/QPainter>
#include <QtGui/QRegion>

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

constexpr qreal kDimmed = 0.3;
constexpr int kMostLetters = 120; ///< of a label or title
constexpr qreal kWireMargin = 5; ///< px beside a wire that its pen and its ends may touch
constexpr int kSmoothWires = 1200; ///< more than so many far away are drawn without antialiasing: nobody can tell
constexpr qreal kLeastGridPixels = 14;

QColor wireColour(const Theme &theme)
{
    return theme.edge;
}

} // namespace

QList<QRect> stripsOf(const SceneWire &wire, const Camera &camera)
{
    constexpr int kStep = 3;
    QList<QRect> strips;
    for (int i = 0; i + 1 < wire.line.size(); i += kStep) {
        const int last = std::min(i + kStep, int(wire.line.size()) - 1);
        QRectF box(camera.toView(wire.line[i]), QSizeF());
        for (int j = i + 1; j <= last; ++j) {
            const QPointF at = camera.toView(wire.line[j]);
            box.setLeft(std::min(box.left(), at.x()));
            box.setRight(std::max(box.right(), at.x()));
            box.setTop(std::min(box.top(), at.y()));
            box.setBottom(std::max(box.bottom(), at.y()));
        }
        strips.append(box.adjusted(-kWireMargin, -kWireMargin, kWireMargin, kWireMargin).toAlignedRect());
    }
    return strips;
}

CanvasPainter::CanvasPainter(const GraphScene &scene, NodePainter &nodes, GraphView::PaintCounts &counts)
    : m_scene(scene)
    , m_nodes(nodes)
    , m_counts(counts)
{
}

void CanvasPainter::paint(QPainter *painter, const Camera &camera, const CanvasState &state, const QRegion &region)
{
    m_painter = painter;
    m_camera = &camera;
    m_state = &state;
    m_region = &region;
    const QRectF area = region.boundingRect();
    m_visible = camera.toScene(area.adjusted(-kWireMargin, -kWireMargin, kWireMargin, kWireMargin));
    m_nodes.setPictureColour(state.pictureColour);
    ++m_counts.frames;
    paintGround();
    paintFrames();
    paintWires();
    paintNodes();
    paintWireText();
    paintLooseWires();
    if (state.fits && camera.detail() <= Detail::Medium)
        for (const int index : m_scene.nodesIn(m_visible))
            paintPortLabels(m_scene.node(index));
    paintHoveredPort();
    paintOverlays();
}

bool CanvasPainter::touches(const QRectF &view) const
{
    return m_region->rectCount() == 1 || m_region->intersects(view.toAlignedRect());
}

QFont CanvasPainter::smallFont() const
{
    return Theme::current().font(TextSize::Caption);
}

void CanvasPainter::paintGround()
{
    const Theme &theme = Theme::current();
    m_painter->fillRect(m_region->boundingRect(), theme.canvas);
    if (m_camera->detail() == Detail::Far || !m_state->hasGrid)
        return;
    qreal step = kGridStep;
    while (step * m_camera->scale() < kLeastGridPixels * m_camera->unit)
        step *= 2;
    const int dot = std::max(1, qRound(m_camera->unit));
    for (const QRect &rect : *m_region) {
        const QRectF area = m_camera->toScene(QRectF(rect));
        for (qreal y = std::floor(area.top() / step) * step; y <= area.bottom(); y += step) {
            for (qreal x = std::floor(area.left() / step) * step; x <= area.right(); x += step) {
                const QPointF at = m_camera->toView(QPointF(x, y));
                m_painter->fillRect(qRound(at.x()), qRound(at.y()), dot, dot, theme.grid);
            }
        }
    }
}

void CanvasPainter::paintFrames()
{
    const Theme &theme = Theme::current();
    QList<const SceneFrame *> frames;
    for (const SceneFrame &frame : m_scene.frames())
        if (frame.rect.intersects(m_visible))
            frames.append(&frame);
    std::sort(frames.begin(), frames.end(), [](const SceneFrame *a, const SceneFrame *b) { // small ones on top
        const qreal first = a->rect.width() * a->rect.height();
        const qreal second = b->rect.width() * b->rect.height();
        return first != second ? first > second : a->data.id < b->data.id;
    });
    m_painter->setRenderHint(QPainter::Antialiasing);
    for (const SceneFrame *frame : std::as_const(frames)) {
        const QRectF rect = m_camera->toView(frame->rect);
        const bool isSelected = m_state->selection.frames.contains(frame->data.id);
        const bool isHovered = m_state->hover.id == frame->data.id
            && (m_state->hover.part == GraphPart::Frame || m_state->hover.part == GraphPart::FrameEdge);
        m_painter->setPen(QPen(isSelected ? theme.selection : theme.frameColour(frame->data.colour),
                               isSelected || isHovered ? 2 : 1));
        m_painter->setBrush(theme.frameFill(frame->data.colour));
        m_painter->drawRoundedRect(rect, theme.sizes.radiusNode, theme.sizes.radiusNode);
        if (isFocused(GraphPart::Frame, frame->data.id)) {
            m_painter->setBrush(Qt::NoBrush);
            m_painter->setPen(QPen(theme.text, 1, Qt::DotLine));
            m_painter->drawRoundedRect(rect.adjusted(-3, -3, 3, 3), theme.sizes.radiusNode, theme.sizes.radiusNode);
        }
        if (m_camera->detail() == Detail::Far && rect.height() < 60)
            continue; // the title would hide what is in it
        QFont font = theme.font(TextSize::Body, TextWeight::Strong);
        font.setPixelSize(nameFontPixels(*m_camera));
        m_painter->setFont(font);
        m_painter->setPen(theme.muted);
        const qreal inset = std::max(12 * m_camera->scale(), 4.0);
        const qreal height = std::max(32 * m_camera->scale(), 18 * m_camera->unit);
        const QRectF place(rect.left() + inset, rect.top(), rect.width() - 2 * inset, height);
        m_painter->drawText(
            place, int(Qt::AlignLeft | Qt::AlignVCenter) | Qt::TextSingleLine,
            QFontMetricsF(font).elidedText(frame->data.title.left(kMostLetters), Qt::ElideRight, place.width()));
    }
}

bool CanvasPainter::isFocused(GraphPart part, const QString &id) const
{
    return m_state->hasFocus && m_state->current.part == part && m_state->current.id == id;
}

bool CanvasPainter::isLive(const SceneWire &wire) const
{
    return m_state->litWire == wire.data.id || m_state->selection.wires.contains(wire.data.id)
        || isFocused(GraphPart::Wire, wire.data.id)
        || (m_state->hover.part == GraphPart::Wire && m_state->hover.id == wire.data.id);
}

void CanvasPainter::paintWires()
{
    const std::vector<int> wires = m_scene.wiresIn(m_visible);
    const bool isFar = m_camera->detail() == Detail::Far || m_camera->detail() == Detail::Small;
    if (isFar) {
        paintFarWires(wires);
    } else {
        for (const int index : wires)
            if (!isLive(m_scene.wire(index)))
                paintWire(index);
    }
    for (const int index : wires)
        if (isLive(m_scene.wire(index)))
            paintWire(index);
}

void CanvasPainter::paintWire(int index)
{
    const SceneWire &wire = m_scene.wire(index);
    if (m_state->liftedWires.contains(wire.data.id))
        return;
    if (!m_visible.contains(wire.extent()) && !touchesRect(wire.line, m_visible))
        return;
    if (m_region->rectCount() > 1) {
        const QList<QRect> strips = stripsOf(wire, *m_camera);
        if (std::none_of(strips.begin(), strips.end(),
                         [this](const QRect &strip) { return m_region->intersects(strip); }))
            return;
    }
    ++m_counts.wires;
    const Theme &theme = Theme::current();
    const bool isSelected = isLive(wire);
    const qreal weight = std::clamp(qreal(wire.data.weight), 0.5, 4.0);
    const qreal width
        = std::clamp(theme.sizes.wire * m_camera->zoom, 1.2 * m_camera->unit, 3 * m_camera->unit) * weight;
    const QColor colour = wire.data.hasProblem ? theme.error : isSelected ? theme.selection : wireColour(theme);
    // In scene units, as the path is: a cosmetic pen would be as many device pixels wide on every screen.
    QPen pen(colour, (width + (isSelected ? 0.5 : 0)) / m_camera->scale());
    pen.setCapStyle(Qt::FlatCap);
    m_painter->setRenderHint(QPainter::Antialiasing);
    m_painter->setBrush(Qt::NoBrush);
    m_painter->setTransform(m_camera->transform());
    if (isFocused(GraphPart::Wire, wire.data.id)) { // within what stripsOf() covers
        QPen halo(theme.text, (width + 4 * m_camera->unit) / m_camera->scale(), Qt::DotLine, Qt::FlatCap);
        m_painter->setPen(halo);
        m_painter->drawPath(wire.path);
    }
    m_painter->setPen(pen);
    m_painter->drawPath(wire.path);
    m_painter->resetTransform();
}

/// Thin and in one go: at this distance a wire is a line of a few points.
void CanvasPainter::paintFarWires(const std::vector<int> &wires)
{
    const Theme &theme = Theme::current();
    const bool isSmooth = wires.size() <= kSmoothWires;
    QList<QLineF> plain;
    QList<QLineF> problems;
    plain.reserve(qsizetype(wires.size()) * 8);
    const qreal scale = m_camera->scale();
    const QPointF origin = m_camera->origin();
    for (const int index : wires) {
        const SceneWire &wire = m_scene.wire(index);
        if (isLive(wire) || m_state->liftedWires.contains(wire.data.id))
            continue;
        ++m_counts.wires;
        QList<QLineF> &into = wire.data.hasProblem ? problems : plain;
        const qreal span = std::max(std::abs(wire.a.x() - wire.b.x()), std::abs(wire.a.y() - wire.b.y())) * scale;
        // Steps of some pixels: a curve of 20 px needs no sixteen points.
        const int step = wire.route.isRouted ? 1 : span < 8 ? 8 : span < 24 ? 4 : span < 80 ? 2 : 1;
        QPointF last = wire.line.first() * scale + origin;
        for (int i = step; i < wire.line.size(); i += step) {
            const QPointF next = wire.line[i] * scale + origin;
            into.append(QLineF(last, next));
            last = next;
        }
    }
    m_painter->setRenderHint(QPainter::Antialiasing, isSmooth);
    for (const auto &[lines, colour] : {std::pair(&plain, wireColour(theme)), std::pair(&problems, theme.error)}) {
        QPen pen(colour, 1);
        pen.setCosmetic(!isSmooth); // one device pixel is drawn fastest
        m_painter->setPen(pen);
        m_painter->drawLines(*lines);
    }
}

qreal CanvasPainter::opacityOf(const SceneNode &node) const
{
    if (!m_state->fits)
        return 1;
    for (const GraphPort &port : node.data.inputs)
        if (m_state->fits({node.data.id, port.name}, false))
            return 1;
    for (const GraphPort &port : node.data.outputs)
        if (m_state->fits({node.data.id, port.name}, true))
            return 1;
    return kDimmed;
}

void CanvasPainter::paintNodes()
{
    std::vector<int> nodes = m_scene.nodesIn(m_visible);
    if (m_region->rectCount() > 1)
        std::erase_if(nodes, [this](int index) { return !touches(m_camera->toView(m_scene.node(index).extent())); });
    m_counts.nodes += qint64(nodes.size());
    if (m_camera->detail() == Detail::Far) {
        m_painter->setRenderHint(QPainter::Antialiasing, nodes.size() < 3000);
        for (const int index : nodes)
            NodePainter::paintBar(m_painter, m_scene.node(index), *m_camera);
    } else {
        for (const int index : nodes)
            m_nodes.paint(m_painter, index, m_scene.node(index), *m_camera, opacityOf(m_scene.node(index)));
    }
    m_painter->setRenderHint(QPainter::Antialiasing);
    for (const int index : nodes)
        paintMarks(m_scene.node(index));
    m_painter->setOpacity(1);
    for (auto ghost = m_state->ghosts.cbegin(); ghost != m_state->ghosts.cend(); ++ghost) {
        const int index = m_scene.nodeIndex(ghost.key());
        if (index < 0)
            continue;
        SceneNode copy = m_scene.node(index);
        copy.at = *ghost;
        m_nodes.paint(m_painter, index, copy, *m_camera, 0.6);
    }
}

void CanvasPainter::paintRing(const QRectF &card, qreal outset, const QPen &pen)
{
    const qreal radius = Theme::current().sizes.radiusNode * std::min(1.0, m_camera->zoom) + outset;
    m_painter->setPen(pen);
    m_painter->setBrush(Qt::NoBrush);
    m_painter->drawRoundedRect(card.adjusted(-outset, -outset, outset, outset), radius, radius);
}

/// Rings and badge: what changes often and costs little, so it isn't in the node's picture.
void CanvasPainter::paintMarks(const SceneNode &node)
{
    const Theme &theme = Theme::current();
    const bool isSelected = m_state->selection.nodes.contains(node.data.id);
    const bool isCurrent = m_state->hasFocus && m_state->current.id == node.data.id;
    const bool isHovered = m_state->hover.part == GraphPart::Node && m_state->hover.id == node.data.id;
    const bool hasProblem = !node.data.problem.isEmpty();
    const bool hasWarning = !hasProblem && !node.data.warning.isEmpty();
    if (!isSelected && !isCurrent && !isHovered && !hasProblem && !hasWarning)
        return;
    const bool isFar = m_camera->detail() == Detail::Far;
    const QRectF card = m_camera->toView(node.card());
    m_painter->setOpacity(opacityOf(node));
    if (hasProblem || hasWarning)
        paintRing(card, 0, QPen(hasProblem ? theme.error : theme.warning, isFar ? 1 : 1.5));
    if (isSelected)
        paintRing(card, isFar ? 1 : 2, QPen(theme.selection, 2));
    else if (isHovered)
        paintRing(card, 0, QPen(theme.edge, 1));
    if (isCurrent && m_state->current.part == GraphPart::Node)
        paintRing(card, isFar ? 3 : 5, QPen(theme.text, 1, Qt::DotLine));
    if (isCurrent && m_state->current.isPort()) {
        const bool isOutput = m_state->current.part == GraphPart::Output;
        if (const auto at = m_scene.portAt(m_state->current.end(), isOutput)) {
            m_painter->setPen(QPen(theme.selection, 2));
            m_painter->setBrush(Qt::NoBrush);
            const qreal radius = std::max(10 * m_camera->scale(), 8 * m_camera->unit);
            m_painter->drawEllipse(m_camera->toView(*at), radius, radius);
        }
    }
    if ((!hasProblem && !hasWarning) || isFar)
        return;
    const qreal radius = (m_camera->detail() == Detail::Small ? 6 : 8) * m_camera->unit;
    const QPointF centre = card.topRight();
    m_painter->setPen(QPen(theme.canvas, 1.5));
    m_painter->setBrush(hasProblem ? theme.error : theme.warning);
    m_painter->drawEllipse(centre, radius, radius);
    QFont font = theme.font(TextSize::Caption, TextWeight::Strong);
    font.setPixelSize(std::max(8, int(radius * 1.5)));
    m_painter->setFont(font);
    m_painter->setPen(theme.canvas);
    m_painter->drawText(QRectF(centre - QPointF(radius, radius), QSizeF(2 * radius, 2 * radius)), Qt::AlignCenter,
                        QStringLiteral("!"));
}

void CanvasPainter::paintPortLabels(const SceneNode &node)
{
    for (int i = 0; i < node.data.inputs.size(); ++i)
        if (node.layout.inputs[i].isShown && m_state->fits({node.data.id, node.data.inputs[i].name}, false))
            paintPortLabel(node, i, false, false);
    for (int i = 0; i < node.data.outputs.size(); ++i)
        if (node.layout.outputs[i].isShown && m_state->fits({node.data.id, node.data.outputs[i].name}, true))
            paintPortLabel(node, i, true, false);
}

void CanvasPainter::paintPortLabel(const SceneNode &node, int index, bool isOutput, bool isStrong)
{
    const GraphPort &port = (isOutput ? node.data.outputs : node.data.inputs)[index];
    const QString label = (port.label.isEmpty() ? port.name : port.label).left(kMostLetters);
    if (label.isEmpty())
        return;
    const Theme &theme = Theme::current();
    const QFont font = smallFont();
    const QFontMetricsF metrics(font);
    const QSizeF size(metrics.horizontalAdvance(label) + 12, metrics.height() + 4);
    const QPointF at = m_camera->toView(node.port(index, isOutput));
    const qreal off = std::max(kPortDiameter * m_camera->scale(), 8.0) / 2 + 5;
    QRectF place;
    if (m_scene.direction() == GraphDirection::LeftToRight)
        place
            = QRectF(QPointF(isOutput ? at.x() + off : at.x() - off - size.width(), at.y() - size.height() / 2), size);
    else
        place
            = QRectF(QPointF(at.x() - size.width() / 2, isOutput ? at.y() + off : at.y() - off - size.height()), size);
    m_painter->setPen(QPen(isStrong ? theme.selection : theme.line, 1));
    m_painter->setBrush(theme.panel);
    m_painter->drawRoundedRect(place, theme.sizes.radiusSmall, theme.sizes.radiusSmall);
    m_painter->setFont(font);
    m_painter->setPen(isStrong ? theme.text : theme.muted);
    m_painter->drawText(place, Qt::AlignCenter, label);
}

void CanvasPainter::paintHoveredPort()
{
    for (const GraphSpot *spot : {&m_state->hover, &m_state->target, &m_state->current}) {
        if (!spot->isPort() || (spot == &m_state->current && !m_state->hasFocus) || m_camera->detail() > Detail::Medium)
            continue;
        const SceneNode *node = m_scene.node(spot->id);
        const bool isOutput = spot->part == GraphPart::Output;
        if (!node)
            continue;
        const QList<GraphPort> &ports = isOutput ? node->data.outputs : node->data.inputs;
        for (int i = 0; i < ports.size(); ++i) {
            if (ports[i].name != spot->port)
                continue;
            if (node->data.form != NodeForm::Dot && spot != &m_state->current)
                paintPort(m_painter, m_camera->toView(node->port(i, isOutput)), ports[i], *m_camera, true);
            paintPortLabel(*node, i, isOutput, spot == &m_state->target);
        }
    }
}

void CanvasPainter::paintPill(const QPointF &centre, const QString &text)
{
    if (text.isEmpty())
        return;
    const Theme &theme = Theme::current();
    const QFont font = smallFont();
    const QFontMetricsF metrics(font);
    QRectF place(0, 0, metrics.horizontalAdvance(text) + 16, metrics.height() + 6);
    place.moveCenter(centre);
    m_painter->setPen(QPen(theme.selection, 1));
    m_painter->setBrush(theme.panel);
    m_painter->drawRoundedRect(place, place.height() / 2, place.height() / 2);
    m_painter->setFont(font);
    m_painter->setPen(theme.text);
    m_painter->drawText(place, Qt::AlignCenter, text);
}

void CanvasPainter::paintWireText()
{
    QSet<QString> live = m_state->selection.wires;
    if (live.size() > 20 || m_camera->detail() > Detail::Medium) // texts on each of hundreds are noise
        live.clear();
    if (m_state->hover.part == GraphPart::Wire)
        live.insert(m_state->hover.id);
    for (const QString &id : std::as_const(live)) {
        const SceneWire *wire = m_scene.wire(id);
        const GraphPort *port = wire ? m_scene.port(wire->data.from, true) : nullptr;
        if (port)
            paintPill(m_camera->toView(middleOf(wire->line)), port->wireText.left(kMostLetters));
    }
}

void CanvasPainter::paintLooseWires()
{
    const Theme &theme = Theme::current();
    for (const CanvasState::LooseWire &wire : m_state->looseWires) {
        QPen pen(theme.selection, theme.sizes.wire);
        if (!wire.isSnapped)
            pen.setDashPattern({5, 3});
        m_painter->setPen(pen);
        m_painter->setBrush(Qt::NoBrush);
        m_painter->drawPath(wirePath(m_camera->toView(wire.from), m_camera->toView(wire.to), m_scene.direction()));
    }
}

void CanvasPainter::paintOverlays()
{
    const Theme &theme = Theme::current();
    if (m_state->hasFocus && m_state->current.part == GraphPart::Nothing) { // focus is seen even on no node
        m_painter->setPen(QPen(theme.selection, 1));
        m_painter->setBrush(Qt::NoBrush);
        m_painter->drawRect(QRectF(QPointF(), m_camera->size).adjusted(0.5, 0.5, -0.5, -0.5));
    }
    if (!m_state->guides.isEmpty()) {
        m_painter->setPen(QPen(theme.selection, 1, Qt::DashLine));
        for (const QLineF &guide : m_state->guides)
            m_painter->drawLine(m_camera->toView(guide.p1()), m_camera->toView(guide.p2()));
    }
    if (m_state->box) {
        QColor fill = theme.selection;
        fill.setAlphaF(0.12F);
        m_painter->setPen(QPen(theme.selection, 1));
        m_painter->setBrush(fill);
        m_painter->drawRect(m_camera->toView(*m_state->box));
    }
    if (m_state->stroke.size() > 1) {
        const QColor colour = m_state->strokeKind == StrokeKind::Knife ? theme.error
            : m_state->strokeKind == StrokeKind::Bypass                ? theme.warning
                                                                       : theme.selection;
        m_painter->setPen(QPen(colour, 1.5, m_state->strokeKind == StrokeKind::Knife ? Qt::SolidLine : Qt::DashLine));
        QPolygonF line;
        for (const QPointF &point : m_state->stroke)
            line.append(m_camera->toView(point));
        m_painter->drawPolyline(line);
    }
}

} // namespace espalier
