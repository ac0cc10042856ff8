// SPDX-License-Identifier: GPL-3.0-or-later
// One engine process and the requests to it. It restarts by itself; the GUI thread never waits for it.
#pragma once

#include "engine/protocol/frame.h"
#include "engine/protocol/message.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QHash>
#include <QtCore/QObject>
#include <QtCore/QPointer>
#include <QtCore/QProcess>
#include <QtCore/QStringList>
#include <QtCore/QTimer>

#include <functional>

namespace espalier {

/// How the engine's process is started. From the user's settings or beside the studio, never from a document.
struct EngineCommand {
    QString program;
    QStringList arguments{QStringLiteral("serve")};
    friend bool operator==(const EngineCommand &, const EngineCommand &) = default;
};

/// `espalier` beside the studio's own program, or on the PATH.
EngineCommand localEngine();

class EngineClient : public QObject {
    Q_OBJECT
public:
    enum class State {
        Off, ///< not started, or ended on purpose
        Starting,
        Ready,
        Hung, ///< runs, but has not answered for kPatienceMs, not even a ping
        Failed, ///< fell over too often; restart() tries again
    };
    static constexpr int kPatienceMs = 5000;
    static constexpr int kPatiencesToRestart = 3; ///< so many times kPatienceMs without a sign of life: it hangs
    static constexpr int kMostRestarts = 4; ///< within a minute

    using Answer = std::function<void(const Result<JsonValue> &)>;
    using Progress = std::function<void(double done, double total, const QString &text)>;

    explicit EngineClient(EngineCommand command, QObject *parent = nullptr);
    ~EngineClient() override;

    void start();
    /// Ends the process at once and starts anew; pending requests fail.
    void restart();
    /// Closes the engine's input: an editing engine ends, one that trains lives on.
    void stop();
    State state() const { return m_state; }
    /// The sentence for State::Hung and State::Failed, translated.
    const QString &complaint() const { return m_complaint; }
    /// What `initialize` said.
    const JsonValue &serverInfo() const { return m_serverInfo; }
    const EngineCommand &command() const { return m_command; }

    /// Sends a request; `answer` is called once, in this thread, unless `context` is gone by then. Fails at once while
    /// the engine is not ready. Returns the id for cancel().
    qint64 request(const QString &method, JsonValue params, QObject *context, Answer answer, Progress progress = {});
    void notify(const QString &method, JsonValue params);
    /// Asks the engine to give up; the answer still comes, as an error or a late result.
    void cancel(qint64 id);

    void setPatience(int ms);
    /// Whether one that hangs is killed and started anew by itself. For an engine that only answers: one that trains
    /// would lose its run.
    void setRestartsWhenHung(bool restarts) { m_restartsWhenHung = restarts; }

signals:
    void stateChanged();
    /// After each (re)start: whoever holds documents opens them again.
    void ready();
    void notification(const QString &method, const JsonValue &params);
    void binary(const JsonValue &header, const QByteArray &bytes);

private:
    struct Pending {
        QPointer<QObject> context;
        Answer answer;
        Progress progress;
        bool isOwn = false; ///< of the client itself: dropped with the process
    };
    void launch();
    void letGo(bool kills);
    void initialize();
    void readOutput();
    void handle(const Frame &frame);
    void handle(const Response &response);
    void handle(const Notification &notification);
    void ended(const QString &why);
    void failPending(const Error &error);
    void setState(State state, const QString &complaint = {});
    void send(const Message &message);
    void checkPulse();
    void ping();

    EngineCommand m_command;
    State m_state = State::Off;
    QString m_complaint;
    JsonValue m_serverInfo;
    QProcess *m_process = nullptr;
    FrameReader m_reader;
    QHash<qint64, Pending> m_pending;
    qint64 m_lastId = 0;
    QTimer m_pulse;
    QElapsedTimer m_lastHeard;
    QElapsedTimer m_waitingSince; ///< since when an answer is due with nothing heard
    int m_patienceMs = kPatienceMs;
    bool m_restartsWhenHung = false;
    qint64 m_pingId = 0; ///< 0: none is on its way
    QList<qint64> m_restarts; ///< times of falls, ms since the epoch
    QByteArray m_lastWords; ///< end of the engine's standard error
};

} // namespace espalier
