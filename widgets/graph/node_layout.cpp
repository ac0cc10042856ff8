// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/node_layout.h"

#include <algorithm>

namespace espalier {
namespace {

constexpr qreal kPadding = 12;
constexpr qreal kIconSize = 16;
constexpr qreal kNameLine = 20;
constexpr qreal kCaptionLine = 16;
constexpr qreal kFooter = 32;
constexpr qreal kPictureBars = 34;
constexpr qreal kPictureLabel = 16;
constexpr qreal kShareWidth = 56;

NodeLayout dotLayout(const GraphNode &node, GraphDirection direction)
{
    NodeLayout layout;
    layout.size = QSizeF(kDotSize, kDotSize);
    const qreal half = kDotSize / 2;
    const bool isAcross = direction == GraphDirection::LeftToRight;
    for (int i = 0; i < node.inputs.size(); ++i)
        layout.inputs.append({isAcross ? QPointF(0, half) : QPointF(half, 0), i == 0});
    for (int i = 0; i < node.outputs.size(); ++i)
        layout.outputs.append({isAcross ? QPointF(kDotSize, half) : QPointF(half, kDotSize), i == 0});
    return layout;
}

/// Which ports show: all, or the used ones, and one at least so that there is something to join.
QList<NodeLayout::Port> shownPorts(const GraphNode &node, const QList<GraphPort> &ports, const QSet<QString> *used)
{
    QList<NodeLayout::Port> shown;
    const bool hides = used && (node.hidesUnusedPorts || node.isCollapsed);
    bool hasAny = false;
    for (const GraphPort &port : ports) {
        shown.append({QPointF(), !hides || used->contains(port.name)});
        hasAny |= shown.last().isShown;
    }
    if (!hasAny && !shown.isEmpty())
        shown.first().isShown = true;
    return shown;
}

qsizetype countShown(const QList<NodeLayout::Port> &ports)
{
    return std::count_if(ports.begin(), ports.end(), [](const NodeLayout::Port &port) { return port.isShown; });
}

void placeOnSide(QList<NodeLayout::Port> &ports, qreal x, qreal first)
{
    qreal y = first;
    for (NodeLayout::Port &port : ports) {
        port.at = QPointF(x, port.isShown ? y : first);
        y += port.isShown ? kPortPitch : 0;
    }
}

void placeAlong(QList<NodeLayout::Port> &ports, qreal y, qreal width)
{
    const qreal count = std::max<qreal>(1, qreal(countShown(ports)));
    const qreal pitch = std::min(kPortPitch * 1.5, width / count);
    qreal x = (width - pitch * (count - 1)) / 2;
    for (NodeLayout::Port &port : ports) {
        port.at = QPointF(port.isShown ? x : width / 2, y);
        x += port.isShown ? pitch : 0;
    }
}

qreal placeHeader(NodeLayout &layout, const GraphNode &node, qreal width)
{
    qreal y = kPadding - 2;
    layout.icon = QRectF(kPadding, y + (kNameLine - kIconSize) / 2, kIconSize, kIconSize);
    const qreal left = layout.icon.right() + 8;
    layout.name = QRectF(left, y, width - left - kPadding, kNameLine);
    y += kNameLine;
    if (!node.caption.isEmpty() && !node.isCollapsed) {
        layout.caption = QRectF(left, y, width - left - 8, kCaptionLine);
        y += kCaptionLine;
    }
    return y + 10;
}

} // namespace

NodeLayout nodeLayout(const GraphNode &node, GraphDirection direction, const UsedPorts *used)
{
    if (node.form == NodeForm::Dot)
        return dotLayout(node, direction);
    NodeLayout layout;
    layout.inputs = shownPorts(node, node.inputs, used ? &used->inputs : nullptr);
    layout.outputs = shownPorts(node, node.outputs, used ? &used->outputs : nullptr);
    const bool isAcross = direction == GraphDirection::LeftToRight;
    const qreal most = qreal(std::max(countShown(layout.inputs), countShown(layout.outputs)));
    const qreal width = isAcross ? kNodeWidth : std::max(kNodeWidth, most * kPortPitch);
    qreal y = placeHeader(layout, node, width);
    if (!node.isCollapsed && !node.picture.isEmpty()) {
        layout.picture = QRectF(kPadding, y - 2, width - 2 * kPadding, kPictureBars);
        y = layout.picture.bottom() + 2;
    }
    if (!node.isCollapsed && !node.pictureLabel.isEmpty()) {
        layout.pictureLabel = QRectF(kPadding, y, width - 2 * kPadding, kPictureLabel);
        y = layout.pictureLabel.bottom() + 6;
    }
    const bool hasFooter = !node.isCollapsed && (!node.shape.isEmpty() || !node.share.isEmpty());
    const qreal forPorts = isAcross ? kFirstPort + (most - 1) * kPortPitch + kPortPitch / 2 : 0;
    if (hasFooter) {
        y = std::max(y, forPorts - kFooter);
        layout.footerLine = y;
        const qreal shapeWidth = width - 2 * kPadding - (node.share.isEmpty() ? 0 : kShareWidth);
        layout.shape = QRectF(kPadding, y, shapeWidth, kFooter);
        if (!node.share.isEmpty())
            layout.share = QRectF(width - kPadding - kShareWidth, y, kShareWidth, kFooter);
        y += kFooter;
    }
    layout.size = QSizeF(width, std::max(y, forPorts));
    if (isAcross) {
        // A collapsed node is lower than the others' first port would like.
        const qreal first = node.isCollapsed ? kNameLine / 2 + kPadding - 2 : kFirstPort;
        placeOnSide(layout.inputs, 0, first);
        placeOnSide(layout.outputs, width, first);
    } else {
        placeAlong(layout.inputs, 0, width);
        placeAlong(layout.outputs, layout.size.height(), width);
    }
    return layout;
}

QHash<QString, UsedPorts> usedPortsOf(const GraphData &data)
{
    QHash<QString, UsedPorts> used;
    used.reserve(data.nodes.size());
    for (const GraphWire &wire : data.wires) {
        used[wire.from.node].outputs.insert(wire.from.port);
        used[wire.to.node].inputs.insert(wire.to.port);
    }
    return used;
}

} // namespace espalier
