// SPDX-License-Identifier: GPL-3.0-or-later
// Curves of three runs, their crosshair and legend, what is not finite, nine runs with markers, weights over time in
// three ways, bars, the empty chart.
#include "tests/screenshots/scenes.h"
#include "tests/widgets/charts/sample_curves.h"
#include "widgets/charts/band_chart.h"
#include "widgets/charts/bar_chart.h"
#include "widgets/charts/heat_chart.h"
#include "widgets/charts/ridge_chart.h"

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

QList<ChartSeries> threeRuns(bool isAccuracy)
{
    return sampleRun(0, u"brave-pear"_s, 1200, isAccuracy) + sampleRun(2, u"wide-quince"_s, 1200, isAccuracy)
        + sampleRun(1, u"calm-fig"_s, 1200, isAccuracy);
}

std::unique_ptr<TimeChart> curves(bool isAccuracy)
{
    auto made = std::make_unique<TimeChart>();
    made->setTitle(isAccuracy ? u"Accuracy"_s : u"Loss"_s);
    made->setPercent(isAccuracy);
    made->setSeries(threeRuns(isAccuracy));
    made->setSmoothing(0.95);
    made->setTimeCursor(4400);
    return made;
}

std::unique_ptr<QWidget> crosshair()
{
    auto made = curves(false);
    made->setLegendVisible(true);
    made->setTimeCursor(std::nullopt);
    made->setMarks({{1200, u"Rate 0.001 → 0.0003"_s, ChartMark::Kind::Intervention},
                    {2400, u"Checkpoint"_s, ChartMark::Kind::Checkpoint},
                    {4800, u"Checkpoint"_s, ChartMark::Kind::Checkpoint},
                    {6000, u"NaN in conv1"_s, ChartMark::Kind::Problem}});
    made->setFocus();
    made->setCrosshair(3600);
    return made;
}

std::unique_ptr<QWidget> logarithmic()
{
    auto made = curves(false);
    made->setYScale(ChartScale::Logarithmic);
    made->setXAxis(ChartX::RelativeTime);
    return made;
}

std::unique_ptr<QWidget> notFinite()
{
    auto made = std::make_unique<TimeChart>();
    made->setTitle(u"Loss"_s);
    auto broken = std::make_shared<Series>();
    for (int i = 0; i < 400; ++i) {
        const bool isNan = (i > 120 && i < 150) || i > 330;
        broken->append(i, kSampleStart + i, isNan ? std::nan("") : i == 200 ? INFINITY : std::sin(i * 0.05) * i);
    }
    made->setSeries({{u"a"_s, u"old-medlar · train"_s, Theme::current().seriesColour(1), false, broken}});
    return made;
}

std::unique_ptr<QWidget> manyRuns()
{
    auto made = std::make_unique<TimeChart>();
    made->setTitle(u"Loss"_s);
    QList<ChartSeries> all;
    for (int run = 0; run < 11; ++run) {
        const Theme &theme = Theme::current();
        all.append({u"run%1"_s.arg(run), u"run %1"_s.arg(run + 1), theme.seriesColour(run), false,
                    sampleLoss(300, 10, 1.5, 0.05 + 0.08 * run, 5, 0.01, unsigned(run)), 0, theme.seriesMarker(run)});
    }
    made->setSeries(all);
    made->setLegendVisible(true);
    return made;
}

std::unique_ptr<QWidget> empty()
{
    auto made = std::make_unique<TimeChart>();
    made->setTitle(u"Loss"_s);
    made->setEmptyText(u"Train, or drop a TensorBoard folder here"_s);
    return made;
}

template <typename Chart>
std::unique_ptr<QWidget> weights()
{
    auto made = std::make_unique<Chart>();
    made->setTitle(u"conv2 · weights over time"_s);
    made->setDetail(u"brave-pear · step 5,850"_s);
    made->setHistograms(sampleWeights(40), Theme::current().seriesColour(0));
    return made;
}

std::unique_ptr<QWidget> balance()
{
    auto made = std::make_unique<BarChart>();
    made->setTitle(u"Class balance"_s);
    made->setDetail(u"1,797 samples"_s);
    QList<ChartBar> bars;
    for (int i = 0; i < 10; ++i)
        bars.append({QString::number(i), 174.0 + (i * 37) % 11});
    made->setBars(bars, Theme::current().seriesColour(0));
    return made;
}

} // namespace

QList<Scene> chartScenes()
{
    return {{u"chart-loss"_s, {380, 250}, [] { return std::unique_ptr<QWidget>(curves(false)); }},
            {u"chart-accuracy"_s, {380, 250}, [] { return std::unique_ptr<QWidget>(curves(true)); }},
            {u"chart-crosshair"_s, {560, 320}, crosshair},
            {u"chart-log"_s, {380, 250}, logarithmic},
            {u"chart-nan"_s, {380, 250}, notFinite},
            {u"chart-many"_s, {560, 320}, manyRuns},
            {u"chart-ridges"_s, {380, 250}, weights<RidgeChart>},
            {u"chart-bands"_s, {380, 250}, weights<BandChart>},
            {u"chart-heat"_s, {380, 250}, weights<HeatChart>},
            {u"chart-bars"_s, {380, 260}, balance},
            {u"chart-empty"_s, {380, 250}, empty}};
}

} // namespace espalier
