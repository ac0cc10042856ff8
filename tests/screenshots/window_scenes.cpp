// SPDX-License-Identifier: GPL-3.0-or-later
// The whole window with the real engine: a drawing, a wire being dragged, a problem, a block, the outline, the empty
// canvas, and a thousand nodes.
#include "gui/dashboard/runs_panel.h"
#include "gui/dashboard/watch.h"
#include "gui/document/block_edits.h"
#include "gui/document/edits.h"
#include "gui/document/studio_document.h"
#include "gui/engine_client/engine_client.h"
#include "gui/models/document_sync.h"
#include "gui/window/actions.h"
#include "gui/window/document_page.h"
#include "gui/window/documents.h"
#include "gui/window/main_window.h"
#include "gui/window/panel_area.h"
#include "gui/window/train_controller.h"
#include "tests/screenshots/scenes.h"
#include "tests/support/deep_network.h"
#include "widgets/graph/graph_model.h"

#include <QtTest/QtTest>
#include <QtWidgets/QApplication>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

constexpr QSize kWindow(1440, 900);
constexpr int kPatienceMs = 20'000;

/// A window with an engine of its own.
class Studio : public QWidget {
public:
    Studio()
        : m_engine({QStringLiteral(ESPALIER_BINARY_DIR "/espalier"), {u"serve"_s}})
        , m_window(new MainWindow(&m_engine, this))
    {
        m_window->setWindowFlags(Qt::Widget);
        m_window->documents().setAsks(false);
        m_engine.start();
        resize(kWindow);
        m_window->resize(kWindow);
        show();
        waitFor([this] { return !m_window->catalogue().isEmpty(); });
    }
    ~Studio() override { delete m_window; } // it borrows the engine
    Studio(const Studio &) = delete;
    Studio &operator=(const Studio &) = delete;
    MainWindow &window() { return *m_window; }
    DocumentPage &page() { return *m_window->page(); }
    GraphView &view() { return *page().view(); }

    void openSample(const QString &name)
    {
        m_window->documents().openSample(name);
        waitFor([this] { return m_window->pageCount() > 0; });
        settle();
    }
    /// Waits for the engine's answers and for what is worked out beside the GUI thread.
    void settle()
    {
        waitFor([this] { return page().sync()->isFresh(); });
        QTest::qWait(600);
    }
    void layOut()
    {
        m_window->actions().action(u"model.layout")->trigger();
        QTest::qWait(700);
        view().fitAll();
        QTest::qWait(200);
    }
    QString idOf(const QString &name)
    {
        for (const GraphNode &node : page().model()->nodes())
            if (node.name == name)
                return node.id;
        return {};
    }
    void select(const QStringList &names)
    {
        GraphSelection selection;
        for (const QString &name : names)
            selection.nodes.insert(idOf(name));
        view().setSelection(selection);
    }
    std::vector<std::string> ids(const QStringList &names)
    {
        std::vector<std::string> list;
        for (const QString &name : names)
            list.push_back(idOf(name).toStdString());
        return list;
    }

    /// Trains so many steps of the sample and stops: what was recorded is there, and stays.
    void train(const QString &name, qint64 steps)
    {
        openSample(name);
        TrainController &trainer = m_window->trainer();
        waitFor([this] { return m_window->actions().action(u"run.start")->isEnabled(); });
        bool isOver = false;
        QObject::connect(&trainer, &TrainController::ended, &trainer, [&isOver] { isOver = true; });
        m_window->actions().action(u"run.start")->trigger();
        waitFor([&] { return isOver || trainer.stepsDone() > steps; });
        if (!isOver)
            m_window->actions().action(u"run.stop")->trigger();
        waitFor([&isOver] { return isOver; });
        QTest::qWait(1500);
    }
    void showPanel(const QString &id)
    {
        m_window->bottomPanels()->setCurrent(id);
        QTest::qWait(2500);
    }

private:
    template <typename IsDone>
    static void waitFor(const IsDone &isDone)
    {
        if (!QTest::qWaitFor(isDone, kPatienceMs))
            qFatal("the engine does not answer");
    }

