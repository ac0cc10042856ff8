// SPDX-License-Identifier: GPL-3.0-or-later
// What one run recorded, by tag.
#pragma once

#include "gui/models/run_decoder.h"
#include "gui/models/run_store.h"

namespace espalier {

/// On the GUI thread; takes over what was decoded elsewhere.
class RunData {
public:
    struct ImagePlace {
        RunStore::Stamp stamp;
        RecordPlace place;
        int index = 0;
    };
    struct HistogramPlace {
        qint64 step = 0;
        RecordPlace place;
    };
    /// Whether there is a tag that was not there before.
    bool take(RunBatch &batch);

    QStringList tags(RunStore::TagKind kind) const;
    std::shared_ptr<Series> series(const QString &tag) const { return m_series.value(tag); }
    std::shared_ptr<HistogramSeries> histograms(const QString &tag) const { return m_histograms.value(tag); }
    const QList<ImagePlace> images(const QString &tag) const { return m_images.value(tag); }
    const QList<HistogramPlace> histogramPlaces(const QString &tag) const { return m_histogramPlaces.value(tag); }
    const QList<RunStore::Text> texts(const QString &tag) const { return m_texts.value(tag); }
    const QList<RunMark> &marks() const { return m_marks; }
    void addMark(const RunMark &mark);
    qint64 firstStep() const { return m_firstStep; }
    qint64 lastStep() const { return m_lastStep; }
    bool isEmpty() const { return m_lastStep < m_firstStep; }

private:
    bool takeScalars(RunBatch &batch);
    void takeFrames(RunBatch &batch, std::size_t from, std::size_t to);

    QMap<QString, std::shared_ptr<Series>> m_series;
    QMap<QString, std::shared_ptr<HistogramSeries>> m_histograms;
    QMap<QString, QList<HistogramPlace>> m_histogramPlaces; ///< by step
    QMap<QString, QList<ImagePlace>> m_images; ///< by step
    QMap<QString, QList<RunStore::Text>> m_texts;
    QList<RunMark> m_marks; ///< by step
    qint64 m_firstStep = 0;
    qint64 m_lastStep = -1;
};

} // namespace espalier
