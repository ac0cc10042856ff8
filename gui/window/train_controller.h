// SPDX-License-Identifier: GPL-3.0-or-later
// Trains what is drawn: one engine process for each run, and the controls of any run that lives on this machine,
// whoever started it. What a run says of itself comes by the RunStore, as for every other panel.
#pragma once

#include "engine/base/json_value.h"
#include "engine/protocol/document.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QHash>
#include <QtCore/QObject>

#include <memory>
#include <optional>
#include <vector>

namespace espalier {

class DocumentPage;
class EngineClient;
class MainWindow;
class RunStore;
class TopBar;
struct RunInfo;

class TrainController : public QObject {
    Q_OBJECT
public:
    TrainController(MainWindow *window, TopBar *bar);
    ~TrainController() override;

    /// The run under control: the living one that the page looks at, else the one that it started; empty: none, or it
    /// is only being started.
    QString run() const;
    /// Whether the page in front has a run that is being started, waits, or goes on.
    bool isTraining() const;
    bool isQueued() const;
    /// Of the run under control, or of the one that ended last: "preparing", "running", "paused", ...
    QString state() const;
    /// What the run that the page started last came to: "brave-pear trained in 3 s · test accuracy 98 %"; empty: none.
    QString outcome(const DocumentPage *page) const { return m_outcomes.value(page); }
    qint64 stepsDone() const;
    /// The rate of the next step and what a person made of the schedule; 0 while that is not known.
    double rate() const;

    /// Trains the document as it is now; waits for its turn where another run goes on. The run lives on when the studio
    /// is closed.
    void start(DocumentPage *page);
    /// The run that Resume would go on with: the one looked at, else the one that ended last. Null: none can.
    const RunInfo *resumable() const;
    /// Goes on from `checkpoint` ("last", "best"), with the drawing as the page shows it.
    void resume(const QString &checkpoint);
    void pauseOrGoOn();
    void step();
    void stop();
    void runNow();
    /// Multiplies the rate that the schedule gives from the next step on.
    void changeRate(double factor);
    /// What the next step's rate becomes; the schedule goes on from it.
    void setRate(double rate);
    /// Whether the drawing was edited since the run under control took it.
    bool canApply() const;
    void apply();

signals:
    void changed();
    /// Several times a second while the run under control goes on.
    void progressed();
    /// The run's directory and its last state, once it is over.
    void ended(const QString &run, const QString &state);

private:
    struct Seat;
    Seat *seat() const;
    Seat *seatOf(const QString &run) const;
    Seat *launch(DocumentPage *page, JsonValue request);
    JsonValue drawingOf(const DocumentPage *page) const;
    void sendStart(Seat *seat);
    void started(Seat *seat, const JsonValue &result);
    void engineFell(Seat *seat);
    void runsChanged();
    void runEnded(const QString &run, const QString &state);
    void finish(Seat *seat, const QString &state, const QString &sentence);
    void notice(DocumentPage *page, const QString &run, const QString &state, const QString &sentence);
    void command(const QString &method, JsonValue params = JsonValue::object());
    void readDrawing(Seat *seat);
    void showProgress();
    void measureSpeed();
    DocumentPage *pageOf(const QString &run) const;
    bool isNear(const DocumentPage *page) const;

    MainWindow *m_window;
    TopBar *m_bar;
    RunStore *m_store;
    std::vector<std::unique_ptr<Seat>> m_seats; ///< runs that live or are being started, oldest first
    QString m_lastRun; ///< that ended last
    QString m_lastState;
    QHash<const DocumentPage *, QString> m_outcomes;
    QElapsedTimer m_speedClock;
    QString m_speedRun;
    qint64 m_speedStep = -1;
    double m_stepsPerSecond = 0;
};

} // namespace espalier
