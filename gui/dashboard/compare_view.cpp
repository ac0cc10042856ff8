// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/dashboard/compare_view.h"

#include "gui/dashboard/curves_data.h"
#include "gui/dashboard/dashboard.h"
#include "gui/dashboard/drawing_diff.h"
#include "gui/dashboard/run_texts.h"
#include "gui/models/run_drawing.h"
#include "gui/models/run_store.h"
#include "widgets/charts/chart_link.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QHeaderView>
#include <QtWidgets/QLabel>
#include <QtWidgets/QToolButton>
#include <QtWidgets/QTreeWidget>
#include <QtWidgets/QVBoxLayout>

namespace espalier {

CompareView::CompareView(Dashboard *dashboard, QWidget *parent)
    : QWidget(parent)
    , m_dashboard(dashboard)
    , m_title(new QLabel(this))
    , m_tree(new QTreeWidget(this))
    , m_link(new ChartLink(this))
{
    const Theme &theme = Theme::current();
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto *head = new QHBoxLayout;
    head->setContentsMargins(theme.space(Space::Medium), theme.space(Space::Tiny), theme.space(Space::Small), 0);
    m_title->setFont(theme.font(TextSize::Body, TextWeight::Strong));
    head->addWidget(m_title, 1);
    auto *close = new QToolButton(this);
    close->setAutoRaise(true);
    close->setIcon(icon(QStringLiteral("close")));
    close->setAccessibleName(tr("Back to the runs"));
    close->setToolTip(close->accessibleName());
    connect(close, &QToolButton::clicked, this, &CompareView::closed);
    head->addWidget(close);
    column->addLayout(head);
    auto *row = new QHBoxLayout;
    row->setSpacing(0);
    column->addLayout(row, 1);
    m_tree->setColumnCount(3);
    m_tree->setRootIsDecorated(false);
    m_tree->setIndentation(theme.space(Space::Medium));
    m_tree->setFrameShape(QFrame::NoFrame);
    m_tree->setAccessibleName(tr("What differs"));
    m_tree->header()->setSectionResizeMode(0, QHeaderView::ResizeToContents);
    row->addWidget(m_tree, 2);
    for (int i = 0; i < 2; ++i) {
        m_charts.append(new TimeChart(this));
        row->addWidget(m_charts.last(), 1);
        m_charts.last()->setLink(m_link);
    }
    setFocusProxy(m_tree);
    connect(dashboard, &Dashboard::tagsChanged, this, &CompareView::showCurves);
    connect(dashboard, &Dashboard::optionsChanged, this, &CompareView::showCurves);
    connect(dashboard, &Dashboard::dataChanged, this, [this] {
        for (TimeChart *chart : std::as_const(m_charts))
            chart->refresh();
    });
}

void CompareView::compare(const QString &first, const QString &second)
{
    m_first = first;
    m_second = second;
    m_dashboard->setShown(first, true);
    m_dashboard->setShown(second, true);
    m_title->setText(tr("%1 and %2").arg(m_dashboard->name(first), m_dashboard->name(second)));
    m_tree->setHeaderLabels({tr("What differs"), m_dashboard->name(first), m_dashboard->name(second)});
    fill();
    showCurves();
    EngineClient *engine = m_dashboard->store()->engine();
    readRunDrawing(engine, first, this, [this, engine, first, second](const Result<Document> &before) {
        if (!before)
            return;
        readRunDrawing(engine, second, this, [this, first, second, from = *before](const Result<Document> &after) {
            if (!after || first != m_first || second != m_second)
                return;
            QList<DrawingDifference> drawing;
            for (const DrawingDifference &each : drawingDifferences(from, *after))
                if (!each.what.startsWith(QLatin1StringView("training.")))
                    drawing.append(each); // settings stand above
            addSection(tr("Drawing"),
                       drawing.isEmpty() ? QList<DrawingDifference>{{tr("The same"), {}, {}, {}, {}}} : drawing);
        });
    });
}

void CompareView::fill()
{
    m_tree->clear();
    const RunInfo *first = m_dashboard->store()->info(m_first);
    const RunInfo *second = m_dashboard->store()->info(m_second);
    if (!first || !second)
        return;
    QList<DrawingDifference> values{{tr("State"), stateText(first->state), stateText(second->state), {}, {}}};
    QStringList metrics = first->best.keys() + second->best.keys();
    metrics.removeDuplicates();
    const auto cell = [](const QMap<QString, double> &map, const QString &key) {
        return map.contains(key) ? metricText(key, map.value(key)) : QStringLiteral("–");
    };
    for (const QString &metric : std::as_const(metrics))
        values.append({tr("Best %1").arg(metric), cell(first->best, metric), cell(second->best, metric), {}, {}});
    QStringList settings = first->settings.keys() + second->settings.keys();
    settings.removeDuplicates();
    QList<DrawingDifference> differing;
    for (const QString &path : std::as_const(settings)) {
        const QString a = settingText(first->settings.value(path));
        const QString b = settingText(second->settings.value(path));
        if (a != b)
            differing.append({path, a, b, {}, {}});
    }
    addSection(tr("Settings"),
               differing.isEmpty() ? QList<DrawingDifference>{{tr("The same"), {}, {}, {}, {}}} : differing);
    addSection(tr("Values"), values);
}

void CompareView::addSection(const QString &title, const QList<DrawingDifference> &differences)
{
    auto *section = new QTreeWidgetItem(m_tree, {title});
    section->setFont(0, Theme::current().font(TextSize::Caption, TextWeight::Strong));
    section->setFlags(Qt::ItemIsEnabled);
    for (const DrawingDifference &each : differences)
        new QTreeWidgetItem(section, {each.what, each.before, each.after});
    section->setExpanded(true);
}

/// Loss and accuracy, or what else both recorded first.
void CompareView::showCurves()
{
    qsizetype next = 0;
    for (CurveData curves : curvesOf(*m_dashboard)) {
        if (next >= m_charts.size())
            break;
        curves.series.removeIf([&](const ChartSeries &line) {
            const QString run = line.key.section(QLatin1Char('\n'), 0, 0);
            return run != m_first && run != m_second;
        });
        if (curves.series.isEmpty())
            continue;
        m_charts[next]->setTitle(curves.title);
        m_charts[next]->setPercent(curves.isPercent);
        m_charts[next]->setSeries(curves.series);
        applyLook(*m_charts[next], curves, *m_dashboard);
        m_charts[next]->show();
        ++next;
    }
    for (; next < m_charts.size(); ++next)
        m_charts[next]->hide();
}

QStringList CompareView::lines() const
{
    QStringList lines;
    for (int i = 0; i < m_tree->topLevelItemCount(); ++i)
        for (int j = 0; j < m_tree->topLevelItem(i)->childCount(); ++j) {
            const QTreeWidgetItem *item = m_tree->topLevelItem(i)->child(j);
            lines.append(item->text(0) + QStringLiteral(" | ") + item->text(1) + QStringLiteral(" | ") + item->text(2));
        }
    return lines;
}

} // namespace espalier
