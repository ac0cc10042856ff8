// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/window/auto_layout.h"

#include "gui/document/layout_edits.h"
#include "gui/document/studio_document.h"
#include "gui/models/graph_presenter.h"
#include "gui/window/document_page.h"
#include "widgets/graph/graph_model.h"
#include "widgets/graph/layout.h"

#include <QtCore/QPointer>
#include <QtCore/QThreadPool>

namespace espalier {
namespace {

/// One graph of the document, as it is laid out.
struct Sheet {
    std::string graph;
    GraphData data;
    LayoutOptions options;
    QHash<QString, QPointF> places; ///< the answer
    QHash<QString, QRectF> frames; ///< as they surround the nodes then
};

/// The shown graph, in the document's order and not the hash's: the layout breaks ties by it.
Sheet shownSheet(const DocumentPage &page)
{
    Sheet sheet;
    sheet.graph = page.graph();
    const DocumentGraph *graph = page.document()->document().findGraph(page.graph());
    for (const DocumentNode &node : graph->nodes)
        if (const GraphNode *shown = page.model()->node(QString::fromStdString(node.id)))
            sheet.data.nodes.append(*shown);
    for (const DocumentWire &wire : graph->wires)
        if (const GraphWire *shown = page.model()->wire(QString::fromStdString(wire.id)))
            sheet.data.wires.append(*shown);
    sheet.data.frames = page.model()->frames().values();
    return sheet;
}

/// What is to be laid out: the selection; or, where nothing is selected, all of the shown graph and, at the root, the
/// inside of every block.
std::vector<Sheet> sheetsOf(const DocumentPage &page)
{
    std::vector<Sheet> sheets{shownSheet(page)};
    const QSet<QString> &selected = page.view()->selection().nodes;
    if (selected.size() > 1) {
        sheets.front().options.only = selected;
    } else if (!page.isInBlock()) {
        const Presented from{page.document()->document(), page.catalogue(), page.answers()};
        for (const DocumentGraph &block : from.document.blocks)
            sheets.push_back({block.id, presentGraph(from, block.id), {}, {}, {}});
    }
    for (Sheet &sheet : sheets)
        sheet.options.direction = page.view()->direction();
    return sheets;
}

void apply(DocumentPage &page, const std::vector<Sheet> &sheets)
{
    Edit all;
    all.label = DocumentPage::tr("Auto-layout");
    all.graph = page.graph();
    for (const Sheet &sheet : sheets) {
        Positions positions;
        for (auto it = sheet.places.cbegin(); it != sheet.places.cend(); ++it)
            positions.emplace(it.key().toStdString(), Position{qRound(it->x()), qRound(it->y())});
        EditContext context = page.editContext();
        context.graph = sheet.graph;
        std::vector<DocumentFrame> frames;
        for (DocumentFrame frame : framesOf(*context.document.findGraph(sheet.graph))) {
            const auto rect = sheet.frames.constFind(QString::fromStdString(frame.id));
            if (rect == sheet.frames.cend())
                continue;
            frame.x = qRound(rect->x());
            frame.y = qRound(rect->y());
            frame.width = qRound(rect->width());
            frame.height = qRound(rect->height());
            frames.push_back(frame);
        }
        if (const EditResult moved = moveNodes(context, positions, frames))
            all.change.operations.insert(all.change.operations.end(), moved->change.operations.begin(),
                                         moved->change.operations.end());
    }
    page.view()->glideNextMoves();
    page.run(all, false);
}

} // namespace

void layOut(DocumentPage &page)
{
    const int version = page.document()->version();
    const QPointer<DocumentPage> alive(&page);
    QThreadPool::globalInstance()->start([alive, version, sheets = sheetsOf(page)]() mutable {
        for (Sheet &sheet : sheets) {
            sheet.places = layoutGraph(sheet.data, sheet.options);
            sheet.frames = framesAfter(sheet.data, sheet.places, sheet.options.direction);
        }
        QMetaObject::invokeMethod(qApp, [alive, version, sheets] {
            if (alive && alive->document()->version() == version)
                apply(*alive, sheets);
        });
    });
}

} // namespace espalier
