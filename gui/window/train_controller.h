// SPDX-License-Identifier: GPL-3.0-or-later
// Trains what is drawn: one engine process for the run, its progress in the tool bar, its end in a sentence.
#pragma once

#include "engine/base/json_value.h"

#include <QtCore/QObject>

namespace espalier {

class DocumentPage;
class EngineClient;
class MainWindow;
class TopBar;

class TrainController : public QObject {
    Q_OBJECT
public:
    TrainController(MainWindow *window, TopBar *bar);
    ~TrainController() override;

    bool isTraining() const { return m_isTraining; }
    /// Of the run that goes on, or went on last: "preparing", "running", "paused", ...
    const QString &state() const { return m_state; }
    qint64 stepsDone() const;
    /// Trains the document as it is now. The run lives on when the studio is closed.
    void start(DocumentPage *page);
    void pauseOrGoOn();
    void step();
    void stop();

signals:
    void changed();
    /// The run's directory and its last state, once it is over.
    void ended(const QString &run, const QString &state);

private:
    void sendStart();
    void command(const QString &method);
    void take(const QString &method, const JsonValue &params);
    void showProgress();
    void finish(const QString &sentence, const QString &state);
    QString endText(const JsonValue &ended) const;

    MainWindow *m_window;
    TopBar *m_bar;
    EngineClient *m_engine = nullptr;
    JsonValue m_request;
    JsonValue m_progress;
    QString m_run;
    QString m_name;
    QString m_state;
    bool m_isTraining = false;
};

} // namespace espalier
