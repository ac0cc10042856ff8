// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/dashboard/watch.h"

#include "gui/dashboard/curve_options.h"
#include "gui/dashboard/curves_panel.h"
#include "gui/dashboard/dashboard.h"
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
    , m_runs(new RunsPanel(m_dashboard))
    , m_options(new CurveOptions(m_dashboard))
    , m_scrubber(new TimeScrubber(m_dashboard))
{
    connect(m_curves, &CurvesPanel::openLogdirRequested, this, [this] { openLogdir(); });
    connect(m_options, &CurveOptions::openLogdirRequested, this, [this] { openLogdir(); });
    m_curves->setAside(new RunList(m_dashboard, m_runs->table()));
    connect(m_runs, &RunsPanel::told, this, [this](const QString &words) {
        m_window->statusLine()->tell(words);
        m_window->updateFactsSoon();
    });
    connect(m_curves, &CurvesPanel::told, this, [this](const QString &words) { m_window->statusLine()->tell(words); });
    connect(m_dashboard, &Dashboard::focusChanged, window, &MainWindow::updateFactsSoon);
    connect(m_dashboard, &Dashboard::runsChanged, window, &MainWindow::updateFactsSoon);
    connect(m_dashboard, &Dashboard::tagsChanged, window, &MainWindow::updateFactsSoon);
}

void Watch::addTo(PanelArea *area)
{
    area->addPanel(QStringLiteral("curves"), tr("Curves"), m_curves);
    area->addPanel(QStringLiteral("runs"), tr("Runs"), m_runs);
    area->setCorner(m_options);
    area->setFooter(m_scrubber);
    connect(area, &PanelArea::currentChanged, m_options,
            [this](const QString &id) { m_options->setVisible(id == QLatin1StringView("curves")); });
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
    actions.handle("chart.copy", [this] { m_curves->copyCurrent(); });
    actions.handle("chart.save", [this] { m_curves->saveCurrent(); });
    actions.handle("chart.save_data", [this] { m_curves->saveCurrentData(); });
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
