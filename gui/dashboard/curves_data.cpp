// SPDX-License-Identifier: GPL-3.0-or-later
// From the store's tags to charts.
#include "gui/dashboard/curves_panel.h"

#include "gui/dashboard/metric_tags.h"
#include "gui/models/run_store.h"
#include "widgets/charts/series.h"
#include "widgets/common/theme.h"

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

QList<CurveMark> marksOf(const Dashboard &dashboard, const QString &run)
{
    QList<CurveMark> marks;
    for (const RunMark &mark : dashboard.store()->marks(run)) {
        const bool isCheckpoint = mark.kind == RunMark::Kind::Checkpoint;
        if (mark.kind == RunMark::Kind::Pause || mark.kind == RunMark::Kind::Continue)
            continue; // they change nothing that a curve shows
        marks.append(
            {mark.step, mark.text, isCheckpoint ? Theme::current().faint : dashboard.colour(run), isCheckpoint});
    }
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
                chart.data.isPinned = dashboard.pinned().contains(parsed.key());
            }
            CurveLine line;
            line.series = series;
            line.run = dashboard.name(run);
            line.split = splitText(parsed.split);
            line.colour = dashboard.colour(run);
            line.isDashed = parsed.split == Split::Validation || parsed.split == Split::Test;
            line.marker = dashboard.marker(run);
            line.stepsPerEpoch = perEpoch;
            chart.data.lines.append(line);
        }
    }
    const QList<CurveMark> marks = marksOf(
        dashboard, dashboard.store()->runs().isEmpty() ? QString() : [&] {
            return dashboard.shown().isEmpty() ? QString() : dashboard.shown().last();
        }());
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

} // namespace espalier
