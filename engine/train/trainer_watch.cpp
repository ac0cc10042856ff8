// SPDX-License-Identifier: Apache-2.0
// What is seen of a training run: curves, histograms, and where the first NaN was.
#include "engine/graph/lower.h"
#include "engine/protocol/change.h"
#include "engine/train/evaluate.h"
#include "engine/train/trainer.h"

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

bool isFinite(const Tensor &tensor)
{
    for (std::int64_t i = 0; i < tensor.elements(); ++i)
        if (!std::isfinite(tensor.at(i)))
            return false;
    return true;
}

/// What most often helps where nothing is wrong with the data.
void addRateFixes(Error &e, const OptimizerSettings &optimizer)
{
    const auto fix = [&](const char *label, const char *setting, double value) {
        const Change change{{setDocumentField(std::string("training/optimizer/") + setting, JsonValue(value))}};
        e.fixes.push_back({label, {Arg(value)}, changeToJson(change).dump()});
    };
    fix("Lower the learning rate to {0}", "lr", optimizer.lr / 10);
    if (optimizer.clipNorm <= 0)
        fix("Clip the gradients at {0}", "clip_norm", 1);
}

} // namespace

std::map<std::string, double> StepEvent::metrics() const
{
    std::map<std::string, double> out;
    for (std::size_t i = 0; i < table->tags().size(); ++i)
        out[table->tags()[i]] = (*values)[i];
    return out;
}

/// Curves and observer.
void Trainer::report(double rate)
{
    if (!m_stepTable || m_stepTable->sumCount() != m_stepSums.names().size()) { // a phase ran for the first time
        m_stepTable = std::make_unique<MetricTable>(m_plan->allLosses(), m_stepSums);
        m_stepTags.clear();
        for (const std::string &tag : m_stepTable->tags())
            m_stepTags.push_back("train/" + tag);
    }
    m_stepTable->evaluate(m_stepSums, m_stepValues);
    const std::int64_t scalars = m_settings.record.scalarsEvery;
    if (scalars > 0 && m_position.step % scalars == 0) {
        for (std::size_t i = 0; i < m_stepTags.size(); ++i)
            m_scalars.record(m_stepTags[i], m_stepValues[i], m_position.step);
        m_scalars.record("train/learning_rate", rate, m_position.step);
        m_scalars.record("train/gradient_norm", m_lastNorm, m_position.step);
    }

    StepEvent event{m_position.step,
                    totalSteps(),
                    m_position.epoch + 1,
                    m_settings.epochs,
                    m_stepTable.get(),
                    &m_stepValues,
                    rate,
                    0,
                    0};
    const double elapsed = std::chrono::duration<double>(Clock::now() - m_started).count();
    event.samplesPerSecond = static_cast<double>(m_samples) / std::max(elapsed, 1e-9);
    event.secondsLeft = elapsed / static_cast<double>(m_position.step - m_startStep)
        * static_cast<double>(event.totalSteps - m_position.step);
    m_context.observer.stepped(event);
}

bool Trainer::isObserved() const
{
    const std::int64_t every = m_settings.record.histogramsEvery;
    return every > 0 && m_position.step % every == 0;
}

bool Trainer::isMeasured() const
{
    const std::int64_t every = m_settings.watch.statisticsEvery;
    return every > 0 && m_position.step % every == 0;
}

Result<void> Trainer::finishMeasuring()
{
    const int before = m_health.changes();
    ESPALIER_CHECK(m_layers->write(m_context.events, m_position.step, m_health));
    if (m_health.changes() != before)
        m_context.observer.healthChanged(m_health);
    return {};
}

Error Trainer::diagnose(std::size_t phase, const FeedBatch &batch)
{
    const auto describe = [&](const std::string &what, Place where) {
        const bool isData = !where.column.empty();
        Error e
            = error("train.not-finite",
                    "Training stopped at step {0} (batch {2} of epoch {3}): the first tensor that holds NaN or Inf "
                    "is {1}. Nothing of this step was applied. Lower the learning rate, clip the gradients, or look "
                    "for extreme values in the data.",
                    m_position.step + 1, Arg(Arg::Kind::Text, what), m_position.batch + 1, m_position.epoch + 1)
                  .at(std::move(where));
        if (!isData && m_settings.phases.size() == 1)
            addRateFixes(e, m_settings.phases.front().optimizer);
        return e;
    };
    for (const auto &[name, tensor] : batch.columns)
        if (isFloating(tensor.dtype()) && !isFinite(tensor))
            return describe("the input " + name, {.column = name});
    if (const auto states = m_plan->readStates())
        for (const auto &[path, tensor] : *states)
            if (isFloating(tensor.dtype()) && !isFinite(tensor)) {
                const auto name = m_context.names.find(path);
                return describe("the parameter " + (name == m_context.names.end() ? path : name->second), {});
            }
    std::vector<std::string> origins;
    auto program = m_plan->diagnose(phase, batch.rows, origins);
    if (!program)
        return program.error();
    setInputs(**program, &batch, phase, 1);
    (*program)->run();
    const auto &outputs = (*program)->outputs();
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        if (isFinite((*program)->output(outputs[i].name)))
            continue;
        const std::size_t split = origins[i].find('\n');
        const std::string path = origins[i].substr(split + 1);
        const auto node = m_context.nodeNames.find(path);
        const std::string who = node == m_context.nodeNames.end() ? path : node->second;
        return describe("the result of " + origins[i].substr(0, split) + (who.empty() ? "" : " in " + who),
                        {.node = path.substr(path.rfind('/') + 1)});
    }
    return describe("a gradient", {});
}

/// Activations and weights as the step is about to find them; its own gradients follow when it has run.
Result<void> Trainer::observe(const FeedBatch &batch)
{
    TrainingPlan &plan = *m_plan;
    ESPALIER_TRY(Executable *const program, plan.observe(batch.rows));
    setBatchInputs(*program, batch, m_position.step, m_settings.seed);
    program->run();
    if (isMeasured()) {
        m_layers->addActivations(*program);
        ESPALIER_CHECK(m_layers->keepWeights());
    }
    if (!isObserved())
        return {};
    m_histograms.addWatched(*program);
    for (const StateInfo &state : plan.lowered().states)
        if (state.trainable)
            ESPALIER_CHECK(m_histograms.addState(plan.store(), state.path, state.name));
    m_histograms.write(m_position.step);
    return {};
}

/// The gradients of all batches of the step, before they are clipped.
Result<void> Trainer::observeAccumulated(std::size_t phase)
{
    TrainingPlan &plan = *m_plan;
    for (const StateInfo &state : plan.lowered().states)
        if (const std::string path = accumulatorPath(state, m_settings.phases[phase]); plan.store().has(path)) {
            if (isMeasured())
                ESPALIER_CHECK(m_layers->addGradient(state.name, path));
            if (isObserved())
                ESPALIER_CHECK(m_histograms.addState(plan.store(), path, state.name + "/gradient"));
        }
    m_histograms.write(m_position.step);
    return {};
}

} // namespace espalier
