// SPDX-License-Identifier: GPL-3.0-or-later
// Curves driven by mouse and keys: crosshair, zoom, pan, what is written to files, what a screen reader hears.
#include "tests/widgets/charts/sample_curves.h"
#include "widgets/charts/chart_link.h"
#include "widgets/common/theme_manager.h"

#include <QtGui/QAccessible>
#include <QtTest/QtTest>
#include <QtWidgets/QMenu>

using namespace espalier;
using namespace Qt::StringLiterals;

class TstTimeChart : public QObject {
    Q_OBJECT
private slots:
    void init();
    void cleanup();

    void curvesAreDrawnInTheirColour();
    void aSpikeShowsAtEveryZoom();
    void refreshPaintsOnlyWhatGrew();
    void boxZoomsAndDoubleClickShowsAll();
    void middleButtonPans();
    void wheelZoomsWithFocusOrControl();
    void keysWalkZoomAndFit();
    void clickAsksForTheStep();
    void linkedChartsLookTogether();
    void readingsAreSortedByNearest();
    void outliersAreIgnoredByTensorBoardsRule();
    void axesAreStepEpochAndTime();
    void csvHoldsEveryPoint();
    void picturesAreWritten();
    void menuAsks();
    void readersHearTitleAndValues();
    void emptyAndBrokenSeriesAreDrawn();

private:
    QImage picture() { return m_chart->grab().toImage(); }
    QPoint at(double share) const; ///< in the plot, from left to right
    static int pixelsLike(const QImage &image, const QColor &colour, const QRect &where);

    std::unique_ptr<TimeChart> m_chart;
    std::shared_ptr<Series> m_curve;
    QColor m_colour;
};

void TstTimeChart::init()
{
    ThemeManager::instance().setMode(ThemeMode::Dark);
    m_colour = Theme::current().seriesColour(0);
    m_curve = std::make_shared<Series>();
    for (int i = 0; i <= 1000; ++i)
        m_curve->append(i, kSampleStart + i * 0.5, 1 - i / 2000.0);
    m_chart = std::make_unique<TimeChart>();
    m_chart->setTitle(u"Loss"_s);
    m_chart->setSeries({{u"a"_s, u"brave-pear · train"_s, m_colour, false, m_curve, 100}});
    m_chart->resize(400, 260);
    m_chart->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_chart.get()));
}

void TstTimeChart::cleanup()
{
    m_chart.reset();
}

QPoint TstTimeChart::at(double share) const
{
    return {int(60 + share * 310), 120};
}

int TstTimeChart::pixelsLike(const QImage &image, const QColor &colour, const QRect &where)
{
    int found = 0;
    for (int y = where.top(); y <= where.bottom(); ++y) {
        for (int x = where.left(); x <= where.right(); ++x) {
            const QColor at = image.pixelColor(x, y);
            if (std::abs(at.red() - colour.red()) + std::abs(at.green() - colour.green())
                    + std::abs(at.blue() - colour.blue())
                < 24)
                ++found;
        }
    }
    return found;
}

void TstTimeChart::curvesAreDrawnInTheirColour()
{
    QVERIFY(pixelsLike(picture(), m_colour, m_chart->rect()) > 200);
    m_chart->setSeries({});
    QCOMPARE(pixelsLike(picture(), m_colour, m_chart->rect()), 0);
    QVERIFY(m_chart->isEmpty());
}

