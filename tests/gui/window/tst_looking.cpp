// SPDX-License-Identifier: GPL-3.0-or-later
// Looking into a run of the real engine: pictures on nodes, predictions, confusion, tensors, the pinned sample.
#include "gui/document/edits.h"
#include "gui/models/focus.h"
#include "gui/models/node_path.h"
#include "gui/models/node_watch.h"
#include "gui/models/run_drawing.h"
#include "gui/models/run_store.h"
#include "gui/panels/predictions_panel.h"
#include "gui/panels/tensor_panel.h"
#include "gui/window/panel_area.h"
#include "gui/window/train_controller.h"
#include "tests/gui/window/studio.h"
#include "widgets/charts/histogram_series.h"
#include "widgets/tensor/class_table.h"
#include "widgets/tensor/confusion_view.h"
#include "widgets/tensor/heat_map_view.h"
#include "widgets/tensor/picture_grid.h"
#include "widgets/tensor/prediction_list.h"

#include <QtWidgets/QComboBox>
#include <QtWidgets/QListWidget>
#include <QtWidgets/QToolButton>

using namespace espalier;
using namespace Qt::StringLiterals;

class TstLooking : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void cleanupTestCase() { m_studio.reset(); }
    void aSilhouetteKeepsTheShape();
    void namePathsAreThoseOfTheTags();
    void nodesShowTheirActivations();
    void anotherPictureIsShownOnWish();
    void whatChangedSinceIsNotInThisRun();
    void aRunOfAnotherDrawingSaysNothing();
    void predictionsAreSortedByLoss();
    void aCellOpensItsSamples();
    void theTensorsOfALayerAreShown();
    void aSampleIsPickedAndPinned();

private:
    TensorPanel &tensors() { return *m_studio->window().findChild<TensorPanel *>(); }
    void showPanel(const QString &id)
    {
        m_studio->window().bottomPanels()->setVisible(true);
        m_studio->window().bottomPanels()->setCurrent(id);
    }
    GraphNode shown(const QString &name) { return *m_studio->model().node(m_studio->node(name)); }

    std::unique_ptr<Studio> m_studio;
    QString m_run;
};

