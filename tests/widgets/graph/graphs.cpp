// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/widgets/graph/graphs.h"

#include <QtCore/QHash>

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

using namespace Qt::StringLiterals;

QList<float> bell(int bars, double centre)
{
    QList<float> heights;
    for (int i = 0; i < bars; ++i)
        heights.append(float(std::exp(-std::pow((i - centre) / 5.0, 2)) * (i % 3 == 1 ? 0.85 : 1.0)));
    return heights;
}

GraphNode layer(const QString &id, const QString &caption, const QString &category, const QPointF &at,
                const QString &shape, const QString &share)
{
    GraphNode node = card(id, at);
    node.caption = caption;
    node.category = category;
    static const QHash<QString, QString> icons{{u"convolution"_s, u"conv"_s}, {u"data"_s, u"input"_s},
                                               {u"tensor"_s, u"add"_s},       {u"normalisation"_s, u"norm"_s},
                                               {u"pooling"_s, u"pool"_s},     {u"core"_s, u"dense"_s}};
    node.icon = icons.value(category, category);
    node.shape = shape;
    node.share = share;
    return node;
}

} // namespace

GraphNode card(const QString &id, const QPointF &at, const QStringList &inputs, const QStringList &outputs)
{
    GraphNode node;
    node.id = id;
    node.name = id;
    node.at = at;
    node.category = u"core"_s;
    for (const QString &name : inputs) {
        GraphPort port;
        port.name = name;
        port.label = name;
        node.inputs.append(port);
    }
    for (const QString &name : outputs) {
        GraphPort port;
        port.name = name;
        port.label = name;
        node.outputs.append(port);
    }
    return node;
}

GraphWire wire(const QString &from, const QString &to, const QString &output, const QString &input)
{
    GraphWire made;
    made.id = from + u"."_s + output + u">"_s + to + u"."_s + input;
    made.from = {from, output};
    made.to = {to, input};
    return made;
}

GraphData digits()
{
    GraphData data;
    GraphNode input = layer(u"digits"_s, u"8 × 8 pictures"_s, u"data"_s, {0, 135}, u"1 × 8 × 8"_s, {});
    input.inputs.clear();
    input.outputs = card({}, {}, {}, {u"picture"_s, u"label"_s}).outputs;
    input.outputs[1].mark = PortMark::Diamond;
    GraphNode conv1 = layer(u"conv1"_s, u"32 · 3 × 3 · ReLU"_s, u"convolution"_s, {195, 0}, u"32 × 8 × 8"_s, u"9 %"_s);
    conv1.picture = bell(30, 16);
    conv1.pictureLabel = u"activations"_s;
    GraphNode conv2 = layer(u"conv2"_s, u"64 · 3 × 3 · ReLU"_s, u"convolution"_s, {390, 0}, u"64 × 8 × 8"_s, u"13 %"_s);
    conv2.picture = bell(30, 14);
    conv2.pictureLabel = u"activations"_s;
    conv2.outputs[0].wireText = u"64 × 8 × 8"_s;
    GraphNode skip = layer(u"skip"_s, u"64 · 1 × 1"_s, u"convolution"_s, {292, 213}, u"64 × 8 × 8"_s, u"2 %"_s);
    GraphNode add = layer(u"add"_s, {}, u"tensor"_s, {585, 135}, u"64 × 8 × 8"_s, {});
    add.inputs = card({}, {}, {u"a"_s, u"b"_s}).inputs;
    GraphNode head = layer(u"head"_s, u"block · 3 layers"_s, u"block"_s, {776, 115}, u"10"_s, u"3 %"_s);
    head.form = NodeForm::Stack;
    head.picture = bell(30, 15);
    head.pictureLabel = u"activations"_s;
    GraphNode loss = layer(u"loss"_s, u"cross-entropy"_s, u"loss"_s, {970, 135}, {}, {});
    loss.inputs = card({}, {}, {u"scores"_s, u"labels"_s}).inputs;
    loss.inputs[1].mark = PortMark::Diamond;
    loss.outputs.clear();
    data.nodes = {input, conv1, conv2, skip, add, head, loss};
    data.wires
        = {wire(u"digits"_s, u"conv1"_s, u"picture"_s),     wire(u"conv1"_s, u"conv2"_s),
           wire(u"digits"_s, u"skip"_s, u"picture"_s),      wire(u"conv2"_s, u"add"_s, u"y"_s, u"a"_s),
           wire(u"skip"_s, u"add"_s, u"y"_s, u"b"_s),       wire(u"add"_s, u"head"_s),
           wire(u"head"_s, u"loss"_s, u"y"_s, u"scores"_s), wire(u"digits"_s, u"loss"_s, u"label"_s, u"labels"_s)};
    return data;
}

GraphData manyNodes(int count, int wires)
{
    static const QStringList categories{u"data"_s,          u"core"_s,       u"convolution"_s, u"pooling"_s,
                                        u"normalisation"_s, u"activation"_s, u"sequence"_s,    u"attention"_s,
                                        u"tensor"_s,        u"loss"_s,       u"block"_s};
    GraphData data;
    const int columns = std::max(1, int(std::ceil(std::sqrt(count * 1.2))));
    for (int i = 0; i < count; ++i) {
        const int row = i / columns;
        GraphNode node = layer(u"layer%1"_s.arg(i), u"64 · 3 × 3 · ReLU"_s, categories[i % 11],
                               QPointF(i % columns * 224.0, row * 200.0), u"64 × 8 × 8"_s, u"%1 %"_s.arg(i % 9));
        if (i % 3 == 0) {
            node.picture = bell(30, 10 + i % 10);
            node.pictureLabel = u"activations"_s;
        }
        if (i % 17 == 0)
            node.form = NodeForm::Stack;
        data.nodes.append(node);
    }
    const int steps[] = {1, columns + 1, 2, 3 * columns + 2};
    for (int step = 0; step < 4 && data.wires.size() < wires; ++step)
        for (int i = 0; i + steps[step] < count && data.wires.size() < wires; ++i)
            if (step > 0 || (i + 1) % columns != 0)
                data.wires.append(wire(data.nodes[i].id, data.nodes[i + steps[step]].id));
    return data;
}

} // namespace espalier
