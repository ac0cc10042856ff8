// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/panels/outline_panel.h"

#include "gui/document/studio_document.h"
#include "gui/engine_client/text.h"
#include "gui/models/document_sync.h"
#include "gui/models/graph_presenter.h"
#include "gui/window/document_page.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QtCore/QTimer>
#include <QtGui/QStandardItemModel>
#include <QtWidgets/QHeaderView>

#include <unordered_map>

namespace espalier {
namespace {

enum Role { GraphRole = Qt::UserRole + 1, NodeRole };
constexpr int kDeepest = 6; ///< blocks in blocks that are listed inside each other
constexpr int kRefreshDelayMs = 120;

/// Nodes so that what feeds comes before what is fed; nodes on a cycle come last, as they were.
std::vector<const DocumentNode *> inOrder(const DocumentGraph &graph)
{
    std::unordered_map<std::string_view, int> waits;
    std::unordered_map<std::string_view, std::vector<std::string_view>> feeds;
    for (const DocumentWire &wire : graph.wires) {
        ++waits[wire.to.node];
        feeds[wire.from.node].push_back(wire.to.node);
    }
    std::unordered_map<std::string_view, const DocumentNode *> byId;
    std::vector<const DocumentNode *> ready;
    for (const DocumentNode &node : graph.nodes) {
        byId.emplace(node.id, &node);
        if (waits[node.id] == 0)
            ready.push_back(&node);
    }
    for (std::size_t i = 0; i < ready.size(); ++i)
        for (const std::string_view next : feeds[ready[i]->id])
            if (--waits[next] == 0 && byId.contains(next))
                ready.push_back(byId[next]);
    for (const DocumentNode &node : graph.nodes)
        if (waits[node.id] > 0)
            ready.push_back(&node);
    return ready;
}

} // namespace

OutlinePanel::OutlinePanel(QWidget *parent)
    : QTreeView(parent)
    , m_items(new QStandardItemModel(this))
    , m_soon(new QTimer(this))
{
    setModel(m_items);
    setFrameShape(QFrame::NoFrame);
    setHeaderHidden(true);
    setUniformRowHeights(true);
    setEditTriggers(NoEditTriggers);
    setSelectionMode(SingleSelection);
    setAccessibleName(tr("Outline"));
    m_soon->setSingleShot(true);
    m_soon->setInterval(kRefreshDelayMs);
    connect(m_soon, &QTimer::timeout, this, &OutlinePanel::refresh);
    const auto jump = [this](const QModelIndex &index) {
        if (!m_page || m_isFollowing || !index.isValid())
            return;
        const QModelIndex first = index.siblingAtColumn(0);
        m_isFollowing = true;
        m_page->showGraph(first.data(GraphRole).toString().toStdString());
        GraphSelection selection;
        selection.nodes.insert(first.data(NodeRole).toString());
        m_page->view()->setSelection(selection);
        m_page->view()->reveal(first.data(NodeRole).toString());
        m_isFollowing = false;
    };
    connect(selectionModel(), &QItemSelectionModel::currentChanged, this, jump);
    connect(this, &QTreeView::activated, this, [this](const QModelIndex &index) {
        const QModelIndex first = index.siblingAtColumn(0);
        if (m_page && first.isValid())
            m_page->reveal(first.data(GraphRole).toString().toStdString(), first.data(NodeRole).toString());
    });
}

void OutlinePanel::setPage(DocumentPage *page)
{
    if (m_page) {
        m_page->disconnect(this);
        m_page->document()->disconnect(m_soon);
        m_page->sync()->disconnect(m_soon);
    }
    m_page = page;
    if (page) {
        const auto soon = qOverload<>(&QTimer::start);
        connect(page->document(), &StudioDocument::changed, m_soon, [this] { m_soon->start(); });
        connect(page->document(), &StudioDocument::reset, m_soon, soon);
        connect(page->sync(), &DocumentSync::answersChanged, m_soon, soon);
        connect(page, &DocumentPage::selectionChanged, this, &OutlinePanel::followSelection);
    }
    refresh();
}

void OutlinePanel::showEvent(QShowEvent *event)
{
    QTreeView::showEvent(event);
    if (m_isStale)
        refresh();
}

void OutlinePanel::refresh()
{
    m_isStale = !isVisible();
    if (m_isStale)
        return; // nobody looks: a large drawing would pay for it at each edit
    m_isFollowing = true;
    m_items->clear();
    m_items->setColumnCount(2);
    if (m_page)
        addGraph(m_items->invisibleRootItem(), m_page->document()->document().graph, 0);
    header()->setStretchLastSection(false);
    header()->setSectionResizeMode(0, QHeaderView::Stretch);
    header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    m_isFollowing = false;
    followSelection();
}

void OutlinePanel::addGraph(QStandardItem *parent, const DocumentGraph &graph, int depth)
{
    const Theme &theme = Theme::current();
    const Presented from{m_page->document()->document(), m_page->catalogue(), m_page->answers()};
    QHash<QString, GraphNode> presented;
    const GraphData shownGraph = presentGraph(from, graph.id);
    for (const GraphNode &node : shownGraph.nodes)
        presented.insert(node.id, node);
    for (const DocumentNode *node : inOrder(graph)) {
        const GraphNode shown = presented.value(qString(node->id));
        auto *name = new QStandardItem(shown.name);
        const bool isBad = !shown.problem.isEmpty();
        name->setIcon(isBad ? icon(QStringLiteral("error"), theme.error)
                            : QIcon(categoryPixmap(shown.icon, theme.category(shown.category), theme.sizes.icon,
                                                   devicePixelRatioF())));
        name->setData(qString(graph.id), GraphRole);
        name->setData(shown.id, NodeRole);
        name->setToolTip(isBad ? shown.problem : shown.tip);
        name->setData(isBad ? tr("%1, %2, problem: %3").arg(shown.name, shown.caption, shown.problem)
                            : tr("%1, %2, gives %3").arg(shown.name, shown.caption, shown.shape),
                      Qt::AccessibleTextRole);
        auto *shape = new QStandardItem(shown.shape);
        shape->setForeground(theme.muted);
        parent->appendRow({name, shape});
        const DocumentGraph *inside = from.document.findGraph(blockUsedBy(*node));
        if (inside && depth < kDeepest)
            addGraph(name, *inside, depth + 1);
    }
}

void OutlinePanel::followSelection()
{
    if (m_isFollowing || !m_page || m_page->view()->selection().nodes.size() != 1)
        return;
    const QString wanted = *m_page->view()->selection().nodes.cbegin();
    const QModelIndexList found
        = m_items->match(m_items->index(0, 0), NodeRole, wanted, 1, Qt::MatchExactly | Qt::MatchRecursive);
    m_isFollowing = true;
    if (!found.isEmpty()) {
        setCurrentIndex(found.first());
        scrollTo(found.first());
    }
    m_isFollowing = false;
}

} // namespace espalier
