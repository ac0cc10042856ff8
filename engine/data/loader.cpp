// SPDX-License-Identifier: Apache-2.0
#include "engine/data/loader.h"

#include "engine/base/threads.h"

#include <algorithm>

namespace espalier {
namespace {

constexpr std::uint64_t kShuffleStream = 0x73687566; // "shuf"

void scale(Tensor &tensor, const Scaling &scaling)
{
    auto values = tensor.span<float>();
    const std::size_t n = scaling.shift.size();
    for (std::size_t row = 0; row + n <= values.size(); row += n)
        for (std::size_t i = 0; i < n; ++i)
            values[row + i] = (values[row + i] - scaling.shift[i]) * scaling.factor[i];
}

} // namespace

BatchLoader::BatchLoader(DatasetPointer data, std::vector<Scaling> scalings, LoaderOptions options)
    : m_data(std::move(data))
    , m_scalings(std::move(scalings))
    , m_options(std::move(options))
{
}

BatchLoader::~BatchLoader()
{
    stop();
}

std::int64_t BatchLoader::batches() const
{
    const auto rows = static_cast<std::int64_t>(m_options.rows.size());
    return m_options.dropLast ? rows / m_options.batchSize : (rows + m_options.batchSize - 1) / m_options.batchSize;
}

void BatchLoader::start(std::int64_t epoch, std::int64_t first)
{
    stop();
    m_epoch = epoch;
    m_next = first;
    m_order = m_options.rows;
    if (m_options.shuffle) {
        const auto order = permutation(static_cast<std::int64_t>(m_options.rows.size()), m_options.seed,
                                       kShuffleStream + static_cast<std::uint64_t>(epoch));
        for (std::size_t i = 0; i < order.size(); ++i)
            m_order[i] = m_options.rows[static_cast<std::size_t>(order[i])];
    }
    if (m_options.ahead > 0)
        m_thread = std::thread([this] { work(); });
}

void BatchLoader::stop()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stop = true;
    }
    m_changed.notify_all();
    if (m_thread.joinable())
        m_thread.join();
    m_ready.clear();
    m_stop = false;
}

void BatchLoader::work()
{
    resetThreadAffinity(); // the compute threads are bound; this one would share the first one's core
    for (std::int64_t index = m_next;; ++index) {
        const bool end = index >= batches();
        Result<std::optional<Batch>> item = std::optional<Batch>();
        if (!end) {
            auto batch = make(index);
            if (batch)
                item = std::optional<Batch>(std::move(*batch));
            else
                item = fail(std::move(batch).error());
        }
        const bool last = end || !item;
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [&] { return m_stop || m_ready.size() < m_options.ahead; });
        if (m_stop)
            return;
        m_ready.push_back(std::move(item));
        lock.unlock();
        m_changed.notify_all();
        if (last)
            return;
    }
}

Result<std::optional<Batch>> BatchLoader::next()
{
    if (m_options.ahead == 0) {
        if (m_next >= batches())
            return std::optional<Batch>();
        ESPALIER_TRY(Batch batch, make(m_next++));
        return std::optional<Batch>(std::move(batch));
    }
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [&] { return !m_ready.empty(); });
    auto item = m_ready.front();
    const bool isEnd = !item || !*item;
    if (!isEnd) // the end stays, for whoever asks again
        m_ready.pop_front();
    lock.unlock();
    m_changed.notify_all();
    return item;
}

Result<Batch> BatchLoader::make(std::int64_t index) const
{
    const std::int64_t first = index * m_options.batchSize;
    const std::int64_t count = std::min(m_options.batchSize, static_cast<std::int64_t>(m_order.size()) - first);
    const std::span<const std::int64_t> rows(m_order.data() + first, static_cast<std::size_t>(count));
    ESPALIER_TRY(auto columns,
                 readRows(*m_data, rows, m_options.columns, {m_options.augment, m_options.seed, m_epoch}));
    for (const Scaling &scaling : m_scalings)
        for (std::size_t i = 0; i < m_options.columns.size(); ++i)
            if (m_options.columns[i] == scaling.column)
                scale(columns[i], scaling);
    return Batch{count, std::move(columns)};
}

} // namespace espalier
