// SPDX-License-Identifier: Apache-2.0
#include "engine/train/trainer.h"

#include "engine/graph/lower.h"
#include "engine/train/evaluate.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

constexpr double kSecondsBetweenEpochSaves = 1;

double secondsSince(std::chrono::steady_clock::time_point start)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

} // namespace

std::int64_t batchesPerEpoch(std::int64_t rows, std::int64_t batchSize, bool dropLast)
{
    return dropLast ? rows / batchSize : (rows + batchSize - 1) / batchSize;
}

Trainer::Trainer(TrainContext context)
    : m_context(std::move(context))
    , m_plan(&m_context.plan)
    , m_feed(&m_context.feed)
    , m_settings(m_plan->settings())
    , m_scalars(m_context.events)
    , m_histograms(m_context.events)
    , m_layers(std::make_unique<LayerStatistics>(m_plan->backend(), m_plan->store(), m_plan->lowered().states))
    , m_pictures(std::make_unique<SamplePictures>(*m_plan, *m_feed, m_context.events))
    , m_health(m_context.layers)
{
    m_position.updates.assign(m_settings.phases.size(), 0);
}

Result<std::vector<std::string>> Trainer::restore(const Checkpoint &checkpoint)
{
    m_position = checkpoint.position;
    m_position.updates.resize(m_settings.phases.size(), 0);
    ESPALIER_TRY(const auto journal, m_context.run.readJournal());
    m_plannedRates = ratesFrom(journal, m_position.step);
    if (const auto row = pinnedRow(journal))
        (void)m_pictures->pin(*row); // data that no longer have it keep the first one
    return m_plan->writeStates(checkpoint.states);
}

ScheduleClock Trainer::clock() const
{
    const std::int64_t batches = batchesPerEpoch(m_feed->rows(Part::Train), m_settings.batchSize, m_settings.dropLast);
    const std::int64_t perEpoch = (batches + m_settings.accumulate - 1) / m_settings.accumulate;
    std::int64_t total = perEpoch * m_settings.epochs;
    if (m_settings.steps > 0)
        total = std::min(total, m_settings.steps);
    return {perEpoch, total};
}

std::int64_t Trainer::totalSteps() const
{
    return clock().totalSteps;
}

double Trainer::scheduledRate(std::size_t phase) const
{
    const PhaseSettings &p = m_settings.phases[phase];
    return p.optimizer.lr * scheduleFactor(p.schedule, clock(), m_position.step);
}

double Trainer::rateOf(std::size_t phase) const
{
    return scheduledRate(phase) * m_position.rateFactor;
}

Result<TrainReport> Trainer::run()
{
    m_started = m_epochStarted = m_lastSave = Clock::now();
    m_startStep = m_position.step;
    ESPALIER_CHECK(saveRecord(RunState::Running));
    if (m_position.step == 0)
        ESPALIER_CHECK(saveLast());
    while (m_position.epoch < m_settings.epochs && m_position.step < totalSteps()) {
        ESPALIER_TRY(const Flow flow, trainEpoch());
        if (flow == Flow::Stop)
            return finish(m_stoppedEarly ? RunState::Finished : RunState::Stopped);
    }
    return finish(RunState::Finished);
}

Result<Trainer::Flow> Trainer::trainEpoch()
{
    ESPALIER_CHECK(m_feed->start(Part::Train, m_position.epoch, m_position.batch));
    while (m_position.step < totalSteps()) {
        ESPALIER_TRY(const Flow flow, obey());
        if (flow == Flow::Stop)
            return flow;
        std::vector<FeedBatch> group;
        while (static_cast<std::int64_t>(group.size()) < m_settings.accumulate) {
            ESPALIER_TRY(auto batch, m_feed->next());
            if (!batch)
                break;
            group.push_back(std::move(*batch));
            if (m_settings.accumulate > 1) // the feed's tensors only live until the next call
                for (auto &[name, tensor] : group.back().columns)
                    tensor = tensor.clone();
        }
        if (group.empty())
            return finishEpoch();
        ESPALIER_CHECK(trainStep(group));
        if (secondsSince(m_lastSave) >= m_settings.checkpointSeconds)
            ESPALIER_CHECK(saveLast());
    }
    return endOfSteps();
}

/// The steps are used up. Inside an epoch the position stays there, so that a resume with more steps goes on rightly.
Result<Trainer::Flow> Trainer::endOfSteps()
{
    const std::int64_t batches = batchesPerEpoch(m_feed->rows(Part::Train), m_settings.batchSize, m_settings.dropLast);
    if (m_position.batch >= batches)
        return finishEpoch();
    m_lastTrain = MetricTable(m_plan->allLosses(), m_position.epochSums).results(m_position.epochSums);
    ESPALIER_TRY(m_lastValidation, evaluatePart(*m_plan, *m_feed, Part::Validation, nullptr));
    return Flow::Continue;
}

