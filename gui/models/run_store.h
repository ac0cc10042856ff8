// SPDX-License-Identifier: GPL-3.0-or-later
// The runs that one engine can see, what they recorded, and how they stand: live, late and replayed by one path.
#pragma once

#include "gui/models/run_info.h"

#include <QtCore/QCache>
#include <QtCore/QElapsedTimer>
#include <QtCore/QHash>
#include <QtCore/QObject>
#include <QtCore/QSet>
#include <QtCore/QTimer>

#include <functional>
#include <memory>

namespace espalier {

class EngineClient;
class HistogramSeries;
class RunData;
class RunFollower;
class Series;
struct HistogramData;
struct RecordPlace;
struct RunBatch;

/// Knows runs by the path of their directory on the engine's machine. Knowing a run costs its row in the table; only a
/// followed one is read: run.subscribe first, then run.read of what its files hold already and of gaps, by offsets. An
/// engine that falls over and comes back is asked for the rest. Lives on the GUI thread, which decodes nothing: what is
/// handed out stays valid and grows between two `changed`. An unknown run or tag gives nothing, never an error.
class RunStore : public QObject {
    Q_OBJECT
public:
    enum class TagKind { Scalar, Histogram, Image, Text };
    struct Stamp {
        qint64 step = 0;
        double wallTime = 0; ///< seconds since 1970
    };
    struct Text {
        Stamp stamp;
        QStringList cells; ///< one, or those of a table row by row
    };
    using Done = std::function<void(const QString &problem)>; ///< empty: it worked; else a sentence

    /// `engine` is borrowed and outlives the store: the one for editing, which joins runs of any process of its
    /// machine.
    explicit RunStore(EngineClient *engine, QObject *parent = nullptr);
    ~RunStore() override;
    EngineClient *engine() const { return m_engine; }

    // Which runs there are. All come by `runsChanged`.
    /// The runs of a folder ("runs" beside a document): asked for now and at each refresh().
    void addFolder(const QString &folder);
    void removeFolder(const QString &folder);
    /// Any folder with TensorBoard's event files, ours or not: each directory with one is a run. Goes on looking for
    /// new ones until it is closed.
    void openLogdir(const QString &folder, Done done = {});
    void closeLogdir(const QString &folder);
    QStringList logdirs() const;
    /// A sentence while it can't be looked into, although it could before.
    QString logdirProblem(const QString &folder) const;
    /// Asks again for the runs of all folders and for those that live anywhere on the machine, which are followed.
    void refresh();
    /// What run.start of any engine answered: the run is followed from its first step, or again where it was resumed.
    void started(const JsonValue &run);
    QStringList runs() const; ///< in the order in which they became known
    const RunInfo *info(const QString &run) const;

    // Labels and the trash.
    void rename(const QString &run, const QString &name, Done done = {});
    void annotate(const QString &run, const QStringList &tags, const QString &note, Done done = {});
    void setColour(const QString &run, const QString &colour, Done done = {});
    /// Moves it into the trash; undo is restore(run) with the same path.
    void trash(const QString &run, Done done = {});
    void restore(const QString &run, Done done = {});
    void emptyTrash(const QString &folder, Done done = {});
    /// Bytes that runs in the trash take, of those that this store moved there.
    qint64 trashBytes() const;

    // Following.
    void follow(const QString &run);
    /// Lets go of what was read.
    void leave(const QString &run);
    /// Bytes of a run that may wait for this thread before the engine drops them, and they are read again; for runs
    /// followed from now on. 0: the engine's default.
    void setQueueBytes(qint64 bytes) { m_queueBytes = bytes; }
    bool isFollowed(const QString &run) const { return m_followers.contains(run); }
    /// All that its files hold, as far as the engine has told, is here.
    bool isComplete(const QString &run) const;

    // What a followed run recorded.
    QStringList tags(const QString &run, TagKind kind) const; ///< sorted
    std::shared_ptr<const Series> series(const QString &run, const QString &tag) const; ///< null: none
    std::shared_ptr<const HistogramSeries> histograms(const QString &run, const QString &tag) const;
    QList<Stamp> imageStamps(const QString &run, const QString &tag) const; ///< by step
    QList<Text> texts(const QString &run, const QString &tag) const;
    QList<RunMark> marks(const QString &run) const; ///< by step: interventions and checkpoints
    qint64 firstStep(const QString &run) const; ///< of anything recorded; 0 where nothing is
    qint64 lastStep(const QString &run) const;

