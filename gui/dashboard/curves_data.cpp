// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/dashboard/curves_data.h"

#include "gui/dashboard/dashboard.h"
#include "gui/dashboard/metric_tags.h"
#include "gui/models/focus.h"
#include "gui/models/run_store.h"

#include <QtCore/QMap>

#include <algorithm>

namespace espalier {
namespace {

double stepsPerEpoch(const RunStore &store, const QString &run)
{
    if (const auto progress = store.progress(run); progress && progress->epochs > 0 && progress->totalSteps > 0)
        return static_cast<double>(progress->totalSteps) / static_cast<double>(progress->epochs);
    // Of a run that is over: what it recorded of its epochs.
    const auto epochs = store.series(run, QStringLiteral("epoch"));
    if (!epochs || epochs->isEmpty())
        return 0;
    const auto last = epochs->last();
    return last->value > 0 ? static_cast<double>(last->step) / static_cast<double>(last->value) : 0;
}

/// Of the run looked at; marks of several runs in one chart can't be told apart.
QList<ChartMark> marksOf(const Dashboard &dashboard)
{
    const RunStore &store = *dashboard.store();
    const QString run = dashboard.focus()->run();
    QList<ChartMark> marks;
    for (const RunMark &mark : store.marks(run)) {
        if (mark.kind == RunMark::Kind::Pause || mark.kind == RunMark::Kind::Continue)
            continue; // they change nothing that a curve shows
        marks.append(
            {mark.step, mark.text,
             mark.kind == RunMark::Kind::Checkpoint ? ChartMark::Kind::Checkpoint : ChartMark::Kind::Intervention});
    }
    if (const RunInfo *info = store.info(run); info && info->state == QLatin1StringView("failed"))
        marks.append({store.lastStep(run), info->error, ChartMark::Kind::Problem});
    return marks;
}

struct Sorted {
    CurveData data;
    MetricTag tag;
};

} // namespace

QList<CurveData> curvesOf(const Dashboard &dashboard)
{
    const RunStore &store = *dashboard.store();
    QMap<QString, Sorted> charts;
    for (const QString &run : dashboard.shown()) {
        const double perEpoch = stepsPerEpoch(store, run);
        for (const QString &tag : store.tags(run, RunStore::TagKind::Scalar)) {
            const auto series = store.series(run, tag);
            if (!series || tag.startsWith(QLatin1StringView("watch/")))
                continue; // what goes with the pictures of the pinned sample
            const MetricTag parsed = parseTag(tag);
            Sorted &chart = charts[parsed.key()];
            if (chart.data.key.isEmpty()) {
                chart.tag = parsed;
                chart.data.key = parsed.key();
                chart.data.title = metricTitle(parsed);
                if (!parsed.group.isEmpty())
                    chart.data.title = groupTitle(parsed.group) + QStringLiteral(" · ") + chart.data.title.toLower();
                chart.data.help = metricHelp(parsed) + QLatin1Char('\n') + tag;
                chart.data.isPercent = parsed.metric.contains(QLatin1StringView("accuracy"))
                    || parsed.metric.endsWith(QLatin1StringView("_share"));
                chart.data.isExact = parsed.metric == QLatin1StringView("learning_rate")
                    || parsed.metric == QLatin1StringView("epoch");
                chart.data.isPinned = dashboard.pinned().contains(parsed.key());
            }
            const QString split = splitText(parsed.split);
            ChartSeries line;
            line.key = run + QLatin1Char('\n') + tag;
            line.label = split.isEmpty() ? dashboard.name(run) : dashboard.name(run) + QStringLiteral(" · ") + split;
            line.series = series;
            line.colour = dashboard.colour(run);
            line.dashed = parsed.split == Split::Validation || parsed.split == Split::Test;
            line.marker = dashboard.marker(run);
            line.stepsPerEpoch = perEpoch;
            chart.data.series.append(line);
        }
    }
    const QList<ChartMark> marks = marksOf(dashboard);
    std::vector<Sorted> sorted(charts.cbegin(), charts.cend());
    std::stable_sort(sorted.begin(), sorted.end(), [](const Sorted &a, const Sorted &b) {
        if (a.data.isPinned != b.data.isPinned)
            return a.data.isPinned;
        return metricRank(a.tag) < metricRank(b.tag);
    });
    QList<CurveData> list;
    for (Sorted &each : sorted) {
        each.data.marks = marks;
        list.append(std::move(each.data));
    }
    return list;
}

void applyLook(TimeChart &chart, const CurveData &curves, const Dashboard &dashboard)
{
    chart.setSmoothing(curves.isExact ? 0 : dashboard.smoothing());
    chart.setXAxis(static_cast<ChartX>(dashboard.axis()));
    chart.setYScale(static_cast<ChartScale>(dashboard.scale()));
    const Focus *focus = dashboard.focus();
    chart.setTimeCursor(focus->isLive() ? std::nullopt : std::optional(focus->step()));
}

} // namespace espalier
