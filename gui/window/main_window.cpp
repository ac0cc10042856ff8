// SPDX-License-Identifier: GPL-3.0-or-later
// This file is long because the window puts every panel and bar together, and says so in one place.
#include "gui/window/main_window.h"

#include "gui/dashboard/dashboard.h"
#include "gui/dashboard/watch.h"
#include "gui/data_panel/data_adder.h"
#include "gui/data_panel/data_panel.h"
#include "gui/document/clipboard.h"
#include "gui/document/studio_document.h"
#include "gui/engine_client/engine_client.h"
#include "gui/engine_client/text.h"
#include "gui/models/document_sync.h"
#include "gui/models/focus.h"
#include "gui/models/run_store.h"
#include "gui/panels/history_panel.h"
#include "gui/panels/inspector_panel.h"
#include "gui/panels/outline_panel.h"
#include "gui/panels/palette_panel.h"
#include "gui/panels/predictions_panel.h"
#include "gui/panels/problems_panel.h"
#include "gui/panels/tensor_panel.h"
#include "gui/panels/training_panel.h"
#include "gui/window/actions.h"
#include "gui/window/canvas_controller.h"
#include "gui/window/document_page.h"
#include "gui/window/documents.h"
#include "gui/window/panel_area.h"
#include "gui/window/status_line.h"
#include "gui/window/top_bar.h"
#include "gui/window/train_controller.h"
#include "gui/window/window_commands.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QtCore/QFileInfo>
#include <QtCore/QMimeData>
#include <QtCore/QSettings>
#include <QtCore/QTimer>
#include <QtGui/QClipboard>
#include <QtGui/QCloseEvent>
#include <QtGui/QGuiApplication>
#include <QtWidgets/QMenuBar>
#include <QtWidgets/QSplitter>
#include <QtWidgets/QStackedWidget>
#include <QtWidgets/QTabBar>
#include <QtWidgets/QToolButton>
#include <QtWidgets/QVBoxLayout>

