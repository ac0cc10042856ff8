// SPDX-License-Identifier: GPL-3.0-or-later
// Follows one run: gathers the bytes of its files by offsets, from frames and from run.read, and has them decoded.
#pragma once

#include "gui/models/run_decoder.h"

#include <QtCore/QMap>
#include <QtCore/QObject>

#include <memory>

namespace espalier {

class RunData;
class RunStore;

/// A child of its store. Bytes may come in any order, twice, or never: each file is read up to what is known of it,
/// starting at what is here already, so that a lost frame, a gap, a late start and an engine that fell over are the
/// same case.
class RunFollower : public QObject {
    Q_OBJECT
public:
    RunFollower(RunStore *store, const QString &run, bool isForeign);
    ~RunFollower() override;

    /// Subscribes; again when the engine is back. What is here stays.
    void start();
    /// A notification about this run.
    void take(const QString &method, const JsonValue &params);
    void takeFrame(const QString &file, quint64 offset, const QByteArray &bytes);
    /// What the engine says of the files of a foreign run.
    void takeFiles(const JsonValue &files);
    /// Goes on reading; the store calls it when it is this run's turn.
    void read();

    const RunData &data() const { return *m_data; }
    RunData &data() { return *m_data; }
    const JsonValue &status() const { return m_status; }
    const JsonValue &health() const { return m_health; }
    const std::optional<TrainProgress> &progress() const { return m_progress; }
    QStringList problems() const;
    bool isComplete() const;
    bool isLive() const { return m_isLive; }
    /// Not live, and not about to learn whether it is.
    bool isResting() const { return !m_isLive && !m_isAsking && !m_isForeign; }
    const QString &fileName(quint32 index) const { return m_fileNames[static_cast<qsizetype>(index)]; }

private:
    struct File {
        qint64 generation = 0; ///< the engine counts up when it is another file
        quint64 have = 0; ///< bytes given to the decoder, or waiting for it
        quint64 known = 0; ///< bytes that are there, as far as we were told
        std::map<quint64, QByteArray> ahead; ///< frames beyond `have`
        QString problem;
        bool isUnreadable = false; ///< asked for in vain; asked again when it grows
    };
    void know(const QString &file, quint64 size);
    void putInOrder(const QString &file, File &state);
    QString nextToRead() const;
    void takeRead(const QString &file, quint64 from, quint64 to, const Result<JsonValue> &result);
    void decode();
    void takeBatch(RunBatch batch);
    void takeStatus(const JsonValue &params);
    void detached();
    void rewind();
    void startOver();

    RunStore *m_store;
    QString m_run;
    bool m_isForeign;
    bool m_isLive = false;
    bool m_owesEnd = false; ///< it lived, and nobody was told of its end yet
    bool m_isReading = false;
    bool m_isDecoding = false;
    bool m_mustRewind = false; ///< as soon as nothing is being decoded
    bool m_isAsking = false; ///< run.subscribe is on its way
    bool m_isSubscribed = false;
    int m_life = 0; ///< counts up with startOver(): answers for an earlier one are late
    QString m_subscribeProblem;
    QMap<QString, File> m_files; ///< by name: the order in which a run's files are read
    std::vector<RunPiece> m_queue;
    qsizetype m_queued = 0; ///< bytes in m_queue
    qsizetype m_stashed = 0; ///< bytes ahead, in all files
    std::shared_ptr<RunDecoder> m_decoder; ///< shared with the thread that decodes
    QStringList m_fileNames; ///< by RecordPlace::file
    QMap<QString, quint64> m_boundaries;
    std::unique_ptr<RunData> m_data;
    JsonValue m_status;
    JsonValue m_health;
    std::optional<TrainProgress> m_progress;
};

} // namespace espalier
