// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/models/graph_presenter.h"

#include "gui/document/edits.h"
#include "gui/document/frame_edits.h"
#include "gui/engine_client/text.h"
#include "widgets/common/figures.h"
#include "widgets/common/icons.h"

#include <QtCore/QCoreApplication>

namespace espalier {
namespace {

constexpr int kCaptionParts = 3;
constexpr qsizetype kLongestCaptionText = 24;

QString tr(const char *text)
{
    return QCoreApplication::translate("GraphPresenter", text);
}

/// Sizes (filters, outputs, windows) are said even at their default; of the rest, what differs from it.
bool isSize(const ParamInfo &param)
{
    const bool isWhole = param.form == ParamForm::Integer || param.form == ParamForm::IntegerList;
    return isWhole && param.minimum && *param.minimum >= 1;
}

/// Whether a parameter's value says something about a node at one glance.
bool belongsInCaption(const ParamInfo &param, const JsonValue &value)
{
    if (param.form == ParamForm::Initializer || param.form == ParamForm::Any)
        return false;
    if (param.form == ParamForm::Integer && !isSize(param))
        return false; // axes and the like
    if (value == param.fallback && (!isSize(param) || value.integer(2) == 1 || valueText(value) == u"1 × 1"))
        return false;
    if (value.isString())
        return !value.string().empty() && value.string() != "none";
    if (value.isArray())
        return !value.items().empty();
    return value.isNumber() || (value.isBool() && value.boolean());
}

QString captionPart(const Presented &from, const DocumentNode &node, const ParamInfo &param, const JsonValue &value)
{
    if (value.isString() && value.string() == blockUsedBy(node)) // a Scan says which block it runs
        if (const DocumentGraph *block = from.document.findGraph(value.string()))
            return qString(block->name);
    if (value.isBool())
        return qString(param.label).toLower();
    return valueText(value);
}

/// The first problem of a port, or none.
bool hasProblemAt(const Answers &answers, const NodeAnswer *node, const std::string &port)
{
    if (!node)
        return false;
    for (const int index : node->problems)
        if (answers.problems[index].where.port == port)
            return true;
    return false;
}

bool isLabelType(const PortAnswer *port)
{
    return port && (port->dtype.startsWith(QLatin1StringView("int")) || port->dtype == QLatin1StringView("bool"));
}

using WiresInto = std::unordered_map<std::string_view, std::vector<const DocumentWire *>>;

/// What comes in from outside at the port of a block: of its first instance that has a wire there.
const PortAnswer *fromOutside(const Presented &from, const std::string &block, const std::string &port)
{
    const auto in = [&](const DocumentGraph &graph) -> const PortAnswer * {
        for (const DocumentNode &node : graph.nodes)
            if (blockUsedBy(node) == block)
                for (const DocumentWire &wire : graph.wires)
                    if (wire.to.node == node.id && wire.to.port == port)
                        return from.answers.port(qString(wire.from.node), qString(wire.from.port));
        return nullptr;
    };
    if (const PortAnswer *found = in(from.document.graph))
        return found;
    for (const DocumentGraph &graph : from.document.blocks)
        if (const PortAnswer *found = in(graph))
            return found;
    return nullptr;
}

/// The answer at the other end of the wire into (node, port).
const PortAnswer *sourceOf(const Presented &from, const WiresInto &wires, const std::string &node,
                           const std::string &port)
{
    const auto found = wires.find(node);
    if (found == wires.end())
        return nullptr;
    for (const DocumentWire *wire : found->second)
        if (wire->to.port == port)
            return from.answers.port(qString(wire->from.node), qString(wire->from.port));
    return nullptr;
}

QString portTip(const PortInfo &info, const PortAnswer *type, bool isOutput)
{
    QString tip = qString(info.name);
    if (!info.help.empty())
        tip += QStringLiteral(": ") + QCoreApplication::translate("schema", info.help.c_str());
    if (type && type->isKnown()) {
        tip += QLatin1Char('\n') + (isOutput ? tr("Gives %1.") : tr("Gets %1.")).arg(type->full());
        if (type->dims.value(0) == QLatin1StringView("batch"))
            tip += QLatin1Char(' ') + tr("“batch” is how many samples are worked on together.");
    } else if (isOutput) {
        tip += QLatin1Char('\n') + tr("Its shape is not known yet.");
    } else if (!info.isOptional) {
        tip += QLatin1Char('\n') + tr("Needs a wire.");
    }
    if (info.isVariadic)
        tip += QLatin1Char('\n') + tr("Takes several wires.");
    return tip;
}

GraphPort presentPort(const Presented &from, const PortInfo &info, const NodeAnswer *node, const PortAnswer *type,
                      bool isOutput)
{
    GraphPort port;
    port.name = qString(info.name);
    port.label = port.name;
    port.isOptional = info.isOptional;
    port.isVariadic = info.isVariadic;
    port.hasProblem = hasProblemAt(from.answers, node, info.name);
    port.mark = isLabelType(type) || (!type && info.name == "target") ? PortMark::Diamond : PortMark::Round;
    port.tip = portTip(info, type, isOutput);
    if (isOutput)
        port.wireText = type ? type->shape() : QStringLiteral("?");
    return port;
}

QString figureText(NodeFigure figure, const CostAnswer &cost)
{
    const double value = figure == NodeFigure::Parameters ? cost.parameters
        : figure == NodeFigure::MultiplyAdds              ? cost.multiplyAdds
                                                          : 0;
    return value > 0 ? formatShort(value) : QString();
}

QString nodeTip(const Presented &from, const DocumentNode &node, const LayerInfo *layer, const NodeAnswer *answer)
{
    QStringList lines{qString(node.name) + QStringLiteral(" · ") + kindTitle(from, node.kind)};
    if (layer)
        lines.append(QCoreApplication::translate("schema", layer->help.c_str()));
    else if (blockIdOf(node.kind).empty())
        lines.append(tr("This version does not know this kind of layer. It is kept as it is."));
    if (answer)
        for (const CostRow &row : costRows(*answer))
            lines.append(row.label + QStringLiteral(": ") + row.value);
    return lines.join(QLatin1Char('\n'));
}

void presentLook(const DocumentNode &node, GraphNode &shown)
{
    shown.isCollapsed = hasFlag(node, NodeFlag::Collapsed);
    shown.hidesUnusedPorts = hasFlag(node, NodeFlag::HidePorts);
    shown.isPinned = hasFlag(node, NodeFlag::Pinned);
    shown.isBypassed = hasFlag(node, NodeFlag::Bypass);
    shown.isDisabled = hasFlag(node, NodeFlag::Disabled);
}

GraphNode presentNode(const Presented &from, const DocumentGraph &graph, const DocumentNode &node,
                      const WiresInto &wires)
{
    const LayerInfo *layer = from.catalogue.find(node.kind);
    const bool isBlock = !blockIdOf(node.kind).empty();
    const NodeAnswer *answer = from.answers.node(qString(node.id));
    GraphNode shown;
    shown.id = qString(node.id);
    shown.name = qString(node.name);
    shown.caption = nodeCaption(from, node);
    shown.category = isBlock ? QStringLiteral("block") : layer ? qString(layer->category) : QString();
    shown.icon = isBlock ? QStringLiteral("block")
        : layer          ? iconOfKind(qString(node.kind), qString(layer->category))
                         : QStringLiteral("unknown");
    shown.at = QPointF(node.x, node.y);
    shown.form = isBlock ? NodeForm::Stack : node.kind == "Reroute" ? NodeForm::Dot : NodeForm::Card;
    shown.tip = nodeTip(from, node, layer, answer);
    presentLook(node, shown);
    const PortList ports = portsOf(EditContext{from.document, from.catalogue, graph.id, &from.answers.ports}, node);
    for (const PortInfo &info : ports.inputs)
        shown.inputs.append(presentPort(from, info, answer, sourceOf(from, wires, node.id, info.name), false));
    for (const PortInfo &info : ports.outputs) {
        const PortAnswer *type = node.kind == "BlockInput" ? fromOutside(from, graph.id, node.name)
                                                           : from.answers.port(shown.id, qString(info.name));
        shown.outputs.append(presentPort(from, info, answer, type, true));
    }
    if (!shown.outputs.isEmpty())
        shown.shape = shown.outputs.first().wireText;
    if (answer) {
        shown.share = figureText(from.figure, answer->cost);
        if (!answer->problems.isEmpty())
            shown.problem = text(from.answers.problems[answer->problems.first()]);
    }
    if (from.looks)
        if (const auto look = from.looks->constFind(shown.id); look != from.looks->cend())
            applyLook(shown, *look);
    return shown;
}

} // namespace

void applyLook(GraphNode &node, const NodeLook &look)
{
    if (!look.isInRun) {
        node.pictureLabel = node.form == NodeForm::Dot ? QString() : tr("not in this run");
        return;
    }
    node.picture = look.picture;
    node.pictureLabel = look.picture.isEmpty() ? QString() : look.word;
    node.warning = look.warning;
    if (!look.share.isEmpty())
        node.share = look.share;
    if (!look.tip.isEmpty())
        node.tip += QLatin1Char('\n') + look.tip;
}

GraphWire presentWire(const DocumentWire &wire)
{
    GraphWire shown;
    shown.id = qString(wire.id);
    shown.from = {qString(wire.from.node), qString(wire.from.port)};
    shown.to = {qString(wire.to.node), qString(wire.to.port)};
    return shown;
}

QList<GraphFrame> presentFrames(const DocumentGraph &graph)
{
    QList<GraphFrame> frames;
    for (const DocumentFrame &each : framesOf(graph)) {
        GraphFrame frame;
        frame.id = qString(each.id);
        frame.title = qString(each.title);
        frame.rect = QRectF(each.x, each.y, each.width, each.height);
        frame.colour = each.colour;
        frames.append(frame);
    }
    return frames;
}

QString valueText(const JsonValue &value)
{
    if (value.isBool())
        return value.boolean() ? tr("on") : tr("off");
    if (value.isArray()) {
        QStringList parts;
        for (const JsonValue &item : value.items())
            parts.append(valueText(item));
        return parts.join(QStringLiteral(" × "));
    }
    if (value.isInteger())
        return QString::number(value.integer());
    if (value.isNumber())
        return QLocale().toString(value.number(), 'g', 6);
    if (value.isObject())
        return value.has("scheme") ? qString(value["scheme"].string()) : QStringLiteral("{…}");
    QString text = qString(value.string()).simplified();
    if (text.size() > kLongestCaptionText)
        text = text.left(kLongestCaptionText - 1) + QChar(0x2026);
    return text;
}

QString kindTitle(const Presented &from, const std::string &kind)
{
    if (const std::string_view block = blockIdOf(kind); !block.empty()) {
        const DocumentGraph *graph = from.document.findGraph(block);
        return graph ? qString(graph->name) : tr("missing block");
    }
    const LayerInfo *layer = from.catalogue.find(kind);
    return layer ? QCoreApplication::translate("schema", layer->title.c_str()) : qString(kind);
}

QString nodeCaption(const Presented &from, const DocumentNode &node)
{
    if (const std::string_view block = blockIdOf(node.kind); !block.empty()) {
        const DocumentGraph *graph = from.document.findGraph(block);
        const auto layers = graph ? static_cast<int>(graph->nodes.size()) : 0;
        const std::int64_t repeat = node.params["repeat"].integer(1);
        const QString size = layers == 1 ? tr("block · 1 layer") : tr("block · %1 layers").arg(layers);
        return repeat > 1 ? QStringLiteral("%1 × %2").arg(repeat).arg(size) : size;
    }
    const LayerInfo *layer = from.catalogue.find(node.kind);
    if (!layer)
        return qString(node.kind);
    QStringList parts;
    for (const ParamInfo &param : layer->params)
        if (const JsonValue &value = node.params[param.name];
            parts.size() < kCaptionParts && belongsInCaption(param, value))
            parts.append(captionPart(from, node, param, value));
    const QString title = QCoreApplication::translate("schema", layer->title.c_str());
    return parts.isEmpty() ? title : parts.join(QStringLiteral(" · "));
}

QList<CostRow> costRows(const NodeAnswer &answer)
{
    QList<CostRow> rows;
    const auto add = [&](const QString &label, const QString &value, const QString &tip) {
        rows.append({label, value, tip});
    };
    QStringList names = answer.outputs.keys();
    names.sort();
    for (const QString &name : names) {
        const PortAnswer &port = answer.outputs[name];
        if (!port.isKnown())
            continue;
        add(names.size() > 1 ? tr("Output %1").arg(name) : tr("Output"), port.dims.join(QStringLiteral(" × ")),
            tr("The size of what it gives, axis by axis, as %1 numbers. “batch” is how many samples are worked on "
               "together.")
                .arg(port.dtype));
    }
    const CostAnswer &cost = answer.cost;
    if (cost.parameters > 0)
        add(tr("Parameters"), formatCount(static_cast<qint64>(cost.parameters)), tr("Numbers that training adjusts."));
    if (cost.runningValues > 0)
        add(tr("Running values"), formatCount(static_cast<qint64>(cost.runningValues)),
            tr("Averages that are kept while training and used afterwards; no gradient adjusts them."));
    if (cost.multiplyAdds > 0)
        add(tr("Multiply-adds"), tr("%1 a sample").arg(formatShort(cost.multiplyAdds)),
            tr("Multiplications with an addition, for one sample forward. Training takes about three times as many."));
    if (cost.activationBytes > 0)
        add(tr("Memory"), tr("%1 a sample").arg(formatBytes(cost.activationBytes)),
            tr("What its output takes for one sample. Training keeps it until the gradient has passed."));
    if (answer.instances > 1)
        add(tr("Stands"), tr("%1 times").arg(answer.instances),
            tr("The block is used that often; parameters and multiply-adds are those of all places together."));
    return rows;
}

GraphNode presentNode(const Presented &from, const DocumentGraph &graph, const DocumentNode &node)
{
    WiresInto wires;
    for (const DocumentWire &wire : graph.wires)
        if (wire.to.node == node.id)
            wires[wire.to.node].push_back(&wire);
    return presentNode(from, graph, node, wires);
}

GraphData presentGraph(const Presented &from, const std::string &graphId)
{
    GraphData data;
    const DocumentGraph *graph = from.document.findGraph(graphId);
    if (!graph)
        return data;
    WiresInto wires;
    for (const DocumentWire &wire : graph->wires)
        wires[wire.to.node].push_back(&wire);
    data.nodes.reserve(static_cast<qsizetype>(graph->nodes.size()));
    for (const DocumentNode &node : graph->nodes)
        data.nodes.append(presentNode(from, *graph, node, wires));
    QSet<QString> bad; // "node\nport"
    for (const GraphNode &node : data.nodes)
        for (const GraphPort &port : node.inputs)
            if (port.hasProblem)
                bad.insert(node.id + QLatin1Char('\n') + port.name);
    for (const DocumentWire &wire : graph->wires) {
        GraphWire shown = presentWire(wire);
        shown.hasProblem = bad.contains(shown.to.node + QLatin1Char('\n') + shown.to.port);
        data.wires.append(shown);
    }
    data.frames = presentFrames(*graph);
    return data;
}

} // namespace espalier