    EngineClient m_engine;
    MainWindow *m_window;
};

std::unique_ptr<QWidget> drawing()
{
    auto studio = std::make_unique<Studio>();
    studio->openSample(u"digits-cnn"_s);
    studio->select({u"conv2"_s});
    studio->view().setViewState({0.8, studio->view().nodeRect(studio->idOf(u"norm1"_s)).bottomRight()});
    studio->settle();
    return studio;
}

std::unique_ptr<QWidget> wireDrag()
{
    auto studio = std::make_unique<Studio>();
    studio->openSample(u"digits-cnn"_s);
    GraphView &view = studio->view();
    view.setViewState({0.8, view.nodeRect(studio->idOf(u"norm1"_s)).bottomRight()});
    const QPoint from = view.toView(view.portPosition({studio->idOf(u"data"_s), u"label"_s}, true)).toPoint();
    QTest::mousePress(&view, Qt::LeftButton, {}, from);
    for (int i = 1; i <= 6; ++i)
        QTest::mouseMove(&view, from + QPoint(i * 40, i * 30));
    QTest::qWait(200);
    return studio;
}

std::unique_ptr<QWidget> problem()
{
    auto studio = std::make_unique<Studio>();
    studio->openSample(u"digits-cnn"_s);
    studio->page().run(deleteNodes(studio->page().editContext(), studio->ids({u"flatten"_s})), false);
    studio->settle();
    studio->select({u"fc1"_s});
    studio->view().setViewState({0.8, studio->view().nodeRect(studio->idOf(u"fc1"_s)).center()});
    studio->settle();
    return studio;
}

std::unique_ptr<QWidget> block(bool inside)
{
    auto studio = std::make_unique<Studio>();
    studio->openSample(u"digits-cnn"_s);
    studio->page().run(makeBlock(studio->page().editContext(),
                                 studio->ids({u"conv2"_s, u"norm2"_s, u"relu2"_s, u"pool2"_s}), "stage"));
    studio->settle();
    studio->layOut();
    if (inside) {
        studio->page().enter(*studio->view().selection().nodes.cbegin());
        studio->settle();
        studio->layOut();
    }
    return studio;
}

std::unique_ptr<QWidget> outline()
{
    auto studio = std::make_unique<Studio>();
    studio->openSample(u"letters-recurrent"_s);
    studio->window().leftPanels()->setCurrent(u"outline"_s);
    studio->settle();
    return studio;
}

std::unique_ptr<QWidget> empty()
{
    auto studio = std::make_unique<Studio>();
    studio->window().documents().newDocument();
    studio->settle();
    return studio;
}

