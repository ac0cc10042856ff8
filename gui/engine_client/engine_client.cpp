// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/engine_client/engine_client.h"

#include "gui/engine_client/text.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QDateTime>
#include <QtCore/QFileInfo>
#include <QtCore/QLocale>
#include <QtCore/QStandardPaths>

#include <algorithm>

namespace espalier {
namespace {

constexpr int kPulseMs = 500;
constexpr int kRestartDelayMs = 150;
constexpr qsizetype kLastWordsBytes = 2000;

Error engineError(const char *code, const QString &sentence)
{
    return error(code, "{0}", sentence.toStdString());
}

QString seconds(int ms)
{
    return QLocale().toString(ms / 1000.0, 'g', 3);
}

} // namespace

EngineCommand localEngine()
{
    EngineCommand command;
    const QString beside = QCoreApplication::applicationDirPath() + QStringLiteral("/espalier");
    command.program
        = QFileInfo(beside).isExecutable() ? beside : QStandardPaths::findExecutable(QStringLiteral("espalier"));
    if (command.program.isEmpty())
        command.program = beside; // starting it fails with a sentence that names the place
    return command;
}

EngineClient::EngineClient(EngineCommand command, QObject *parent)
    : QObject(parent)
    , m_command(std::move(command))
{
    m_pulse.setInterval(kPulseMs);
    connect(&m_pulse, &QTimer::timeout, this, &EngineClient::checkPulse);
}

EngineClient::~EngineClient()
{
    if (m_process)
        letGo(false);
}

/// An editing engine ends on its own once its input is closed. One that trains must outlive us, and so must not be a
/// child that QProcess kills: it is let go without an owner.
void EngineClient::letGo(bool kills)
{
    m_process->disconnect(this);
    m_process->closeWriteChannel();
    m_process->setParent(nullptr);
    if (m_process->state() == QProcess::NotRunning) {
        m_process->deleteLater();
    } else {
        connect(m_process, &QProcess::finished, m_process, &QObject::deleteLater);
        if (kills)
            m_process->kill();
    }
    m_process = nullptr;
}

void EngineClient::setPatience(int ms)
{
    m_patienceMs = ms;
    m_pulse.setInterval(std::min(kPulseMs, ms / 4));
}

void EngineClient::start()
{
    if (m_state == State::Off || m_state == State::Failed)
        launch();
}

void EngineClient::restart()
{
    m_restarts.clear();
    stop();
    launch();
}

void EngineClient::stop()
{
    m_pulse.stop();
    if (m_process)
        letGo(m_state != State::Ready); // one that does not listen does not hear its input end
    setState(State::Off);
    failPending(engineError("engine.stopped", tr("The engine was stopped before it answered.")));
}

void EngineClient::launch()
{
    m_reader = FrameReader();
    m_serverInfo = {};
    m_lastWords.clear();
    m_process = new QProcess(this);
    connect(m_process, &QProcess::readyReadStandardOutput, this, &EngineClient::readOutput);
    connect(m_process, &QProcess::readyReadStandardError, this,
            [this] { m_lastWords = (m_lastWords + m_process->readAllStandardError()).right(kLastWordsBytes); });
    connect(m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError problem) {
        if (problem == QProcess::FailedToStart)
            ended(tr("The engine %1 can't be started: %2.").arg(m_command.program, m_process->errorString()));
    });
    connect(m_process, &QProcess::finished, this, [this](int code, QProcess::ExitStatus status) {
        ended(status == QProcess::CrashExit ? tr("The engine crashed.")
                                            : tr("The engine ended by itself with code %1.").arg(code));
    });
    setState(State::Starting);
    m_lastHeard.start();
    m_waitingSince.start();
    m_pulse.start();
    m_process->start(m_command.program, m_command.arguments);
    initialize();
}

void EngineClient::initialize()
{
    const qint64 id = ++m_lastId;
    Pending pending;
    pending.context = this;
    pending.isOwn = true;
    pending.answer = [this](const Result<JsonValue> &result) {
        if (!result) {
            setState(State::Failed, text(result.error()));
            return;
        }
        m_serverInfo = *result;
        setState(State::Ready);
        emit ready();
    };
    m_pending.insert(id, pending);
    JsonValue client = JsonValue::object();
    client.set("name", "espalier-studio").set("version", QCoreApplication::applicationVersion().toStdString());
    JsonValue params = JsonValue::object();
    params.set("client", std::move(client)).set("protocol", kProtocolVersion);
    params.set("oldest_protocol", kOldestProtocol);
    send(Request{JsonValue(static_cast<std::int64_t>(id)), "initialize", std::move(params)});
}

qint64 EngineClient::request(const QString &method, JsonValue params, QObject *context, Answer answer,
                             Progress progress)
{
    const qint64 id = ++m_lastId;
    if (m_state != State::Ready && m_state != State::Hung) {
        const QPointer<QObject> alive(context);
        const Error gone
            = engineError("engine.away", m_complaint.isEmpty() ? tr("The engine is not running yet.") : m_complaint);
        QTimer::singleShot(0, this, [alive, answer = std::move(answer), gone] {
            if (alive)
                answer(tl::unexpected(gone));
        });
        return id;
    }
    if (m_pending.isEmpty())
        m_waitingSince.start();
    m_pending.insert(id, {context, std::move(answer), std::move(progress)});
    send(Request{JsonValue(static_cast<std::int64_t>(id)), method.toStdString(), std::move(params)});
    return id;
}

void EngineClient::notify(const QString &method, JsonValue params)
{
    if (m_state == State::Ready || m_state == State::Hung)
        send(Notification{method.toStdString(), std::move(params)});
}