void TstTimeChart::aSpikeShowsAtEveryZoom()
{
    auto spike = std::make_shared<Series>();
    for (int i = 0; i < 200'000; ++i)
        spike->append(i, kSampleStart + i, i == 123'457 ? 10 : 1);
    m_chart->setSeries({{u"a"_s, u"spike"_s, m_colour, false, spike}});
    for (const int half : {200'000, 20'000, 2'000, 20}) {
        m_chart->setXRange(std::pair(123'457.0 - half, 123'457.0 + half));
        QCOMPARE(m_chart->shownY().second >= 10, true);
        QVERIFY2(pixelsLike(picture(), m_colour, QRect(60, 60, 330, 60)) > 20, qPrintable(QString::number(half)));
    }
}

void TstTimeChart::refreshPaintsOnlyWhatGrew()
{
    QCoreApplication::processEvents();
    QSignalSpy painted(m_chart.get(), &TimeChart::painted);
    m_chart->refresh();
    QCoreApplication::processEvents();
    QCOMPARE(painted.count(), 0);
    m_curve->append(1001, kSampleStart + 600, 0.25);
    m_chart->refresh();
    QTRY_COMPARE(painted.count(), 1);
    QCOMPARE(m_chart->detail(), u"brave-pear · train 0.250"_s);
}

void TstTimeChart::boxZoomsAndDoubleClickShowsAll()
{
    const auto whole = m_chart->shownX();
    QTest::mousePress(m_chart.get(), Qt::LeftButton, {}, at(0.2));
    QTest::mouseMove(m_chart.get(), at(0.3));
    QTest::mouseMove(m_chart.get(), at(0.5));
    QTest::mouseRelease(m_chart.get(), Qt::LeftButton, {}, at(0.5));
    const auto part = m_chart->shownX();
    QVERIFY(part.first > 100 && part.second < 700 && part.second > part.first + 100);
    QTest::mouseDClick(m_chart.get(), Qt::LeftButton, {}, at(0.5));
    QCOMPARE(m_chart->shownX(), whole);
}

void TstTimeChart::middleButtonPans()
{
    m_chart->setXRange(std::pair(400.0, 600.0));
    QTest::mousePress(m_chart.get(), Qt::MiddleButton, {}, at(0.5));
    QTest::mouseMove(m_chart.get(), at(0.2));
    QTest::mouseRelease(m_chart.get(), Qt::MiddleButton, {}, at(0.2));
    const auto [from, to] = m_chart->shownX();
    QVERIFY(from > 430);
    QVERIFY(std::abs(to - from - 200) < 1e-6);
}

void TstTimeChart::wheelZoomsWithFocusOrControl()
{
    const auto whole = m_chart->shownX();
    const auto turn = [this](Qt::KeyboardModifiers modifiers) {
        QWheelEvent event(QPointF(at(0.5)), m_chart->mapToGlobal(QPointF(at(0.5))), {}, QPoint(0, 120), Qt::NoButton,
                          modifiers, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(m_chart.get(), &event);
        return event.isAccepted();
    };
    m_chart->clearFocus();
    QVERIFY(!turn(Qt::NoModifier)); // the page scrolls
    QCOMPARE(m_chart->shownX(), whole);
    QVERIFY(turn(Qt::ControlModifier));
    QVERIFY(m_chart->shownX().second < whole.second);
}

void TstTimeChart::keysWalkZoomAndFit()
{
    m_chart->setFocus();
    QTest::keyClick(m_chart.get(), Qt::Key_Left); // begins at the end
    QCOMPARE(m_chart->crosshair(), std::optional(1000.0));
    QTest::keyClick(m_chart.get(), Qt::Key_Left);
    QCOMPARE(m_chart->crosshair(), std::optional(999.0));
    QTest::keyClick(m_chart.get(), Qt::Key_Left, Qt::ShiftModifier);
    QCOMPARE(m_chart->crosshair(), std::optional(989.0));
    QSignalSpy asked(m_chart.get(), &TimeChart::stepRequested);
    QTest::keyClick(m_chart.get(), Qt::Key_Return);
    QCOMPARE(asked.value(0).value(0).toLongLong(), 989);
    const auto whole = m_chart->shownX();
    QTest::keyClick(m_chart.get(), Qt::Key_Plus);
    QVERIFY(m_chart->shownX().first > whole.first);
    QTest::keyClick(m_chart.get(), Qt::Key_Home);
    QCOMPARE(m_chart->shownX(), whole);
    QTest::keyClick(m_chart.get(), Qt::Key_Escape);
    QVERIFY(!m_chart->crosshair());
}

void TstTimeChart::clickAsksForTheStep()
{
    QSignalSpy asked(m_chart.get(), &TimeChart::stepRequested);
    QTest::mouseClick(m_chart.get(), Qt::LeftButton, {}, at(0.5));
    QCOMPARE(asked.count(), 1);
    QVERIFY(std::abs(asked[0][0].toLongLong() - 500) < 60);
}

void TstTimeChart::linkedChartsLookTogether()
{
    ChartLink link;
    TimeChart other;
    other.setSeries(m_chart->series());
    other.resize(400, 260);
    m_chart->setLink(&link);
    other.setLink(&link);
    QTest::mouseMove(m_chart.get(), at(0.4));
    QTRY_VERIFY(other.crosshair());
    QCOMPARE(other.crosshair(), m_chart->crosshair());
    m_chart->setXRange(std::pair(100.0, 200.0));
    QCOMPARE(other.shownX(), std::pair(100.0, 200.0));
    other.fit();
    QVERIFY(m_chart->shownX().second > 900);
}

void TstTimeChart::readingsAreSortedByNearest()
{
    auto high = std::make_shared<Series>();
    auto low = std::make_shared<Series>();
    for (int i = 0; i <= 1000; ++i) {
        high->append(i, kSampleStart + i, 0.9);
        low->append(i, kSampleStart + i, 0.1);
    }
    m_chart->setSeries({{u"high"_s, u"high"_s, m_colour, false, high}, {u"low"_s, u"low"_s, m_colour, true, low}});
    QTest::mouseMove(m_chart.get(), QPoint(200, 215));
    QTRY_VERIFY(m_chart->crosshair());
    const auto below = m_chart->readings(*m_chart->crosshair());
    QCOMPARE(below.size(), 2);
    QCOMPARE(m_chart->series()[below[0].series].label, u"low"_s);
    QTest::mouseMove(m_chart.get(), QPoint(210, 45));
    QTRY_COMPARE(m_chart->series()[m_chart->readings(500)[0].series].label, u"high"_s);
}

void TstTimeChart::outliersAreIgnoredByTensorBoardsRule()
{
    auto curve = std::make_shared<Series>();
    for (int i = 0; i < 101; ++i)
        curve->append(i, kSampleStart + i, i == 50 ? 1e6 : i % 10);
    m_chart->setSeries({{u"a"_s, u"a"_s, m_colour, false, curve}});
    QVERIFY(m_chart->shownY().second >= 1e6);
    m_chart->setIgnoreOutliers(true);
    QVERIFY(m_chart->shownY().second < 20);
    QVERIFY(m_chart->shownY().second >= 9);
}

void TstTimeChart::axesAreStepEpochAndTime()
{
    m_chart->setXAxis(ChartX::Epoch);
    QVERIFY(std::abs(m_chart->shownX().second - 10) < 1e-9);
    m_chart->setXAxis(ChartX::RelativeTime);
    QVERIFY(m_chart->shownX().first == 0 && m_chart->shownX().second >= 500);
    m_chart->setXAxis(ChartX::WallTime);
    QVERIFY(std::abs(m_chart->shownX().first - kSampleStart) < 1);
    QVERIFY(pixelsLike(picture(), m_colour, m_chart->rect()) > 200);
}

void TstTimeChart::csvHoldsEveryPoint()
{
    const QStringList lines = m_chart->csv().split(u'\n', Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), 1002);
    QCOMPARE(lines[0], u"series,step,wall_time,value"_s);
    QCOMPARE(lines[1], u"brave-pear · train,0,1700000000.000000,1"_s);
}

void TstTimeChart::picturesAreWritten()
{
    QTemporaryDir folder;
    const std::pair<QString, QByteArray> kinds[] = {{u"png"_s, "\x89PNG"}, {u"svg"_s, "<?xml"}, {u"pdf"_s, "%PDF"}};
    for (const auto &[kind, head] : kinds) {
        const QString path = folder.filePath(u"a."_s + kind);
        QVERIFY(m_chart->savePicture(path));
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray bytes = file.readAll();
        QVERIFY(bytes.startsWith(head));
        QVERIFY(bytes.size() > 1000);
        if (kind == "svg"_L1)
            QVERIFY(bytes.contains("brave-pear")); // the legend
    }
    QVERIFY(!m_chart->savePicture(folder.filePath(u"a.txt"_s)));
    QVERIFY(!m_chart->savePicture(folder.filePath(u"none/a.png"_s)));
    QVERIFY(pixelsLike(m_chart->picture(), m_colour, QRect(0, 0, 800, 520)) > 400);
}

void TstTimeChart::menuAsks()
{
    QSignalSpy asked(m_chart.get(), &ChartView::exportRequested);
    QContextMenuEvent event(QContextMenuEvent::Mouse, at(0.5), m_chart->mapToGlobal(at(0.5)));
    QCoreApplication::sendEvent(m_chart.get(), &event);
    auto *menu = m_chart->findChild<QMenu *>();
    QVERIFY(menu);
    for (const QString &kind : {u"png"_s, u"svg"_s, u"pdf"_s, u"csv"_s, u"copy"_s}) {
        auto *action = menu->findChild<QAction *>(kind);
        QVERIFY2(action, qPrintable(kind));
        action->trigger();
        QCOMPARE(asked.last().at(1).toString(), kind);
    }
    menu->close();
}

void TstTimeChart::readersHearTitleAndValues()
{
    QAccessibleInterface *chart = QAccessible::queryAccessibleInterface(m_chart.get());
    QVERIFY(chart);
    QCOMPARE(chart->role(), QAccessible::Chart);
    QCOMPARE(chart->text(QAccessible::Name), u"Loss"_s);
    m_chart->setCrosshair(500);
    QCOMPARE(chart->text(QAccessible::Value), u"step 500, brave-pear · train 0.750"_s);
}

void TstTimeChart::emptyAndBrokenSeriesAreDrawn()
{
    auto nothing = std::make_shared<Series>();
    auto broken = std::make_shared<Series>();
    for (int i = 0; i < 20; ++i)
        broken->append(i % 7, i % 3 == 0 ? -1e300 : kSampleStart + i, i % 2 ? std::nan("") : INFINITY);
    auto huge = std::make_shared<Series>();
    huge->append(std::numeric_limits<qint64>::min(), 0, -3e38);
    huge->append(std::numeric_limits<qint64>::max(), 9e300, 3e38);
    for (const auto &curve : {nothing, broken, huge}) {
        m_chart->setSeries({{u"a"_s, u"a"_s, m_colour, false, curve}, {u"b"_s, u"b"_s, m_colour, true, curve}});
        for (const ChartX axis : {ChartX::Step, ChartX::Epoch, ChartX::WallTime, ChartX::RelativeTime}) {
            for (const ChartScale scale : {ChartScale::Linear, ChartScale::Logarithmic, ChartScale::SymmetricLog}) {
                m_chart->setXAxis(axis);
                m_chart->setYScale(scale);
                m_chart->setXLogarithmic(scale == ChartScale::Logarithmic);
                QVERIFY(!picture().isNull());
            }
        }
    }
}

QTEST_MAIN(TstTimeChart)
#include "tst_time_chart.moc"
