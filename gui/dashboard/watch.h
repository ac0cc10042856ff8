// SPDX-License-Identifier: GPL-3.0-or-later
// Everything that shows runs, in one window: its panels, what they share, and the actions about them.
#pragma once

#include <QtCore/QObject>

namespace espalier {

class CurveOptions;
class CurvesPanel;
class Dashboard;
class DistributionsPanel;
class DocumentPage;
class MainWindow;
class PanelArea;
class RidgeChart;
class RunsPanel;
class TimeScrubber;

class Watch : public QObject {
    Q_OBJECT
public:
    explicit Watch(MainWindow *window);

    Dashboard &dashboard() const { return *m_dashboard; }
    CurvesPanel &curves() const { return *m_curves; }
    DistributionsPanel &distributions() const { return *m_distributions; }
    RunsPanel &runs() const { return *m_runs; }
    TimeScrubber &scrubber() const { return *m_scrubber; }

    /// Puts the panels into the area at the bottom, before what is in it.
    void addTo(PanelArea *area);
    void bindActions();
    void setPage(DocumentPage *page);
    /// Over the whole window, or as a dock.
    void setFull(bool isFull);
    /// A folder with event files of any program; asks which where `folder` is empty.
    void openLogdir(QString folder = {});
    /// Whether the run looked at has a time to go through.
    bool hasTime() const;
    bool hasCharts() const;
    bool hasRuns() const;
    bool canRestore() const;
    /// Brings a panel to the front.
    void show(const QString &panel);

private:
    void showRidge();

    MainWindow *m_window;
    Dashboard *m_dashboard;
    CurvesPanel *m_curves;
    DistributionsPanel *m_distributions;
    RunsPanel *m_runs;
    RidgeChart *m_ridge; ///< of the selected layer, beside the curves
    CurveOptions *m_options;
    TimeScrubber *m_scrubber;
};

} // namespace espalier