void TstLooking::initTestCase()
{
    m_studio = std::make_unique<Studio>(realEngine());
    QVERIFY(m_studio->openDigits());
    QSignalSpy ended(&m_studio->window().trainer(), &TrainController::ended);
    QTRY_VERIFY(m_studio->actions().action(u"run.start")->isEnabled());
    m_studio->drive(u"run.start");
    QTRY_VERIFY_WITH_TIMEOUT(m_studio->window().trainer().stepsDone() > 150, 60'000);
    m_studio->drive(u"run.stop");
    QTRY_VERIFY_WITH_TIMEOUT(!ended.isEmpty(), 30'000);
    m_run = ended[0][0].toString();
    QVERIFY(!m_run.isEmpty());
}

void TstLooking::init()
{
    m_studio->page()->focus()->setRun(m_run);
    m_studio->page()->focus()->setLive();
}

void TstLooking::aSilhouetteKeepsTheShape()
{
    HistogramFrame frame;
    QVERIFY(silhouette(frame).isEmpty());
    frame.bins = {{-2, -1, 10}, {-1, 0, 40}, {0, 1, 90}};
    const QList<float> bars = silhouette(frame, 3);
    QCOMPARE(bars.size(), 3);
    QVERIFY(bars[0] < bars[1] && bars[1] < bars[2]);
    QCOMPARE(bars[2], 1.0F);
    frame.bins = {{5, 5, 7}}; // all the same
    for (const float bar : silhouette(frame, 4))
        QVERIFY(bar >= 0 && bar <= 1);
}

void TstLooking::namePathsAreThoseOfTheTags()
{
    Document document;
    DocumentNode block{.id = "aaaaaaaaaa", .kind = "block:bbbbbbbbbb", .name = "encoder"};
    block.params.set("repeat", 3);
    document.graph.nodes = {block};
    DocumentGraph inside{.id = "bbbbbbbbbb", .name = "stage"};
    inside.nodes = {{.id = "cccccccccc", .kind = "Dense", .name = "fc1"},
                    {.id = "dddddddddd", .kind = "BlockOutput", .name = "y"}};
    inside.wires = {{.id = "eeeeeeeeee", .from = {"cccccccccc", "y"}, .to = {"dddddddddd", "x"}}};
    document.blocks = {inside};
    QCOMPARE(namePath(document, u"aaaaaaaaaa/1/cccccccccc"_s), u"encoder.1.fc1"_s);
    QCOMPARE(resultPath(document, u"aaaaaaaaaa"_s), u"aaaaaaaaaa/2/cccccccccc"_s);
    QCOMPARE(namePath(document, u"aaaaaaaaaa/1/nothing"_s), QString());
    document.graph.nodes[0].params.set("repeat", 1);
    QCOMPARE(namePath(document, u"aaaaaaaaaa/0/cccccccccc"_s), u"encoder.fc1"_s);
}

void TstLooking::nodesShowTheirActivations()
{
    QTRY_VERIFY(!shown(u"conv1"_s).picture.isEmpty());
    QCOMPARE(shown(u"conv1"_s).pictureLabel, u"activations"_s);
    QTRY_VERIFY(shown(u"conv1"_s).tip.contains(u"At step"_s));
    // The first step's activations are others than those of a later one, which may still be on its way.
    const auto step = [&] {
        QString number = shown(u"conv2"_s).tip.section(u"At step "_s, 1).section(u':', 0, 0);
        return number.removeIf([](QChar sign) { return !sign.isDigit(); }).toInt(); // without thousands separators
    };
    QTRY_VERIFY(step() >= 100);
    const QList<float> last = shown(u"conv2"_s).picture;
    m_studio->page()->focus()->setStep(0);
    QTRY_VERIFY(shown(u"conv2"_s).picture != last);
}

void TstLooking::anotherPictureIsShownOnWish()
{
    QTRY_VERIFY(!shown(u"conv1"_s).picture.isEmpty());
    m_studio->page()->watch()->setPicture(NodePicture::Weights);
    QTRY_COMPARE(shown(u"conv1"_s).pictureLabel, u"weights"_s);
    QVERIFY(shown(u"relu1"_s).picture.isEmpty()); // it has none
    m_studio->page()->watch()->setPicture(NodePicture::Nothing);
    QTRY_VERIFY(shown(u"conv1"_s).picture.isEmpty());
    m_studio->page()->watch()->setPicture(NodePicture::Activations);
    QTRY_COMPARE(shown(u"conv1"_s).pictureLabel, u"activations"_s);
}

void TstLooking::whatChangedSinceIsNotInThisRun()
{
    QTRY_VERIFY(!shown(u"fc1"_s).picture.isEmpty());
    DocumentPage *page = m_studio->page();
    page->run(setParam(page->editContext(), {m_studio->node(u"fc1"_s).toStdString()}, "out_features", 48), false);
    QTRY_COMPARE(shown(u"fc1"_s).pictureLabel, u"not in this run"_s);
    QVERIFY(shown(u"fc1"_s).picture.isEmpty());
    QVERIFY(!shown(u"conv1"_s).picture.isEmpty());
    m_studio->drive(u"edit.undo");
    QTRY_VERIFY(!shown(u"fc1"_s).picture.isEmpty());
}

void TstLooking::aRunOfAnotherDrawingSaysNothing()
{
    DocumentPage *first = m_studio->page();
    QVERIFY(m_studio->newDrawing());
    m_studio->drive(u"model.add");
    m_studio->takeFromPopup(u"Dense"_s);
    m_studio->page()->focus()->setRun(m_run);
    QTRY_VERIFY(m_studio->page()->watch()->drawing().document());
    QVERIFY(!m_studio->page()->watch()->looks());
    for (const GraphNode &node : m_studio->model().nodes())
        QVERIFY(node.pictureLabel.isEmpty());
    m_studio->window().showPage(first);
}

void TstLooking::predictionsAreSortedByLoss()
{
    showPanel(u"predictions"_s);
    auto *list = m_studio->window().findChild<PredictionList *>();
    QTRY_VERIFY_WITH_TIMEOUT(list->items().size() > 10, 30'000);
    for (qsizetype i = 1; i < list->items().size(); ++i)
        QVERIFY(list->items()[i - 1].loss >= list->items()[i].loss);
    const qint64 first = list->items().first().row;
    QTRY_VERIFY(list->hasPicture(first));
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualRect(list->model()->index(0, 0)).center());
    QCOMPARE(m_studio->page()->focus()->sample().row, first);
}

void TstLooking::aCellOpensItsSamples()
{
    showPanel(u"confusion"_s);
    auto *matrix = m_studio->window().findChild<ConfusionView *>();
    QTRY_COMPARE_WITH_TIMEOUT(matrix->confusion().classes.size(), 10, 30'000);
    QVERIFY(m_studio->window().findChild<ClassTable *>()->model()->rowCount() == 10);
    const qint64 count = matrix->confusion().counts[3][3];
    QVERIFY(count > 0);
    QTest::mouseClick(matrix->viewport(), Qt::LeftButton, {},
                      matrix->visualRect(matrix->model()->index(3, 3)).center());
    QCOMPARE(m_studio->window().bottomPanels()->current(), u"predictions"_s);
    auto *list = m_studio->window().findChild<PredictionList *>();
    const auto isThree = [](const PredictionItem &item) { return item.target == u"3"_s && item.predicted == u"3"_s; };
    QTRY_VERIFY_WITH_TIMEOUT(
        list->items().size() == count && std::all_of(list->items().begin(), list->items().end(), isThree), 30'000);
}

void TstLooking::theTensorsOfALayerAreShown()
{
    showPanel(u"tensors"_s);
    m_studio->select({u"conv1"_s});
    QTRY_COMPARE_WITH_TIMEOUT(tensors().shownAs(), u"maps"_s, 30'000);
    QCOMPARE(tensors().shown().maps.count, 16); // all channels
    auto *tensor = tensors().findChild<QComboBox *>();
    const int weight = tensor->findText(u"weight"_s);
    QVERIFY(weight > 0);
    while (tensor->currentIndex() != weight)
        tensors().showNextTensor();
    QTRY_COMPARE_WITH_TIMEOUT(tensors().shown().port, u"weight"_s, 30'000);
    QCOMPARE(tensors().shown().maps.cell, QSize(3, 3));
    QVERIFY(tensors().shown().maps.ranges.isEmpty());
    tensors().toggleScale();
    QTRY_COMPARE_WITH_TIMEOUT(tensors().shown().maps.ranges.size(), 16, 30'000);
    tensors().toggleScale();
    m_studio->select({u"fc1"_s}); // a matrix: as a heat map
    QTRY_COMPARE_WITH_TIMEOUT(tensors().shownAs(), u"heat"_s, 30'000);
    QCOMPARE(tensors().shown().port, u"weight"_s);
    QCOMPARE(tensors().shown().shape.value(0), QString::number(tensors().shown().values.rows));
}

void TstLooking::aSampleIsPickedAndPinned()
{
    showPanel(u"tensors"_s);
    tensors().pickSample();
    auto *picker = tensors().findChild<QFrame *>(u"sample picker"_s);
    QVERIFY(picker);
    auto *list = picker->findChild<QListWidget *>();
    QTRY_VERIFY(list->count() > 5 && !list->item(5)->icon().isNull());
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualItemRect(list->item(5)).center());
    QCOMPARE(m_studio->page()->focus()->sample().row, 5);
    QTRY_COMPARE_WITH_TIMEOUT(tensors().shown().row, 5, 30'000);
}

int main(int argc, char **argv)
{
    return runStudioTest<TstLooking>(argc, argv);
}

#include "tst_looking.moc"