namespace espalier {
namespace {

constexpr int kLeftWidth = 208;
constexpr int kRightWidth = 292;
constexpr int kBottomHeight = 290;

} // namespace

MainWindow::MainWindow(EngineClient *engine, QWidget *parent)
    : QMainWindow(parent)
    , m_engine(engine)
    , m_runs(new RunStore(engine, this))
    , m_actions(new Actions(this))
    , m_top(new TopBar(m_actions, this))
    , m_status(new StatusLine(this))
    , m_left(new PanelArea(QStringLiteral("left panels"), this))
    , m_right(new PanelArea(QStringLiteral("right panels"), this))
    , m_bottom(new PanelArea(QStringLiteral("bottom panels"), this))
    , m_tabs(new QTabBar(this))
    , m_stack(new QStackedWidget(this))
    , m_layers(new PalettePanel(PalettePanel::Content::Layers))
    , m_blocks(new PalettePanel(PalettePanel::Content::Blocks))
    , m_outline(new OutlinePanel)
    , m_problems(new ProblemsPanel)
    , m_history(new HistoryPanel)
    , m_inspector(new InspectorPanel)
    , m_data(new DataPanel)
    , m_training(new TrainingPanel)
    , m_factsSoon(new QTimer(this))
{
    setWindowTitle(QStringLiteral("Espalier"));
    setAcceptDrops(true);
    m_engine->setRestartsWhenHung(true); // it answers about drawings; runs have engines of their own
    m_documents = new Documents(this);
    m_train = new TrainController(this, m_top);
    connect(m_train, &TrainController::changed, m_factsSoon, qOverload<>(&QTimer::start));
    m_watch = new Watch(this);
    m_factsSoon->setSingleShot(true);
    m_factsSoon->setInterval(0);
    connect(m_factsSoon, &QTimer::timeout, this, &MainWindow::updateFacts);
    buildPanels();
    buildLayout();
    m_actions->fillMenuBar(menuBar());
    bindActions();
    connectEngine();
    restoreLayout();
    updateFacts();
}

MainWindow::~MainWindow()
{
    // Pages borrow the catalogue, and an editor that loses the focus still makes its edit.
    followPage(nullptr);
    while (m_stack->count() > 0)
        delete m_stack->widget(0);
}

void MainWindow::buildPanels()
{
    m_left->addPanel(QStringLiteral("layers"), tr("Layers"), m_layers);
    m_left->addPanel(QStringLiteral("blocks"), tr("Blocks"), m_blocks);
    m_left->addPanel(QStringLiteral("outline"), tr("Outline"), m_outline);
    m_right->addPanel(QStringLiteral("layer"), tr("Layer"), m_inspector);
    m_right->addPanel(QStringLiteral("data"), tr("Data"), m_data);
    m_right->addPanel(QStringLiteral("training"), tr("Training"), m_training);
    m_watch->addTo(m_bottom);
    buildLookingPanels();
    m_bottom->addPanel(QStringLiteral("problems"), tr("Problems"), m_problems);
    m_bottom->addPanel(QStringLiteral("history"), tr("History"), m_history);
    connect(m_data, &DataPanel::backRequested, this, [this] { setDataAlone(false); });
    for (PalettePanel *palette : {m_layers, m_blocks})
        connect(palette, &PalettePanel::addRequested, this, [this](const QString &kind) {
            if (const CurrentCanvas now = canvas(); now.page) {
                const GraphView *view = now.page->view();
                now.controller->addLayer(kind, view->toScene(QPointF(view->rect().center())), true);
            }
        });
}

/// What of a run is looked into: predictions, confusion, tensors.
void MainWindow::buildLookingPanels()
{
    m_predictions = new PredictionSource(m_runs, this);
    m_tensors = new TensorPanel(m_runs);
    auto *confusion = new ConfusionPanel(m_predictions);
    m_bottom->addPanel(QStringLiteral("predictions"), tr("Predictions"), new PredictionsPanel(m_predictions));
    m_bottom->addPanel(QStringLiteral("confusion"), tr("Confusion"), confusion);
    m_bottom->addPanel(QStringLiteral("tensors"), tr("Tensors"), m_tensors);
    connect(&m_watch->dashboard(), &Dashboard::runsChanged, this, [this] {
        for (int i = 0; i < pageCount(); ++i)
            showRunColour(page(i));
    });
    connect(confusion, &ConfusionPanel::samplesRequested, this,
            [this] { m_bottom->setCurrent(QStringLiteral("predictions")); });
}

/// Pictures on nodes have the colour that their run has everywhere.
void MainWindow::showRunColour(DocumentPage *shown)
{
    const QString run = shown->focus()->run();
    shown->view()->setPictureColour(run.isEmpty() ? QColor() : m_watch->dashboard().colour(run));
}

void MainWindow::buildLayout()
{
    auto *middle = new QWidget(this);
    auto *middleColumn = new QVBoxLayout(middle);
    middleColumn->setContentsMargins(0, 0, 0, 0);
    middleColumn->setSpacing(0);
    auto *tabRow = new QHBoxLayout;
    tabRow->setContentsMargins(Theme::current().space(Space::Small), 0, 0, 0);
    tabRow->setSpacing(0);
    tabRow->addWidget(m_tabs);
    auto *plus = new QToolButton(middle);
    plus->setAutoRaise(true);
    plus->setIcon(icon(QStringLiteral("plus")));
    plus->setAccessibleName(tr("New drawing"));
    plus->setToolTip(tr("New drawing (Ctrl+N)"));
    connect(plus, &QToolButton::clicked, m_actions->action(u"file.new"), &QAction::trigger);
    tabRow->addWidget(plus);
    tabRow->addStretch();
    middleColumn->addLayout(tabRow);
    middleColumn->addWidget(m_stack, 1);
    m_tabs->setDocumentMode(true);
    m_tabs->setTabsClosable(true);
    m_tabs->setMovable(true);
    m_tabs->setDrawBase(false);
    m_tabs->setExpanding(false);
    m_tabs->setAccessibleName(tr("Documents"));
    m_tabs->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Preferred);
    m_columns = new QSplitter(Qt::Horizontal, this);
    m_columns->addWidget(m_left);
    m_columns->addWidget(middle);
    m_columns->addWidget(m_right);
    m_rows = new QSplitter(Qt::Vertical, this);
    m_rows->addWidget(m_columns);
    m_rows->addWidget(m_bottom);
    for (QSplitter *splitter : {m_columns, m_rows}) {
        splitter->setHandleWidth(1);
        splitter->setChildrenCollapsible(false);
    }
    m_columns->setStretchFactor(1, 1);
    m_rows->setStretchFactor(0, 1);
    auto *all = new QWidget(this);
    auto *column = new QVBoxLayout(all);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_top);
    column->addWidget(m_rows, 1);
    column->addWidget(m_status);
    setCentralWidget(all);
    connect(m_tabs, &QTabBar::currentChanged, this, &MainWindow::currentTabChanged);
    connect(m_tabs, &QTabBar::tabCloseRequested, this, [this](int index) { m_documents->close(page(index)); });
    connect(m_tabs, &QTabBar::tabMoved, this, [this](int from, int to) {
        QWidget *moved = m_stack->widget(from);
        m_stack->removeWidget(moved);
        m_stack->insertWidget(to, moved);
        m_stack->setCurrentIndex(m_tabs->currentIndex());
    });
    connect(m_status, &StatusLine::problemsClicked, m_actions->action(u"run.check"), &QAction::trigger);
    connect(m_status, &StatusLine::engineClicked, this, &MainWindow::showEngineState);
}

