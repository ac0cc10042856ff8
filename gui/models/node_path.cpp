// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/models/node_path.h"

#include "gui/document/block_edits.h"
#include "gui/engine_client/text.h"

#include <algorithm>

namespace espalier {
namespace {

constexpr int kDeepest = 64;

/// Calls `visit(node, repeat)` for each node on the way; the repeat of the last one is empty. Returns the last.
template <typename Visit>
const DocumentNode *walk(const Document &document, const QString &idPath, const Visit &visit)
{
    const QStringList parts = idPath.split(QLatin1Char('/'));
    const DocumentGraph *graph = &document.graph;
    for (qsizetype i = 0; i < parts.size(); i += 2) {
        const DocumentNode *node = graph ? graph->findNode(parts[i].toStdString()) : nullptr;
        if (!node)
            return nullptr;
        visit(*node, parts.value(i + 1));
        if (i + 1 >= parts.size())
            return node;
        graph = document.findGraph(blockUsedBy(*node));
    }
    return nullptr;
}

} // namespace

const DocumentNode *nodeAtPath(const Document &document, const QString &idPath)
{
    return walk(document, idPath, [](const DocumentNode &, const QString &) {});
}

QString namePath(const Document &document, const QString &idPath)
{
    QString path;
    const bool isFound = walk(document, idPath, [&path](const DocumentNode &node, const QString &repeat) {
        path += qString(node.name);
        if (repeat.isEmpty())
            return;
        const bool isNumbered = node.params["repeat"].integer(1) > 1 && !node.params["shared"].boolean();
        path += isNumbered ? QStringLiteral(".%1.").arg(repeat) : QStringLiteral(".");
    });
    return isFound ? path : QString();
}

QString resultPath(const Document &document, const QString &idPath)
{
    QString path = idPath;
    for (int depth = 0; depth < kDeepest; ++depth) {
        const DocumentNode *node = nodeAtPath(document, path);
        const DocumentGraph *block = node ? document.findGraph(blockUsedBy(*node)) : nullptr;
        if (!block)
            return node ? path : QString();
        const auto output = std::find_if(block->nodes.begin(), block->nodes.end(),
                                         [](const DocumentNode &each) { return each.kind == "BlockOutput"; });
        if (output == block->nodes.end())
            return {};
        const auto wire = std::find_if(block->wires.begin(), block->wires.end(),
                                       [&](const DocumentWire &each) { return each.to.node == output->id; });
        if (wire == block->wires.end())
            return {};
        const std::int64_t repeats = std::clamp<std::int64_t>(node->params["repeat"].integer(1), 1, 100'000);
        path += QStringLiteral("/%1/%2").arg(repeats - 1).arg(qString(wire->from.node));
    }
    return {};
}

} // namespace espalier
