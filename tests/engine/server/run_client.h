// SPDX-License-Identifier: Apache-2.0
// A viewer of runs: speaks the protocol to a process or a socket, and puts files together from what comes.
#pragma once

#include "engine/base/local_socket.h"
#include "engine/io/run_directory.h"
#include "engine/protocol/frame.h"
#include "engine/protocol/message.h"
#include "tests/support/program_run.h"

#include <QCryptographicHash>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QtTest>

#include <functional>
#include <map>
#include <memory>
#include <set>

#include <fcntl.h>
#include <sys/socket.h>

/// What a viewer knows of one file: ranges may come in any order, but never with other bytes.
struct SeenFile {
    QByteArray bytes;
    std::map<std::int64_t, std::int64_t> ranges; ///< from -> to, merged
    bool isConsistent = true;

    void put(std::int64_t offset, const std::string &piece)
    {
        const auto end = offset + static_cast<std::int64_t>(piece.size());
        if (bytes.size() < end)
            bytes.resize(static_cast<int>(end));
        std::copy(piece.begin(), piece.end(), bytes.begin() + offset);
        std::int64_t from = offset;
        std::int64_t to = end;
        for (auto it = ranges.begin(); it != ranges.end();) {
            if (it->second < from || it->first > to) {
                ++it;
                continue;
            }
            from = std::min(from, it->first);
            to = std::max(to, it->second);
            it = ranges.erase(it);
        }
        ranges[from] = to;
    }
    bool isWhole(std::int64_t size) const
    {
        return size == 0 || (ranges.size() == 1 && ranges.begin()->first == 0 && ranges.begin()->second >= size);
    }
};

/// Common to both ways of reaching an engine.
class RunClient {
public:
    virtual ~RunClient() = default;

    /// The result; null with a message where it failed or did not come.
    espalier::JsonValue call(const std::string &method, espalier::JsonValue params = espalier::JsonValue::object())
    {
        const std::int64_t id = send(method, std::move(params));
        if (!waitFor([&] { return m_answers.contains(id); }))
            qWarning("%s: no answer", method.c_str());
        const espalier::Response answer = m_answers[id];
        m_answers.erase(id);
        lastError = answer.error.value_or(espalier::RpcError{0, {}, {}});
        return answer.error ? espalier::JsonValue() : answer.result;
    }
    std::int64_t send(const std::string &method, espalier::JsonValue params)
    {
        std::string frame;
        espalier::appendFrame(frame, espalier::writeMessage(espalier::Request{++m_lastId, method, std::move(params)}));
        write(frame);
        return m_lastId;
    }
    bool hello() { return call("initialize", espalier::JsonValue::object().set("protocol", 1)).has("protocol"); }

    /// Reads until `done`, or the other end goes, or 30 s have passed. Returns done().
    bool waitFor(const std::function<bool()> &done)
    {
        QElapsedTimer timer;
        timer.start();
        while (!done() && timer.elapsed() < 30000) {
            const std::string bytes = readSome();
            if (bytes.empty() && isGone())
                break;
            take(bytes);
        }
        return done();
    }
    bool waitForNote(const std::string &method)
    {
        return waitFor([&] { return notes.contains(method); });
    }
    /// Reads by run.read what the run's snapshot and its gaps say, and waits for its end; then all is here.
    bool completeAfterEnd(const std::string &run)
    {
        if (!waitForNote("run.ended"))
            return false;
        for (const espalier::JsonValue &file : notes["run.ended"]["files"].items()) {
            const std::string name = file["file"].string();
            if (!file["grows"].boolean())
                continue;
            const std::int64_t size = file["size"].integer();
            // What the snapshot and the gaps left to be read, and nothing else.
            for (const auto &[from, to] : m_toRead[name])
                call("run.read",
                     espalier::JsonValue::object().set("run", run).set("file", name).set("from", from).set("to", to));
            if (!files[name].isWhole(size))
                return false;
        }
        return true;
    }

    std::size_t answers() const { return m_answers.size(); } ///< to send()

