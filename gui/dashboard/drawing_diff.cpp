// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/dashboard/drawing_diff.h"

#include "engine/protocol/document_diff.h"
#include "gui/engine_client/text.h"
#include "gui/models/graph_presenter.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QStringList>

#include <algorithm>
#include <iterator>

namespace espalier {
namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("DrawingDiff", text);
}

QString nothing()
{
    return QStringLiteral("–");
}

bool isForTheEye(const Operation &operation)
{
    if (operation.kind != Operation::Kind::Set && operation.kind != Operation::Kind::Unset)
        return false;
    constexpr std::string_view kFields[] = {"at", "collapsed", "hide_ports", "pinned", "frames", "notes", "version"};
    const std::string_view first = std::string_view(operation.field).substr(0, operation.field.find('/'));
    return std::find(std::begin(kFields), std::end(kFields), first) != std::end(kFields);
}

const DocumentNode *nodeOf(const Document &document, const Operation &operation)
{
    const DocumentGraph *graph = document.findGraph(operation.graph);
    return graph ? graph->findNode(operation.id) : nullptr;
}

/// The value at "params/out_features", "name", "bypass", ... of a node.
JsonValue fieldOf(const DocumentNode &node, const QString &field)
{
    if (field == QLatin1StringView("name"))
        return {node.name};
    const QStringList parts = field.split(QLatin1Char('/'));
    const bool isParam = parts.first() == QLatin1StringView("params");
    const JsonValue *at = isParam ? &node.params : &node.extra;
    for (const QString &part : isParam ? parts.mid(1) : parts)
        at = &(*at)[part.toStdString()];
    return *at;
}

const JsonValue &sectionValue(const Document &document, const QString &field)
{
    static const JsonValue kNone;
    const QStringList parts = field.split(QLatin1Char('/'));
    const JsonValue *at = parts.first() == QLatin1StringView("training") ? &document.training
        : parts.first() == QLatin1StringView("data")                     ? &document.data
                                                                         : nullptr;
    if (!at)
        return kNone;
    for (const QString &part : parts.mid(1))
        at = &(*at)[part.toStdString()];
    return *at;
}

DrawingDifference nodeDifference(const Document &from, const Document &to, const Operation &operation)
{
    const DocumentNode *before = nodeOf(from, operation);
    const DocumentNode *after = nodeOf(to, operation);
    const DocumentNode *named = after ? after : before;
    DrawingDifference line;
    line.node = operation.id;
    line.graph = operation.graph;
    line.what = named ? qString(named->name) : qString(operation.id);
    if (!before || !after) {
        line.before = before ? qString(before->kind) : nothing();
        line.after = after ? qString(after->kind) : nothing();
        return line;
    }
    const QString field = qString(operation.field);
    line.what
        += QStringLiteral(" · ") + field.section(QLatin1Char('/'), -1).replace(QLatin1Char('_'), QLatin1Char(' '));
    line.before = settingText(fieldOf(*before, field));
    line.after = settingText(fieldOf(*after, field));
    return line;
}

/// A whole section that was set anew, setting by setting.
void compareSections(const QString &path, const JsonValue &before, const JsonValue &after,
                     QList<DrawingDifference> &lines)
{
    if (before == after)
        return;
    if (!before.isObject() && !after.isObject()) {
        lines.append({QString(path).replace(QLatin1Char('/'), QLatin1Char('.')),
                      settingText(before),
                      settingText(after),
                      {},
                      {}});
        return;
    }
    QStringList names;
    for (const JsonValue *side : {&before, &after})
        if (side->isObject())
            for (const auto &[name, value] : side->members())
                if (!names.contains(qString(name)))
                    names.append(qString(name));
    for (const QString &name : names)
        compareSections(path + QLatin1Char('/') + name, before[name.toStdString()], after[name.toStdString()], lines);
}

} // namespace

Change trainingChange(const Document &from, const Document &to)
{
    Result<Change> change = changeBetween(from, to);
    if (!change)
        return {};
    auto &operations = change->operations;
    operations.erase(std::remove_if(operations.begin(), operations.end(), isForTheEye), operations.end());
    return *std::move(change);
}

QString settingText(const JsonValue &value)
{
    if (value.isNull())
        return nothing();
    if (value.isBool())
        return value.boolean() ? tr("on") : tr("off");
    if (value.isString() && value.string().empty())
        return nothing();
    if (value.isNumber() || value.isString() || value.isArray())
        return valueText(value);
    return qString(value.dump());
}

QList<DrawingDifference> drawingDifferences(const Document &from, const Document &to)
{
    QList<DrawingDifference> lines;
    int wires = 0;
    for (const Operation &operation : trainingChange(from, to).operations) {
        const bool isNew = operation.kind == Operation::Kind::Insert;
        switch (operation.what) {
        case Operation::What::Node: {
            Operation named = operation;
            if (isNew)
                named.id = operation.value["id"].string();
            DrawingDifference line = nodeDifference(from, to, named);
            if (line.before != line.after)
                lines.append(std::move(line));
            break;
        }
        case Operation::What::Wire:
            ++wires;
            break;
        case Operation::What::Block:
            lines.append({tr("Block %1").arg(qString(isNew ? operation.value["name"].string() : operation.id)),
                          isNew ? nothing() : tr("there"),
                          isNew ? tr("there") : nothing(),
                          {},
                          {}});
            break;
        case Operation::What::Document:
        case Operation::What::Graph: {
            const QString field = qString(operation.field);
            compareSections(field, sectionValue(from, field), sectionValue(to, field), lines);
            break;
        }
        }
    }
    if (wires > 0)
        lines.append({tr("Wires"), QString(), wires == 1 ? tr("1 differs") : tr("%1 differ").arg(wires), {}, {}});
    return lines;
}

} // namespace espalier
