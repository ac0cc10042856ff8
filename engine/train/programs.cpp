// SPDX-License-Identifier: Apache-2.0
#include "engine/train/programs.h"

#include "engine/graph/lower.h"
#include "engine/ops/autodiff.h"
#include "engine/program/pipeline.h"
#include "engine/train/optimizer.h"

#include <algorithm>
#include <numeric>

namespace espalier {
namespace {

/// A forward program whose losses survive the passes as outputs, found again by name.
class ForwardPass {
public:
    ForwardPass(const Lowered &lowered, const std::vector<std::size_t> &losses, const TrainingSettings &settings,
                bool rows)
        : m_lowered(lowered)
    {
        Builder b(lowered.program);
        for (const std::size_t i : losses)
            appendLossOutputs(b, lowered.losses[i], settings.metrics, rows);
        // Stabilise before autodiff: the derivative of softplus is a sigmoid at once, not a quotient of exponentials.
        PipelineOptions options;
        options.afterAutodiff = false;
        options.bfloat16 = settings.precision == "bfloat16";
        builder = Builder(optimise(b.program(), options));
    }

    Builder builder;

    ValueId output(const std::string &name) const
    {
        for (const ProgramOutput &out : builder.program().outputs)
            if (out.name == name)
                return out.value;
        return kNoValue;
    }

    ValueId stateValue(const std::string &path) const
    {
        for (const ProgramState &state : builder.program().states)
            if (state.path == path)
                return state.value;
        return kNoValue;
    }

    /// Gradients of sum over losses of weight * sum / count * `share` (kNoValue: 1) with respect to the scope's states.
    std::vector<TrainedParameter> differentiate(const PhaseScope &scope, ValueId share)
    {
        std::vector<ValueId> sums;
        std::vector<ValueId> seeds;
        for (const std::size_t i : scope.losses) {
            const LossInfo &loss = m_lowered.losses[i];
            const ValueId sum = output(loss.name + "/loss.sum");
            ValueId seed = builder.div(builder.literal(loss.weight, sum), output(loss.name + "/loss.count"));
            if (share != kNoValue)
                seed = builder.mul(seed, builder.cast(share, builder.dtype(seed)));
            sums.push_back(sum);
            seeds.push_back(seed);
        }
        std::vector<ValueId> values;
        for (const std::size_t i : scope.states)
            values.push_back(stateValue(m_lowered.states[i].path));
        const std::vector<ValueId> gradients = backpropagate(builder, sums, seeds, values);
        std::vector<TrainedParameter> parameters;
        for (std::size_t i = 0; i < values.size(); ++i)
            if (gradients[i] != kNoValue)
                parameters.push_back({m_lowered.states[scope.states[i]], values[i], gradients[i]});
        return parameters;
    }

    /// Running statistics keep their old value where the gate is false.
    void gateRunningStates(ValueId gate)
    {
        for (ProgramState &state : builder.program().states) {
            const ValueId old = state.value;
            const ValueId next = state.finalValue;
            if (next == old)
                continue;
            const ValueId kept = builder.emit("where", {gate, next, old});
            builder.setFinal(state.path, kept);
        }
    }

