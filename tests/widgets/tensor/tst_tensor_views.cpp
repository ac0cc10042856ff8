// SPDX-License-Identifier: GPL-3.0-or-later
// Heat map, grid of pictures and table of values by real keys and mouse.
#include "widgets/common/theme_manager.h"
#include "widgets/tensor/heat_map_view.h"
#include "widgets/tensor/picture_grid.h"
#include "widgets/tensor/value_table.h"

#include <QtGui/QClipboard>
#include <QtTest>
#include <QtWidgets/QApplication>
#include <QtWidgets/QScrollBar>

#include <cmath>

using namespace espalier;
using namespace Qt::StringLiterals;

namespace {

ValueMatrix matrix(int rows, int columns)
{
    ValueMatrix made;
    made.rows = rows;
    made.columns = columns;
    const int half = rows * columns / 2;
    for (int i = 0; i < rows * columns; ++i)
        made.values.append(i - half);
    made.range = rangeOf(made.values);
    return made;
}

PictureSheet sheet(int count, int columns)
{
    PictureSheet made;
    made.cell = {4, 4};
    made.columns = columns;
    made.count = count;
    made.levels = QImage(columns * 4, (count + columns - 1) / columns * 4, QImage::Format_Grayscale8);
    made.levels.fill(0);
    for (int i = 0; i < count; ++i) // picture i has level i everywhere
        for (int y = 0; y < 4; ++y)
            for (int x = 0; x < 4; ++x)
                made.levels.scanLine(made.rectOf(i).y() + y)[made.rectOf(i).x() + x] = uchar(i);
    made.range = {0, 255};
    made.word = u"channel"_s;
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

class TstTensorViews : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { ThemeManager::instance().install(*qApp); }

    void theHeatMapShowsEachValueAsItsColour()
    {
        HeatMapView view;
        view.setMatrix(matrix(3, 4));
        view.setScale(ColourScale::Diverging);
        view.resize(400, 300);
        show(view);
        view.clearFocus();
        const QImage shown = view.viewport()->grab().toImage();
        const ColourMap map(ColourScale::Diverging, Theme::current().isDark);
        const ValueRange range = view.matrix().range.on(ColourScale::Diverging);
        for (int y = 0; y < 3; ++y)
            for (int x = 0; x < 4; ++x) // near a corner, where no number stands
                QCOMPARE(shown.pixel((view.rectOf({x, y}).topLeft() + QPointF(3, 3)).toPoint()),
                         map.at(range.share(view.matrix().at(y, x))));
    }
    void whatIsNotANumberIsMarked()
    {
        HeatMapView view;
        ValueMatrix values = matrix(2, 2);
        values.values[3] = std::nan("");
        view.setMatrix(values);
        view.resize(200, 200);
        const QImage shown = view.viewport()->grab().toImage();
        QCOMPARE(shown.pixel((view.rectOf({1, 1}).topLeft() + QPointF(3, 3)).toPoint()), Theme::current().error.rgb());
    }
    void thePointerAndTheKeysTellValues()
    {
        HeatMapView view;
        view.setMatrix(matrix(3, 4));
        view.resize(400, 300);
        show(view);
        QSignalSpy told(&view, &HeatMapView::told);
        QTest::mouseMove(view.viewport(), view.rectOf({2, 1}).center().toPoint());
        QTRY_VERIFY(!told.isEmpty());
        QCOMPARE(told.last().at(0).toString(), u"row 1, column 2: 0"_s);
        QTest::keyClick(&view, Qt::Key_Right);
        QTest::keyClick(&view, Qt::Key_Down);
        QTest::keyClick(&view, Qt::Key_Down);
        QTest::keyClick(&view, Qt::Key_Down);
        QCOMPARE(view.cursor(), QPoint(1, 2));
        QCOMPARE(view.accessibleDescription(), u"row 2, column 1: 3"_s);
        QTest::keyClick(&view, Qt::Key_End);
        QCOMPARE(view.cursor(), QPoint(3, 2));
    }
    void zoomKeepsWhatIsUnderThePointer()
    {
        HeatMapView view;
        view.setMatrix(matrix(200, 300));
        view.resize(400, 300);
        show(view);
        const QPoint at(200, 130);
        const QPoint before = view.cellAt(at);
        QWheelEvent wheel(at, view.viewport()->mapToGlobal(at), {}, {0, 1200}, Qt::NoButton, Qt::ControlModifier,
                          Qt::NoScrollPhase, false);
        QApplication::sendEvent(view.viewport(), &wheel);
        QVERIFY(view.zoom() > 5);
        QVERIFY((view.cellAt(at) - before).manhattanLength() <= 2);
        QTest::keyClick(&view, Qt::Key_0);
        QVERIFY(view.isFitted());
        QCOMPARE(view.horizontalScrollBar()->maximum(), 0);
    }
    void theCursorStaysInSightWhenZoomed()
    {
        HeatMapView view;
        view.setMatrix(matrix(100, 100));
        view.resize(300, 300);
        show(view);
        for (int i = 0; i < 8; ++i)
            QTest::keyClick(&view, Qt::Key_Plus);
        view.setCursorCell({99, 99});
        QVERIFY(QRectF(view.viewport()->rect()).adjusted(-2, -2, 2, 2).contains(view.rectOf({99, 99})));
        QTest::keyClick(&view, Qt::Key_Home);
        QVERIFY(QRectF(view.viewport()->rect()).adjusted(-2, -2, 2, 2).contains(view.rectOf({0, 99})));
    }
    void aNewValueOfTheSameSizeKeepsPlaceAndZoom()
    {
        HeatMapView view;
        view.setMatrix(matrix(50, 50));
        view.resize(300, 300);
        view.setCursorCell({20, 20});
        view.zoomIn();
        const double zoom = view.zoom();
        view.setMatrix(matrix(50, 50));
        QCOMPARE(view.cursor(), QPoint(20, 20));
        QCOMPARE(view.zoom(), zoom);
        view.setMatrix(matrix(5, 5));
        QCOMPARE(view.cursor(), QPoint(0, 0));
        QVERIFY(view.isFitted());
    }
    void emptyAndBrokenMatricesAreNothing()
    {
        HeatMapView view;
        view.resize(200, 200);
        ValueMatrix broken = matrix(2, 2);
        broken.values.removeLast();
        view.setMatrix(broken);
        QCOMPARE(view.cellAt({5, 5}), QPoint(-1, -1));
        view.setCursorCell({1, 1});
        view.zoomIn();
        view.grab();
    }

    void theGridShowsAllPicturesInTheirColours()
    {
        PictureGrid grid;
        grid.setSheet(sheet(60, 10));
        grid.setScale(ColourScale::Grey);
        grid.resize(400, 600);
        show(grid);
        const QImage shown = grid.viewport()->grab().toImage();
        QVERIFY(grid.columns() >= 6);
        for (const int picture : {0, 7, 31, 59}) {
            const QPoint at = grid.pictureRect(picture).center();
            QVERIFY(grid.viewport()->rect().contains(at));
            QCOMPARE(qGray(shown.pixel(at)), picture);
        }
    }
    void theGridFillsItsWidthUnlessRowsMeanSomething()
    {
        PictureGrid grid;
        grid.resize(300, 300);
        grid.setSheet(sheet(60, 10));
        show(grid);
        const int few = grid.columns();
        grid.resize(600, 300);
        QVERIFY(grid.columns() > few);
        QVERIFY(grid.pictureRect(grid.columns() - 1).right() <= grid.viewport()->width());
        PictureSheet filters = sheet(60, 3);
        filters.rowWord = u"out"_s;
        grid.setSheet(filters);
        QCOMPARE(grid.columns(), 3);
        QCOMPARE(grid.pictureRect(4).top(), grid.pictureRect(3).top());
        QVERIFY(grid.pictureRect(4).top() > grid.pictureRect(0).top());
    }
    void theGridWalksZoomsAndTells()
    {
        PictureGrid grid;
        PictureSheet pictures = sheet(60, 10);
        pictures.ranges.fill({0, 255}, 60);
        grid.setSheet(pictures);
        grid.resize(400, 300);
        show(grid);
        QSignalSpy told(&grid, &PictureGrid::told);
        QTest::mouseClick(grid.viewport(), Qt::LeftButton, {}, grid.pictureRect(2).center());
        QCOMPARE(grid.currentPicture(), 2);
        QTest::keyClick(&grid, Qt::Key_Right);
        QCOMPARE(grid.currentPicture(), 3);
        QCOMPARE(told.last().at(0).toString(), u"channel 3: from 0 to 255"_s);
        const int side = grid.side();
        QTest::keyClick(&grid, Qt::Key_Plus);
        QVERIFY(grid.side() > side);
        QCOMPARE(grid.currentPicture(), 3);
        QTest::keyClick(&grid, Qt::Key_0);
        QCOMPARE(grid.side(), side);
        QTest::mouseMove(grid.viewport(), grid.pictureRect(5).center() + QPoint(2, 2));
        QTRY_VERIFY(told.last().at(0).toString().startsWith(u"channel 5: from 0 to 255, row 2, column"_s));
        QVERIFY(told.last().at(0).toString().endsWith(u"about 5"_s));
    }
    void newPicturesKeepTheChosenOne()
    {
        PictureGrid grid;
        grid.resize(400, 300);
        grid.setSheet(sheet(60, 10));
        grid.setCurrentPicture(12);
        grid.setSheet(sheet(60, 10));
        QCOMPARE(grid.currentPicture(), 12);
        grid.setSheet(sheet(4, 2));
        QVERIFY(grid.currentPicture() < 4);
        grid.setSheet({});
        QCOMPARE(grid.model()->rowCount(), 0);
        grid.grab();
    }

    void valuesCanBeCopied()
    {
        ValueTable table;
        table.setMatrix(matrix(2, 3));
        show(table);
        QCOMPARE(table.model()->index(1, 2).data().toString(), u"2"_s);
        table.selectAll();
        QTest::keyClick(&table, Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QGuiApplication::clipboard()->text(), u"-3\t-2\t-1\n0\t1\t2\n"_s);
    }
};

QTEST_MAIN(TstTensorViews)
#include "tst_tensor_views.moc"
