// SPDX-License-Identifier: GPL-3.0-or-later
// Colours, ranges and names of tensors' parts.
#include "widgets/common/theme.h"
#include "widgets/tensor/tensor_data.h"

#include <QtTest>

#include <cmath>

using namespace espalier;
using namespace Qt::StringLiterals;

class TstTensorData : public QObject {
    Q_OBJECT
private slots:
    void zeroIsTheMiddleOfADivergingScale()
    {
        const ValueRange range{-1, 3};
        QCOMPARE(range.on(ColourScale::Diverging), (ValueRange{-3, 3}));
        QCOMPARE(range.on(ColourScale::Diverging).share(0), 0.5);
        QCOMPARE(range.on(ColourScale::Sequential), range);
        QCOMPARE(scaleFor(range), ColourScale::Diverging);
        QCOMPARE(scaleFor({0, 3}), ColourScale::Sequential);
    }
    void aRangeWithoutWidthOrEndIsNoDivisionByZero()
    {
        QCOMPARE((ValueRange{2, 2}.share(2)), 0.5);
        QCOMPARE((ValueRange{-HUGE_VAL, HUGE_VAL}.share(2)), 0.5);
        const ColourMap map(ColourScale::Sequential, true);
        QCOMPARE(map.at(-7), map.at(0));
        QCOMPARE(map.at(HUGE_VAL), map.at(0));
        QCOMPARE(map.at(7), map.at(1));
    }
    void lightnessOfASequentialScaleOnlyGrows_data()
    {
        QTest::addColumn<bool>("isDark");
        QTest::newRow("dark") << true;
        QTest::newRow("light") << false;
    }
    /// What people who see no colours at all must be able to read.
    void lightnessOfASequentialScaleOnlyGrows()
    {
        QFETCH(bool, isDark);
        const ColourMap map(ColourScale::Sequential, isDark);
        for (int i = 8; i < 256; i += 8) {
            const double before = contrastRatio(QColor(map.level(i - 8)), Qt::black);
            const double after = contrastRatio(QColor(map.level(i)), Qt::black);
            QVERIFY2(isDark ? after > before : after < before, qPrintable(QString::number(i)));
        }
    }
    /// Zero recedes into the surface, both ends stand out from it, and blue stands against orange.
    void theMiddleOfADivergingScaleIsTheSurface()
    {
        for (const bool isDark : {true, false}) {
            const Theme theme = Theme::load(isDark ? u"dark"_s : u"light"_s);
            const ColourMap map(ColourScale::Diverging, isDark);
            QVERIFY(contrastRatio(QColor(map.at(0.5)), theme.panel) < 1.3);
            QVERIFY(contrastRatio(QColor(map.at(0)), theme.panel) > 3);
            QVERIFY(contrastRatio(QColor(map.at(1)), theme.panel) > 3);
            QVERIFY(qBlue(map.at(0.2)) > qRed(map.at(0.2)));
            QVERIFY(qRed(map.at(0.8)) > qBlue(map.at(0.8)));
        }
    }
    void levelsOfAPictureBecomeColoursOfTheScale()
    {
        QImage grey(2, 1, QImage::Format_Grayscale8);
        grey.scanLine(0)[0] = 0;
        grey.scanLine(0)[1] = 255;
        const ColourMap map(ColourScale::Diverging, true);
        const QImage made = coloured(grey, {-1, 3}, {-3, 3}, map);
        QCOMPARE(made.pixel(0, 0), map.at(1.0 / 3));
        QCOMPARE(made.pixel(1, 0), map.at(1));
    }
    void whatIsNotFiniteHasNoPartInTheRange()
    {
        QCOMPARE(rangeOf({std::nan(""), 2, -1, HUGE_VAL}), (ValueRange{-1, 2}));
        QCOMPARE(rangeOf({std::nan("")}), (ValueRange{0, 0}));
    }
    void aPixelOfASheetIsAValueOfItsPicture()
    {
        PictureSheet sheet;
        sheet.levels = QImage(4, 2, QImage::Format_Grayscale8);
        sheet.levels.fill(0);
        sheet.levels.scanLine(1)[3] = 255;
        sheet.columns = 2;
        sheet.count = 2;
        sheet.cell = {2, 2};
        sheet.word = u"channel"_s;
        sheet.ranges = {{0, 1}, {-4, 6}};
        QCOMPARE(sheet.valueAt(1, {1, 1}), 6.0);
        QCOMPARE(sheet.valueAt(1, {0, 0}), -4.0);
        QVERIFY(std::isnan(sheet.valueAt(1, {2, 0})));
        QCOMPARE(sheet.nameOf(1), u"channel 1"_s);
        sheet.rowWord = u"out"_s;
        sheet.word = u"in"_s;
        QCOMPARE(sheet.nameOf(1), u"out 0, in 1"_s);
    }
    void aValueIsToldWithItsPlace()
    {
        ValueMatrix matrix{1, 2, {0.5, -1}, u"out"_s, u"feature"_s, 0, 10, {-1, 0.5}};
        QCOMPARE(matrix.textAt(0, 1), u"feature 11: −1"_s);
        matrix = {2, 1, {0.5, -1}, u"out"_s, u"in"_s, 0, 0, {-1, 0.5}};
        QCOMPARE(matrix.textAt(1, 0), u"out 1, in 0: −1"_s);
    }
};

QTEST_MAIN(TstTensorData)
#include "tst_tensor_data.moc"