    /// Losses and gradients are all finite.
    ValueId finiteFlag(const PhaseScope &scope, const std::vector<TrainedParameter> &parameters)
    {
        std::vector<ValueId> watched;
        for (const std::size_t i : scope.losses)
            watched.push_back(output(m_lowered.losses[i].name + "/loss.sum"));
        for (const TrainedParameter &p : parameters)
            watched.push_back(p.gradient);
        return builder.emit("all_finite", std::move(watched));
    }

private:
    const Lowered &m_lowered;
};

StepScalars updateScalars(Builder &b, const PhaseSettings &phase, DType dtype, ValueId gate)
{
    const ValueId rate = b.input("rate." + phase.name, {dtype, Shape{}});
    const ValueId update = b.input("update." + phase.name, {DType::Int64, Shape{}});
    return {rate, update, gate};
}

bool contains(const std::vector<std::string> &names, const std::string &name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool hasPrefix(const std::vector<std::string> &prefixes, const std::string &name)
{
    return std::any_of(prefixes.begin(), prefixes.end(), [&](const std::string &p) {
        return name.starts_with(p) && (name.size() == p.size() || name[p.size()] == '.' || name[p.size()] == '/');
    });
}

/// The drawing trains nothing: said with a way on.
tl::unexpected<Error> nothingToTrain(const PhaseSettings &phase)
{
    return fail("train.nothing",
                "No parameter depends on the losses of the training phase {0}. Wire a loss to layers with "
                "weights, or use `espalier eval` for a drawing without training.",
                phase.name);
}

/// All losses of the drawing.
std::vector<std::size_t> everyLoss(const Lowered &lowered)
{
    std::vector<std::size_t> all(lowered.losses.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    return all;
}

} // namespace

std::string accumulatorPath(const StateInfo &state, const PhaseSettings &phase)
{
    return slotPath(state.path, phase.name, "accumulated");
}

Result<PhaseScope> phaseScope(const Lowered &lowered, const PhaseSettings &phase)
{
    PhaseScope scope;
    for (std::size_t i = 0; i < lowered.losses.size(); ++i)
        if (phase.losses.empty() || contains(phase.losses, lowered.losses[i].name))
            scope.losses.push_back(i);
    for (const std::string &name : phase.losses)
        if (std::none_of(lowered.losses.begin(), lowered.losses.end(),
                         [&](const LossInfo &l) { return l.name == name; }))
            return fail("train.phase-loss",
                        "The training phase {0} names the loss {1}, but the drawing has no such loss.", phase.name,
                        name);
    if (scope.losses.empty())
        return fail("train.no-loss",
                    "The drawing has no loss, so there is nothing to train for. Add a loss such as "
                    "CrossEntropy or MSE and wire the prediction and the target to it.");
    for (std::size_t i = 0; i < lowered.states.size(); ++i)
        if (lowered.states[i].trainable
            && (phase.parameters.empty() || hasPrefix(phase.parameters, lowered.states[i].name)))
            scope.states.push_back(i);
    if (scope.states.empty())
        return nothingToTrain(phase);
    return scope;
}

Result<Program> stepProgram(const Lowered &lowered, const TrainingSettings &settings, const PhaseSettings &phase)
{
    ESPALIER_TRY(const PhaseScope scope, phaseScope(lowered, phase));
    ForwardPass pass(lowered, scope.losses, settings, false);
    std::vector<TrainedParameter> parameters = pass.differentiate(scope, kNoValue);
    if (parameters.empty())
        return nothingToTrain(phase);
    Builder &b = pass.builder;
    b.program().observations.clear();
    for (const TrainedParameter &p : parameters)
        b.observe(p.info.name + "/gradient", p.gradient);
    const ValueId norm = clipGradients(b, phase.optimizer, parameters);
    const ValueId gate = pass.finiteFlag(scope, parameters);
    pass.gateRunningStates(gate);
    appendUpdates(b, phase.optimizer, phase.name, parameters,
                  updateScalars(b, phase, b.dtype(parameters.front().gradient), gate));
    b.output("finite", gate);
    b.output("grad_norm." + phase.name, norm);
    b.program().name = "step." + phase.name;
    return optimise(b.program());
}

Result<Program> accumulateProgram(const Lowered &lowered, const TrainingSettings &settings, const PhaseSettings &phase)
{
    ESPALIER_TRY(const PhaseScope scope, phaseScope(lowered, phase));
    ForwardPass pass(lowered, scope.losses, settings, false);
    Builder &b = pass.builder;
    b.program().observations.clear();
    const ValueId share = b.input("share", {DType::Float64, Shape{}});
    const std::vector<TrainedParameter> parameters = pass.differentiate(scope, share);
    if (parameters.empty())
        return nothingToTrain(phase);
    const ValueId gate = pass.finiteFlag(scope, parameters);
    pass.gateRunningStates(gate);
    for (const TrainedParameter &p : parameters) {
        const std::string path = accumulatorPath(p.info, phase);
        const ValueId sum = b.state(path, b.type(p.value));
        b.setFinal(path, b.emit("where", {gate, b.add(sum, p.gradient), sum}));
    }
    b.output("finite", gate);
    b.program().name = "accumulate." + phase.name;
    return optimise(b.program());
}

Result<Program> applyProgram(const Lowered &lowered, const TrainingSettings &, const PhaseSettings &phase)
{
    ESPALIER_TRY(const PhaseScope scope, phaseScope(lowered, phase));
    Builder b;
    std::vector<TrainedParameter> parameters;
    for (const std::size_t i : scope.states) {
        const StateInfo &info = lowered.states[i];
        const ValueId value = b.state(info.path, info.type);
        parameters.push_back({info, value, b.state(accumulatorPath(info, phase), info.type)});
    }
    const std::vector<TrainedParameter> sums = parameters;
    const ValueId norm = clipGradients(b, phase.optimizer, parameters);
    std::vector<ValueId> watched;
    for (const TrainedParameter &p : parameters)
        watched.push_back(p.gradient);
    const ValueId gate = b.emit("all_finite", std::move(watched));
    appendUpdates(b, phase.optimizer, phase.name, parameters, updateScalars(b, phase, b.dtype(norm), gate));
    for (const TrainedParameter &p : sums)
        b.setFinal(accumulatorPath(p.info, phase), b.zerosLike(p.gradient));
    b.output("finite", gate);
    b.output("grad_norm." + phase.name, norm);
    b.program().name = "apply." + phase.name;
    return optimise(b.program());
}

Program evaluateProgram(const Lowered &lowered, const TrainingSettings &settings, bool rows)
{
    ForwardPass pass(lowered, everyLoss(lowered), settings, rows);
    pass.builder.program().name = "evaluate";
    pass.builder.program().observations.clear();
    return optimise(pass.builder.program());
}

Program observeProgram(const Lowered &lowered, const TrainingSettings &settings)
{
    ForwardPass pass(lowered, everyLoss(lowered), settings, false);
    Program &program = pass.builder.program();
    program.outputs.clear();
    for (ProgramState &state : program.states)
        state.finalValue = state.value;
    program.name = "observe";
    return optimise(pass.builder.program());
}

Program watchProgram(const Lowered &lowered)
{
    Builder b(lowered.program);
    b.program().outputs.clear();
    for (ProgramState &state : b.program().states)
        state.finalValue = state.value;
    for (const LossInfo &loss : lowered.losses)
        if ((loss.isClassification || loss.isBinary) && loss.prediction != kNoValue)
            b.output(loss.name + "/prediction", loss.prediction);
    b.program().name = "watch";
    return optimise(b.program());
}

} // namespace espalier