Result<void> Trainer::trainStep(std::vector<FeedBatch> &group)
{
    if (m_pictures->isDue(m_position.step))
        ESPALIER_CHECK(m_pictures->write(m_position.step));
    if (isObserved() || isMeasured())
        ESPALIER_CHECK(observe(group.front()));
    m_stepSums.clear();
    const double rate = rateOf(0);
    for (std::size_t phase = 0; phase < m_settings.phases.size(); ++phase)
        if (m_position.step % m_settings.phases[phase].every == 0)
            ESPALIER_CHECK(runPhase(phase, group));
    if (isMeasured())
        ESPALIER_CHECK(finishMeasuring());
    m_position.epochSums.addAll(m_stepSums);
    for (const FeedBatch &batch : group)
        m_samples += batch.rows;
    ++m_position.step;
    m_position.batch += static_cast<std::int64_t>(group.size());
    report(rate);
    return {};
}

Result<void> Trainer::runPhase(std::size_t phase, std::vector<FeedBatch> &group)
{
    TrainingPlan &plan = *m_plan;
    ++m_position.updates[phase];
    if (m_settings.accumulate <= 1) {
        ESPALIER_TRY(Executable *const step, plan.step(phase, group.front().rows));
        const bool finite = runProgram(*step, &group.front(), phase, 1);
        if (isMeasured())
            m_layers->addGradients(*step);
        if (isObserved()) {
            m_histograms.addWatched(*step);
            m_histograms.write(m_position.step);
        }
        return finite ? Result<void>() : fail(diagnose(phase, group.front()));
    }
    std::int64_t rows = 0;
    for (const FeedBatch &batch : group)
        rows += batch.rows;
    for (const FeedBatch &batch : group) {
        ESPALIER_TRY(Executable *const accumulate, plan.accumulate(phase, batch.rows));
        const double share = static_cast<double>(batch.rows) / static_cast<double>(rows);
        if (!runProgram(*accumulate, &batch, phase, share))
            return fail(diagnose(phase, batch));
    }
    if (isObserved() || isMeasured())
        ESPALIER_CHECK(observeAccumulated(phase));
    ESPALIER_TRY(Executable *const apply, plan.apply(phase));
    const bool finite = runProgram(*apply, nullptr, phase, 1);
    return finite ? Result<void>() : fail(diagnose(phase, group.back()));
}

void Trainer::setInputs(Executable &program, const FeedBatch *batch, std::size_t phase, double share)
{
    static const FeedBatch kNone;
    setBatchInputs(program, batch ? *batch : kNone, m_position.step, m_settings.seed);
    const std::string &name = m_settings.phases[phase].name;
    for (std::size_t i = 0; i < program.inputs().size(); ++i) {
        const Executable::Port &port = program.inputs()[i];
        const auto set = [&](double value) {
            Tensor scalar(port.type.dtype, {});
            scalar.set(0, value);
            program.setInput(i, {static_cast<const std::byte *>(scalar.data()), scalar.bytes()});
        };
        if (port.name == "share")
            set(share);
        else if (port.name == "rate." + name)
            set(rateOf(phase));
        else if (port.name == "update." + name)
            set(static_cast<double>(m_position.updates[phase]));
    }
}

/// Runs and reads the scalars. False if losses or gradients were not finite.
bool Trainer::runProgram(Executable &program, const FeedBatch *batch, std::size_t phase, double share)
{
    const auto [roles, isNew] = m_roles.try_emplace(&program);
    if (isNew)
        roles->second = scalarRoles(program, m_stepSums);
    setInputs(program, batch, phase, share);
    const ScalarResults results = runAndRead(m_plan->backend(), program, roles->second, m_stepSums);
    m_lastNorm = results.gradientNorm;
    return results.finite;
}

