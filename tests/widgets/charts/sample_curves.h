// SPDX-License-Identifier: GPL-3.0-or-later
// Curves and histograms as training makes them, the same each time.
#pragma once

#include "widgets/charts/histogram_series.h"
#include "widgets/charts/time_chart.h"
#include "widgets/common/theme.h"

#include <cmath>
#include <memory>
#include <random>

namespace espalier {

constexpr double kSampleStart = 1'700'000'000;

/// Falls from `from` towards `to`; noise falls too.
inline std::shared_ptr<Series> sampleLoss(int points, qint64 every, double from, double to, double pace, double noise,
                                          unsigned seed)
{
    auto made = std::make_shared<Series>();
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    for (int i = 0; i < points; ++i) {
        const double share = double(i) / points;
        const double level = to + (from - to) * std::exp(-pace * share);
        made->append(qint64(i) * every, kSampleStart + 0.01 * double(i * every), level * (1 + noise * normal(random)));
    }
    return made;
}

/// A run's train and validation, in the colour of the run with this index.
inline QList<ChartSeries> sampleRun(int run, const QString &name, int points, bool isAccuracy = false)
{
    const Theme &theme = Theme::current();
    const double pace = 9 - 2.5 * run;
    const double end = 0.02 + 0.03 * run;
    auto train = sampleLoss(points, 6, 1.1, end, pace, 0.12, unsigned(run * 2 + 1));
    auto validation = sampleLoss(points / 20, 120, 1.15, end + 0.03, pace * 0.9, 0.03, unsigned(run * 2 + 2));
    if (isAccuracy) {
        for (auto *curve : {&train, &validation}) {
            auto turned = std::make_shared<Series>();
            for (qsizetype i = 0; i < (*curve)->size(); ++i) {
                const SeriesPoint point = (*curve)->point(i);
                turned->append(point.step, point.wallTime, std::min(1.0, 1 - 0.6 * double(point.value)));
            }
            *curve = turned;
        }
    }
    const QColor colour = theme.seriesColour(run);
    const int marker = theme.seriesMarker(run);
    return {{name + QStringLiteral("/train"), name + QStringLiteral(" · train"), colour, false, train, 40, marker},
            {name + QStringLiteral("/validation"), name + QStringLiteral(" · validation"), colour, true, validation, 40,
             marker}};
}

/// Weights that narrow and move while a layer learns.
inline std::shared_ptr<HistogramSeries> sampleWeights(int frames, int bins = 60)
{
    auto made = std::make_shared<HistogramSeries>();
    for (int i = 0; i < frames; ++i) {
        const double share = double(i) / std::max(1, frames - 1);
        const double sigma = 0.05 + 0.03 * share;
        const double second = 0.35 * share;
        HistogramFrame frame;
        frame.step = qint64(i) * 150;
        frame.wallTime = kSampleStart + i;
        const double wide = 4 * sigma;
        for (int b = 0; b < bins; ++b) {
            const double left = -wide + 2 * wide * b / bins;
            const double at = left + wide / bins;
            const auto bell
                = [&](double mean, double width) { return std::exp(-0.5 * std::pow((at - mean) / width, 2)) / width; };
            const double ripple = 1 + 0.06 * std::sin(b * 1.7 + i);
            const double count = 40 * (bell(0.01 * share, sigma) + second * bell(-0.6 * sigma, sigma * 0.4)) * ripple;
            frame.bins.push_back({float(left), float(left + 2 * wide / bins), float(std::round(count))});
        }
        made->append(std::move(frame));
    }
    return made;
}

} // namespace espalier