void MainWindow::bindActions()
{
    bindCanvasCommands(*m_actions, [this] { return canvas(); });
    bindWindowCommands(*this);
    m_watch->bindActions();
    m_actions->handle("view.next_panel", [this] { cyclePanels(1); });
    m_actions->handle("view.previous_panel", [this] { cyclePanels(-1); });
    m_actions->handle("view.next_document", [this] { stepDocument(1); });
    m_actions->handle("view.previous_document", [this] { stepDocument(-1); });
    m_actions->handle("view.data", [this] { showData(); });
    m_actions->handle("run.check", [this] {
        m_bottom->setVisible(true);
        m_bottom->setCurrent(QStringLiteral("problems"));
        m_problems->showNext();
        updateFacts();
    });
    m_actions->handle("run.restart_engine", [this] { m_engine->restart(); });
    connect(QGuiApplication::clipboard(), &QClipboard::dataChanged, m_factsSoon, qOverload<>(&QTimer::start));
}

void MainWindow::connectEngine()
{
    connect(m_engine, &EngineClient::stateChanged, this, &MainWindow::showEngineState);
    connect(m_engine, &EngineClient::ready, this, [this] {
        m_engine->request(QStringLiteral("describe"), JsonValue::object(), this, [this](const Result<JsonValue> &all) {
            if (all)
                takeCatalogue(*all);
        });
    });
    showEngineState();
}

void MainWindow::takeCatalogue(const JsonValue &describe)
{
    m_catalogue = Catalogue::fromJson(describe);
    m_data->setSchema(describe["sources"]);
    m_training->setSchema(describe["training"]);
    for (int i = 0; i < pageCount(); ++i)
        page(i)->refresh();
    m_layers->refresh();
    m_blocks->refresh();
    m_inspector->refresh();
}

void MainWindow::showEngineState()
{
    using State = EngineClient::State;
    switch (m_engine->state()) {
    case State::Ready:
        m_status->setEngine(StatusLine::Tone::Ok, tr("Engine ready"),
                            tr("Answers about the drawing come from %1 on %2.")
                                .arg(qString(m_engine->serverInfo()["processor"].string()),
                                     qString(m_engine->serverInfo()["host"].string())));
        break;
    case State::Off:
        m_status->setEngine(StatusLine::Tone::Busy, tr("Engine off"), {});
        break;
    case State::Starting:
        m_status->setEngine(StatusLine::Tone::Busy, tr("Engine starting…"), m_engine->complaint());
        break;
    case State::Hung:
        m_status->setEngine(StatusLine::Tone::Bad, tr("Engine hangs"), m_engine->complaint());
        break;
    case State::Failed:
        m_status->setEngine(StatusLine::Tone::Bad, tr("Engine failed"), m_engine->complaint());
        break;
    }
    if (!m_engine->complaint().isEmpty())
        m_status->tell(m_engine->complaint());
    m_factsSoon->start();
}

