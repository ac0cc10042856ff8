// SPDX-License-Identifier: GPL-3.0-or-later
// What the engine says of a run, as plain data.
#pragma once

#include "engine/base/json_value.h"

#include <QtCore/QDateTime>
#include <QtCore/QMap>
#include <QtCore/QString>
#include <QtCore/QStringList>

#include <optional>

namespace espalier {

/// A run in a table: members of run.list, or of logdir.open for one that another program wrote.
struct RunInfo {
    QString run; ///< its directory, as the engine spells it: the key everywhere
    QString name;
    QString folder;
    QString state; ///< "running", "paused", "finished", "lost", ...; empty for a foreign run
    bool isAlive = false; ///< a process trains it
    bool isForeign = false; ///< written by another program: no settings, no control
    bool isGone = false; ///< its directory has vanished; what was read stays
    qint64 step = 0;
    qint64 epoch = 0;
    QString document; ///< path of the drawing that it was started from
    QDateTime created; ///< invalid where it is not known
    QDateTime ended;
    QString device;
    qint64 threads = 0;
    qint64 seed = 0;
    qint64 revision = 0; ///< of its drawing
    QString host;
    QMap<QString, double> results; ///< last values: "validation/loss"
    QMap<QString, double> best; ///< at the best epoch, and "epoch"
    QMap<QString, JsonValue> settings; ///< "optimizer.lr"; the hparams of a foreign run
    QStringList tags;
    QString note;
    QString colour; ///< "#rrggbb" that a person chose; empty: none
    QString error; ///< why it failed, or why it can't be read
    qint64 bytes = 0; ///< on the disk, where it was told

    /// What "Resume" can go on with.
    bool canResume() const;
    /// Seconds from start to end, or until `now` while it lives; negative where they are not known.
    double seconds(const QDateTime &now) const;
};

RunInfo runInfoFromJson(const JsonValue &json);

/// Where a run is, several times a second while it trains.
struct TrainProgress {
    qint64 step = 0;
    qint64 totalSteps = 0;
    qint64 epoch = 0; ///< from 1
    qint64 epochs = 0;
    double rate = 0;
    double samplesPerSecond = 0;
    double secondsLeft = -1; ///< negative: not known
    QMap<QString, double> metrics;
};

TrainProgress progressFromJson(const JsonValue &json);

/// A line at a step: something happened there.
struct RunMark {
    enum class Kind { Rate, Drawing, Pause, Continue, Stop, Resume, Pin, Checkpoint, Other };
    Kind kind = Kind::Other;
    qint64 step = 0; ///< steps done when it acted
    QString text; ///< for people, translated
    JsonValue entry; ///< of the journal; null for a checkpoint
};

/// A line of journal.jsonl; nothing where it is none that charts mark.
std::optional<RunMark> markOfJournal(const JsonValue &entry);

} // namespace espalier
