// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/window/document_page.h"

#include "gui/document/block_edits.h"
#include "gui/document/studio_document.h"
#include "gui/engine_client/text.h"
#include "gui/models/document_sync.h"
#include "gui/models/focus.h"
#include "gui/models/gradient_flow.h"
#include "gui/window/breadcrumbs.h"
#include "gui/window/notice_bar.h"
#include "widgets/graph/graph_model.h"

#include <QtWidgets/QVBoxLayout>

#include <utility>

namespace espalier {
namespace {

constexpr std::size_t kMostSingly = 24; ///< operations that are shown one by one; more are shown by looking at all

std::vector<std::string> toIds(const QSet<QString> &ids)
{
    std::vector<std::string> list;
    list.reserve(static_cast<std::size_t>(ids.size()));
    for (const QString &id : ids)
        list.push_back(id.toStdString());
    std::sort(list.begin(), list.end()); // a set has no order; edits must be the same each time
    return list;
}

/// The way from the root to `graph` through instances, shortest first.
bool findWay(const Document &document, const std::string &graph, std::vector<std::pair<std::string, std::string>> &way,
             QSet<QString> &seen)
{
    const std::string at = way.empty() ? "root" : way.back().first;
    if (at == graph)
        return true;
    const DocumentGraph *here = document.findGraph(at);
    if (!here || seen.contains(qString(at)))
        return false;
    seen.insert(qString(at));
    for (const DocumentNode &node : here->nodes) {
        const std::string_view block = blockUsedBy(node);
        if (block.empty())
            continue;
        way.emplace_back(std::string(block), node.id);
        if (findWay(document, graph, way, seen))
            return true;
        way.pop_back();
    }
    return false;
}

} // namespace

DocumentPage::DocumentPage(StudioDocument *document, EngineClient *engine, const Catalogue *catalogue, QWidget *parent)
    : QWidget(parent)
    , m_document(document)
    , m_catalogue(catalogue)
    , m_sync(new DocumentSync(engine, document, this))
    , m_focus(new Focus(this))
    , m_model(new GraphModel(this))
    , m_view(new GraphView(m_model, this))
    , m_notices(new NoticeBar(this))
    , m_breadcrumbs(new Breadcrumbs(this))
{
    document->setParent(this);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_notices);
    column->addWidget(m_breadcrumbs);
    column->addWidget(m_view, 1);
    setFocusProxy(m_view);
    m_view->setAccessibleName(tr("Drawing"));
    m_view->setReadOnly(document->isReadOnly());
    connect(document, &StudioDocument::changed, this, [this](const Change &change) { presentChange(change); });
    connect(document, &StudioDocument::reset, this, [this] {
        m_path = {{"root", {}}};
        showPath();
    });
    connect(document, &StudioDocument::graphShouldShow, this,
            [this](const QString &graph) { showGraph(graph.toStdString()); });
    connect(document, &StudioDocument::readOnlyChanged, m_view, &GraphView::setReadOnly);
    connect(m_sync, &DocumentSync::answersChanged, this, &DocumentPage::present);
    connect(m_view, &GraphView::selectionChanged, this, [this] {
        focusOnSelection();
        emit selectionChanged();
    });
    connect(m_breadcrumbs, &Breadcrumbs::clicked, this, [this](int depth) {
        m_path.resize(static_cast<std::size_t>(depth) + 1);
        showPath();
    });
    connect(m_breadcrumbs, &Breadcrumbs::makeUniqueRequested, this, &DocumentPage::makeEnteredUnique);
    present();
}

void DocumentPage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    if (std::exchange(m_wasShown, true))
        return;
    layout()->activate(); // the view must have its size before anything can fit into it
    if (m_firstLook)
        m_view->setViewState(*m_firstLook);
    else
        m_view->fitAll();
}

void DocumentPage::lookAt(const GraphView::ViewState &state)
{
    m_firstLook = state;
    if (m_wasShown)
        m_view->setViewState(state);
}

DocumentPage::~DocumentPage()
{
    delete m_view; // it borrows the model
}

const Answers &DocumentPage::answers() const
{
    return m_sync->answers();
}

Presented DocumentPage::presented() const
{
    return {m_document->document(), *m_catalogue, m_sync->answers(),
            m_sync->isFresh(),      m_figure,     m_watch ? m_watch->looks() : nullptr};
}

void DocumentPage::watchRuns(RunStore *runs)
{
    m_watch = new NodeWatch(runs, m_focus, this);
    connect(m_watch, &NodeWatch::changed, this, &DocumentPage::showLooks);
    connect(m_watch, &NodeWatch::reset, this, &DocumentPage::present);
    connect(m_document, &StudioDocument::reset, m_watch, &NodeWatch::shownChanged);
    connect(m_document, &StudioDocument::changed, m_watch, &NodeWatch::shownChanged);
    connect(this, &DocumentPage::graphChanged, m_watch, &NodeWatch::shownChanged);
    m_watch->setSource([this] { return shownNodes(); });
    m_flow = new GradientFlow(runs, m_focus, this);
    connect(m_flow, &GradientFlow::changed, this, &DocumentPage::showFlow);
}

