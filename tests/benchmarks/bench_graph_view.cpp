// SPDX-License-Identifier: GPL-3.0-or-later
// Times a frame of the graph view (median and p95) while it is panned and zoomed, and what one edit costs. With
// `--pictures FOLDER` it writes what it draws instead, for people to look at.
#include "tests/widgets/graph/graphs.h"
#include "widgets/common/theme_manager.h"
#include "widgets/graph/graph_model.h"
#include "widgets/graph/graph_view.h"
#include "widgets/graph/layout.h"

#include <QtCore/QDir>
#include <QtCore/QElapsedTimer>
#include <QtCore/QTextStream>
#include <QtCore/QThreadPool>
#include <QtGui/QImage>
#include <QtGui/QPainter>
#include <QtWidgets/QApplication>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace espalier;
using namespace Qt::StringLiterals;

namespace {

constexpr QSize kSize(1920, 1080);
constexpr int kFrames = 120;

struct Times {
    std::vector<double> ms;

    double at(double share) const
    {
        std::vector<double> sorted = ms;
        std::sort(sorted.begin(), sorted.end());
        return sorted[std::min(sorted.size() - 1, size_t(share * double(sorted.size())))];
    }
};

QTextStream &out()
{
    static QTextStream stream(stdout);
    return stream;
}

void print(const QString &name, const Times &times)
{
    out() << name.leftJustified(44)
          << u"median %1 ms   p95 %2 ms\n"_s.arg(times.at(0.5), 7, 'f', 2).arg(times.at(0.95), 7, 'f', 2);
    out().flush();
}

double paint(GraphView &view, QImage &image)
{
    QElapsedTimer timer;
    timer.start();
    view.render(&image);
    return double(timer.nsecsElapsed()) / 1e6;
}

/// Until routes are found and glides have ended.
void settle()
{
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < 250) {
        QThreadPool::globalInstance()->waitForDone();
        QApplication::processEvents(QEventLoop::AllEvents, 20);
    }
}

