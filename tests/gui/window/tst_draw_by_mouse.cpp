// SPDX-License-Identifier: GPL-3.0-or-later
// digits-cnn from an empty canvas by the mouse: layers dragged from the palette, wires from port to port. The numbers
// of the layers are set as edits of the document.
#include "tests/gui/window/digits_drawing.h"

#include "gui/document/studio_document.h"
#include "gui/panels/palette_panel.h"
#include "gui/window/panel_area.h"
#include "widgets/lists/palette_list.h"

#include <QtCore/QMimeData>
#include <QtGui/QDropEvent>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QTreeView>

using namespace espalier;
using namespace Qt::StringLiterals;

class TstDrawByMouse : public QObject {
    Q_OBJECT
private slots:
    void digits();
    void aLayerDroppedOnAWireIsInserted();
};

namespace {

QModelIndex find(const QAbstractItemModel &model, const QString &title, const QModelIndex &parent = {})
{
    for (int row = 0; row < model.rowCount(parent); ++row) {
        const QModelIndex index = model.index(row, 0, parent);
        if (index.data().toString() == title && model.rowCount(index) == 0)
            return index;
        if (const QModelIndex inside = find(model, title, index); inside.isValid())
            return inside;
    }
    return {};
}

/// The row is dragged out of the palette; the desktop's part of a drag is played by its events.
void dropLayer(Studio &studio, const char *kind, const QPointF &scene)
{
    auto *palette = qobject_cast<PalettePanel *>(studio.window().leftPanels()->panel(u"layers"_s));
    QVERIFY(palette);
    QAbstractItemModel *model = palette->list()->view()->model();
    const LayerInfo *layer = studio.window().catalogue().find(kind);
    QVERIFY(layer);
    const QModelIndex row = find(*model, qString(layer->title));
    QVERIFY2(row.isValid(), kind);
    QVERIFY(model->flags(row) & Qt::ItemIsDragEnabled);
    const std::unique_ptr<QMimeData> data(model->mimeData({row}));
    QVERIFY(data);
    const QPoint at = studio.view().toView(scene).toPoint();
    QDragEnterEvent enter(at, Qt::CopyAction, data.get(), Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&studio.view(), &enter);
    QVERIFY(enter.isAccepted());
    QDragMoveEvent move(at, Qt::CopyAction, data.get(), Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&studio.view(), &move);
    QVERIFY(move.isAccepted());
    const std::size_t before = studio.graph().nodes.size();
    QDropEvent drop(at, Qt::CopyAction, data.get(), Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&studio.view(), &drop);
    QVERIFY(drop.isAccepted());
    QCOMPARE(studio.graph().nodes.size(), before + 1);
    QCOMPARE(studio.graph().nodes.back().kind, std::string(kind));
}

QString drawn(Studio &studio, const LayerToDraw &layer, const QPointF &at)
{
    dropLayer(studio, layer.kind, at);
    const QString id = qString(studio.graph().nodes.back().id);
    setParamsLike(studio, id, layer.like);
    return id;
}

void dragWire(Studio &studio, const GraphEnd &from, const GraphEnd &to)
{
    const std::size_t before = studio.graph().wires.size();
    studio.hand().drag(studio.view().portPosition(from, true), studio.view().portPosition(to, false));
    QCOMPARE(studio.graph().wires.size(), before + 1);
}

} // namespace

void TstDrawByMouse::digits()
{
    Studio studio(realEngine());
    QVERIFY(openEmptyDigits(studio));
    studio.view().setMinimapVisible(false);
    studio.view().setViewState({0.5, {700, 350}});
    studio.settle();
    QStringList ids;
    for (std::size_t i = 0; i < digitsChain().size(); ++i) {
        const int column = static_cast<int>(i % 6);
        const int row = static_cast<int>(i / 6);
        ids.append(drawn(studio, digitsChain()[i], QPointF(column * 250, row * 200)));
        QVERIFY(studio.waitForAnswers());
        if (QTest::currentTestFailed())
            return;
    }
    const QString loss = drawn(studio, {"", "CrossEntropy", "loss"}, QPointF(500, 420));
    const QString output = drawn(studio, {"", "Output", "scores"}, QPointF(500, 600));
    QVERIFY(studio.waitForAnswers());
    studio.settle();
    for (qsizetype i = 0; i + 1 < ids.size(); ++i)
        dragWire(studio, {ids[i], i == 0 ? u"image"_s : u"y"_s}, {ids[i + 1], u"x"_s});
    dragWire(studio, {ids.last(), u"y"_s}, {loss, u"prediction"_s});
    dragWire(studio, {ids.last(), u"y"_s}, {output, u"x"_s});
    if (studio.model().wiresInto({loss, u"target"_s}).isEmpty())
        dragWire(studio, {ids.first(), u"label"_s}, {loss, u"target"_s});
    checkIsDigits(studio);
}

void TstDrawByMouse::aLayerDroppedOnAWireIsInserted()
{
    Studio studio;
    QVERIFY(studio.openDigits());
    studio.view().setViewState({0.8, studio.middleOf(u"norm1"_s)});
    studio.settle();
    dropLayer(studio, "Dropout", studio.middleOfWire(u"conv1"_s, u"norm1"_s));
    const QString dropped = qString(studio.graph().nodes.back().name);
    QVERIFY(studio.isWired(u"conv1"_s, dropped));
    QVERIFY(studio.isWired(dropped, u"norm1"_s));
}

int main(int argc, char **argv)
{
    return runStudioTest<TstDrawByMouse>(argc, argv);
}

#include "tst_draw_by_mouse.moc"
