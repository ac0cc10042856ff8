// SPDX-License-Identifier: Apache-2.0
#include "engine/train/histograms.h"

#include "engine/io/histogram.h"
#include "engine/io/tfevents.h"
#include "engine/program/executable.h"
#include "engine/program/state_store.h"

namespace espalier {
namespace {

constexpr std::size_t kParallelFrom = 64 << 10; ///< bytes below which waking threads costs more than it gains

} // namespace

std::vector<std::byte> &HistogramRecorder::scratch()
{
    while (m_scratch.size() <= m_jobs.size())
        m_scratch.emplace_back();
    return m_scratch[m_jobs.size()];
}

void HistogramRecorder::addWatched(const Executable &program)
{
    for (std::size_t i = 0; i < program.watched().size(); ++i) {
        const Executable::Watched &watched = program.watched()[i];
        if (isFloating(watched.type.dtype))
            m_jobs.push_back({watched.name, watched.type, program.watchedBytes(i, scratch())});
    }
}

Result<void> HistogramRecorder::addState(StateStore &store, const std::string &path, std::string tag)
{
    ESPALIER_TRY(const auto stored, store.stored(path, scratch()));
    m_jobs.push_back({std::move(tag), store.type(path), stored});
    return {};
}

void HistogramRecorder::write(std::int64_t step)
{
    std::size_t bytes = 0;
    for (const Job &job : m_jobs)
        bytes += job.stored.size();
    const auto count = static_cast<std::int64_t>(m_jobs.size());
    std::vector<HistogramData> results(m_jobs.size());
#pragma omp parallel for schedule(dynamic) if (bytes >= kParallelFrom)
    for (std::int64_t i = 0; i < count; ++i) {
        const Job &job = m_jobs[static_cast<std::size_t>(i)];
        results[static_cast<std::size_t>(i)] = histogramOfStored(job.stored, job.type);
    }
    for (std::size_t i = 0; i < m_jobs.size(); ++i)
        m_events.histogram(m_jobs[i].tag, results[i], step);
    m_jobs.clear();
}

} // namespace espalier