Result<Trainer::Flow> Trainer::finishEpoch()
{
    EpochEvent event{m_position.epoch + 1,
                     m_position.step,
                     MetricTable(m_plan->allLosses(), m_position.epochSums).results(m_position.epochSums),
                     {},
                     secondsSince(m_epochStarted),
                     false};
    m_lastTrain = event.train;
    ESPALIER_TRY(event.validation, evaluatePart(*m_plan, *m_feed, Part::Validation, nullptr));
    m_lastValidation = event.validation;
    m_position.epoch += 1;
    m_position.batch = 0;
    m_position.epochSums.clear();
    m_epochStarted = Clock::now();

    m_scalars.flush();
    for (const auto &[name, value] : event.train)
        m_context.events.scalar("epoch/train/" + name, value, m_position.step);
    for (const auto &[name, value] : event.validation)
        m_context.events.scalar("validation/" + name, value, m_position.step);
    m_context.events.scalar("epoch", static_cast<double>(m_position.epoch), m_position.step);

    const EarlyStoppingSettings &stopping = m_settings.earlyStopping;
    const bool hasValidation = !event.validation.empty();
    std::string monitor = stopping.enabled ? stopping.monitor : "validation/loss";
    if (!hasValidation && monitor.starts_with("validation/"))
        monitor = "train/loss";
    const auto &source = monitor.starts_with("train/") ? event.train : event.validation;
    if (const auto value = source.find(monitor.substr(monitor.find('/') + 1)); value != source.end()) {
        const double gain = isMaximised(monitor) ? value->second - m_position.best : m_position.best - value->second;
        event.isBest = !m_position.hasBest || gain > stopping.minDelta;
        if (event.isBest) {
            m_position.best = value->second;
            m_position.hasBest = true;
            m_position.bestEpoch = m_position.epoch;
            m_position.waited = 0;
        } else {
            ++m_position.waited;
        }
    }
    if (event.isBest) {
        m_context.record.best.clear();
        m_context.record.best["epoch"] = static_cast<double>(m_position.epoch);
        for (const auto &[name, value] : event.train)
            m_context.record.best["train/" + name] = value;
        for (const auto &[name, value] : event.validation)
            m_context.record.best["validation/" + name] = value;
        ESPALIER_TRY(m_pendingBest, snapshot());
    }
    if (m_settings.numberedEvery > 0 && m_position.epoch % m_settings.numberedEvery == 0)
        ESPALIER_CHECK(save(m_context.run.stepCheckpoint(m_position.step)));
    // Many epochs a second are not worth a disk flush each: what a kill can cost stays under a second.
    if (secondsSince(m_lastSave) >= kSecondsBetweenEpochSaves) {
        ESPALIER_CHECK(saveLast());
        ESPALIER_CHECK(saveRecord(RunState::Running));
    }
    m_context.observer.epochFinished(event);
    m_stoppedEarly = stopping.enabled && m_position.waited >= stopping.patience;
    return m_stoppedEarly ? Flow::Stop : Flow::Continue;
}

Result<Checkpoint> Trainer::snapshot()
{
    ESPALIER_TRY(auto states, m_plan->readStates());
    return Checkpoint{m_context.record.revision, m_settings.seed, m_position, std::move(states)};
}

Result<void> Trainer::save(const std::string &path)
{
    ESPALIER_TRY(const Checkpoint checkpoint, snapshot());
    ESPALIER_CHECK(writeCheckpoint(path, checkpoint, m_context.names));
    m_context.observer.checkpointed(path, m_position.step);
    return {};
}

/// The best one first: the position in last.safetensors speaks of it.
Result<void> Trainer::saveLast()
{
    if (m_pendingBest) {
        ESPALIER_CHECK(writeCheckpoint(m_context.run.bestCheckpoint(), *m_pendingBest, m_context.names));
        m_pendingBest.reset();
    }
    // A resume finds all points up to the checkpoint. Where the disk refuses them, the checkpoint says so.
    m_scalars.flush();
    (void)m_context.events.flush();
    ESPALIER_CHECK(save(m_context.run.lastCheckpoint()));
    m_lastSave = Clock::now();
    return {};
}

Result<void> Trainer::saveRecord(RunState state)
{
    m_context.record.state = state;
    m_context.record.step = m_position.step;
    m_context.record.epoch = m_position.epoch;
    for (const auto &[name, value] : m_lastTrain)
        m_context.record.results["train/" + name] = value;
    for (const auto &[name, value] : m_lastValidation)
        m_context.record.results["validation/" + name] = value;
    ESPALIER_CHECK(m_context.run.saveRecord(m_context.record));
    m_context.observer.recorded(m_context.record);
    return {};
}

Result<TrainReport> Trainer::finish(RunState state)
{
    TrainReport report{state, m_position.step,         m_lastTrain,   m_lastValidation, {},
                       {},    secondsSince(m_started), m_stoppedEarly};
    m_scalars.flush();
    ESPALIER_CHECK(m_pictures->write(m_position.step));
    ESPALIER_CHECK(saveLast());
    if (state == RunState::Finished) {
        if (m_stoppedEarly) { // the person asked for the best epoch, not for the last
            ESPALIER_TRY(const Checkpoint best, readCheckpoint(m_context.run.bestCheckpoint()));
            ESPALIER_CHECK(m_plan->writeStates(best.states));
        }
        const Part part = m_feed->rows(Part::Test) > 0 ? Part::Test : Part::Validation;
        ESPALIER_TRY(report.test, evaluatePart(*m_plan, *m_feed, part, &report.confusion));
        for (const auto &[name, value] : report.test) {
            m_context.events.scalar("test/" + name, value, m_position.step);
            m_context.record.results["test/" + name] = value;
        }
    }
    ESPALIER_CHECK(saveRecord(state));
    ESPALIER_CHECK(m_context.events.flush());
    return report;
}

} // namespace espalier
