// SPDX-License-Identifier: Apache-2.0
#include "engine/train/control.h"

namespace espalier {

void TrainControl::post(TrainCommand command)
{
    std::optional<Error> refusal;
    const auto acknowledge = command.acknowledge;
    {
        const std::lock_guard lock(m_mutex);
        refusal = m_closed;
        if (!refusal)
            m_queue.push_back(std::move(command));
    }
    if (refusal && acknowledge)
        acknowledge(fail(std::move(*refusal)));
    m_posted.notify_all();
}

void TrainControl::close(Error why)
{
    std::deque<TrainCommand> left;
    {
        const std::lock_guard lock(m_mutex);
        m_closed = why;
        left.swap(m_queue);
    }
    for (const TrainCommand &command : left)
        if (command.acknowledge)
            command.acknowledge(fail(why));
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

void TrainControl::waitFor(std::chrono::milliseconds time)
{
    std::unique_lock lock(m_mutex);
    m_posted.wait_for(lock, time, [&] { return !m_queue.empty() || stopRequested(); });
}

} // namespace espalier