DocumentPage *MainWindow::page() const
{
    return qobject_cast<DocumentPage *>(m_stack->currentWidget());
}

DocumentPage *MainWindow::page(int index) const
{
    return qobject_cast<DocumentPage *>(m_stack->widget(index));
}

int MainWindow::pageCount() const
{
    return m_stack->count();
}

CurrentCanvas MainWindow::canvas() const
{
    DocumentPage *now = page();
    return {now, m_controllers.value(now)};
}

DocumentPage *MainWindow::addPage(StudioDocument *document, const QString &title)
{
    auto *added = new DocumentPage(document, m_engine, &m_catalogue, m_stack);
    added->setTitle(title);
    m_controllers.insert(added, new CanvasController(added, m_actions));
    connect(added, &DocumentPage::told, m_status, &StatusLine::tell);
    connect(added, &DocumentPage::dataRequested, this, [this](const QString &source) {
        m_data->showSource(source);
        setDataAlone(true);
    });
    connect(added, &DocumentPage::titleChanged, this, &MainWindow::updateTabTitles);
    connect(document, &StudioDocument::cleanChanged, this, &MainWindow::updateTabTitles);
    added->watchRuns(m_runs);
    connect(added->focus(), &Focus::runChanged, this, [this, added] { showRunColour(added); });
    prepareCanvas(*this, *added);
    m_stack->addWidget(added);
    m_tabs->addTab(title);
    updateTabTitles();
    showPage(added);
    return added;
}

void MainWindow::showPage(DocumentPage *shown)
{
    m_tabs->setCurrentIndex(m_stack->indexOf(shown));
    currentTabChanged();
    shown->view()->setFocus(Qt::OtherFocusReason);
}

void MainWindow::removePage(DocumentPage *gone)
{
    const int index = m_stack->indexOf(gone);
    if (index < 0)
        return;
    if (m_followed == gone)
        followPage(nullptr);
    m_controllers.remove(gone);
    m_stack->removeWidget(gone);
    m_tabs->removeTab(index);
    gone->deleteLater();
    currentTabChanged();
}

void MainWindow::currentTabChanged()
{
    if (m_tabs->count() != m_stack->count())
        return; // in the middle of adding or removing
    m_stack->setCurrentIndex(m_tabs->currentIndex());
    if (page() != m_followed)
        followPage(page());
    emit currentPageChanged(page());
}

void MainWindow::followPage(DocumentPage *now)
{
    if (m_followed) {
        for (QObject *source : {static_cast<QObject *>(m_followed), static_cast<QObject *>(m_followed->document()),
                                static_cast<QObject *>(m_followed->sync())})
            source->disconnect(m_factsSoon);
    }
    m_followed = now;
    for (PalettePanel *palette : {m_layers, m_blocks})
        palette->setPage(now);
    m_outline->setPage(now);
    m_problems->setPage(now);
    m_history->setDocument(now ? now->document() : nullptr);
    m_inspector->setPage(now);
    m_data->setPage(now);
    m_training->setPage(now);
    m_watch->setPage(now);
    m_predictions->setPage(now);
    m_tensors->setPage(now);
    if (now) {
        const auto soon = [this] { m_factsSoon->start(); };
        connect(now, &DocumentPage::selectionChanged, m_factsSoon, soon);
        connect(now, &DocumentPage::graphChanged, m_factsSoon, soon);
        connect(now->document(), &StudioDocument::historyChanged, m_factsSoon, soon);
        connect(now->document(), &StudioDocument::changed, m_factsSoon, soon);
        connect(now->document(), &StudioDocument::readOnlyChanged, m_factsSoon, soon);
        connect(now->sync(), &DocumentSync::answersChanged, m_factsSoon, soon);
        connect(now->sync(), &DocumentSync::estimateChanged, m_factsSoon, soon);
    }
    m_factsSoon->start();
}

