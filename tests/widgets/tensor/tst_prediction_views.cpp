// SPDX-License-Identifier: GPL-3.0-or-later
// Confusion matrix, per class, predictions and predicted against true by real keys and mouse.
#include "widgets/common/theme_manager.h"
#include "widgets/tensor/class_table.h"
#include "widgets/tensor/confusion_view.h"
#include "widgets/tensor/prediction_list.h"
#include "widgets/tensor/scatter_view.h"

#include <QtTest>
#include <QtWidgets/QApplication>
#include <QtWidgets/QHeaderView>

#include <cmath>

using namespace espalier;
using namespace Qt::StringLiterals;

namespace {

ConfusionData threeClasses()
{
    return {{u"cat"_s, u"dog"_s, u"owl"_s}, {{8, 2, 0}, {1, 9, 0}, {0, 0, 4}}};
}

QList<PredictionItem> predictions(int count, int first = 0)
{
    QList<PredictionItem> made;
    for (int i = first; i < first + count; ++i)
        made.append(
            {i * 10, u"sample %1"_s.arg(i * 10), u"cat"_s, i % 2 ? u"dog"_s : u"cat"_s, i % 2 == 0, 0.5, 1.0, {}});
    return made;
}

void show(QWidget &widget)
{
    widget.show();
    widget.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&widget));
    widget.setFocus();
}

} // namespace

