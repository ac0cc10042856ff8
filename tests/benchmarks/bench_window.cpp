// SPDX-License-Identifier: GPL-3.0-or-later
// What the window costs on the GUI thread: starting, opening a large drawing, edits among a thousand nodes, a paste.
// Prints medians; judges nothing.
#include "engine/base/file.h"
#include "engine/protocol/document.h"
#include "gui/document/clipboard.h"
#include "gui/document/edits.h"
#include "gui/document/studio_document.h"
#include "gui/engine_client/engine_client.h"
#include "gui/models/document_sync.h"
#include "gui/window/document_page.h"
#include "gui/window/documents.h"
#include "gui/window/main_window.h"
#include "tests/support/deep_network.h"
#include "widgets/common/theme_manager.h"
#include "widgets/graph/graph_model.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>
#include <QtWidgets/QApplication>

#include <cstdio>

using namespace espalier;

namespace {

constexpr int kPatienceMs = 60'000;

double milliseconds(const QElapsedTimer &timer)
{
    return static_cast<double>(timer.nsecsElapsed()) / 1e6;
}

void report(const char *what, std::vector<double> times, double target)
{
    const auto worst = std::max_element(times.begin(), times.end()) - times.begin() + 1;
    std::sort(times.begin(), times.end());
    std::printf("%-52s %8.2f ms   worst %8.2f (time %2td)   target %6.0f\n", what, times[times.size() / 2],
                times.back(), worst, target);
    std::fflush(stdout);
}

/// Runs `edit` often; each time counts the call and the frame after it.
template <typename Act>
void time(const char *what, double target, DocumentPage &page, const Act &act)
{
    std::vector<double> times;
    for (int i = 0; i < 21; ++i) {
        QElapsedTimer timer;
        timer.start();
        act(i);
        page.view()->repaint();
        times.push_back(milliseconds(timer));
        QApplication::processEvents();
    }
    report(what, times, target);
}

bool waitFor(const std::function<bool()> &isDone)
{
    return QTest::qWaitFor(isDone, kPatienceMs);
}

/// From an edit that makes a problem until the canvas shows it on its node, and until it is gone again: change, check
/// in the engine, presentation, frame.
void timeProblem(DocumentPage &page)
{
    const std::string node = page.document()->document().graph.nodes[500].id;
    const auto seen = [&](bool has) {
        const GraphNode *shown = page.model()->node(QString::fromStdString(node));
        return shown && shown->problem.isEmpty() != has;
    };
    std::vector<double> shows;
    std::vector<double> goes;
    for (int i = 0; i < 21; ++i) {
        for (const bool breaks : {true, false}) {
            waitFor([&] { return page.sync()->isFresh(); });
            QElapsedTimer timer;
            timer.start();
            if (breaks)
                page.run(setParam(page.editContext(), {node}, "out_features", JsonValue(-1)), false);
            else
                page.document()->undo();
            while (!seen(breaks) && timer.elapsed() < kPatienceMs)
                QApplication::processEvents(QEventLoop::WaitForMoreEvents);
            page.view()->repaint();
            (breaks ? shows : goes).push_back(milliseconds(timer));
        }
    }
    report("from an edit to its problem on the node, of 1,000", shows, 100);
    report("  ... and until it is gone", goes, 100);
}

void timeEdits(MainWindow &window, const QString &file)
{
    DocumentPage &page = *window.documents().open(file);
    if (!waitFor([&] { return page.sync()->isFresh(); }))
        return;
    page.view()->zoomTo(0.6);
    const auto &nodes = page.document()->document().graph.nodes;
    time("add a layer among 1,000", 16, page, [&](int i) {
        page.run(addNode(page.editContext(), "Dense", {100 * i, -300}));
    });
    time("connect two of 1,000", 16, page, [&](int i) {
        const std::string from = nodes[4 * static_cast<std::size_t>(i) + 4].id;
        page.run(connectPorts(page.editContext(), {from, "y"},
                              {nodes[nodes.size() - 21 + static_cast<std::size_t>(i)].id, "x"}));
    });
    time("set a parameter of one of 1,000", 16, page, [&](int i) {
        page.run(setParam(page.editContext(), {nodes[4].id}, "out_features", JsonValue(16 + i)), false);
    });
    timeProblem(page);
    waitFor([&] { return page.sync()->isFresh(); });
    time("present the engine's answers for 1,000", 16, page, [&](int) { page.refresh(); });
    std::vector<std::string> half;
    for (std::size_t i = 0; i < 500; ++i)
        half.push_back(nodes[i].id);
    const std::string text = copyText(page.editContext(), half);
    time("paste 500 nodes", 200, page, [&](int i) {
        page.run(pasteText(page.editContext(), text, Position{0, 5000}));
        if (i >= 0)
            page.document()->undo();
    });
}

} // namespace

int main(int argc, char **argv)
{
    QElapsedTimer sinceMain;
    sinceMain.start();
    QTemporaryDir home;
    qputenv("XDG_CONFIG_HOME", home.path().toUtf8());
    qputenv("XDG_STATE_HOME", home.path().toUtf8());
    QApplication application(argc, argv);
    ThemeManager::instance().install(application);
    EngineClient engine({QStringLiteral(ESPALIER_BINARY_DIR "/espalier"), {QStringLiteral("serve")}});
    MainWindow window(&engine);
    window.documents().setAsks(false);
    window.documents().newDocument();
    window.resize(1920, 1080);
    window.show();
    QApplication::processEvents();
    std::printf("%-52s %8.2f ms   %16s target %6.0f\n", "window usable after main()", milliseconds(sinceMain), "",
                500.0);
    engine.start();
    if (!waitFor([&] { return !window.catalogue().isEmpty(); })) {
        std::fprintf(stderr, "the engine does not answer\n");
        return 1;
    }
    const auto write = [&](const char *name, int count) {
        QString path = home.filePath(QString::fromLatin1(name));
        if (!writeFileAtomically(path.toStdString(), writeDocument(deepNetwork(window.catalogue(), count))))
            qFatal("no file");
        return path;
    };
    timeEdits(window, write("thousand.espalier", 1000));
    const QString large = write("large.espalier", 10'000);
    QElapsedTimer timer;
    timer.start();
    DocumentPage *page = window.documents().open(large);
    window.repaint();
    QApplication::processEvents();
    std::printf("%-52s %8.2f ms   %16s target %6.0f\n", "open 10,000 nodes until they are seen", milliseconds(timer),
                "", 2000.0);
    waitFor([&] { return page->sync()->isFresh(); });
    std::printf("%-52s %8.2f ms\n", "  ... until shapes and costs stand on them", milliseconds(timer));
    return 0;
}
