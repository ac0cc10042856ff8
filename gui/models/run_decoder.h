// SPDX-License-Identifier: GPL-3.0-or-later
// Decodes what a run wrote, away from the GUI thread.
#pragma once

#include "engine/protocol/event_reader.h"
#include "gui/models/run_info.h"
#include "widgets/charts/histogram_series.h"

#include <QtCore/QByteArray>
#include <QtCore/QHash>
#include <QtCore/QStringList>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace espalier {

class Series;

/// Bytes of one file that follow those decoded before.
struct RunPiece {
    QString file;
    quint64 offset = 0;
    QByteArray bytes;
};

/// Where a record lies, to read it again.
struct RecordPlace {
    quint32 file = 0; ///< index into RunBatch::files
    quint64 offset = 0;
    quint64 bytes = 0; ///< with header and footer
};

/// What some pieces held, in the form that the store takes over in no time.
struct RunBatch {
    struct Point {
        qint64 step;
        double wallTime;
        double value;
    };
    /// Values of points[at] and later were written after a restart at `step`.
    struct Restart {
        std::size_t at;
        qint64 step;
    };
    struct Scalars {
        QString tag;
        std::vector<Point> points;
        std::vector<Restart> restarts;
        std::shared_ptr<Series> built; ///< with all the points, where the tag is new
    };
    struct Histogram {
        QString tag;
        RecordPlace place;
        HistogramFrame frame;
    };
    struct Image {
        QString tag;
        EventStamp stamp;
        RecordPlace place;
        int index = 0; ///< among the pictures of its record and tag
        QByteArray encoded;
    };
    struct Text {
        QString tag;
        EventStamp stamp;
        QStringList cells;
    };
    /// SessionLog START at `step`, and how many of each had come in this batch before.
    struct Session {
        qint64 step;
        std::size_t histograms;
        std::size_t images;
        std::size_t texts;
    };
    std::vector<Scalars> scalars;
    std::vector<Histogram> histograms;
    std::vector<Image> images;
    std::vector<Text> texts;
    std::vector<RunMark> marks;
    std::vector<Session> sessions;
    QStringList files; ///< all so far
    QMap<QString, JsonValue> settings; ///< hyper-parameters
    QMap<QString, quint64> boundaries; ///< of each file: end of the last whole record
    QMap<QString, QString> problems; ///< of a file: a sentence
    qint64 firstStep = 0;
    qint64 lastStep = -1; ///< before firstStep: nothing was recorded
};

/// Of one run. Used by one thread at a time.
class RunDecoder {
public:
    RunDecoder();
    ~RunDecoder();
    RunDecoder(const RunDecoder &) = delete;
    RunDecoder &operator=(const RunDecoder &) = delete;

    /// Each piece begins where the last one of its file ended, or at its boundary: a tail that was no whole record is
    /// dropped then.
    RunBatch decode(const std::vector<RunPiece> &pieces);

private:
    struct File;
    class Sink;
    static QString problemOf(const QString &name, const File &file);
    void decodeJournal(File &file, const RunPiece &piece, RunBatch &batch);
    void decodeEvents(File &file, const RunPiece &piece, Sink &sink);

    QStringList m_names;
    std::map<QString, std::unique_ptr<File>> m_files;
    std::unordered_map<std::string, std::size_t> m_tags; ///< of scalars -> index, in order of appearance
    std::vector<QString> m_tagNames;
};

/// Adds the points, and what they say of restarts.
void appendPoints(const RunBatch::Scalars &scalars, Series &series);

/// The values of one record, read again.
std::optional<HistogramData> histogramInRecord(const QByteArray &record, const std::string &tag);
QByteArray imageInRecord(const QByteArray &record, const std::string &tag, int index);

} // namespace espalier