class TstPredictionViews : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { ThemeManager::instance().install(*qApp); }

    void cellsOfTheConfusionSayWhatTheyCount()
    {
        ConfusionView view;
        view.setConfusion(threeClasses());
        const QAbstractItemModel *model = view.model();
        QCOMPARE(model->index(0, 1).data().toString(), u"2"_s);
        QCOMPARE(model->index(0, 1).data(Qt::ToolTipRole).toString(),
                 u"2 of 10 samples of cat were taken for dog: 20\u00a0%."_s);
        QCOMPARE(model->index(2, 2).data(Qt::AccessibleTextRole).toString(),
                 u"4 of 4 samples of owl were recognised: 100\u00a0%."_s);
        QCOMPARE(model->headerData(1, Qt::Vertical).toString(), u"dog"_s);
    }
    void aClickOrEnterOnACellAsksForItsSamples()
    {
        ConfusionView view;
        view.setConfusion(threeClasses());
        view.resize(400, 300);
        show(view);
        QSignalSpy chosen(&view, &ConfusionView::cellChosen);
        QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, view.visualRect(view.model()->index(1, 0)).center());
        QCOMPARE(chosen.size(), 1);
        QCOMPARE(chosen[0], QVariantList({1, 0}));
        QTest::keyClick(&view, Qt::Key_Right);
        QTest::keyClick(&view, Qt::Key_Return);
        QCOMPARE(chosen.last(), QVariantList({1, 1}));
    }
    void rightAndWrongLookDifferentAndNothingLooksEmpty()
    {
        ConfusionView view;
        view.setConfusion(threeClasses());
        view.resize(400, 300);
        const QImage shown = view.viewport()->grab().toImage();
        const auto ground = [&](int row, int column) {
            return QColor(shown.pixel(view.visualRect(view.model()->index(row, column)).topLeft() + QPoint(2, 2)));
        };
        QCOMPARE(ground(0, 2), Theme::current().raised);
        QVERIFY(ground(0, 0).blue() > ground(0, 0).red());
        QVERIFY(ground(0, 1).red() > ground(0, 1).blue());
    }
    void manyClassesAndMissingCountsAreShown()
    {
        ConfusionView view;
        ConfusionData data;
        for (int i = 0; i < 300; ++i)
            data.classes.append(u"class %1"_s.arg(i));
        data.counts = {{1, 2}};
        view.setConfusion(data);
        view.resize(400, 300);
        view.grab();
        QCOMPARE(view.model()->index(299, 299).data().toString(), u"0"_s);
        view.setConfusion({});
        QCOMPARE(view.model()->rowCount(), 0);
    }

    void theTableOfClassesSorts()
    {
        ClassTable table;
        table.setRows({{0, u"cat"_s, 10, 9, 0.9, 0.8, 0.85}, {1, u"dog"_s, 5, 0, std::nullopt, 0, std::nullopt}});
        table.resize(500, 200);
        show(table);
        QCOMPARE(table.model()->index(1, 3).data().toString(), u"–"_s);
        const QHeaderView *header = table.horizontalHeader();
        QTest::mouseClick(header->viewport(), Qt::LeftButton, {},
                          QPoint(header->sectionViewportPosition(1) + 10, header->height() / 2));
        QCOMPARE(table.model()->index(0, 1).data().toString(),
                 header->sortIndicatorOrder() == Qt::AscendingOrder ? u"5"_s : u"10"_s);
        QSignalSpy chosen(&table, &ClassTable::classChosen);
        const int row = table.model()->index(0, 0).data().toString() == u"dog"_s ? 0 : 1;
        QTest::mouseClick(table.viewport(), Qt::LeftButton, {},
                          table.visualRect(table.model()->index(row, 0)).center());
        QCOMPARE(chosen.value(0), QVariantList{1});
    }

    void predictionsAskForVisiblePicturesOnceAndForMore()
    {
        PredictionList list;
        list.resize(500, 200);
        QSignalSpy pictures(&list, &PredictionList::picturesRequested);
        QSignalSpy more(&list, &PredictionList::moreRequested);
        list.setItems(predictions(40), 60);
        show(list);
        QTRY_VERIFY(!pictures.isEmpty());
        const auto rows = pictures[0][0].value<QList<qint64>>();
        QVERIFY(rows.contains(0));
        QVERIFY(!rows.contains(390)); // far below
        QVERIFY(!list.hasPicture(0));
        QImage picture(4, 4, QImage::Format_Grayscale8);
        picture.fill(200);
        list.setPicture(0, picture);
        QVERIFY(list.hasPicture(0));
        const qsizetype before = pictures.size();
        list.viewport()->repaint();
        QCoreApplication::processEvents();
        QCOMPARE(pictures.size(), before); // each is asked for once
        list.scrollToBottom();
        QTRY_VERIFY(!more.isEmpty());
        list.appendItems(predictions(20, 40), 60);
        QCOMPARE(list.model()->rowCount(), 60);
        QVERIFY(!list.model()->canFetchMore({}));
    }
    void aSampleIsChosenByClickAndByEnter()
    {
        PredictionList list;
        list.resize(500, 200);
        list.setItems(predictions(6), 6);
        show(list);
        QSignalSpy chosen(&list, &PredictionList::chosen);
        QTest::mouseClick(list.viewport(), Qt::LeftButton, {}, list.visualRect(list.model()->index(1, 0)).center());
        QCOMPARE(chosen.value(0), QVariantList{qint64(10)});
        QTest::keyClick(&list, Qt::Key_Right);
        QTest::keyClick(&list, Qt::Key_Return);
        QCOMPARE(chosen.last().at(0).toLongLong(), qint64(list.items()[list.currentItem()].row));
        QCOMPARE(list.model()->index(1, 0).data(Qt::AccessibleTextRole).toString(),
                 u"sample 10: is cat, predicted dog, loss 1"_s);
    }

    void predictedAgainstTrueTellsAndChoosesPoints()
    {
        ScatterView view;
        view.resize(300, 240);
        view.setPoints({{0, 0}, {5, 7}, {std::nan(""), 1}, {10, 10}}, Qt::red);
        show(view);
        QSignalSpy chosen(&view, &ScatterView::chosen);
        QTest::mouseClick(&view, Qt::LeftButton, {}, view.placeOf(1).toPoint());
        QCOMPARE(chosen.value(0), QVariantList{1});
        QCOMPARE(view.accessibleDescription(), u"true 5, predicted 7, off by 2"_s);
        QTest::keyClick(&view, Qt::Key_Left);
        QTest::keyClick(&view, Qt::Key_Return);
        QCOMPARE(chosen.last(), QVariantList{0});
        view.setPoints({}, {});
        view.grab();
        view.setPoints({{3, 3}}, {});
        QVERIFY(std::isfinite(view.placeOf(0).x()));
    }
};

QTEST_MAIN(TstPredictionViews)
#include "tst_prediction_views.moc"
