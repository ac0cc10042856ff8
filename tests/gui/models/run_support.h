// SPDX-License-Identifier: GPL-3.0-or-later
// Engines that train for a test, and what a run's files hold by a plain reading of them.
#pragma once

#include "engine/protocol/event_reader.h"
#include "gui/engine_client/engine_client.h"
#include "gui/engine_client/text.h"
#include "gui/models/run_store.h"
#include "widgets/charts/series.h"

#include <QtCore/QDir>
#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

#include <csignal>

namespace espalier {

constexpr int kEnginePatience = 30'000;

/// Before the first engine: nothing of the person's is touched, no run of theirs is seen.
inline void isolateRuns()
{
    static const QTemporaryDir folder;
    for (const char *name :
         {"HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"}) {
        const QString place = folder.filePath(QString::fromLatin1(name));
        QDir().mkpath(place);
        QFile::setPermissions(place, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        qputenv(name, place.toUtf8());
    }
}

/// A running engine. Killed at the end, with what it trains.
class TestEngine {
public:
    TestEngine()
        : client({QStringLiteral(ESPALIER_BINARY_DIR "/espalier")})
    {
        client.start();
        (void)QTest::qWaitFor([&] { return client.state() == EngineClient::State::Ready; }, kEnginePatience);
    }
    ~TestEngine() { kill(); }
    TestEngine(const TestEngine &) = delete;
    TestEngine &operator=(const TestEngine &) = delete;

    pid_t pid() const { return static_cast<pid_t>(client.serverInfo()["pid"].integer()); }
    void kill()
    {
        if (pid() > 0)
            ::kill(pid(), SIGKILL);
    }
    /// The result; null where it failed.
    JsonValue ask(const QString &method, JsonValue params)
    {
        std::optional<Result<JsonValue>> got;
        client.request(method, std::move(params), &client, [&](const Result<JsonValue> &result) { got = result; });
        (void)QTest::qWaitFor([&] { return got.has_value(); }, kEnginePatience);
        if (got && !*got)
            qWarning("%s", (*got).error().message().c_str());
        return got && *got ? **got : JsonValue();
    }
    /// Trains digits-cnn on one core; the run's path.
    QString train(const QString &folder, const QString &name, int epochs, JsonValue overrides = JsonValue::object())
    {
        overrides.set("training.epochs", epochs);
        JsonValue params = JsonValue::object();
        params.set("path", "digits-cnn").set("folder", folder.toStdString()).set("name", name.toStdString());
        params.set("threads", 1).set("overrides", std::move(overrides));
        return qString(ask(QStringLiteral("run.start"), std::move(params))["run"].string());
    }

    EngineClient client;
};

constexpr int kEndless = 1'000'000;

struct PlainPoint {
    qint64 step;
    float value;
    friend bool operator==(const PlainPoint &a, const PlainPoint &b)
    {
        return a.step == b.step && (a.value == b.value || (a.value != a.value && b.value != b.value)); // NaN is NaN
    }
};
using PlainPoints = std::vector<PlainPoint>;

/// All scalars of the event files of a folder, as they stand after restarts.
class PlainScalars : public EventSink {
public:
    explicit PlainScalars(const QString &folder)
    {
        for (const QString &name : QDir(folder).entryList(QDir::Files, QDir::Name)) {
            if (!isEventFileName(name.toStdString()))
                continue;
            QFile file(folder + QLatin1Char('/') + name);
            const QByteArray bytes = file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
            EventReader reader(name.toStdString(), 0, OnDamage::PassOver);
            (void)reader.feed({bytes.constData(), static_cast<std::size_t>(bytes.size())}, *this);
        }
    }
    void scalar(const EventStamp &stamp, std::string_view tag, double value) override
    {
        PlainPoints &points = tags[qString(tag)];
        if (!points.empty() && stamp.step < points.back().step)
            hide(points, stamp.step);
        points.push_back({stamp.step, static_cast<float>(value)});
    }
    void session(const EventStamp &stamp, SessionStatus status, std::string_view /*checkpoint*/) override
    {
        if (status == SessionStatus::Start)
            for (PlainPoints &points : tags)
                hide(points, stamp.step);
    }
    QMap<QString, PlainPoints> tags;

private:
    static void hide(PlainPoints &points, qint64 step)
    {
        std::erase_if(points, [&](const PlainPoint &p) { return p.step >= step; });
    }
};

inline PlainPoints pointsOf(const Series &series)
{
    PlainPoints points;
    for (const Series::Range &range : series.visible())
        for (qsizetype i = range.from; i < range.to; ++i)
            points.push_back({series.point(i).step, series.point(i).value});
    return points;
}

/// What differs between the store and the files; empty: nothing.
inline QString difference(const RunStore &store, const QString &run)
{
    const PlainScalars plain(run);
    if (plain.tags.isEmpty())
        return QStringLiteral("the files hold no scalar");
    if (store.tags(run, RunStore::TagKind::Scalar) != QStringList(plain.tags.keys()))
        return QStringLiteral("other tags: ") + store.tags(run, RunStore::TagKind::Scalar).join(u' ');
    for (auto it = plain.tags.cbegin(); it != plain.tags.cend(); ++it) {
        const auto series = store.series(run, it.key());
        if (!series || pointsOf(*series) != it.value())
            return QStringLiteral("%1: %2 points, not %3")
                .arg(it.key())
                .arg(series ? series->size() : -1)
                .arg(it.value().size());
    }
    return {};
}

} // namespace espalier
