// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/dashboard/distributions_panel.h"

#include "gui/dashboard/chart_export.h"
#include "gui/dashboard/dashboard.h"
#include "gui/document/studio_document.h"
#include "gui/engine_client/text.h"
#include "gui/models/focus.h"
#include "gui/models/run_store.h"
#include "gui/window/document_page.h"
#include "widgets/charts/band_chart.h"
#include "widgets/charts/heat_chart.h"
#include "widgets/charts/ridge_chart.h"
#include "widgets/common/theme.h"
#include "widgets/common/tone_label.h"

#include <QtWidgets/QComboBox>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QLabel>
#include <QtWidgets/QStackedWidget>
#include <QtWidgets/QVBoxLayout>

#include <algorithm>

namespace espalier {
namespace {

constexpr int kMostCharts = 5; ///< side by side; weight, bias, their gradients, activations

/// A repeated block's first place stands for all; blocks that are not repeated have no index in their names.
QString withoutIndices(const QString &path)
{
    QStringList parts = path.split(QLatin1Char('/'));
    parts.removeIf([](const QString &part) {
        bool isNumber = false;
        part.toInt(&isNumber);
        return isNumber;
    });
    return parts.join(QLatin1Char('/'));
}

} // namespace

QList<HistogramTag> histogramTags(const Dashboard &dashboard)
{
    QList<HistogramTag> list;
    for (const QString &tag : dashboard.store()->tags(dashboard.focus()->run(), RunStore::TagKind::Histogram)) {
        // "<layer>/activation", "<layer>.<tensor>", "<layer>.<tensor>/gradient"; a layer's path has slashes of its own.
        HistogramTag parsed;
        parsed.tag = tag;
        QString body = tag;
        const bool isGradient = body.endsWith(QLatin1StringView("/gradient"));
        if (isGradient)
            body.chop(9);
        if (body.endsWith(QLatin1StringView("/activation"))) {
            parsed.layer = body.chopped(11);
            parsed.what = DistributionsPanel::tr("activations");
        } else if (const qsizetype dot = body.lastIndexOf(QLatin1Char('.')); dot > 0) {
            parsed.layer = body.left(dot);
            const QString tensor = body.mid(dot + 1).replace(QLatin1Char('_'), QLatin1Char(' '));
            parsed.what = isGradient ? DistributionsPanel::tr("gradient of %1").arg(tensor) : tensor;
        } else { // another program's
            parsed.layer = body.section(QLatin1Char('/'), 0, -2);
            parsed.what = body.section(QLatin1Char('/'), -1);
        }
        list.append(parsed);
    }
    return list;
}

QString selectedLayer(const Dashboard &dashboard)
{
    const QString path = dashboard.focus()->selection().node;
    if (path.isEmpty() || !dashboard.page())
        return {};
    const Document &document = dashboard.page()->document()->document();
    const DocumentGraph *graph = &document.graph;
    QStringList names;
    const QStringList parts = path.split(QLatin1Char('/'));
    for (qsizetype i = 0; i < parts.size() && graph; i += 2) {
        const DocumentNode *node = graph->findNode(parts[i].toStdString());
        if (!node)
            return {};
        names.append(qString(node->name));
        graph = i + 1 < parts.size() ? document.findGraph(blockUsedBy(*node)) : nullptr;
    }
    return names.join(QLatin1Char('/'));
}

DistributionsPanel::DistributionsPanel(Dashboard *dashboard, QWidget *parent)
    : QWidget(parent)
    , m_dashboard(dashboard)
    , m_layers(new QComboBox(this))
    , m_views(new QComboBox(this))
    , m_stack(new QStackedWidget(this))
    , m_empty(new QLabel(m_stack))
{
    const Theme &theme = Theme::current();
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto *head = new QHBoxLayout;
    head->setContentsMargins(theme.space(Space::Medium), theme.space(Space::Tiny), theme.space(Space::Medium), 0);
    head->setSpacing(theme.space(Space::Small));
    head->addWidget(new ToneLabel(tr("Layer"), Tone::Muted, TextSize::Caption, TextWeight::Regular, this), 0);
    m_layers->setAccessibleName(tr("Layer"));
    m_layers->setToolTip(tr("Click a layer on the drawing, or choose one here."));
    m_layers->setMinimumWidth(theme.px(140));
    head->addWidget(m_layers);
    m_views->addItems({tr("Ridges"), tr("Bands"), tr("Heat map")});
    m_views->setAccessibleName(tr("How distributions are drawn"));
    m_views->setToolTip(
        tr("Ridges: one hill for each time, the newest in front. Bands: where the middle, two thirds and "
           "nearly all values lie. Heat map: how many values lie where."));
    head->addWidget(m_views);
    head->addStretch();
    column->addLayout(head);
    column->addWidget(m_stack, 1);
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setForegroundRole(QPalette::PlaceholderText);
    m_stack->addWidget(m_empty);
    auto *charts = new QWidget(m_stack);
    m_row = new QHBoxLayout(charts);
    m_row->setContentsMargins(0, 0, 0, 0);
    m_row->setSpacing(0);
    m_stack->addWidget(charts);
    m_soon.setSingleShot(true);
    m_soon.setInterval(30);
    connect(&m_soon, &QTimer::timeout, this, &DistributionsPanel::rebuild);
    const auto soon = [this] { m_soon.start(); };
    connect(m_layers, &QComboBox::activated, this, [this, soon](int index) {
        m_chosen = m_layers->itemText(index);
        soon();
    });
    connect(m_views, &QComboBox::activated, this, [this](int index) { setView(static_cast<View>(index)); });
    connect(dashboard, &Dashboard::runsChanged, this, soon);
    connect(dashboard, &Dashboard::tagsChanged, this, soon);
    connect(dashboard, &Dashboard::focusChanged, this, [this, soon] {
        followTime();
        soon();
    });
    connect(dashboard, &Dashboard::dataChanged, this, &DistributionsPanel::refresh);
    rebuild();
}

void DistributionsPanel::setView(View view)
{
    if (m_view == view)
        return;
    m_view = view;
    m_views->setCurrentIndex(static_cast<int>(view));
    m_shown.clear();
    rebuild();
}

HistogramChart *DistributionsPanel::makeChart()
{
    HistogramChart *chart = nullptr;
    if (m_view == View::Bands)
        chart = new BandChart(this);
    else if (m_view == View::Heat)
        chart = new HeatChart(this);
    else
        chart = new RidgeChart(this);
    connect(chart, &HistogramChart::stepRequested, this, [this](qint64 step) { m_dashboard->focus()->setStep(step); });
    connect(chart, &ChartView::exportRequested, this, [this](ChartView *taken, const QString &kind) {
        if (const QString problem = takeAway(window(), *taken, kind); !problem.isEmpty())
            emit told(problem);
    });
    return chart;
}

void DistributionsPanel::clearCharts()
{
    for (HistogramChart *chart : std::as_const(m_charts)) {
        m_row->removeWidget(chart);
        chart->hide();
        chart->deleteLater();
    }
    m_charts.clear();
}

void DistributionsPanel::rebuild()
{
    const QList<HistogramTag> tags = histogramTags(*m_dashboard);
    QStringList layers;
    for (const HistogramTag &tag : tags)
        if (!layers.contains(tag.layer))
            layers.append(tag.layer);
    const QString selected = selectedLayer(*m_dashboard);
    QString layer;
    for (const QString &each : std::as_const(layers))
        if (!selected.isEmpty() && withoutIndices(each) == selected && layer.isEmpty())
            layer = each;
    if (selected.isEmpty())
        layer = layers.contains(m_chosen) ? m_chosen : layers.value(0);
    m_layer = layer;
    QStringList items;
    for (int i = 0; i < m_layers->count(); ++i)
        items.append(m_layers->itemText(i));
    if (items != layers) {
        m_layers->clear();
        m_layers->addItems(layers);
    }
    m_layers->setCurrentIndex(static_cast<int>(layers.indexOf(layer)));
    m_layers->setEnabled(!layers.isEmpty());
    if (layer.isEmpty()) {
        m_empty->setText(
            layers.isEmpty()
                ? tr("Train: how weights, gradients and activations of each layer spread shows here.")
                : tr("%1 recorded nothing of %2.").arg(m_dashboard->name(m_dashboard->focus()->run()), selected));
        m_stack->setCurrentIndex(0);
        return;
    }
    m_stack->setCurrentIndex(1);
    const QString run = m_dashboard->focus()->run();
    QStringList shown{run};
    QList<HistogramTag> wanted;
    for (const HistogramTag &tag : tags)
        if (tag.layer == layer && wanted.size() < kMostCharts) {
            wanted.append(tag);
            shown.append(tag.tag);
        }
    if (shown != m_shown) {
        clearCharts();
        for (qsizetype i = 0; i < wanted.size(); ++i) {
            m_charts.append(makeChart());
            m_row->addWidget(m_charts.last(), 1);
            m_charts.last()->show();
        }
        m_shown = shown;
    }
    for (qsizetype i = 0; i < wanted.size(); ++i) {
        HistogramChart *chart = m_charts[i];
        chart->setTitle(layer + QStringLiteral(" · ") + wanted[i].what);
        chart->setToolTip(
            tr("Where the values of %1 lie, over the steps of the run. Hills that grow narrow and high at "
               "0 say that a layer dies; ones that spread without end, that it blows up.")
                .arg(wanted[i].tag));
        chart->setHistograms(m_dashboard->store()->histograms(run, wanted[i].tag), m_dashboard->colour(run));
    }
    followTime();
}

void DistributionsPanel::followTime()
{
    const Focus *focus = m_dashboard->focus();
    for (HistogramChart *chart : std::as_const(m_charts))
        chart->setTimeCursor(focus->isLive() ? std::nullopt : std::optional(focus->step()));
}

void DistributionsPanel::refresh(const QStringList &runs)
{
    if (!isVisible() || !runs.contains(m_dashboard->focus()->run()))
        return;
    for (HistogramChart *chart : std::as_const(m_charts))
        chart->refresh();
}

} // namespace espalier
