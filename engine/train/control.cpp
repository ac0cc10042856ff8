// SPDX-License-Identifier: Apache-2.0
#include "engine/train/control.h"

#include <chrono>

namespace espalier {

void TrainControl::post(TrainCommand command)
{
    {
        const std::lock_guard lock(m_mutex);
        m_queue.push_back(std::move(command));
    }
    m_posted.notify_all();
}

std::optional<TrainCommand> TrainControl::take()
{
    const std::lock_guard lock(m_mutex);
    if (m_queue.empty())
        return std::nullopt;
    TrainCommand command = std::move(m_queue.front());
    m_queue.pop_front();
    return command;
}

void TrainControl::wait()
{
    std::unique_lock lock(m_mutex);
    while (m_queue.empty() && !stopRequested())
        m_posted.wait_for(lock, std::chrono::milliseconds(50));
}

} // namespace espalier