NodeWatch::Shown DocumentPage::shownNodes() const
{
    QHash<QString, QString> paths;
    if (const DocumentGraph *shown = m_document->document().findGraph(graph()))
        for (const DocumentNode &node : shown->nodes)
            paths.insert(qString(node.id), pathOf(qString(node.id)));
    return {m_document->document(), paths};
}

/// As wide as much gradient comes back along them, where that was asked for.
void DocumentPage::showFlow()
{
    const QHash<QString, GraphWire> wires = m_model->wires();
    for (GraphWire wire : wires) {
        wire.weight = m_flow->weight(wire.from);
        m_model->setWire(wire);
    }
}

void DocumentPage::tellFlow()
{
    if (!m_flow || !m_flow->isOn())
        return;
    QList<GraphEnd> outputs;
    QSet<GraphEnd> seen;
    for (const GraphWire &wire : m_model->wires())
        if (!seen.contains(wire.from)) {
            seen.insert(wire.from);
            outputs.append(wire.from);
        }
    std::sort(outputs.begin(), outputs.end(),
              [](const GraphEnd &a, const GraphEnd &b) { return std::tie(a.node, a.port) < std::tie(b.node, b.port); });
    m_flow->setOutputs(outputs, shownNodes().paths);
    showFlow();
}

void DocumentPage::setShowsGradientFlow(bool shows)
{
    if (!m_flow)
        return;
    m_flow->setOn(shows);
    tellFlow();
}

void DocumentPage::showLooks(const QStringList &nodes)
{
    const DocumentGraph *shown = m_document->document().findGraph(graph());
    const Presented from = presented();
    if (!shown || !from.looks)
        return;
    Presented bare = from;
    bare.looks = nullptr;
    for (const QString &id : nodes) {
        const DocumentNode *node = shown->findNode(id.toStdString());
        if (!node || !m_model->node(id))
            continue;
        auto known = m_bare.find(id);
        if (known == m_bare.end())
            known = m_bare.insert(id, presentNode(bare, *shown, *node));
        GraphNode look = *known;
        applyLook(look, from.looks->value(id));
        m_model->setNode(look);
    }
}

void DocumentPage::present()
{
    m_bare.clear();
    m_model->setData(presentGraph(presented(), graph()));
    tellFlow();
    updateBreadcrumbs();
}

void DocumentPage::presentChange(const Change &change)
{
    m_bare.clear();
    if (!m_document->document().findGraph(graph())) { // the shown block was undone
        m_path = {{"root", {}}};
        showPath();
        return;
    }
    const bool isSmall = change.operations.size() <= kMostSingly
        && std::all_of(change.operations.begin(), change.operations.end(), [&](const Operation &operation) {
                             const bool isHere = operation.graph == graph() && operation.what != Operation::What::Block;
                             return isHere || operation.what == Operation::What::Document;
                         });
    if (!isSmall) {
        present();
        return;
    }
    for (const Operation &operation : change.operations)
        presentOperation(operation);
    tellFlow();
    updateBreadcrumbs();
}

void DocumentPage::presentOperation(const Operation &operation)
{
    const DocumentGraph &shown = *m_document->document().findGraph(graph());
    const std::string id = operation.kind == Operation::Kind::Insert ? operation.value["id"].string() : operation.id;
    const auto refreshNode = [&](const std::string &node) {
        if (const DocumentNode *found = shown.findNode(node))
            m_model->setNode(presentNode(presented(), shown, *found));
    };
    switch (operation.what) {
    case Operation::What::Node:
        if (operation.kind == Operation::Kind::Remove)
            m_model->removeNode(qString(id));
        else
            refreshNode(id);
        break;
    case Operation::What::Wire: {
        const GraphWire *before = m_model->wire(qString(id));
        const std::string was = before ? before->to.node.toStdString() : std::string();
        const auto now = std::find_if(shown.wires.begin(), shown.wires.end(),
                                      [&](const DocumentWire &wire) { return wire.id == id; });
        if (now == shown.wires.end())
            m_model->removeWire(qString(id));
        else
            m_model->setWire(presentWire(*now));
        refreshNode(was);
        if (now != shown.wires.end())
            refreshNode(now->to.node);
        break;
    }
    case Operation::What::Graph:
        presentFramesOf(shown);
        break;
    case Operation::What::Block:
    case Operation::What::Document:
        break;
    }
}

void DocumentPage::presentFramesOf(const DocumentGraph &shown)
{
    QSet<QString> kept;
    for (const GraphFrame &frame : presentFrames(shown)) {
        m_model->setFrame(frame);
        kept.insert(frame.id);
    }
    const QStringList before = m_model->frames().keys();
    for (const QString &id : before)
        if (!kept.contains(id))
            m_model->removeFrame(id);
}

void DocumentPage::refresh()
{
    present();
}

void DocumentPage::setFigure(NodeFigure figure)
{
    m_figure = figure;
    present();
}

