// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/window/find_bar.h"

#include "gui/document/studio_document.h"
#include "gui/engine_client/text.h"
#include "gui/models/document_sync.h"
#include "gui/models/graph_presenter.h"
#include "gui/window/document_page.h"
#include "gui/window/main_window.h"
#include "widgets/common/theme.h"
#include "widgets/lists/quick_add.h"

#include <QtWidgets/QLineEdit>

namespace espalier {
namespace {

void addGraph(const Presented &from, const DocumentGraph &graph, QList<ListEntry> &items)
{
    const GraphData data = presentGraph(from, graph.id);
    for (qsizetype i = 0; i < data.nodes.size(); ++i) { // in the order of the graph
        const GraphNode &shown = data.nodes[i];
        const DocumentNode &node = graph.nodes[static_cast<std::size_t>(i)];
        ListEntry item;
        item.id = qString(graph.id) + QLatin1Char('/') + shown.id;
        item.title = shown.name;
        if (graph.id != "root")
            item.title = qString(graph.name) + QStringLiteral(" › ") + shown.name;
        item.category = shown.category;
        item.icon = shown.icon;
        item.help = kindTitle(from, node.kind) + QStringLiteral(" · ") + shown.shape;
        item.aliases = {shown.name, kindTitle(from, node.kind), qString(node.kind)};
        items.append(item);
    }
}

} // namespace

void FindBar::open(MainWindow &window)
{
    DocumentPage *page = window.page();
    const Document &document = page->document()->document();
    const Presented from{document, page->catalogue(), page->answers()};
    QList<ListEntry> items;
    addGraph(from, document.graph, items);
    for (const DocumentGraph &block : document.blocks)
        addGraph(from, block, items);
    auto *popup = new QuickAdd(page->view());
    popup->setAttribute(Qt::WA_DeleteOnClose);
    popup->setAccessibleName(MainWindow::tr("Find"));
    popup->searchField()->setPlaceholderText(MainWindow::tr("Find a node by name or kind"));
    popup->setEntries(items);
    QObject::connect(popup, &QuickAdd::chosen, page, [page](const QString &id) {
        page->reveal(id.section(QLatin1Char('/'), 0, 0).toStdString(), id.section(QLatin1Char('/'), 1));
    });
    const QPoint top(page->view()->width() / 2 - Theme::current().px(100), Theme::current().px(48));
    popup->open(page->view()->mapToGlobal(top));
}

} // namespace espalier