    espalier::RpcError lastError;
    std::map<std::string, espalier::JsonValue> notes; ///< the last of each method
    std::map<std::string, int> noteCounts;
    std::map<std::string, SeenFile> files;
    int frames = 0; ///< of the subscription
    std::vector<std::pair<espalier::JsonValue, std::string>> pictures; ///< headers and bytes

protected:
    virtual void write(const std::string &bytes) = 0;
    virtual std::string readSome() = 0; ///< what there is, after a short wait
    virtual bool isGone() = 0;

private:
    void take(const std::string &bytes)
    {
        m_reader.feed(bytes);
        for (auto frame = m_reader.next(); frame && *frame; frame = m_reader.next()) {
            if ((*frame)->kind == espalier::Frame::Kind::Binary) {
                const auto header = espalier::JsonValue::parse((*frame)->text, "header");
                if (header->has("encoding")) {
                    pictures.emplace_back(*header, (*frame)->bytes);
                    continue;
                }
                files[(*header)["file"].string()].put((*header)["offset"].integer(), (*frame)->bytes);
                frames += header->has("id") ? 0 : 1;
                continue;
            }
            auto message = espalier::readMessage((*frame)->text);
            if (!message)
                continue;
            if (const auto *response = std::get_if<espalier::Response>(&*message))
                m_answers[response->id.integer()] = *response;
            else if (const auto *note = std::get_if<espalier::Notification>(&*message))
                takeNote(*note);
        }
    }
    void takeNote(const espalier::Notification &note)
    {
        notes[note.method] = note.params;
        ++noteCounts[note.method];
        if (note.method == "run.gap")
            m_toRead[note.params["file"].string()].emplace_back(note.params["from"].integer(),
                                                                note.params["to"].integer());
        if (note.method == "run.snapshot")
            for (const espalier::JsonValue &file : note.params["files"].items())
                if (file["grows"].boolean() && file["size"].integer() > 0)
                    m_toRead[file["file"].string()].emplace_back(0, file["size"].integer());
    }

    espalier::FrameReader m_reader;
    std::int64_t m_lastId = 0;
    std::map<std::int64_t, espalier::Response> m_answers;
    std::map<std::string, std::vector<std::pair<std::int64_t, std::int64_t>>> m_toRead;
};

/// `espalier serve`, or `espalier serve --attach RUN`.
class ProcessClient : public RunClient {
public:
    ProcessClient(const ProgramRun &program, const QStringList &arguments)
    {
        program.startOpen(process, arguments);
        process.waitForStarted();
    }
    ~ProcessClient() override
    {
        if (process.state() != QProcess::NotRunning) {
            process.kill();
            process.waitForFinished();
        }
    }
    QProcess process;

protected:
    void write(const std::string &bytes) override
    {
        process.write(bytes.data(), static_cast<qint64>(bytes.size()));
        process.waitForBytesWritten(5000);
    }
    std::string readSome() override
    {
        if (process.bytesAvailable() == 0)
            process.waitForReadyRead(50);
        return process.readAllStandardOutput().toStdString();
    }
    bool isGone() override { return process.state() == QProcess::NotRunning && process.bytesAvailable() == 0; }
};

/// Straight to a run's socket: reads only when asked to.
class SocketClient : public RunClient {
public:
    explicit SocketClient(const std::string &path)
    {
        auto connected = espalier::LocalStream::connect(path);
        if (connected)
            stream = std::make_unique<espalier::LocalStream>(std::move(*connected));
        m_isGone = !stream;
    }
    std::unique_ptr<espalier::LocalStream> stream;

protected:
    void write(const std::string &bytes) override { m_isGone = m_isGone || !stream->write(bytes, 5000); }
    std::string readSome() override
    {
        if (m_isGone)
            return {};
        std::string bytes(std::size_t{1} << 16, '\0');
        const ssize_t n = ::recv(stream->fd(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        m_isGone = m_isGone || n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
        if (n < 0)
            QTest::qWait(2);
        bytes.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
        return bytes;
    }
    bool isGone() override { return m_isGone; }

private:
    bool m_isGone = false;
};

// What the tests of runs share.

inline espalier::JsonValue object()
{
    return espalier::JsonValue::object();
}

inline QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

inline QByteArray hashOf(const QString &path)
{
    const QByteArray bytes = contentOf(path);
    return bytes.isEmpty() ? bytes : QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex();
}

inline QString lastCheckpoint(const QString &run)
{
    return run + QStringLiteral("/checkpoints/last.safetensors");
}

inline espalier::RunRecord recordOf(const QString &run)
{
    const auto directory = espalier::RunDirectory::open(run.toStdString());
    const auto record
        = directory ? directory->loadRecord() : espalier::Result<espalier::RunRecord>(espalier::fail("test", "no run"));
    return record.value_or(espalier::RunRecord());
}

constexpr int kEndless = 1000000;

/// A short training that is the same for every way to start it.
inline espalier::JsonValue shortRun()
{
    return object().set("training.epochs", 2).set("training.schedule.kind", "cosine");
}

/// Starts digits-cnn in `client` as the run `name`; the path of the run.
inline QString start(RunClient &client, const ProgramRun &program, const char *name, espalier::JsonValue overrides)
{
    const espalier::JsonValue result = client.call("run.start",
                                                   object()
                                                       .set("path", "digits-cnn")
                                                       .set("folder", program.folder().toStdString())
                                                       .set("name", name)
                                                       .set("threads", 1)
                                                       .set("overrides", std::move(overrides)));
    return QString::fromStdString(result["run"].string());
}
inline espalier::JsonValue endless()
{
    return object().set("training.epochs", kEndless);
}
