// SPDX-License-Identifier: Apache-2.0
// An edited drawing takes the place of the one that is trained, between two steps.
#include "engine/graph/lower.h"
#include "engine/train/trainer.h"

#include <nlohmann/json.hpp>

namespace espalier {
namespace {

/// Names of the drawing's states that the old ones have no value for.
std::vector<std::string> namesOfNew(const TrainingPlan &plan, const std::map<std::string, Tensor> &old)
{
    std::vector<std::string> names;
    for (const StateInfo &state : plan.lowered().states) {
        const auto value = old.find(state.path);
        if (value == old.end() || !(value->second.type() == state.type))
            names.push_back(state.name);
    }
    return names;
}

bool haveSameSums(const TrainingSettings &a, const TrainingSettings &b, const std::vector<LossSummary> &x,
                  const std::vector<LossSummary> &y)
{
    return a.metrics == b.metrics
        && std::equal(x.begin(), x.end(), y.begin(), y.end(), [](const LossSummary &l, const LossSummary &r) {
               return l.name == r.name && l.isClassification == r.isClassification && l.isBinary == r.isBinary;
           });
}

} // namespace

std::optional<Error> Trainer::whyNot(const PlanSwap &swap) const
{
    const TrainingSettings &settings = swap.plan->settings();
    if (settings.seed != m_settings.seed)
        return error(
            "apply.seed",
            "The run started with the seed {0}, and the edited document says {1}: its batches would be others. "
            "Put the seed back, or start a new run.",
            m_settings.seed, settings.seed);
    if (swap.feed->fingerprint() != m_feed->fingerprint())
        return error("apply.data",
                     "The edited document has other data than the run was started with. Start a new run for them.");
    const std::int64_t batches = batchesPerEpoch(swap.feed->rows(Part::Train), settings.batchSize, settings.dropLast);
    const bool isOver
        = m_position.epoch >= settings.epochs || (settings.steps > 0 && m_position.step >= settings.steps);
    if (isOver || batches == 0)
        return error(
            "apply.ended",
            "The run has done {0} epochs and {1} steps already, and the edited document asks for no more. Give "
            "it more epochs first.",
            m_position.epoch, m_position.step);
    return std::nullopt;
}

void Trainer::install(std::shared_ptr<PlanSwap> swap)
{
    const bool isSame = haveSameSums(m_settings, swap->plan->settings(), m_plan->allLosses(), swap->plan->allLosses());
    const std::int64_t rowsDone = m_position.batch * m_settings.batchSize;
    const auto before = std::move(m_swapped); // goes at the end, when nothing leads there any more
    m_swapped = std::move(swap);
    m_plan = m_swapped->plan.get();
    m_feed = m_swapped->feed.get();
    m_settings = m_plan->settings();
    m_context.names = m_swapped->names;
    m_context.nodeNames = m_swapped->nodeNames;
    m_context.layers = m_swapped->layers;
    m_layers = std::make_unique<LayerStatistics>(m_plan->backend(), m_plan->store(), m_plan->lowered().states);
    const std::int64_t row = m_pictures->row();
    m_pictures = std::make_unique<SamplePictures>(*m_plan, *m_feed, m_context.events);
    if (row >= 0)
        (void)m_pictures->pin(row); // the data are the same
    m_health = HealthMonitor(m_context.layers);
    m_snapshot.reset();
    m_roles.clear();
    m_stepTable.reset();
    m_stepSums = MetricSums();
    if (!isSame)
        m_position.epochSums = MetricSums();
    m_position.updates.resize(m_settings.phases.size(), 0);
    m_position.batch = rowsDone / m_settings.batchSize;
    m_position.hasBest = false; // of another drawing
    m_position.waited = 0;
    if (const auto release = std::exchange(m_context.release, nullptr))
        release();
}

Result<Trainer::Flow> Trainer::exchange(const TrainCommand &command)
{
    const auto answer = [&](const Result<CommandEffect> &effect) {
        if (command.acknowledge)
            command.acknowledge(effect);
    };
    if (const auto problem = whyNot(*command.swap)) {
        answer(fail(*problem));
        return Flow::Continue;
    }
    if (m_pendingBest) { // under the old names
        ESPALIER_CHECK(writeCheckpoint(m_context.run.bestCheckpoint(), *m_pendingBest, m_context.names));
        m_pendingBest.reset();
    }
    m_scalars.flush();
    ESPALIER_TRY(const auto states, m_plan->readStates());
    ESPALIER_TRY([[maybe_unused]] const auto left, command.swap->plan->writeStates(states));
    const std::vector<std::string> started = namesOfNew(*command.swap->plan, states);
    ESPALIER_TRY(m_context.record.revision, m_context.run.writeModel(command.swap->document));
    m_context.record.settings = command.swap->settings;
    for (const auto &[key, value] : command.swap->kernelChoices)
        m_context.record.kernelChoices[key] = value;
    install(command.swap);
    ESPALIER_CHECK(m_feed->start(Part::Train, m_position.epoch, m_position.batch));
    ESPALIER_CHECK(m_context.run.appendJournal({{"event", "apply"},
                                                {"step", m_position.step},
                                                {"revision", m_context.record.revision},
                                                {"not_taken", started}}));
    m_context.observer.journaled();
    ESPALIER_CHECK(saveLast());
    ESPALIER_CHECK(saveRecord(m_paused ? RunState::Paused : RunState::Running));
    answer(
        CommandEffect{m_position.step, m_position.rateFactor, rateOf(0), nullptr, m_context.record.revision, started});
    return Flow::Continue;
}

} // namespace espalier
