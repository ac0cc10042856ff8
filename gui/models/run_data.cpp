// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/models/run_data.h"

#include "widgets/charts/series.h"

#include <algorithm>

namespace espalier {
namespace {

constexpr qsizetype kHistogramBytes = qsizetype{1} << 20; ///< of one tag; others are read again where one asks

RunStore::Stamp stampOf(const EventStamp &stamp)
{
    return {stamp.step, stamp.wallTime};
}

/// Keeps `list` ordered by step; what was written later comes after its equals.
template <typename T, typename StepOf>
void insertByStep(QList<T> &list, T value, StepOf stepOf)
{
    const auto at = std::upper_bound(list.begin(), list.end(), stepOf(value),
                                     [&](qint64 step, const T &each) { return step < stepOf(each); });
    list.insert(at, std::move(value));
}

/// A restart at `step` writes these again.
template <typename T, typename StepOf>
void supersede(QMap<QString, QList<T>> &lists, qint64 step, StepOf stepOf)
{
    for (QList<T> &list : lists) {
        const auto from = std::lower_bound(list.begin(), list.end(), step,
                                           [&](const T &each, qint64 s) { return stepOf(each) < s; });
        list.erase(from, list.end());
    }
}

/// Adds `items` from `from` up to `to` to their lists, by tag. Whether there is a new tag.
template <typename Item, typename T, typename Make, typename StepOf>
bool addPart(std::vector<Item> &items, std::size_t from, std::size_t to, QMap<QString, QList<T>> &lists, Make make,
             StepOf stepOf)
{
    const qsizetype before = lists.size();
    for (std::size_t i = from; i < to; ++i)
        insertByStep(lists[items[i].tag], make(items[i]), stepOf);
    return lists.size() != before;
}

qint64 stepOfImage(const RunData::ImagePlace &image)
{
    return image.stamp.step;
}

qint64 stepOfHistogram(const RunData::HistogramPlace &histogram)
{
    return histogram.step;
}

qint64 stepOfText(const RunStore::Text &text)
{
    return text.stamp.step;
}

} // namespace

bool RunData::takeScalars(RunBatch &batch)
{
    bool isNew = false;
    for (RunBatch::Scalars &scalars : batch.scalars) {
        std::shared_ptr<Series> &series = m_series[scalars.tag];
        isNew = isNew || !series;
        if (scalars.built)
            series = std::move(scalars.built);
        else if (series)
            appendPoints(scalars, *series);
    }
    return isNew;
}

void RunData::takeFrames(RunBatch &batch, std::size_t from, std::size_t to)
{
    for (std::size_t i = from; i < to; ++i) {
        RunBatch::Histogram &histogram = batch.histograms[i];
        std::shared_ptr<HistogramSeries> &series = m_histograms[histogram.tag];
        if (!series)
            series = std::make_shared<HistogramSeries>(kHistogramBytes);
        series->append(std::move(histogram.frame));
    }
}

bool RunData::take(RunBatch &batch)
{
    bool isNew = takeScalars(batch);
    RunBatch::Session from{0, 0, 0, 0};
    batch.sessions.push_back({0, batch.histograms.size(), batch.images.size(), batch.texts.size()});
    for (const RunBatch::Session &to : batch.sessions) {
        isNew |= addPart(
            batch.images, from.images, to.images, m_images,
            [](const RunBatch::Image &i) {
                return ImagePlace{stampOf(i.stamp), i.place, i.index};
            },
            stepOfImage);
        isNew |= addPart(
            batch.histograms, from.histograms, to.histograms, m_histogramPlaces,
            [](const RunBatch::Histogram &h) {
                return HistogramPlace{h.frame.step, h.place};
            },
            stepOfHistogram);
        isNew |= addPart(
            batch.texts, from.texts, to.texts, m_texts,
            [](RunBatch::Text &t) {
                return RunStore::Text{stampOf(t.stamp), std::move(t.cells)};
            },
            stepOfText);
        takeFrames(batch, from.histograms, to.histograms);
        if (&to != &batch.sessions.back()) {
            for (const std::shared_ptr<HistogramSeries> &series : std::as_const(m_histograms))
                series->restart(to.step);
            supersede(m_images, to.step, stepOfImage);
            supersede(m_histogramPlaces, to.step, stepOfHistogram);
            supersede(m_texts, to.step, stepOfText);
        }
        from = to;
    }
    for (const RunMark &mark : batch.marks)
        addMark(mark);
    if (batch.lastStep >= batch.firstStep) {
        m_firstStep = isEmpty() ? batch.firstStep : std::min(m_firstStep, batch.firstStep);
        m_lastStep = std::max(m_lastStep, batch.lastStep);
    }
    return isNew;
}

QStringList RunData::tags(RunStore::TagKind kind) const
{
    switch (kind) {
    case RunStore::TagKind::Scalar:
        return m_series.keys();
    case RunStore::TagKind::Histogram:
        return m_histogramPlaces.keys();
    case RunStore::TagKind::Image:
        return m_images.keys();
    case RunStore::TagKind::Text:
        return m_texts.keys();
    }
    return {};
}

void RunData::addMark(const RunMark &mark)
{
    insertByStep(m_marks, mark, [](const RunMark &each) { return each.step; });
}

} // namespace espalier