void MainWindow::updateFacts()
{
    ActionFacts facts;
    const DocumentPage *now = page();
    facts.hasDocument = now != nullptr;
    facts.hasClipboard = isClipboardText(QGuiApplication::clipboard()->text().toStdString());
    if (now) {
        const GraphSelection &selection = now->view()->selection();
        facts.isReadOnly = now->document()->isReadOnly();
        facts.canUndo = now->document()->canUndo();
        facts.canRedo = now->document()->canRedo();
        facts.nodes = static_cast<int>(selection.nodes.size());
        facts.wires = static_cast<int>(selection.wires.size());
        facts.frames = static_cast<int>(selection.frames.size());
        facts.isInBlock = now->isInBlock();
        const DocumentGraph *graph = now->document()->document().findGraph(now->graph());
        const DocumentNode *only
            = facts.nodes == 1 && graph ? graph->findNode(selection.nodes.cbegin()->toStdString()) : nullptr;
        facts.isInstance = only && !blockUsedBy(*only).empty();
        facts.canTrain = !now->document()->document().graph.nodes.empty() && now->answers().version >= 0
            && now->answers().problems.isEmpty() && m_engine->state() == EngineClient::State::Ready;
    }
    facts.isTraining = m_train->isTraining();
    facts.isQueued = m_train->isQueued();
    facts.canResume = m_train->resumable() != nullptr;
    facts.hasTime = m_watch->hasTime();
    facts.hasCharts = m_watch->hasCharts();
    facts.hasRuns = m_watch->hasRuns();
    facts.hasDeleted = m_watch->canRestore();
    facts.canApply = now && now->answers().problems.isEmpty() && m_train->canApply();
    m_actions->update(facts);
    for (const auto &[id, area] : {std::pair{u"view.panels_left", m_left}, std::pair{u"view.panels_right", m_right},
                                   std::pair{u"view.panels_bottom", m_bottom}})
        m_actions->action(id)->setChecked(!area->isHidden());
    updateStatus();
}

void MainWindow::updateFactsSoon()
{
    m_factsSoon->start();
}

void MainWindow::updateStatus()
{
    const DocumentPage *now = page();
    const Answers *answers = now ? &now->answers() : nullptr;
    m_status->setCosts(answers, now ? &now->sync()->estimate() : nullptr, now && now->sync()->isFresh());
    const bool isChecked = answers && answers->version >= 0;
    const int problems = isChecked ? static_cast<int>(answers->problems.size()) : -1;
    m_status->setProblems(problems);
    m_bottom->setTitle(QStringLiteral("problems"), problems > 0 ? tr("Problems · %1").arg(problems) : tr("Problems"));
    const bool isEmpty = now && now->document()->document().graph.nodes.empty();
    m_top->setIdleText(!now || isEmpty                        ? tr("Open or draw something first")
                           : problems == 1                    ? tr("1 problem to solve first")
                           : problems > 1                     ? tr("%1 problems to solve first").arg(problems)
                           : problems < 0                     ? tr("Checking…")
                           : !m_train->outcome(now).isEmpty() ? m_train->outcome(now)
                                                              : tr("Ready to train"));
    m_status->setSaved(now ? m_documents->savedText(now) : QString(), now ? m_documents->savedTip(now) : QString());
}

void MainWindow::updateTabTitles()
{
    for (int i = 0; i < pageCount(); ++i) {
        const DocumentPage *each = page(i);
        const bool isDirty = !each->document()->isClean();
        m_tabs->setTabText(i, isDirty ? each->title() + QStringLiteral(" •") : each->title());
        m_tabs->setTabToolTip(i, m_documents->savedTip(each));
    }
    m_tabs->updateGeometry(); // a longer title needs more room than the bar had
    const DocumentPage *now = page();
    setWindowTitle(now ? QStringLiteral("%1[*] — Espalier").arg(now->title()) : QStringLiteral("Espalier"));
    setWindowModified(now && !now->document()->isClean());
    m_factsSoon->start();
}

void MainWindow::focusFirstOf(QWidget *area)
{
    for (QWidget *next = area->nextInFocusChain(); next && next != area; next = next->nextInFocusChain())
        if (area->isAncestorOf(next) && canTakeFocus(next)) {
            next->setFocus(Qt::TabFocusReason);
            return;
        }
}

