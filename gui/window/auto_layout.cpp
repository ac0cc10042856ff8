// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/window/auto_layout.h"

#include "gui/document/layout_edits.h"
#include "gui/document/studio_document.h"
#include "gui/window/document_page.h"
#include "widgets/graph/graph_model.h"
#include "widgets/graph/layout.h"

#include <QtCore/QPointer>
#include <QtCore/QThreadPool>

namespace espalier {
namespace {

GraphData dataOf(const DocumentPage &page)
{
    // The document's order, not the hash's: the layout breaks ties by it.
    GraphData data;
    const DocumentGraph *graph = page.document()->document().findGraph(page.graph());
    for (const DocumentNode &node : graph->nodes)
        if (const GraphNode *shown = page.model()->node(QString::fromStdString(node.id)))
            data.nodes.append(*shown);
    for (const DocumentWire &wire : graph->wires)
        if (const GraphWire *shown = page.model()->wire(QString::fromStdString(wire.id)))
            data.wires.append(*shown);
    data.frames = page.model()->frames().values();
    return data;
}

void apply(DocumentPage &page, const QHash<QString, QPointF> &places)
{
    Positions positions;
    for (auto it = places.cbegin(); it != places.cend(); ++it)
        positions.emplace(it.key().toStdString(), Position{qRound(it->x()), qRound(it->y())});
    page.document()->endMerge();
    page.run(moveNodes(page.editContext(), positions, {}, DocumentPage::tr("Auto-layout")), false);
    page.document()->endMerge();
}

} // namespace

void layOut(DocumentPage &page)
{
    LayoutOptions options;
    options.direction = page.view()->direction();
    if (page.view()->selection().nodes.size() > 1)
        options.only = page.view()->selection().nodes;
    const int version = page.document()->version();
    const QPointer<DocumentPage> alive(&page);
    QThreadPool::globalInstance()->start([alive, version, options, data = dataOf(page)] {
        const QHash<QString, QPointF> places = layoutGraph(data, options);
        QMetaObject::invokeMethod(qApp, [alive, version, places] {
            if (alive && alive->document()->version() == version && !places.isEmpty())
                apply(*alive, places);
        });
    });
}

} // namespace espalier
