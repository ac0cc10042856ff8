// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/models/answers.h"

#include "engine/protocol/error_json.h"
#include "gui/engine_client/text.h"

namespace espalier {
namespace {

PortAnswer portFromJson(const JsonValue &json)
{
    PortAnswer port;
    port.dtype = qString(json["dtype"].string());
    port.hasRank = json["dims"].isArray();
    for (const JsonValue &dim : json["dims"].items())
        port.dims.append(dim.isString() ? qString(dim.string()) : QString::number(dim.integer()));
    port.varies = json["varies"].boolean();
    return port;
}

CostAnswer costFromJson(const JsonValue &json)
{
    return {json["parameters"].number(), json["running_values"].number(), json["multiply_adds"].number(),
            json["flops"].number(), json["activation_bytes"].number()};
}

std::vector<PortInfo> portListFromJson(const JsonValue &json)
{
    std::vector<PortInfo> ports;
    for (const JsonValue &each : json.items()) {
        PortInfo port;
        port.name = each["name"].string();
        port.isOptional = each["optional"].boolean();
        port.isVariadic = each["variadic"].boolean();
        ports.push_back(std::move(port));
    }
    return ports;
}

} // namespace

QString PortAnswer::shape() const
{
    if (!isKnown())
        return QStringLiteral("?");
    QStringList shown = dims;
    if (!shown.isEmpty() && shown.first() == QLatin1StringView("batch"))
        shown.removeFirst();
    return shown.isEmpty() ? QStringLiteral("1") : shown.join(QStringLiteral(" × "));
}

QString PortAnswer::full() const
{
    if (!isKnown())
        return QStringLiteral("?");
    return dtype + QStringLiteral(" [") + dims.join(QStringLiteral(" × ")) + QLatin1Char(']');
}

const NodeAnswer *Answers::node(const QString &id) const
{
    const auto it = nodes.constFind(id);
    return it == nodes.cend() ? nullptr : &*it;
}

const PortAnswer *Answers::port(const QString &node, const QString &output) const
{
    const NodeAnswer *answer = this->node(node);
    if (!answer)
        return nullptr;
    const auto it = answer->outputs.constFind(output);
    return it == answer->outputs.cend() ? nullptr : &*it;
}

Answers answersFromJson(const JsonValue &json)
{
    Answers answers;
    answers.version = static_cast<int>(json["version"].integer(-1));
    for (const JsonValue &node : json["nodes"].items()) {
        NodeAnswer &answer = answers.nodes[qString(node["node"].string())];
        answer.cost = costFromJson(node);
        answer.instances = static_cast<int>(node["instances"].integer(1));
    }
    for (const JsonValue &port : json["ports"].items())
        answers.nodes[qString(port["node"].string())].outputs.insert(qString(port["port"].string()),
                                                                     portFromJson(port));
    for (const JsonValue &node : json["inputs"].items())
        answers.ports[node["node"].string()] = {portListFromJson(node["inputs"]), portListFromJson(node["outputs"])};
    for (const JsonValue &problem : json["problems"].items()) {
        Error error = errorFromJson(problem);
        if (!error.where.node.empty())
            answers.nodes[qString(error.where.node)].problems.append(static_cast<int>(answers.problems.size()));
        answers.problems.append(std::move(error));
    }
    answers.total = costFromJson(json["totals"]);
    for (const JsonValue &size : json["data"]["batch_sizes"].items())
        answers.batchSizes.append(static_cast<int>(size.integer()));
    answers.isDataPending = json["data"]["state"].string() == "opening";
    return answers;
}

} // namespace espalier