void DocumentPage::enter(const QString &instance)
{
    const DocumentGraph *here = m_document->document().findGraph(graph());
    const DocumentNode *node = here ? here->findNode(instance.toStdString()) : nullptr;
    const std::string_view block = node ? blockUsedBy(*node) : std::string_view();
    if (block.empty() || !m_document->document().findGraph(block))
        return;
    m_path.push_back({std::string(block), instance.toStdString()});
    showPath();
}

void DocumentPage::leave()
{
    if (!isInBlock())
        return;
    const QString cameFrom = qString(m_path.back().instance);
    m_path.pop_back();
    showPath();
    GraphSelection selection;
    selection.nodes.insert(cameFrom);
    m_view->setSelection(selection);
}

std::string DocumentPage::enteredFrom() const
{
    return m_path.size() > 1 ? m_path[m_path.size() - 2].graph : std::string();
}

void DocumentPage::showGraph(const std::string &graph)
{
    if (graph == this->graph())
        return;
    std::vector<std::pair<std::string, std::string>> way;
    QSet<QString> seen;
    m_path = {{"root", {}}};
    if (findWay(m_document->document(), graph, way, seen))
        for (auto &[block, instance] : way)
            m_path.push_back({block, instance});
    else if (m_document->document().findGraph(graph) && graph != "root")
        m_path.push_back({graph, {}}); // a definition that nothing uses
    showPath();
}

void DocumentPage::showPath()
{
    m_viewStates.insert(m_shown, m_view->viewState());
    const QString now = m_shown = qString(graph());
    m_view->setSelection({});
    present();
    if (m_viewStates.contains(now))
        m_view->setViewState(m_viewStates.value(now));
    else
        m_view->fitAll();
    emit graphChanged();
    emit selectionChanged();
}

void DocumentPage::updateBreadcrumbs()
{
    QStringList names{m_title};
    for (std::size_t i = 1; i < m_path.size(); ++i)
        if (const DocumentGraph *block = m_document->document().findGraph(m_path[i].graph))
            names.append(qString(block->name));
    m_breadcrumbs->setPath(names, isInBlock() ? instanceCount(m_document->document(), graph()) : 0);
}

void DocumentPage::makeEnteredUnique()
{
    EditContext context = editContext();
    context.graph = enteredFrom();
    const std::string instance = enteredThrough();
    if (!run(makeUnique(context, instance), false))
        return;
    const DocumentGraph *around = m_document->document().findGraph(context.graph);
    const DocumentNode *node = around ? around->findNode(instance) : nullptr;
    if (!node)
        return;
    m_path.back().graph = std::string(blockUsedBy(*node));
    showPath();
}

void DocumentPage::reveal(const std::string &graph, const QString &node)
{
    showGraph(graph);
    if (!m_model->node(node))
        return;
    GraphSelection selection;
    selection.nodes.insert(node);
    m_view->setSelection(selection);
    m_view->reveal(node);
    m_view->setFocus(Qt::OtherFocusReason);
}

EditContext DocumentPage::editContext() const
{
    return {m_document->document(), *m_catalogue, graph(), &m_sync->answers().ports};
}

bool DocumentPage::run(const EditResult &edit, bool selects)
{
    const Result<void> done = m_document->apply(edit);
    if (!done) {
        emit told(text(done.error()));
        return false;
    }
    if (edit->isEmpty())
        return false;
    if (selects && !edit->selected.empty()) {
        GraphSelection selection;
        for (const std::string &id : edit->selected) {
            if (m_model->node(qString(id)))
                selection.nodes.insert(qString(id));
            else if (m_model->frame(qString(id)))
                selection.frames.insert(qString(id));
        }
        m_view->setSelection(selection);
    }
    return true;
}

void DocumentPage::applyFix(const Fix &fix, const Place &where)
{
    const std::string graph = where.graph.empty() ? std::string("root") : where.graph;
    if (const auto done = m_document->applyFix(fix, text(fix), graph); !done)
        emit told(text(done.error()));
    else if (!where.node.empty())
        reveal(graph, qString(where.node));
}

std::vector<std::string> DocumentPage::selectedNodes() const
{
    return toIds(m_view->selection().nodes);
}

std::vector<std::string> DocumentPage::selectedWires() const
{
    return toIds(m_view->selection().wires);
}

std::vector<std::string> DocumentPage::selectedFrames() const
{
    return toIds(m_view->selection().frames);
}

/// Where a block is repeated, its first place stands for all; where several nodes are selected, what was looked at
/// stays.
void DocumentPage::focusOnSelection()
{
    const QSet<QString> &nodes = m_view->selection().nodes;
    if (nodes.size() > 1)
        return;
    QString path;
    if (!nodes.isEmpty())
        path = pathOf(*nodes.cbegin());
    m_focus->setSelection({path, {}});
}

QString DocumentPage::pathOf(const QString &node) const
{
    QString path;
    for (std::size_t i = 1; i < m_path.size(); ++i)
        path += qString(m_path[i].instance) + QStringLiteral("/0/");
    return path + node;
}

void DocumentPage::setTitle(const QString &title)
{
    if (m_title == title)
        return;
    m_title = title;
    updateBreadcrumbs();
    emit titleChanged();
}

} // namespace espalier