/// A run of the sample that is over, with the keyboard's eye on it.
void train(Studio &studio)
{
    TrainController &trainer = studio.window().trainer();
    QSignalSpy ended(&trainer, &TrainController::ended);
    trainer.start(&studio.page());
    if (!QTest::qWaitFor([&] { return !ended.isEmpty(); }, 60'000))
        qFatal("the run does not end");
    QTest::qWait(600);
}

std::unique_ptr<QWidget> curves(bool isFull)
{
    auto studio = std::make_unique<Studio>();
    studio->openSample(u"digits-cnn"_s);
    studio->select({u"conv2"_s});
    studio->view().setViewState({0.8, studio->view().nodeRect(studio->idOf(u"norm1"_s)).bottomRight()});
    train(*studio);
    studio->select({u"dropout"_s});
    train(*studio);
    studio->window().bottomPanels()->setCurrent(u"curves"_s);
    studio->select({u"conv2"_s});
    if (isFull)
        studio->window().toggleDashboard();
    studio->settle();
    return studio;
}

std::unique_ptr<QWidget> distributions()
{
    auto studio = std::make_unique<Studio>();
    studio->openSample(u"digits-cnn"_s);
    train(*studio);
    studio->window().bottomPanels()->setCurrent(u"distributions"_s);
    studio->select({u"conv2"_s});
    studio->settle();
    return studio;
}

/// The table of two runs, or what differs between them.
std::unique_ptr<QWidget> runs(bool compared)
{
    auto studio = std::make_unique<Studio>();
    studio->openSample(u"digits-cnn"_s);
    train(*studio);
    Edit slower;
    slower.change.operations.push_back(setDocumentField("training/optimizer/lr", 0.0004));
    slower.label = u"Rate"_s;
    studio->page().run(slower, false);
    studio->settle();
    train(*studio);
    studio->window().bottomPanels()->setCurrent(u"runs"_s);
    if (compared)
        studio->window().watch().runs().compareSelected();
    studio->settle();
    return studio;
}

std::unique_ptr<QWidget> trainingNow()
{
    auto studio = std::make_unique<Studio>();
    studio->openSample(u"digits-cnn"_s);
    studio->select({u"conv2"_s});
    studio->window().bottomPanels()->setCurrent(u"curves"_s);
    TrainController &trainer = studio->window().trainer();
    trainer.start(&studio->page());
    if (!QTest::qWaitFor([&] { return trainer.stepsDone() > 150; }, 60'000))
        qFatal("nothing is trained");
    return studio;
}

/// The drawing as a dashboard, and a panel that looks into its run.
std::unique_ptr<QWidget> looking(const QString &panel, const QString &layer)
{
    auto studio = std::make_unique<Studio>();
    studio->train(u"digits-cnn"_s, 400);
    studio->select({layer});
    studio->view().setViewState({0.8, studio->view().nodeRect(studio->idOf(u"norm1"_s)).bottomRight()});
    studio->showPanel(panel);
    return studio;
}

/// The Data panel: beside the drawing, alone, or before there are any.
std::unique_ptr<QWidget> data(const QString &sample, bool alone)
{
    auto studio = std::make_unique<Studio>();
    if (sample.isEmpty())
        studio->window().documents().newDocument();
    else
        studio->openSample(sample);
    if (alone)
        studio->window().setDataAlone(true);
    else
        studio->window().showData();
    studio->settle();
    QTest::qWait(800);
    return studio;
}

std::unique_ptr<QWidget> thousand()
{
    auto studio = std::make_unique<Studio>();
    studio->window().documents().newDocument();
    DocumentPage &page = studio->page();
    page.document()->restore(deepNetwork(page.catalogue(), 1000), {}, 0, 0);
    studio->settle();
    studio->view().fitAll();
    QTest::qWait(500);
    return studio;
}

} // namespace

QList<Scene> windowScenes()
{
    return {{u"studio"_s, kWindow, drawing},
            {u"studio-wire-drag"_s, kWindow, wireDrag},
            {u"studio-problem"_s, kWindow, problem},
            {u"studio-block"_s, kWindow, [] { return block(false); }},
            {u"studio-block-inside"_s, kWindow, [] { return block(true); }},
            {u"studio-outline"_s, kWindow, outline},
            {u"studio-empty"_s, kWindow, empty},
            {u"studio-filters"_s, kWindow, [] { return looking(u"tensors"_s, u"conv2"_s); }},
            {u"studio-predictions"_s, kWindow, [] { return looking(u"predictions"_s, u"conv2"_s); }},
            {u"studio-confusion"_s, kWindow, [] { return looking(u"confusion"_s, u"conv2"_s); }},
            {u"studio-watch-training"_s, kWindow, trainingNow},
            {u"studio-watch-curves"_s, kWindow, [] { return curves(false); }},
            {u"studio-watch-dashboard"_s, kWindow, [] { return curves(true); }},
            {u"studio-data-empty"_s, kWindow, [] { return data({}, false); }},
            {u"studio-data"_s, kWindow, [] { return data(u"digits-cnn"_s, false); }},
            {u"studio-data-table"_s, kWindow, [] { return data(u"iris-mlp"_s, true); }},
            {u"studio-data-pictures"_s, kWindow, [] { return data(u"digits-cnn"_s, true); }},
            {u"studio-watch-layers"_s, kWindow, distributions},
            {u"studio-watch-runs"_s, kWindow, [] { return runs(false); }},
            {u"studio-watch-pair"_s, kWindow, [] { return runs(true); }},
            {u"studio-thousand"_s, kWindow, thousand}};
}

} // namespace espalier