void EngineClient::cancel(qint64 id)
{
    if (m_pending.contains(id))
        notify(QStringLiteral("$/cancel"), JsonValue::object().set("id", static_cast<std::int64_t>(id)));
}

void EngineClient::send(const Message &message)
{
    std::string frame;
    appendFrame(frame, writeMessage(message));
    m_process->write(frame.data(), static_cast<qint64>(frame.size()));
}

void EngineClient::readOutput()
{
    const QByteArray bytes = m_process->readAllStandardOutput();
    m_reader.feed({bytes.constData(), static_cast<std::size_t>(bytes.size())});
    m_lastHeard.restart();
    m_waitingSince.restart();
    if (m_state == State::Hung)
        setState(m_serverInfo.isNull() ? State::Starting : State::Ready);
    const QProcess *process = m_process;
    while (m_process == process) { // a handler may restart the engine
        const auto frame = m_reader.next();
        if (!frame) {
            ended(tr("The engine sent something that is no message: %1").arg(text(frame.error())));
            return;
        }
        if (!*frame)
            return;
        handle(**frame);
    }
}

void EngineClient::handle(const Frame &frame)
{
    if (frame.kind == Frame::Kind::Binary) {
        if (const auto header = JsonValue::parse(frame.text, "header"))
            emit binary(*header, QByteArray(frame.bytes.data(), static_cast<qsizetype>(frame.bytes.size())));
        return;
    }
    if (frame.kind != Frame::Kind::Json)
        return;
    const auto message = readMessage(frame.text);
    if (!message)
        return; // a message of some later kind, or a slip of the engine: the frames around it stand
    if (const auto *response = std::get_if<Response>(&*message))
        handle(*response);
    else if (const auto *told = std::get_if<Notification>(&*message))
        handle(*told);
}

void EngineClient::handle(const Response &response)
{
    const auto it = m_pending.find(response.id.integer(-1));
    if (it == m_pending.end())
        return;
    const Pending pending = std::move(*it);
    m_pending.erase(it);
    if (!pending.context)
        return;
    if (response.error)
        pending.answer(tl::unexpected(errorOf(*response.error)));
    else
        pending.answer(response.result);
}

void EngineClient::handle(const Notification &told)
{
    if (told.method == "$/progress") {
        const auto it = m_pending.constFind(told.params["id"].integer(-1));
        if (it != m_pending.cend() && it->progress && it->context)
            it->progress(told.params["done"].number(), told.params["total"].number(),
                         QString::fromStdString(told.params["text"].string()));
        return;
    }
    emit notification(QString::fromStdString(told.method), told.params);
}

/// Asks whether anybody is there. Whatever comes back is a sign of life, and that it knows no such method, too:
/// requests that take long are no hang.
void EngineClient::ping()
{
    const qint64 id = request(QStringLiteral("ping"), JsonValue::object(), this,
                              [this](const Result<JsonValue> &) { m_pingId = 0; });
    m_pingId = id;
    m_pending[id].isOwn = true;
}

void EngineClient::checkPulse()
{
    if (m_pending.isEmpty())
        m_waitingSince.restart();
    const bool isQuiet = m_lastHeard.elapsed() > m_patienceMs / 2;
    if (m_state == State::Ready && isQuiet && !m_pending.contains(m_pingId))
        ping();
    const qint64 waited = m_waitingSince.elapsed();
    if (m_pending.isEmpty() || waited < m_patienceMs)
        return;
    if (m_restartsWhenHung && waited >= qint64{m_patienceMs} * kPatiencesToRestart) {
        ended(tr("The engine has not answered for %1 s and was restarted. The drawing is as it was.")
                  .arg(seconds(m_patienceMs * kPatiencesToRestart)));
        return;
    }
    if (m_state != State::Ready && m_state != State::Starting)
        return;
    const QString silent = tr("The engine has not answered for %1 s.").arg(seconds(m_patienceMs));
    setState(State::Hung,
             m_restartsWhenHung ? tr("%1 The drawing is safe; after %2 s the engine is restarted.")
                                      .arg(silent, seconds(m_patienceMs * kPatiencesToRestart))
                                : tr("%1 The drawing is safe; wait, or restart the engine.").arg(silent));
}

void EngineClient::ended(const QString &why)
{
    if (!m_process)
        return;
    letGo(true);
    m_pulse.stop();
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    m_restarts.removeIf([now](qint64 then) { return now - then > 60'000; });
    m_restarts.append(now);
    const bool givesUp = m_restarts.size() > kMostRestarts;
    const QString words = QString::fromUtf8(m_lastWords).trimmed().section(QLatin1Char('\n'), -1);
    const QString sentence = words.isEmpty() ? why : tr("%1 Its last words: %2").arg(why, words);
    setState(givesUp ? State::Failed : State::Starting, sentence);
    failPending(engineError("engine.ended", sentence));
    if (!givesUp)
        QTimer::singleShot(kRestartDelayMs, this, [this] {
            if (m_state == State::Starting && !m_process)
                launch();
        });
}

void EngineClient::failPending(const Error &error)
{
    const QHash<qint64, Pending> pending = std::exchange(m_pending, {});
    for (const Pending &each : pending)
        if (each.context && !each.isOwn)
            each.answer(tl::unexpected(error));
}

void EngineClient::setState(State state, const QString &complaint)
{
    if (m_state == state && m_complaint == complaint)
        return;
    m_state = state;
    m_complaint = complaint;
    emit stateChanged();
}

} // namespace espalier
