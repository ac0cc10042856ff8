// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/models/run_follower.h"

#include "engine/protocol/error_json.h"
#include "gui/document/background.h"
#include "gui/engine_client/engine_client.h"
#include "gui/engine_client/text.h"
#include "gui/models/run_data.h"
#include "gui/models/run_store.h"

#include <algorithm>
#include <numeric>

namespace espalier {
namespace {

constexpr quint64 kReadBytes = quint64{8} << 20; ///< of one run.read
constexpr qsizetype kMostQueued = qsizetype{24} << 20; ///< bytes that wait to be decoded; beyond, reading pauses
constexpr qsizetype kDecodeBytes = qsizetype{4} << 20; ///< of one batch: what the GUI thread takes over at once
constexpr qsizetype kMostStashed = qsizetype{8} << 20; ///< bytes of frames ahead; beyond, they are read again later
constexpr auto kJournal = QLatin1StringView("journal.jsonl");

quint64 sizeOf(const JsonValue &value)
{
    return static_cast<quint64>(std::max<std::int64_t>(value.integer(), 0));
}

bool isRead(const QString &file)
{
    return file == kJournal || isEventFileName(file.section(QLatin1Char('/'), -1).toStdString());
}

} // namespace

RunFollower::RunFollower(RunStore *store, const QString &run, bool isForeign)
    : QObject(store)
    , m_store(store)
    , m_run(run)
    , m_isForeign(isForeign)
    , m_decoder(std::make_shared<RunDecoder>())
    , m_data(std::make_unique<RunData>())
{
}

RunFollower::~RunFollower() = default;

void RunFollower::start()
{
    m_isReading = false;
    m_isSubscribed = false;
    m_isAsking = !m_isForeign;
    for (File &file : m_files) {
        m_stashed -= std::accumulate(file.ahead.cbegin(), file.ahead.cend(), qsizetype{0},
                                     [](qsizetype sum, const auto &piece) { return sum + piece.second.size(); });
        file.ahead.clear();
        if (file.isUnreadable)
            file.problem.clear();
        file.isUnreadable = false;
    }
    rewind();
    if (m_isForeign)
        return; // logdir.open says what there is
    JsonValue params = JsonValue::object().set("run", m_run.toStdString());
    if (m_store->m_queueBytes > 0)
        params.set("queue", static_cast<std::int64_t>(m_store->m_queueBytes));
    m_store->engine()->request(QStringLiteral("run.subscribe"), std::move(params), this,
                               [this](const Result<JsonValue> &result) {
                                   m_isAsking = false;
                                   m_isSubscribed = true;
                                   m_subscribeProblem = result ? QString() : text(result.error());
                                   m_store->touch(m_run);
                               });
}

void RunFollower::take(const QString &method, const JsonValue &params)
{
    if (method == QLatin1StringView("run.progress")) {
        m_progress = progressFromJson(params);
    } else if (method == QLatin1StringView("run.gap")) {
        know(qString(params["file"].string()), sizeOf(params["to"]));
    } else if (method == QLatin1StringView("run.file")) {
        RunMark mark;
        mark.kind = RunMark::Kind::Checkpoint;
        mark.step = params["step"].integer();
        mark.text = tr("Checkpoint %1").arg(qString(params["file"].string()).section(QLatin1Char('/'), -1));
        m_data->addMark(mark);
    } else if (method == QLatin1StringView("run.health")) {
        m_health = params;
        emit m_store->healthChanged(m_run);
    } else if (method == QLatin1StringView("run.detached")) {
        detached();
    } else if (method == QLatin1StringView("run.snapshot") || method == QLatin1StringView("run.state")
               || method == QLatin1StringView("run.ended")) {
        takeStatus(params);
        takeFiles(params["files"]);
        if (method == QLatin1StringView("run.ended"))
            m_store->runEnded(m_run, std::exchange(m_owesEnd, false));
    }
    m_store->touch(m_run);
}

void RunFollower::takeStatus(const JsonValue &params)
{
    m_status = params;
    m_isLive = params["live"].boolean();
    m_owesEnd |= m_isLive;
    if (params["progress"].isObject())
        m_progress = progressFromJson(params["progress"]);
    m_store->put(runInfoFromJson(params));
}

/// Its process has gone. What it said last, the disk says.
void RunFollower::detached()
{
    if (!m_isLive)
        return;
    m_isLive = false;
    m_store->engine()->request(QStringLiteral("run.open"), JsonValue::object().set("run", m_run.toStdString()), this,
                               [this](const Result<JsonValue> &result) {
                                   if (!result)
                                       return;
                                   takeStatus(*result);
                                   takeFiles((*result)["files"]);
                                   m_store->runEnded(m_run, std::exchange(m_owesEnd, false));
                                   m_store->touch(m_run);
                               });
}

void RunFollower::takeFiles(const JsonValue &files)
{
    for (const JsonValue &file : files.items()) {
        const auto known = m_files.find(qString(file["file"].string()));
        if (known != m_files.end() && known->generation != file["generation"].integer())
            startOver();
    }
    for (const JsonValue &file : files.items()) {
        if (isRead(qString(file["file"].string())))
            m_files[qString(file["file"].string())].generation = file["generation"].integer();
        know(qString(file["file"].string()), sizeOf(file["size"]));
    }
    // A tail that was not whole may have been other bytes meanwhile: a page of zeros, or a record half written.
    const bool hasTail = std::any_of(m_boundaries.keyValueBegin(), m_boundaries.keyValueEnd(),
                                     [this](const auto &each) { return each.second < m_files[each.first].have; });
    if (m_isForeign && hasTail)
        rewind();
}

/// A file was replaced: nothing that was read is certain any more.
void RunFollower::startOver()
{
    ++m_life;
    m_files.clear();
    m_queue.clear();
    m_queued = 0;
    m_stashed = 0;
    m_isDecoding = false;
    m_isReading = false;
    m_store->turnDone(this);
    m_boundaries.clear();
    m_fileNames.clear();
    m_decoder = std::make_shared<RunDecoder>();
    m_data = std::make_unique<RunData>();
    emit m_store->tagsChanged(m_run);
}

void RunFollower::know(const QString &file, quint64 size)
{
    if (!isRead(file))
        return;
    File &state = m_files[file];
    if (size > state.known) {
        state.known = size;
        state.isUnreadable = false;
    }
    m_store->wantTurn(this);
}

/// Files are read one after the other, by name, so that what a later one holds comes later.
QString RunFollower::nextToRead() const
{
    for (auto it = m_files.cbegin(); it != m_files.cend(); ++it)
        if (it->have < it->known && !it->isUnreadable)
            return it.key();
    return {};
}

void RunFollower::takeFrame(const QString &file, quint64 offset, const QByteArray &bytes)
{
    if (!isRead(file) || bytes.isEmpty())
        return;
    File &state = m_files[file];
    const quint64 end = offset + static_cast<quint64>(bytes.size());
    state.known = std::max(state.known, end);
    if (end <= state.have)
        return;
    const bool isNext = offset <= state.have && nextToRead() == file;
    if (isNext || m_stashed + bytes.size() <= kMostStashed) {
        QByteArray &kept = state.ahead[offset];
        m_stashed += bytes.size() - kept.size();
        kept = bytes;
    }
    if (isNext)
        putInOrder(file, state);
    m_store->wantTurn(this);
}

/// Moves to the decoder's queue what is next.
void RunFollower::putInOrder(const QString &file, File &state)
{
    while (!state.ahead.empty() && state.ahead.begin()->first <= state.have) {
        const auto first = state.ahead.begin();
        QByteArray bytes = std::move(first->second);
        const quint64 offset = first->first;
        m_stashed -= bytes.size();
        state.ahead.erase(first);
        const auto known = static_cast<qsizetype>(state.have - offset);
        if (known >= bytes.size())
            continue;
        if (known > 0)
            bytes.remove(0, known);
        m_queued += bytes.size();
        m_queue.push_back({file, state.have, bytes});
        state.have += static_cast<quint64>(bytes.size());
    }
    decode();
}

void RunFollower::read()
{
    const QString file = nextToRead();
    if (m_isReading || file.isEmpty() || m_queued > kMostQueued || m_mustRewind) {
        m_store->turnDone(this);
        return;
    }
    File &state = m_files[file];
    putInOrder(file, state);
    if (state.have >= state.known) {
        m_store->turnDone(this);
        m_store->wantTurn(this);
        return;
    }
    m_isReading = true;
    const quint64 from = state.have;
    const quint64 to = std::min(state.known, from + kReadBytes);
    JsonValue params = JsonValue::object();
    params.set("run", m_run.toStdString()).set("file", file.toStdString());
    params.set("from", static_cast<std::int64_t>(from)).set("to", static_cast<std::int64_t>(to));
    m_store->engine()->request(QStringLiteral("run.read"), std::move(params), this,
                               [this, file, from, to, life = m_life](const Result<JsonValue> &result) {
                                   if (life == m_life)
                                       takeRead(file, from, to, result);
                               });
}

void RunFollower::takeRead(const QString &file, quint64 from, quint64 to, const Result<JsonValue> &result)
{
    m_isReading = false;
    m_store->turnDone(this);
    File &state = m_files[file];
    if (!result) {
        state.isUnreadable = true;
        state.problem = text(result.error());
    } else {
        const quint64 size = sizeOf((*result)["size"]);
        if (size < to) // shorter than we were told; one that grew meanwhile has `to` bytes and more
            state.known = std::max(size, state.have);
        if (state.have == from && state.have < state.known)
            state.isUnreadable = true; // it gives nothing: asked again when it grows
    }
    m_store->touch(m_run);
    m_store->wantTurn(this);
}

void RunFollower::decode()
{
    if (m_isDecoding || m_queue.empty())
        return;
    m_isDecoding = true;
    std::vector<RunPiece> pieces;
    qsizetype bytes = 0;
    auto end = m_queue.begin();
    for (; end != m_queue.end() && bytes < kDecodeBytes; ++end)
        bytes += end->bytes.size();
    std::move(m_queue.begin(), end, std::back_inserter(pieces));
    m_queue.erase(m_queue.begin(), end);
    m_queued -= bytes;
    inBackground(
        this, [decoder = m_decoder, pieces = std::move(pieces)] { return decoder->decode(pieces); },
        [this, life = m_life](RunBatch batch) {
            if (life == m_life)
                takeBatch(std::move(batch));
        });
}

void RunFollower::takeBatch(RunBatch batch)
{
    m_isDecoding = false;
    for (auto it = batch.boundaries.cbegin(); it != batch.boundaries.cend(); ++it)
        m_boundaries[it.key()] = it.value();
    for (auto it = batch.problems.cbegin(); it != batch.problems.cend(); ++it)
        m_files[it.key()].problem = it.value();
    m_fileNames = batch.files;
    const bool isNew = m_data->take(batch);
    m_store->keepImages(m_run, batch);
    if (m_isForeign && !batch.settings.isEmpty()) // ours says more
        m_store->takeSettings(m_run, batch.settings);
    if (isNew)
        emit m_store->tagsChanged(m_run);
    m_store->touch(m_run);
    if (m_mustRewind)
        rewind();
    decode();
    m_store->wantTurn(this);
}

/// Goes back to the last whole record of each file: what came after may have been a tail that a kill cut, and that
/// the next process to write there has removed.
void RunFollower::rewind()
{
    m_mustRewind = m_isDecoding;
    if (m_isDecoding)
        return;
    m_queue.clear();
    m_queued = 0;
    for (auto it = m_files.begin(); it != m_files.end(); ++it)
        it->have = m_boundaries.value(it.key());
}

QStringList RunFollower::problems() const
{
    QStringList list;
    if (!m_subscribeProblem.isEmpty())
        list.append(m_subscribeProblem);
    for (const File &file : m_files)
        if (!file.problem.isEmpty())
            list.append(file.problem);
    return list;
}

bool RunFollower::isComplete() const
{
    return (m_isSubscribed || m_isForeign) && !m_isReading && !m_isDecoding && m_queue.empty()
        && nextToRead().isEmpty();
}

} // namespace espalier