void MainWindow::cyclePanels(int step)
{
    QList<QWidget *> stops{m_top, m_left, m_stack, m_right, m_bottom};
    stops.removeIf([](const QWidget *stop) { return !stop->isVisible(); });
    qsizetype at = -1;
    for (qsizetype i = 0; i < stops.size(); ++i)
        if (stops[i]->isAncestorOf(focusWidget()) || stops[i] == focusWidget())
            at = i;
    const qsizetype next = (at + step + stops.size()) % stops.size();
    if (auto *area = qobject_cast<PanelArea *>(stops[next]))
        area->focusPanel();
    else if (stops[next] == m_stack && page())
        page()->view()->setFocus(Qt::TabFocusReason);
    else
        focusFirstOf(stops[next]);
}

void MainWindow::stepDocument(int step)
{
    if (m_tabs->count() > 1)
        m_tabs->setCurrentIndex((m_tabs->currentIndex() + step + m_tabs->count()) % m_tabs->count());
    if (page())
        page()->view()->setFocus(Qt::TabFocusReason);
}

void MainWindow::showData()
{
    m_right->setVisible(true);
    m_right->setCurrent(QStringLiteral("data"));
    m_right->focusPanel();
    m_factsSoon->start();
}

void MainWindow::setDataAlone(bool isAlone)
{
    if (isAlone != m_columns->widget(1)->isHidden())
        for (QWidget *each : {static_cast<QWidget *>(m_left), m_columns->widget(1), static_cast<QWidget *>(m_bottom)})
            each->setVisible(!isAlone);
    m_data->setAlone(isAlone);
    if (isAlone)
        showData();
    else if (page())
        page()->view()->setFocus(Qt::OtherFocusReason);
    m_factsSoon->start();
}

void MainWindow::toggleDashboard()
{
    const bool isAlone = m_columns->isHidden();
    m_columns->setVisible(isAlone);
    m_bottom->setVisible(true);
    m_watch->setFull(!isAlone);
    m_actions->action(u"view.dashboard")->setChecked(!isAlone);
    if (!isAlone)
        m_bottom->focusPanel();
    else if (page())
        page()->view()->setFocus(Qt::OtherFocusReason);
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    m_documents->rememberOpen();
    if (!m_documents->mayQuit()) {
        event->ignore();
        return;
    }
    saveLayout();
    event->accept();
}

void MainWindow::changeEvent(QEvent *event)
{
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::ActivationChange && isActiveWindow() && m_documents)
        m_documents->checkDisk();
}

void MainWindow::dragEnterEvent(QDragEnterEvent *event)
{
    if (event->mimeData()->hasUrls())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent *event)
{
    for (const QUrl &url : event->mimeData()->urls()) {
        const QString path = url.toLocalFile();
        if (path.endsWith(QLatin1StringView(".espalier"), Qt::CaseInsensitive)) {
            m_documents->open(path);
        } else if (url.isLocalFile()) { // data for the drawing that is in front
            if (!page())
                m_documents->newDocument();
            showData();
            m_data->adder()->addPath(path);
        }
    }
    event->acceptProposedAction();
}

void MainWindow::saveLayout() const
{
    QSettings settings;
    settings.setValue(QStringLiteral("window/geometry"), saveGeometry());
    settings.setValue(QStringLiteral("window/columns"), m_columns->saveState());
    settings.setValue(QStringLiteral("window/rows"), m_rows->saveState());
}

void MainWindow::restoreLayout()
{
    const Theme &theme = Theme::current();
    resize(theme.px(1440), theme.px(900));
    m_columns->setSizes({theme.px(kLeftWidth), theme.px(1440 - kLeftWidth - kRightWidth), theme.px(kRightWidth)});
    m_rows->setSizes({theme.px(900 - kBottomHeight), theme.px(kBottomHeight)});
    const QSettings settings;
    restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray());
    m_columns->restoreState(settings.value(QStringLiteral("window/columns")).toByteArray());
    m_rows->restoreState(settings.value(QStringLiteral("window/rows")).toByteArray());
}

} // namespace espalier
