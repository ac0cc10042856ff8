// SPDX-License-Identifier: GPL-3.0-or-later
// This file is long because the store is one object: following, decoding and asking share its tables.
#include "gui/models/run_store.h"

#include "engine/protocol/error_json.h"
#include "gui/engine_client/engine_client.h"
#include "gui/engine_client/text.h"
#include "gui/models/run_data.h"
#include "gui/models/run_follower.h"
#include "widgets/charts/series.h"

#include <QtCore/QPointer>

#include <algorithm>
#include <numeric>
#include <utility>

namespace espalier {
namespace {

constexpr int kTellMs = 50; ///< between two signals
constexpr qsizetype kImageBytes = qsizetype{64} << 20; ///< kept in memory; older ones are read again
constexpr qsizetype kReaders = 4; ///< runs that are read at the same time

JsonValue runParams(const QString &run)
{
    return JsonValue::object().set("run", run.toStdString());
}

QString imageKey(const QString &run, const QString &file, const RecordPlace &place, const QString &tag, int index)
{
    return run + u'\n' + file + u'\n' + tag + u'\n' + QString::number(place.offset) + u'\n' + QString::number(index);
}

/// The last one at or before `step`; null where there is none. `list` is ordered.
template <typename T, typename StepOf>
const T *lastAt(const QList<T> &list, qint64 step, StepOf stepOf)
{
    const auto after
        = std::upper_bound(list.cbegin(), list.cend(), step, [&](qint64 s, const T &each) { return s < stepOf(each); });
    return after == list.cbegin() ? nullptr : &*(after - 1);
}

} // namespace

RunStore::RunStore(EngineClient *engine, QObject *parent)
    : QObject(parent)
    , m_engine(engine)
    , m_images(kImageBytes)
{
    m_tell.setSingleShot(true);
    connect(&m_tell, &QTimer::timeout, this, &RunStore::tell);
    connect(engine, &EngineClient::ready, this, &RunStore::engineReady);
    connect(engine, &EngineClient::notification, this, &RunStore::takeNotification);
    connect(engine, &EngineClient::binary, this, &RunStore::takeBinary);
    if (engine->state() == EngineClient::State::Ready)
        engineReady();
}

RunStore::~RunStore() = default;

// Which runs there are.

void RunStore::engineReady()
{
    m_turns.clear();
    m_reading.clear();
    for (RunFollower *follower : std::as_const(m_followers))
        follower->start();
    for (const QString &folder : std::as_const(m_logdirs))
        askLogdir(folder, {});
    refresh();
}

void RunStore::addFolder(const QString &folder)
{
    if (folder.isEmpty() || m_folders.contains(folder))
        return;
    m_folders.append(folder);
    refresh();
}

void RunStore::removeFolder(const QString &folder)
{
    m_folders.removeAll(folder);
}

void RunStore::refresh()
{
    if (m_engine->state() != EngineClient::State::Ready)
        return; // asked when it is
    ask(QStringLiteral("run.alive"), JsonValue::object(), {}, [this](const JsonValue &result) { takeAlive(result); });
    for (const QString &folder : std::as_const(m_folders))
        ask(QStringLiteral("run.list"), JsonValue::object().set("folder", folder.toStdString()), {},
            [this, folder](const JsonValue &result) { takeRuns(result, folder); });
}

void RunStore::takeRuns(const JsonValue &result, const QString & /*folder*/)
{
    for (const JsonValue &json : result["runs"].items()) {
        const RunInfo info = runInfoFromJson(json);
        put(info);
        if (info.isAlive)
            follow(info.run);
    }
}

void RunStore::takeAlive(const JsonValue &result)
{
    for (const JsonValue &json : result["runs"].items()) {
        const RunInfo info = runInfoFromJson(json);
        const bool isNew = !m_infos.contains(info.run);
        put(info);
        follow(info.run);
        if (isNew)
            emit foundAlive(info.run);
    }
}

void RunStore::started(const JsonValue &run)
{
    const RunInfo info = runInfoFromJson(run);
    put(info);
    follow(info.run);
}

QStringList RunStore::logdirs() const
{
    return m_logdirs;
}

void RunStore::openLogdir(const QString &folder, Done done)
{
    if (!m_logdirs.contains(folder))
        m_logdirs.append(folder);
    askLogdir(folder, [this, folder, done = std::move(done)](const QString &problem) {
        if (!problem.isEmpty() && !m_logdirPaths.contains(folder))
            m_logdirs.removeAll(folder); // it never could be opened
        if (done)
            done(problem);
    });
}

void RunStore::askLogdir(const QString &folder, Done done)
{
    ask(QStringLiteral("logdir.open"), JsonValue::object().set("folder", folder.toStdString()), std::move(done),
        [this, folder](const JsonValue &result) {
            m_logdirPaths.insert(folder, qString(result["folder"].string()));
            takeLogdir(result);
        });
}

void RunStore::closeLogdir(const QString &folder)
{
    if (m_logdirs.removeAll(folder) == 0)
        return;
    ask(QStringLiteral("logdir.close"), JsonValue::object().set("folder", folder.toStdString()), {}, {});
    const QString path = m_logdirPaths.take(folder);
    m_logdirProblems.remove(path);
    for (const QString &run : QStringList(m_order))
        if (const RunInfo *known = info(run); known->isForeign && known->folder == path)
            drop(run);
}

QString RunStore::logdirProblem(const QString &folder) const
{
    return m_logdirProblems.value(m_logdirPaths.value(folder));
}

void RunStore::takeLogdir(const JsonValue &json)
{
    const QString folder = qString(json["folder"].string());
    if (json.has("problem")) {
        if (json["problem"].isObject())
            m_logdirProblems.insert(folder, text(errorFromJson(json["problem"])));
        else
            m_logdirProblems.remove(folder);
        touchRuns();
    }
    for (const JsonValue &path : json["gone"].items())
        if (const auto gone = m_infos.find(qString(path.string())); gone != m_infos.end()) {
            gone->isGone = true;
            touchRuns();
        }
    for (const JsonValue &entry : json["runs"].items()) {
        const RunInfo info = runInfoFromJson(entry);
        put(info);
        if (!info.isForeign)
            continue;
        m_foreignFiles.insert(info.run, entry["files"]);
        if (RunFollower *follower = m_followers.value(info.run))
            follower->takeFiles(entry["files"]);
    }
}

void RunStore::put(const RunInfo &info)
{
    if (info.run.isEmpty())
        return;
    if (!m_infos.contains(info.run))
        m_order.append(info.run);
    m_infos.insert(info.run, info);
    touchRuns();
    RunFollower *follower = m_followers.value(info.run);
    if (info.isAlive && follower && follower->isResting())
        follower->start(); // it was resumed
}

void RunStore::drop(const QString &run)
{
    leave(run);
    m_order.removeAll(run);
    m_infos.remove(run);
    m_foreignFiles.remove(run);
    touchRuns();
}

QStringList RunStore::runs() const
{
    return m_order;
}

const RunInfo *RunStore::info(const QString &run) const
{
    const auto found = m_infos.constFind(run);
    return found == m_infos.cend() ? nullptr : &*found;
}

void RunStore::takeSettings(const QString &run, const QMap<QString, JsonValue> &settings)
{
    const auto found = m_infos.find(run);
    if (found == m_infos.end())
        return;
    found->settings.insert(settings);
    touchRuns();
}

// Labels and the trash.

void RunStore::ask(const QString &method, JsonValue params, Done done, std::function<void(const JsonValue &)> take)
{
    m_engine->request(method, std::move(params), this,
                      [done = std::move(done), take = std::move(take)](const Result<JsonValue> &result) {
                          if (result && take)
                              take(*result);
                          if (done)
                              done(result ? QString() : text(result.error()));
                      });
}

void RunStore::rename(const QString &run, const QString &name, Done done)
{
    ask(QStringLiteral("run.rename"), runParams(run).set("name", name.toStdString()), std::move(done),
        [this, run, name](const JsonValue &) {
            if (const auto found = m_infos.find(run); found != m_infos.end())
                found->name = name;
            touchRuns();
        });
}

void RunStore::annotate(const QString &run, const QStringList &tags, const QString &note, Done done)
{
    JsonValue list = JsonValue::array();
    for (const QString &tag : tags)
        list.append(tag.toStdString());
    ask(QStringLiteral("run.annotate"), runParams(run).set("tags", std::move(list)).set("note", note.toStdString()),
        std::move(done), [this, run](const JsonValue &result) {
            const RunInfo info = runInfoFromJson(result);
            if (const auto found = m_infos.find(run); found != m_infos.end()) {
                found->tags = info.tags;
                found->note = info.note;
            }
            touchRuns();
        });
}

void RunStore::setColour(const QString &run, const QString &colour, Done done)
{
    ask(QStringLiteral("run.annotate"), runParams(run).set("colour", colour.toStdString()), std::move(done),
        [this, run](const JsonValue &result) {
            if (const auto found = m_infos.find(run); found != m_infos.end())
                found->colour = runInfoFromJson(result).colour;
            touchRuns();
        });
}

void RunStore::trash(const QString &run, Done done)
{
    ask(QStringLiteral("run.trash"), runParams(run), std::move(done), [this, run](const JsonValue &result) {
        m_trashed.insert(run, qString(result["run"].string()));
        m_trashedBytes.insert(run, result["bytes"].integer());
        drop(run);
    });
}

void RunStore::restore(const QString &run, Done done)
{
    ask(QStringLiteral("run.restore"), runParams(m_trashed.value(run, run)), std::move(done),
        [this, run](const JsonValue &result) {
            m_trashed.remove(run);
            m_trashedBytes.remove(run);
            ask(QStringLiteral("run.open"), JsonValue::object().set("run", result["run"]), {},
                [this](const JsonValue &opened) { put(runInfoFromJson(opened)); });
        });
}

void RunStore::emptyTrash(const QString &folder, Done done)
{
    ask(QStringLiteral("run.empty_trash"), JsonValue::object().set("folder", folder.toStdString()), std::move(done),
        [this, folder](const JsonValue &) {
            m_trashed.removeIf([&](const auto &entry) { return entry.value().startsWith(folder); });
            m_trashedBytes.removeIf([&](const auto &entry) { return !m_trashed.contains(entry.key()); });
            touchRuns();
        });
}

qint64 RunStore::trashBytes() const
{
    return std::accumulate(m_trashedBytes.cbegin(), m_trashedBytes.cend(), qint64{0});
}

// Following.

void RunStore::follow(const QString &run)
{
    if (run.isEmpty() || m_followers.contains(run))
        return;
    const RunInfo *known = info(run);
    auto *follower = new RunFollower(this, run, known && known->isForeign);
    m_followers.insert(run, follower);
    if (m_engine->state() == EngineClient::State::Ready)
        follower->start();
    follower->takeFiles(m_foreignFiles.value(run));
}

void RunStore::leave(const QString &run)
{
    RunFollower *follower = m_followers.take(run);
    if (!follower)
        return;
    m_turns.removeAll(follower);
    if (m_reading.remove(follower))
        giveTurns();
    delete follower;
    m_engine->request(QStringLiteral("run.unsubscribe"), runParams(run), this, [](const Result<JsonValue> &) {});
}

void RunStore::wantTurn(RunFollower *follower)
{
    if (m_reading.contains(follower) || m_turns.contains(follower))
        return;
    if (follower->isLive())
        m_turns.prepend(follower);
    else
        m_turns.append(follower);
    giveTurns();
}

void RunStore::turnDone(RunFollower *follower)
{
    if (m_reading.remove(follower))
        giveTurns();
}

void RunStore::giveTurns()
{
    while (m_reading.size() < kReaders && !m_turns.isEmpty()) {
        RunFollower *next = m_turns.takeFirst();
        m_reading.insert(next);
        next->read();
    }
}

void RunStore::takeNotification(const QString &method, const JsonValue &params)
{
    if (method == QLatin1StringView("logdir.changed")) {
        takeLogdir(params);
        return;
    }
    if (!method.startsWith(QLatin1StringView("run.")))
        return;
    if (RunFollower *follower = m_followers.value(qString(params["run"].string())))
        follower->take(method, params);
}

void RunStore::takeBinary(const JsonValue &header, const QByteArray &bytes)
{
    if (const auto reread = m_rereads.find(header["id"].integer(-1)); reread != m_rereads.end()) {
        reread->append(bytes);
        return;
    }
    if (RunFollower *follower = m_followers.value(qString(header["run"].string())))
        follower->takeFrame(qString(header["file"].string()),
                            static_cast<quint64>(std::max<std::int64_t>(header["offset"].integer(), 0)), bytes);
}

void RunStore::runEnded(const QString &run, bool wasLive)
{
    touchRuns();
    if (wasLive)
        emit ended(run, m_infos.value(run).state);
}

bool RunStore::isComplete(const QString &run) const
{
    const RunFollower *follower = m_followers.value(run);
    return follower && follower->isComplete();
}

// What a followed run recorded.

const RunData *RunStore::dataOf(const QString &run) const
{
    const RunFollower *follower = m_followers.value(run);
    return follower ? &follower->data() : nullptr;
}

QStringList RunStore::tags(const QString &run, TagKind kind) const
{
    const RunData *data = dataOf(run);
    return data ? data->tags(kind) : QStringList();
}

std::shared_ptr<const Series> RunStore::series(const QString &run, const QString &tag) const
{
    const RunData *data = dataOf(run);
    return data ? data->series(tag) : nullptr;
}

std::shared_ptr<const HistogramSeries> RunStore::histograms(const QString &run, const QString &tag) const
{
    const RunData *data = dataOf(run);
    return data ? data->histograms(tag) : nullptr;
}

QList<RunStore::Stamp> RunStore::imageStamps(const QString &run, const QString &tag) const
{
    QList<Stamp> stamps;
    if (const RunData *data = dataOf(run))
        for (const RunData::ImagePlace &image : data->images(tag))
            if (image.index == 0)
                stamps.append(image.stamp);
    return stamps;
}

QList<RunStore::Text> RunStore::texts(const QString &run, const QString &tag) const
{
    const RunData *data = dataOf(run);
    return data ? data->texts(tag) : QList<Text>();
}

QList<RunMark> RunStore::marks(const QString &run) const
{
    const RunData *data = dataOf(run);
    return data ? data->marks() : QList<RunMark>();
}

qint64 RunStore::firstStep(const QString &run) const
{
    const RunData *data = dataOf(run);
    return data && !data->isEmpty() ? data->firstStep() : 0;
}

qint64 RunStore::lastStep(const QString &run) const
{
    const RunData *data = dataOf(run);
    return data && !data->isEmpty() ? data->lastStep() : 0;
}

std::optional<double> RunStore::valueAt(const QString &run, const QString &tag, qint64 step) const
{
    const auto found = series(run, tag);
    const qsizetype at = found ? found->atStep(step) : -1;
    return at < 0 ? std::nullopt : std::optional<double>(static_cast<double>(found->value(at)));
}

void RunStore::readAgain(const QString &run, const RecordPlace &place, QObject *context,
                         std::function<void(const QByteArray &)> take) const
{
    const RunFollower *follower = m_followers.value(run);
    JsonValue params = runParams(run);
    params.set("file", follower->fileName(place.file).toStdString());
    params.set("from", static_cast<std::int64_t>(place.offset));
    params.set("to", static_cast<std::int64_t>(place.offset + place.bytes));
    const auto id = std::make_shared<qint64>(0);
    const QPointer<QObject> alive(context);
    // The context is this: what came must go even where nobody waits for it any more.
    *id = m_engine->request(QStringLiteral("run.read"), std::move(params), const_cast<RunStore *>(this),
                            [this, id, alive, take = std::move(take)](const Result<JsonValue> &result) {
                                const QByteArray bytes = m_rereads.take(*id);
                                if (alive)
                                    take(result ? bytes : QByteArray());
                            });
    m_rereads.insert(*id, {});
}

void RunStore::histogramAt(const QString &run, const QString &tag, qint64 step, QObject *context,
                           TakeHistogram take) const
{
    const RunData *data = dataOf(run);
    const QList<RunData::HistogramPlace> places = data ? data->histogramPlaces(tag) : QList<RunData::HistogramPlace>();
    const RunData::HistogramPlace *found = lastAt(places, step, [](const auto &each) { return each.step; });
    if (!found) {
        take(nullptr, 0);
        return;
    }
    readAgain(run, found->place, context,
              [take = std::move(take), name = tag.toStdString(), at = found->step](const QByteArray &record) {
                  const auto histogram = histogramInRecord(record, name);
                  take(histogram ? &*histogram : nullptr, at);
              });
}

void RunStore::imageAt(const QString &run, const QString &tag, qint64 step, QObject *context, TakeImage take,
                       int index) const
{
    const RunData *data = dataOf(run);
    const QList<RunData::ImagePlace> places = data ? data->images(tag) : QList<RunData::ImagePlace>();
    const RunData::ImagePlace *found = lastAt(places, step, [](const auto &each) { return each.stamp.step; });
    const auto isOurs = [&](const RunData::ImagePlace &each) {
        return each.index == index && each.place.file == found->place.file && each.place.offset == found->place.offset;
    };
    const auto wanted = found ? std::find_if(places.cbegin(), places.cend(), isOurs) : places.cend();
    if (wanted == places.cend()) {
        take({}, 0);
        return;
    }
    const qint64 at = wanted->stamp.step;
    const QString key = imageKey(run, m_followers.value(run)->fileName(wanted->place.file), wanted->place, tag, index);
    if (const QByteArray *kept = m_images.object(key)) {
        take(*kept, at);
        return;
    }
    readAgain(run, wanted->place, context,
              [this, take = std::move(take), name = tag.toStdString(), key, at, index](const QByteArray &record) {
                  const QByteArray image = imageInRecord(record, name, index);
                  m_images.insert(key, new QByteArray(image), image.size());
                  take(image, at);
              });
}

void RunStore::keepImages(const QString &run, RunBatch &batch)
{
    const RunFollower *follower = m_followers.value(run);
    for (RunBatch::Image &image : batch.images) {
        const QString key = imageKey(run, follower->fileName(image.place.file), image.place, image.tag, image.index);
        const qsizetype bytes = image.encoded.size();
        m_images.insert(key, new QByteArray(std::move(image.encoded)), bytes);
    }
}

// How it stands.

std::optional<TrainProgress> RunStore::progress(const QString &run) const
{
    const RunFollower *follower = m_followers.value(run);
    return follower ? follower->progress() : std::nullopt;
}

const JsonValue &RunStore::status(const QString &run) const
{
    static const JsonValue kNone;
    const RunFollower *follower = m_followers.value(run);
    return follower ? follower->status() : kNone;
}

const JsonValue &RunStore::health(const QString &run) const
{
    static const JsonValue kNone;
    const RunFollower *follower = m_followers.value(run);
    return follower ? follower->health() : kNone;
}

QStringList RunStore::problems(const QString &run) const
{
    const RunFollower *follower = m_followers.value(run);
    return follower ? follower->problems() : QStringList();
}

// Signals, coalesced.

void RunStore::touchRuns()
{
    m_runsTouched = true;
    touch({});
}

void RunStore::touch(const QString &run)
{
    if (!run.isEmpty())
        m_touched.insert(run);
    if (m_tell.isActive())
        return;
    const qint64 since = m_told.isValid() ? m_told.elapsed() : kTellMs;
    m_tell.start(static_cast<int>(std::max<qint64>(0, kTellMs - since)));
}

void RunStore::tell()
{
    m_told.restart();
    const QStringList runs(m_touched.cbegin(), m_touched.cend());
    m_touched.clear();
    if (std::exchange(m_runsTouched, false))
        emit runsChanged();
    if (!runs.isEmpty())
        emit changed(runs);
}

} // namespace espalier
