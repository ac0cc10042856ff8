// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/dashboard/watch.h"

#include "gui/dashboard/chart_export.h"
#include "gui/dashboard/curve_options.h"
#include "gui/dashboard/curves_panel.h"
#include "gui/dashboard/dashboard.h"
#include "gui/dashboard/distributions_panel.h"
#include "gui/dashboard/run_table.h"
#include "gui/dashboard/runs_panel.h"
#include "gui/dashboard/time_scrubber.h"
#include "gui/models/focus.h"
#include "gui/models/run_store.h"
#include "gui/window/actions.h"
#include "gui/window/document_page.h"
#include "gui/window/documents.h"
#include "gui/window/main_window.h"
#include "gui/window/panel_area.h"
#include "gui/window/status_line.h"
#include "widgets/charts/ridge_chart.h"
#include "widgets/common/theme.h"

#include <QtCore/QFileInfo>
#include <QtCore/QStandardPaths>
#include <QtWidgets/QFileDialog>

namespace espalier {
namespace {

/// Where the runs of a document lie: beside its file, or with the person's data.
QString runsFolder(const QString &file)
{
    return file.isEmpty()
        ? QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + QStringLiteral("/espalier/runs")
        : QFileInfo(file).path() + QStringLiteral("/runs");
}

} // namespace

Watch::Watch(MainWindow *window)
    : QObject(window)
    , m_window(window)
    , m_dashboard(new Dashboard(&window->runs(), this))
    , m_curves(new CurvesPanel(m_dashboard))
    , m_distributions(new DistributionsPanel(m_dashboard))
    , m_runs(new RunsPanel(m_dashboard))
    , m_ridge(new RidgeChart)
    , m_options(new CurveOptions(m_dashboard))
    , m_scrubber(new TimeScrubber(m_dashboard))
{
    connect(m_curves, &CurvesPanel::openLogdirRequested, this, [this] { openLogdir(); });
    connect(m_options, &CurveOptions::openLogdirRequested, this, [this] { openLogdir(); });
    m_curves->setAside(m_ridge);
    m_curves->setAside(new RunList(m_dashboard, m_runs->table()));
    connect(m_runs, &RunsPanel::told, this, [this](const QString &words) {
        m_window->statusLine()->tell(words);
        m_window->updateFactsSoon();
    });
    connect(m_curves, &CurvesPanel::told, this, [this](const QString &words) { m_window->statusLine()->tell(words); });
    m_ridge->setFixedWidth(Theme::current().px(330));
    connect(m_ridge, &HistogramChart::stepRequested, this,
            [this](qint64 step) { m_dashboard->focus()->setStep(step); });
    connect(m_ridge, &ChartView::exportRequested, m_distributions, [this](ChartView *chart, const QString &kind) {
        if (const QString problem = takeAway(m_window, *chart, kind); !problem.isEmpty())
            m_window->statusLine()->tell(problem);
    });
    connect(m_distributions, &DistributionsPanel::told, this,
            [this](const QString &words) { m_window->statusLine()->tell(words); });
    connect(m_dashboard, &Dashboard::focusChanged, this, &Watch::showRidge);
    connect(m_dashboard, &Dashboard::tagsChanged, this, &Watch::showRidge);
    connect(m_dashboard, &Dashboard::dataChanged, m_ridge, [this] {
        if (m_ridge->isVisible())
            m_ridge->refresh();
    });
    showRidge();
    connect(m_dashboard, &Dashboard::focusChanged, window, &MainWindow::updateFactsSoon);
    connect(m_dashboard, &Dashboard::runsChanged, window, &MainWindow::updateFactsSoon);
    connect(m_dashboard, &Dashboard::tagsChanged, window, &MainWindow::updateFactsSoon);
}

void Watch::addTo(PanelArea *area)
{
    area->addPanel(QStringLiteral("curves"), tr("Curves"), m_curves);
    area->addPanel(QStringLiteral("distributions"), tr("Distributions"), m_distributions);
    area->addPanel(QStringLiteral("runs"), tr("Runs"), m_runs);
    area->setCorner(m_options);
    area->setFooter(m_scrubber);
    connect(area, &PanelArea::currentChanged, m_options,
            [this](const QString &id) { m_options->setVisible(id == QLatin1StringView("curves")); });
}

/// What of the selected layer tells most: its weights, else whatever it recorded first.
void Watch::showRidge()
{
    const QString layer = selectedLayer(*m_dashboard);
    HistogramTag best;
    for (const HistogramTag &tag : histogramTags(*m_dashboard))
        if (!layer.isEmpty() && tag.layer == layer
            && (best.tag.isEmpty() || tag.tag.endsWith(QLatin1StringView(".weight"))))
            best = tag;
    m_ridge->setVisible(!best.tag.isEmpty());
    if (best.tag.isEmpty())
        return;
    const QString run = m_dashboard->focus()->run();
    m_ridge->setTitle(tr("%1 · %2 over time").arg(best.layer, best.what));
    m_ridge->setToolTip(tr("Click for the time when it was so; Distributions shows gradients and activations too."));
    m_ridge->setHistograms(m_dashboard->store()->histograms(run, best.tag), m_dashboard->colour(run));
    m_ridge->setTimeCursor(m_dashboard->focus()->isLive() ? std::nullopt : std::optional(m_dashboard->focus()->step()));
}

void Watch::setPage(DocumentPage *page)
{
    m_dashboard->setPage(page);
    if (page)
        m_dashboard->store()->addFolder(runsFolder(m_window->documents().fileOf(page)));
}

void Watch::setFull(bool isFull)
{
    m_curves->setFull(isFull);
}

bool Watch::hasTime() const
{
    const QString &run = m_dashboard->focus()->run();
    return m_dashboard->store()->lastStep(run) > m_dashboard->store()->firstStep(run);
}

bool Watch::hasCharts() const
{
    return m_curves->current() != nullptr;
}

bool Watch::hasRuns() const
{
    return m_runs->table()->rowCount() > 0;
}

bool Watch::canRestore() const
{
    return m_runs->canRestore();
}

void Watch::show(const QString &panel)
{
    m_window->bottomPanels()->setVisible(true);
    m_window->bottomPanels()->setCurrent(panel);
    m_window->bottomPanels()->focusPanel();
}

void Watch::openLogdir(QString folder)
{
    if (folder.isEmpty())
        folder = QFileDialog::getExistingDirectory(m_window, tr("Open a TensorBoard folder"));
    if (folder.isEmpty())
        return;
    m_window->bottomPanels()->setVisible(true);
    m_window->bottomPanels()->setCurrent(QStringLiteral("curves"));
    m_dashboard->store()->openLogdir(folder, [this, folder](const QString &problem) {
        if (!problem.isEmpty())
            m_window->statusLine()->tell(problem);
        for (const QString &run : m_dashboard->store()->runs())
            if (m_dashboard->focus()->run().isEmpty() && run.startsWith(folder))
                m_dashboard->focus()->setRun(run);
    });
}

void Watch::bindActions()
{
    Actions &actions = m_window->actions();
    actions.handle("file.open_logdir", [this] { openLogdir(); });
    actions.handle("runs.list", [this] { show(QStringLiteral("runs")); });
    actions.handle("runs.distributions", [this] { show(QStringLiteral("distributions")); });
    actions.handle("runs.next_view", [this] {
        show(QStringLiteral("distributions"));
        m_distributions->setView(
            static_cast<DistributionsPanel::View>((static_cast<int>(m_distributions->view()) + 1) % 3));
    });
    actions.handle("runs.curves", [this] { show(QStringLiteral("curves")); });
    actions.handle("runs.rename", [this] {
        show(QStringLiteral("runs"));
        m_runs->renameCurrent();
    });
    actions.handle("runs.compare", [this] {
        show(QStringLiteral("runs"));
        m_runs->compareSelected();
    });
    actions.handle("runs.delete", [this] { m_runs->deleteSelected(); });
    actions.handle("runs.restore", [this] { m_runs->restoreLast(); });
    actions.handle("runs.save_csv", [this] { m_runs->saveCsv(); });
    actions.handle("runs.only_this", [this] { m_dashboard->showOnlyFocus(); });
    actions.handle("time.play", [this] { m_scrubber->togglePlay(); });
    actions.handle("time.live", [this] { m_scrubber->goLive(); });
    actions.handle("time.back", [this] { m_scrubber->stepBy(-1); });
    actions.handle("time.forward", [this] { m_scrubber->stepBy(1); });
    actions.handle("chart.pin", [this] { m_curves->pinCurrent(); });
    actions.handle("chart.fit", [this] { m_curves->fitAll(); });
    actions.handle("chart.copy", [this] { m_curves->takeCurrent(QStringLiteral("copy")); });
    actions.handle("chart.save", [this] { m_curves->takeCurrent(QStringLiteral("picture")); });
    actions.handle("chart.save_data", [this] { m_curves->takeCurrent(QStringLiteral("csv")); });
    actions.handle("chart.next_scale", [this] {
        m_dashboard->setScale(static_cast<CurveScale>((static_cast<int>(m_dashboard->scale()) + 1) % 3));
    });
    actions.handle("chart.next_axis", [this] {
        m_dashboard->setAxis(static_cast<CurveAxis>((static_cast<int>(m_dashboard->axis()) + 1) % 4));
    });
    actions.handle("chart.more_smoothing", [this] { m_dashboard->setSmoothing(m_dashboard->smoothing() + 0.1); });
    actions.handle("chart.less_smoothing", [this] { m_dashboard->setSmoothing(m_dashboard->smoothing() - 0.1); });
}

} // namespace espalier
