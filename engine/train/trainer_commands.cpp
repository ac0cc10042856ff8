// SPDX-License-Identifier: Apache-2.0
// What a person asks of a run, between two of its steps.
#include "engine/graph/lower.h"
#include "engine/train/trainer.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <new>

namespace espalier {
namespace {

constexpr double kSnapshotShare = 0.02; ///< of training's time, at most

} // namespace

/// A copy between two steps. Where copies would cost too much of training's time the last one has to do; null where
/// there is none and memory is short.
std::shared_ptr<const Checkpoint> Trainer::newestSnapshot()
{
    const auto start = Clock::now();
    const double since = std::chrono::duration<double>(start - m_snapshotEnd).count();
    if (m_snapshot && m_snapshot->position.step == m_position.step && m_snapshot->revision == m_context.record.revision)
        return m_snapshot;
    if (m_snapshot && !m_paused && since * kSnapshotShare < m_snapshotSeconds)
        return m_snapshot;
    m_snapshot.reset(); // viewers may still have it
    try {
        auto copy = std::make_shared<Checkpoint>();
        copy->revision = m_context.record.revision;
        copy->seed = m_settings.seed;
        copy->position = m_position;
        for (const StateInfo &state : m_plan->lowered().states) {
            auto value = m_plan->store().read(state.path);
            if (!value)
                return nullptr;
            copy->states[state.path] = std::move(*value);
        }
        m_snapshot = std::move(copy);
    } catch (const std::bad_alloc &) {
        return nullptr;
    }
    m_snapshotEnd = Clock::now();
    m_snapshotSeconds = std::chrono::duration<double>(m_snapshotEnd - start).count();
    return m_snapshot;
}

Result<void> Trainer::journal(const char *event, double value)
{
    ESPALIER_CHECK(m_context.run.appendJournal({{"event", event}, {"step", m_position.step}, {"value", value}}));
    m_context.observer.journaled();
    return {};
}

void Trainer::replayRates()
{
    while (!m_plannedRates.empty() && m_plannedRates.front().step <= m_position.step) {
        m_position.rateFactor = m_plannedRates.front().factor;
        m_plannedRates.erase(m_plannedRates.begin());
    }
}

/// Commands act here, between two steps.
Result<Trainer::Flow> Trainer::obey()
{
    replayRates();
    if (m_pauseAt && m_position.step >= *m_pauseAt) {
        m_pauseAt.reset();
        ESPALIER_CHECK(pause());
    }
    if (m_pauseAt && !m_context.control.stopRequested())
        return Flow::Continue; // an epoch began before the one step: it comes first
    for (;;) {
        if (m_context.control.stopRequested()) {
            ESPALIER_CHECK(journal("stop", 0));
            return Flow::Stop;
        }
        const auto command = m_context.control.take();
        if (!command && !m_paused)
            return Flow::Continue;
        if (!command) {
            m_context.control.wait();
            continue;
        }
        ESPALIER_TRY(const Flow flow, act(*command));
        if (flow == Flow::Stop || command->kind == TrainCommand::Kind::OneStep)
            return flow;
    }
}

Result<void> Trainer::pause()
{
    m_paused = true;
    m_scalars.flush(); // a person who pauses wants to see all of it
    return saveRecord(RunState::Paused);
}

Result<double> Trainer::newRateFactor(const TrainCommand &command) const
{
    if (!std::isfinite(command.value) || command.value < 0)
        return fail("rate.value", "A learning rate can't be {0}. Give a number from 0 up.", command.value);
    if (command.kind == TrainCommand::Kind::RateFactor)
        return command.value;
    const double scheduled = scheduledRate(0);
    if (!(scheduled > 0))
        return fail("rate.schedule",
                    "The schedule says that the learning rate of step {0} is 0, and no factor changes that. Try again "
                    "at a later step, or set a factor.",
                    m_position.step + 1);
    return command.value / scheduled;
}

Result<Trainer::Flow> Trainer::act(const TrainCommand &command)
{
    using Kind = TrainCommand::Kind;
    Flow flow = Flow::Continue;
    std::shared_ptr<const Checkpoint> snapshot;
    switch (command.kind) {
    case Kind::Swap:
        return exchange(command);
    case Kind::Pin: {
        const auto pinned = m_pictures->pin(static_cast<std::int64_t>(command.value));
        if (!pinned && command.acknowledge)
            command.acknowledge(fail(pinned.error()));
        if (!pinned)
            return flow;
        ESPALIER_CHECK(journal("pin", command.value));
        break;
    }
    case Kind::Snapshot:
        snapshot = newestSnapshot();
        if (!snapshot && command.acknowledge)
            command.acknowledge(fail("probe.memory",
                                     "There is not enough memory to look at the weights while the run goes on. Look at "
                                     "its last checkpoint instead, or close other programs."));
        if (!snapshot)
            return flow;
        break;
    case Kind::Stop:
        ESPALIER_CHECK(journal("stop", 0));
        flow = Flow::Stop;
        break;
    case Kind::Pause:
        if (m_paused)
            break;
        ESPALIER_CHECK(journal("pause", 0));
        ESPALIER_CHECK(saveLast()); // it may be paused for long: what a power cut costs then is nothing
        ESPALIER_CHECK(pause());
        break;
    case Kind::Continue:
        if (!m_paused)
            break;
        m_paused = false;
        ESPALIER_CHECK(journal("continue", 0));
        ESPALIER_CHECK(saveRecord(RunState::Running));
        break;
    case Kind::OneStep:
        m_paused = false;
        m_pauseAt = m_position.step + 1;
        break;
    case Kind::RateFactor:
    case Kind::Rate: {
        const auto factor = newRateFactor(command);
        if (!factor) {
            if (command.acknowledge)
                command.acknowledge(fail(factor.error()));
            return flow;
        }
        m_position.rateFactor = *factor;
        m_plannedRates.clear();
        ESPALIER_CHECK(journal("rate_factor", *factor));
        break;
    }
    }
    if (command.acknowledge)
        command.acknowledge(
            CommandEffect{m_position.step, m_position.rateFactor, rateOf(0), std::move(snapshot), 0, {}});
    return flow;
}

} // namespace espalier
