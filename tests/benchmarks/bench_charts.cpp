// SPDX-License-Identifier: GPL-3.0-or-later
// Times what charts cost: a refresh of twelve with eight curves each at 1x and 2x, the redraw of 10^7 points at several
// zooms, and memory per point. Prints median and p95; judges nothing.
#include "tests/widgets/charts/sample_curves.h"
#include "widgets/charts/ridge_chart.h"
#include "widgets/charts/smoothing.h"
#include "widgets/common/theme_manager.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QTextStream>
#include <QtGui/QImage>
#include <QtWidgets/QApplication>

#include <algorithm>
#include <ctime>
#include <functional>
#include <vector>

using namespace espalier;
using namespace Qt::StringLiterals;

namespace {

constexpr QSize kChart(380, 250);
constexpr int kCharts = 12;
constexpr int kCurves = 8;
constexpr int kFrames = 60;

QTextStream &out()
{
    static QTextStream stream(stdout);
    return stream;
}

double median(std::vector<double> &of)
{
    std::sort(of.begin(), of.end());
    return of[of.size() / 2];
}

void time(const QString &name, int frames, const std::function<void(int)> &frame)
{
    std::vector<double> ms;
    std::vector<double> processor; // what it takes when nobody else computes
    for (int i = 0; i < frames; ++i) {
        QElapsedTimer timer;
        timer.start();
        const std::clock_t begin = std::clock();
        frame(i);
        processor.push_back(1000.0 * double(std::clock() - begin) / CLOCKS_PER_SEC);
        ms.push_back(double(timer.nsecsElapsed()) / 1e6);
    }
    const double middle = median(ms);
    out() << name.leftJustified(60)
          << u"median %1 ms   p95 %2 ms   processor %3 ms\n"_s.arg(middle, 7, 'f', 2)
                 .arg(ms[std::min(ms.size() - 1, ms.size() * 95 / 100)], 7, 'f', 2)
                 .arg(median(processor), 7, 'f', 2);
    out().flush();
}

void paint(QWidget &widget, QImage &image)
{
    widget.render(&image, {}, {}, QWidget::DrawChildren);
}

QImage canvas(const QSize &size, qreal ratio)
{
    QImage image(size * ratio, QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(ratio);
    return image;
}

/// Twelve charts whose curves all get a point before each refresh.
void benchDashboard(int points, double smoothing, qreal ratio)
{
    std::vector<std::unique_ptr<TimeChart>> charts;
    std::vector<std::shared_ptr<Series>> curves;
    for (int c = 0; c < kCharts; ++c) {
        QList<ChartSeries> shown;
        for (int i = 0; i < kCurves; ++i) {
            curves.push_back(sampleLoss(points, 6, 1.1, 0.1, 6 - 0.5 * i, 0.1, unsigned(c * kCurves + i)));
            shown.append({u"%1"_s.arg(i), u"run %1 · train"_s.arg(i), Theme::current().seriesColour(i / 2), i % 2 == 1,
                          curves.back(), 40});
        }
        charts.push_back(std::make_unique<TimeChart>());
        charts.back()->resize(kChart);
        charts.back()->setTitle(u"Loss"_s);
        charts.back()->setSmoothing(smoothing);
        charts.back()->setSeries(shown);
    }
    QImage image = canvas(kChart, ratio);
    for (auto &chart : charts)
        paint(*chart, image);
    time(u"12 charts x 8 curves of %1 points, smoothing %2, %3x"_s.arg(points).arg(smoothing).arg(ratio), kFrames,
         [&](int frame) {
             for (auto &curve : curves)
                 curve->append((points + frame) * 6, kSampleStart + (points + frame) * 0.06, 0.1 + 0.001 * frame);
             for (auto &chart : charts) {
                 chart->refresh();
                 paint(*chart, image);
             }
         });
}

void benchLong(qreal ratio)
{
    constexpr int kPoints = 10'000'000;
    auto curve = sampleLoss(kPoints, 1, 1.1, 0.1, 6, 0.1, 7);
    const double perPoint = double(curve->bytes()) / kPoints;
    TimeChart chart;
    chart.resize(kChart);
    chart.setTitle(u"Loss"_s);
    chart.setSeries({{u"a"_s, u"run · train"_s, Theme::current().seriesColour(0), false, curve}});
    QImage image = canvas(kChart, ratio);
    if (ratio == 1)
        out() << u"10^7 points: %1 bytes a point, pyramid included\n"_s.arg(perPoint, 0, 'f', 2);
    for (const int shown : {kPoints, kPoints / 10, kPoints / 1000, 1000, 20}) {
        time(u"10^7 points, %1 of them in sight, %2x"_s.arg(shown).arg(ratio), kFrames, [&](int frame) {
            const double from = double(kPoints - shown) * frame / kFrames;
            chart.setXRange(std::pair(from, from + shown + 0.1 * frame)); // another one each time
            paint(chart, image);
        });
    }
    chart.setXRange(std::nullopt);
    chart.setIgnoreOutliers(true);
    time(u"10^7 points, all, outliers ignored, a point added, %1x"_s.arg(ratio), kFrames, [&](int frame) {
        curve->append(kPoints + frame, kSampleStart, 0.1);
        chart.refresh();
        paint(chart, image);
    });
    if (ratio == 1) {
        SmoothedSeries smoothed(curve, 0.9);
        time(u"10^7 points smoothed in one go"_s, 1, [&](int) {
            while (!smoothed.update()) { }
        });
    }
}

void benchRidges(qreal ratio)
{
    RidgeChart chart;
    chart.resize(kChart);
    auto weights = sampleWeights(1000);
    chart.setHistograms(weights, Theme::current().seriesColour(0));
    QImage image = canvas(kChart, ratio);
    time(u"ridges of 1000 frames, %1x"_s.arg(ratio), kFrames, [&](int) {
        chart.setHistograms(weights, Theme::current().seriesColour(0));
        paint(chart, image);
    });
}

} // namespace

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    ThemeManager::instance().install(application);
    ThemeManager::instance().setMode(ThemeMode::Dark);
    for (const qreal ratio : {1.0, 2.0}) {
        for (const double smoothing : {0.0, 0.6})
            for (const int points : {300, 1000, 10'000})
                benchDashboard(points, smoothing, ratio);
        benchLong(ratio);
        benchRidges(ratio);
    }
    return 0;
}