/// Pans in a circle, or zooms in and out about the middle, from `start` on.
Times frames(GraphView &view, const GraphView::ViewState &start, qreal ratio, bool zooms)
{
    QImage image(kSize * ratio, QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(ratio);
    view.setViewState(start);
    paint(view, image);
    Times times;
    for (int i = 0; i < kFrames; ++i) {
        const qreal turn = 2 * 3.14159265 * i / kFrames;
        GraphView::ViewState state = start;
        if (zooms)
            state.zoom *= std::pow(1.3, std::sin(turn));
        else
            state.centre += QPointF(std::cos(turn) - 1, std::sin(turn)) * 400 / start.zoom;
        view.setViewState(state);
        times.ms.push_back(paint(view, image));
    }
    return times;
}

void benchSize(int nodes, int wires)
{
    GraphModel model;
    GraphView view(&model);
    view.resize(kSize);
    QElapsedTimer timer;
    timer.start();
    model.setData(manyNodes(nodes, wires));
    out() << u"%1 nodes, %2 wires: shown to the view in %3 ms\n"_s.arg(nodes).arg(wires).arg(timer.elapsed());
    view.show();
    settle();
    view.fitAll();
    settle();
    const GraphView::ViewState fit = view.viewState();
    const QPointF centre = view.contentRect().center();
    for (const qreal ratio : {1.0, 2.0}) {
        for (const bool zooms : {false, true}) {
            const QString what = (zooms ? u"zoom"_s : u"pan"_s) + u" at %1, %2x"_s;
            print(u"  "_s + what.arg(u"fit (%1 %)"_s.arg(qRound(fit.zoom * 100))).arg(ratio),
                  frames(view, fit, ratio, zooms));
            print(u"  "_s + what.arg(u"60 %"_s).arg(ratio), frames(view, {0.6, centre}, ratio, zooms));
            print(u"  "_s + what.arg(u"100 %"_s).arg(ratio), frames(view, {1.0, centre}, ratio, zooms));
        }
    }
    view.setViewState({1.0, centre});
    Times edits;
    for (int i = 0; i < 100; ++i) {
        GraphNode node = *model.node(u"layer%1"_s.arg(nodes / 2));
        node.at.rx() += i % 2 ? 5 : -5;
        timer.restart();
        model.setNode(node);
        view.repaint();
        edits.ms.push_back(double(timer.nsecsElapsed()) / 1e6);
    }
    print(u"  move one node, repaint"_s, edits);
    timer.restart();
    const auto places = layoutGraph(manyNodes(nodes, wires));
    out() << u"  layout of all: %1 ms\n"_s.arg(timer.elapsed());
    out().flush();
}

/// What ten looks a second at a run cost: every node has a new picture, and the view paints.
void benchPictures()
{
    GraphModel model;
    GraphData data = manyNodes(1000, 1500);
    for (GraphNode &node : data.nodes) {
        node.pictureLabel = u"activations"_s;
        node.picture = QList<float>(28, 0.5F);
    }
    model.setData(data);
    GraphView view(&model);
    view.resize(kSize);
    view.show();
    settle();
    const QPointF centre = view.contentRect().center();
    view.fitAll();
    settle();
    const double fit = view.zoom();
    for (const double zoom : {1.0, 0.6, fit}) {
        view.setViewState({zoom, centre});
        settle();
        Times times;
        for (int turn = 0; turn < 30; ++turn) {
            QElapsedTimer timer;
            timer.start();
            for (GraphNode &node : data.nodes) {
                for (qsizetype i = 0; i < node.picture.size(); ++i)
                    node.picture[i] = float((i * 7 + turn) % 28) / 28;
                model.setNode(node);
            }
            QApplication::sendPostedEvents();
            QApplication::processEvents();
            times.ms.push_back(double(timer.nsecsElapsed()) / 1e6);
        }
        print(u"  1000 nodes with new pictures at %1 %, repaint"_s.arg(qRound(zoom * 100)), times);
    }
}

void savePicture(GraphView &view, const QString &path, qreal ratio)
{
    settle();
    QImage image(view.size() * ratio, QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(ratio);
    view.render(&image);
    image.save(path);
}

void pictures(const QString &folder)
{
    QDir().mkpath(folder);
    for (const ThemeMode mode : {ThemeMode::Dark, ThemeMode::Light}) {
        ThemeManager::instance().setMode(mode);
        const QString theme = mode == ThemeMode::Dark ? u"dark"_s : u"light"_s;
        GraphModel model;
        GraphView view(&model);
        view.resize(1100, 560);
        GraphData data = digits();
        GraphNode dot = card(u"dot"_s, {700, 330});
        dot.form = NodeForm::Dot;
        data.nodes[3].problem = u"add can’t add 64 × 8 × 8 and 32 × 8 × 8."_s;
        data.nodes[5].isPinned = true;
        GraphNode off = card(u"dropout"_s, {80, 420});
        off.caption = u"half of the values"_s;
        off.shape = u"64"_s;
        off.isDisabled = true;
        GraphNode bypassed = card(u"norm"_s, {420, 420});
        bypassed.caption = u"batch"_s;
        bypassed.shape = u"64"_s;
        bypassed.isBypassed = true;
        data.nodes << dot << off << bypassed;
        data.wires << wire(u"dropout"_s, u"norm"_s) << wire(u"norm"_s, u"dot"_s);
        data.wires[4].hasProblem = true;
        GraphFrame frame;
        frame.id = u"f"_s;
        frame.title = u"Not in use"_s;
        frame.rect = QRectF(50, 380, 580, 160);
        frame.colour = 2;
        data.frames = {frame};
        model.setData(data);
        view.show();
        view.setFocus();
        view.setSelection({{u"conv2"_s}, {u"conv2.y>add.a"_s}, {}});
        view.setCurrent({GraphPart::Node, u"conv2"_s, {}});
        for (const qreal ratio : {1.0, 2.0}) {
            view.fitAll();
            savePicture(view, folder + u"/%1-fit-%2x.png"_s.arg(theme).arg(ratio), ratio);
            for (const int zoom : {100, 60, 35, 15}) {
                view.setViewState({zoom / 100.0, view.contentRect().center()});
                savePicture(view, folder + u"/%1-%2-%3x.png"_s.arg(theme).arg(zoom).arg(ratio), ratio);
            }
        }
        view.setCanConnect(
            [](const GraphEnd &, const GraphEnd &to) { return to.node != u"conv1"_s && to.node != u"skip"_s; });
        view.setViewState({0.9, view.contentRect().center()});
        view.setSelection({});
        view.setCurrent({GraphPart::Output, u"digits"_s, u"picture"_s});
        view.startWire();
        view.setCurrent({GraphPart::Input, u"add"_s, u"b"_s});
        savePicture(view, folder + u"/%1-wire.png"_s.arg(theme), 2);
        view.cancel();
        view.setDirection(GraphDirection::TopToBottom);
        LayoutOptions down;
        down.direction = GraphDirection::TopToBottom;
        data.frames.clear();
        const auto places = layoutGraph(data, down);
        for (GraphNode &node : data.nodes)
            node.at = places.value(node.id, node.at);
        model.setData(data);
        view.fitAll();
        savePicture(view, folder + u"/%1-down.png"_s.arg(theme), 2);
        view.setDirection(GraphDirection::LeftToRight);
        const auto across = layoutGraph(data);
        for (GraphNode &node : data.nodes)
            node.at = across.value(node.id, node.at);
        model.setData(data);
        view.fitAll();
        savePicture(view, folder + u"/%1-layout.png"_s.arg(theme), 2);
        model.setData(manyNodes(1000, 1500));
        view.resize(kSize);
        view.fitAll();
        savePicture(view, folder + u"/%1-1000.png"_s.arg(theme), 1);
    }
}

} // namespace

int main(int argc, char **argv)
{
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication app(argc, argv);
    ThemeManager::instance().install(app);
    ThemeManager::instance().setReducedMotion(true);
    const QStringList arguments = QApplication::arguments();
    if (arguments.size() == 3 && arguments[1] == u"--pictures"_s) {
        pictures(arguments[2]);
        return 0;
    }
    benchSize(1000, 1500);
    benchSize(10'000, 15'000);
    benchPictures();
    return 0;
}