    // "Run r at step s": the newest at or before that step.
    std::optional<double> valueAt(const QString &run, const QString &tag, qint64 step) const;
    /// `take` is called once on this thread, now or after the file was read again, unless `context` is gone; null where
    /// there is none. The step is the one at which it was recorded.
    using TakeHistogram = std::function<void(const HistogramData *, qint64 step)>;
    void histogramAt(const QString &run, const QString &tag, qint64 step, QObject *context, TakeHistogram take) const;
    /// Frees the pictures in memory; they are read again where one asks.
    void forgetImages() { m_images.clear(); }
    /// `index`: which of the pictures written at that step under the tag.
    using TakeImage = std::function<void(const QByteArray &encoded, qint64 step)>; ///< empty where there is none
    void imageAt(const QString &run, const QString &tag, qint64 step, QObject *context, TakeImage take,
                 int index = 0) const;

    // How it stands.
    std::optional<TrainProgress> progress(const QString &run) const;
    /// The last run.state, run.snapshot or run.ended: "started", "confusion", "problem", "queue", ...
    const JsonValue &status(const QString &run) const;
    /// The last run.health; null where none came.
    const JsonValue &health(const QString &run) const;
    /// Sentences: what of its files can't be read, and why.
    QStringList problems(const QString &run) const;

signals:
    void runsChanged(); ///< the list, or the info of a run; at most 20 a second
    void tagsChanged(const QString &run);
    /// New points, progress, marks, state of these followed runs; at most 20 times a second.
    void changed(const QStringList &runs);
    /// A run that was followed while it lived has ended; its process may have died (state "lost": offer to resume).
    void ended(const QString &run, const QString &state);
    void healthChanged(const QString &run);
    /// A run that was not known lives on this machine: one of before this studio was started, or of the command line.
    void foundAlive(const QString &run);

private:
    friend class RunFollower;
    void takeNotification(const QString &method, const JsonValue &params);
    void takeBinary(const JsonValue &header, const QByteArray &bytes);
    void engineReady();
    void takeRuns(const JsonValue &result, const QString &folder);
    void takeAlive(const JsonValue &result);
    void takeLogdir(const JsonValue &json);
    void askLogdir(const QString &folder, Done done);
    void put(const RunInfo &info);
    void drop(const QString &run);
    void touchRuns();
    void touch(const QString &run);
    void tell();
    void takeSettings(const QString &run, const QMap<QString, JsonValue> &settings);
    void keepImages(const QString &run, RunBatch &batch);
    void runEnded(const QString &run, bool wasLive);
    const RunData *dataOf(const QString &run) const;
    // A few runs are read at a time, living ones first.
    void wantTurn(RunFollower *follower);
    void turnDone(RunFollower *follower);
    void giveTurns();
    /// Calls `take` with the bytes of a record; empty where they can't be had.
    void readAgain(const QString &run, const RecordPlace &place, QObject *context,
                   std::function<void(const QByteArray &)> take) const;
    void ask(const QString &method, JsonValue params, Done done, std::function<void(const JsonValue &)> take);

    EngineClient *m_engine;
    QStringList m_order;
    QHash<QString, RunInfo> m_infos;
    QHash<QString, RunFollower *> m_followers; ///< children
    qint64 m_queueBytes = 0;
    QStringList m_folders;
    QStringList m_logdirs; ///< as they were opened
    QHash<QString, JsonValue> m_foreignFiles; ///< what logdir.open said of each run
    QHash<QString, QString> m_logdirPaths; ///< as opened -> as the engine spells it
    QHash<QString, QString> m_logdirProblems; ///< by the engine's path
    QHash<QString, QString> m_trashed; ///< run -> where it is in the trash
    QHash<QString, qint64> m_trashedBytes;
    QList<RunFollower *> m_turns; ///< that want to read
    QSet<RunFollower *> m_reading;
    mutable QHash<qint64, QByteArray> m_rereads; ///< by id of the request: what came so far
    mutable QCache<QString, QByteArray> m_images; ///< the last ones, encoded
    QTimer m_tell; ///< coalesces the signals
    QElapsedTimer m_told;
    bool m_runsTouched = false;
    QSet<QString> m_touched;
};

} // namespace espalier
