// SPDX-License-Identifier: Apache-2.0
// Batches prepared ahead on another thread. A batch is a pure function of (seed, epoch, index): how far ahead or on
// which thread it was made never matters.
#pragma once

#include "engine/data/split.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

namespace espalier {

struct Batch {
    std::int64_t rows = 0;
    std::vector<Tensor> columns; ///< one for each wanted column
};

struct LoaderOptions {
    std::vector<int> columns; ///< of the dataset
    std::vector<std::int64_t> rows; ///< of the part, in the order without shuffling
    std::int64_t batchSize = 32;
    bool shuffle = false;
    bool dropLast = false;
    bool augment = false;
    std::uint64_t seed = 0;
    std::size_t ahead = 3; ///< batches that wait; 0: made when asked for, on the caller's thread
};

/// One epoch at a time. Used by one thread; the dataset must not change.
class BatchLoader {
public:
    BatchLoader(DatasetPointer data, std::vector<Scaling> scalings, LoaderOptions options);
    ~BatchLoader();
    BatchLoader(const BatchLoader &) = delete;
    BatchLoader &operator=(const BatchLoader &) = delete;

    std::int64_t batches() const;
    /// From batch `first` of `epoch` on; drops what was prepared of another.
    void start(std::int64_t epoch, std::int64_t first);
    /// nullopt at the end of the epoch. Waits for the loader thread if it must.
    Result<std::optional<Batch>> next();

private:
    Result<Batch> make(std::int64_t index) const;
    void work();
    void stop();

    DatasetPointer m_data;
    std::vector<Scaling> m_scalings;
    LoaderOptions m_options;
    std::vector<std::int64_t> m_order;
    std::int64_t m_epoch = 0;
    std::int64_t m_next = 0; ///< the next batch to hand out (without thread) or to make (with)

    std::thread m_thread;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<Result<std::optional<Batch>>> m_ready;
    bool m_stop = false;
};

} // namespace espalier
