// SPDX-License-Identifier: GPL-3.0-or-later
// digits-cnn from an empty canvas by the mouse: data from the Data panel, layers dragged from the palette on wires,
// their numbers typed into fields that were clicked.
#include "tests/gui/window/digits_drawing.h"

#include "gui/document/studio_document.h"
#include "gui/panels/inspector_panel.h"
#include "gui/panels/palette_panel.h"
#include "gui/window/panel_area.h"
#include "widgets/lists/palette_list.h"
#include "widgets/properties/property_editor.h"

#include <QtCore/QMimeData>
#include <QtGui/QDropEvent>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QScrollArea>
#include <QtWidgets/QTabBar>
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

void click(QWidget *widget)
{
    QVERIFY(widget);
    for (QWidget *up = widget->parentWidget(); up; up = up->parentWidget())
        if (auto *scroll = qobject_cast<QScrollArea *>(up))
            scroll->ensureWidgetVisible(widget);
    QTest::mouseClick(widget, Qt::LeftButton, {}, QPoint(10, widget->height() / 2));
}

void clickButton(Studio &studio, const QString &beginning)
{
    for (QPushButton *each : studio.window().rightPanels()->findChildren<QPushButton *>())
        if (each->isVisible() && each->text().startsWith(beginning)) {
            QTRY_VERIFY(each->isEnabled());
            click(each);
            return;
        }
    QVERIFY2(false, qPrintable(beginning));
}

void showRightPanel(Studio &studio, const QString &title)
{
    auto *tabs = studio.window().rightPanels()->findChild<QTabBar *>();
    for (int i = 0; i < tabs->count(); ++i)
        if (tabs->tabText(i) == title)
            QTest::mouseClick(tabs, Qt::LeftButton, {}, tabs->tabRect(i).center());
}

/// Sets what the sample's node has other than the defaults in the selected node's fields.
void setParams(Studio &studio, const LayerToDraw &layer)
{
    showRightPanel(studio, u"Layer"_s);
    auto *panel = qobject_cast<InspectorPanel *>(studio.window().rightPanels()->panel(u"layer"_s));
    QVERIFY(panel);
    const JsonValue wanted = paramsToType(*studio.window().catalogue().find(layer.kind), layer.like);
    for (const auto &[name, value] : wanted.members()) {
        QTRY_VERIFY(panel->editor()->field(qString(name)));
        QWidget *field = panel->editor()->field(qString(name));
        click(field);
        if (auto *choice = qobject_cast<QComboBox *>(field)) {
            QTRY_VERIFY(choice->view()->isVisible());
            const QModelIndex item = choice->model()->index(choice->findData(typedText(value)), 0);
            choice->view()->scrollTo(item);
            const QPoint at = choice->view()->visualRect(item).center();
            QTest::mouseMove(choice->view()->viewport(), at);
            QTest::mouseClick(choice->view()->viewport(), Qt::LeftButton, {}, at, QApplication::doubleClickInterval());
        } else if (qobject_cast<QLineEdit *>(field)) {
            studio.keys(u"Ctrl+A"_s);
            studio.type(typedText(value));
            studio.keys(u"Return"_s);
        }
        QTRY_COMPARE(studio.nodeById(qString(studio.page()->selectedNodes().front()))->params[name], value);
    }
}

/// Layers dropped one after the other on the wire into `to`.
void dropBefore(Studio &studio, QString from, const QString &to, const std::vector<LayerToDraw> &layers)
{
    for (const LayerToDraw &layer : layers) {
        studio.view().setViewState({0.8, studio.middleOfWire(from, to)});
        studio.settle();
        const std::size_t wires = studio.graph().wires.size();
        dropLayer(studio, layer.kind, studio.middleOfWire(from, to));
        if (QTest::currentTestFailed())
            return;
        from = qString(studio.graph().nodes.back().name);
        QVERIFY(studio.isWired(from, to));
        QVERIFY(studio.waitForAnswers());
        QCOMPARE(studio.graph().wires.size(), wires + 1);
        setParams(studio, layer);
        QVERIFY(studio.waitForAnswers());
    }
}

} // namespace

void TstDrawByMouse::digits()
{
    Studio studio(realEngine());
    studio.newDrawing();
    studio.view().setMinimapVisible(false);
    showRightPanel(studio, u"Data"_s);
    clickButton(studio, u"Built-in data set"_s); // the digits are the first of them
    clickButton(studio, u"Add input"_s);
    QCOMPARE(studio.graph().nodes.size(), std::size_t(5));
    QVERIFY(studio.waitForAnswers());
    dropBefore(studio, u"data"_s, u"flatten"_s, digitsPictureChain());
    dropBefore(studio, u"flatten"_s, u"out"_s, digitsVectorChain());
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
