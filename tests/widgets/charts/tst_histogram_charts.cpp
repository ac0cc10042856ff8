// SPDX-License-Identifier: GPL-3.0-or-later
// Ridges, bands and heat maps of histograms, and bars: drawn, pointed at, walked by keys, written out.
#include "tests/widgets/charts/sample_curves.h"
#include "widgets/charts/band_chart.h"
#include "widgets/charts/bar_chart.h"
#include "widgets/charts/heat_chart.h"
#include "widgets/charts/ridge_chart.h"
#include "widgets/common/theme_manager.h"

#include <QtTest/QtTest>

using namespace espalier;
using namespace Qt::StringLiterals;

class TstHistogramCharts : public QObject {
    Q_OBJECT
private slots:
    void everyKindIsDrawn_data();
    void everyKindIsDrawn();
    void keysWalkFrames();
    void pointerFindsFrames();
    void csvHoldsEveryBin();
    void framesWithoutValuesAreDrawn();
    void barsAreDrawnAndWritten();
};

namespace {

std::unique_ptr<HistogramChart> chartOf(int kind)
{
    std::unique_ptr<HistogramChart> made;
    if (kind == 0)
        made = std::make_unique<RidgeChart>();
    else if (kind == 1)
        made = std::make_unique<BandChart>();
    else
        made = std::make_unique<HeatChart>();
    made->resize(400, 260);
    return made;
}

int coloursOf(const QImage &image)
{
    QSet<QRgb> found;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
            found.insert(image.pixel(x, y));
    return int(found.size());
}

} // namespace

void TstHistogramCharts::everyKindIsDrawn_data()
{
    QTest::addColumn<int>("kind");
    QTest::newRow("ridges") << 0;
    QTest::newRow("bands") << 1;
    QTest::newRow("heat") << 2;
}

void TstHistogramCharts::everyKindIsDrawn()
{
    QFETCH(int, kind);
    const auto chart = chartOf(kind);
    const QColor colour = Theme::current().seriesColour(0);
    QVERIFY(chart->isEmpty());
    QVERIFY(!chart->grab().isNull());
    auto weights = sampleWeights(1);
    chart->setHistograms(weights, colour);
    const QImage one = chart->grab().toImage();
    QVERIFY(coloursOf(one) > 20);
    HistogramFrame next = weights->last();
    next.step += 100;
    weights->append(next);
    chart->refresh();
    QVERIFY(chart->grab().toImage() != one);
    const QImage two = chart->grab().toImage();
    chart->setTimeCursor(next.step);
    QVERIFY(chart->grab().toImage() != two);
}

void TstHistogramCharts::keysWalkFrames()
{
    const auto chart = chartOf(0);
    chart->setHistograms(sampleWeights(20), Theme::current().seriesColour(0));
    chart->show();
    QTest::keyClick(chart.get(), Qt::Key_Left);
    QCOMPARE(chart->pointedFrame(), std::optional<qsizetype>(19));
    QTest::keyClick(chart.get(), Qt::Key_Left);
    QCOMPARE(chart->pointedFrame(), std::optional<qsizetype>(18));
    QVERIFY(chart->accessibleDescription().startsWith(u"step 2,700"_s)
            || chart->accessibleDescription().contains(u"2700"_s));
    QSignalSpy asked(chart.get(), &HistogramChart::stepRequested);
    QTest::keyClick(chart.get(), Qt::Key_Return);
    QCOMPARE(asked.value(0).value(0).toLongLong(), 18 * 150);
    QTest::keyClick(chart.get(), Qt::Key_Escape);
    QVERIFY(!chart->pointedFrame());
}

void TstHistogramCharts::pointerFindsFrames()
{
    for (int kind = 0; kind < 3; ++kind) {
        const auto chart = chartOf(kind);
        chart->setHistograms(sampleWeights(20), Theme::current().seriesColour(0));
        chart->show();
        QVERIFY(QTest::qWaitForWindowExposed(chart.get()));
        QSignalSpy asked(chart.get(), &HistogramChart::stepRequested);
        QTest::mouseClick(chart.get(), Qt::LeftButton, {}, QPoint(200, 190));
        QCOMPARE(asked.count(), 1);
    }
}

void TstHistogramCharts::csvHoldsEveryBin()
{
    const auto chart = chartOf(2);
    chart->setHistograms(sampleWeights(3, 10), Theme::current().seriesColour(0));
    const QStringList lines = chart->csv().split(u'\n', Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), 31);
    QCOMPARE(lines[0], u"step,wall_time,left,right,count"_s);
}

void TstHistogramCharts::framesWithoutValuesAreDrawn()
{
    for (int kind = 0; kind < 3; ++kind) {
        const auto chart = chartOf(kind);
        auto weights = std::make_shared<HistogramSeries>();
        weights->append({0, kSampleStart, {}});
        weights->append({5, kSampleStart, {{0, 0, 10}}});
        weights->append({9, kSampleStart, {}});
        chart->setHistograms(weights, Theme::current().seriesColour(0));
        QVERIFY(!chart->grab().isNull());
        QTest::keyClick(chart.get(), Qt::Key_Left);
        QVERIFY(!chart->grab().isNull());
    }
}

void TstHistogramCharts::barsAreDrawnAndWritten()
{
    BarChart chart;
    chart.setBars({{u"cat"_s, 30}, {u"dog, big"_s, 10}}, Theme::current().seriesColour(0));
    chart.resize(320, 120);
    QVERIFY(coloursOf(chart.grab().toImage()) > 10);
    QCOMPARE(chart.csv(), u"label,value\ncat,30\n\"dog, big\",10\n"_s);
    QVERIFY(chart.accessibleDescription().contains(u"75"_s));
}

QTEST_MAIN(TstHistogramCharts)
#include "tst_histogram_charts.moc"
