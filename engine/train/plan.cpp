// SPDX-License-Identifier: Apache-2.0
#include "engine/train/plan.h"

#include "engine/backends/reference/interpreter.h"
#include "engine/graph/lower.h"
#include "engine/layers/initializer.h"
#include "engine/program/pipeline.h"

namespace espalier {

TrainingPlan::TrainingPlan(Lowered train, Lowered evaluate, TrainingSettings settings, std::unique_ptr<Backend> backend)
    : m_settings(std::move(settings))
    , m_train(std::make_unique<Lowered>(std::move(train)))
    , m_evaluate(std::make_unique<Lowered>(std::move(evaluate)))
    , m_backend(std::move(backend))
    , m_store(*m_backend)
    , m_arena(std::make_shared<Arena>(*m_backend))
{
}

TrainingPlan::~TrainingPlan() = default;

Result<std::unique_ptr<TrainingPlan>> TrainingPlan::create(Lowered train, Lowered evaluate, TrainingSettings settings,
                                                           std::unique_ptr<Backend> backend)
{
    std::unique_ptr<TrainingPlan> plan(
        new TrainingPlan(std::move(train), std::move(evaluate), std::move(settings), std::move(backend)));
    for (std::size_t phase = 0; phase < plan->m_settings.phases.size(); ++phase) {
        if (plan->m_settings.accumulate > 1) {
            ESPALIER_CHECK(plan->accumulate(phase, plan->m_settings.batchSize));
            ESPALIER_CHECK(plan->apply(phase));
        } else {
            ESPALIER_CHECK(plan->step(phase, plan->m_settings.batchSize));
        }
    }
    if (plan->m_settings.record.histogramsEvery > 0 || plan->m_settings.watch.statisticsEvery > 0)
        ESPALIER_CHECK(plan->observe(plan->m_settings.batchSize)); // before the first step, not inside it
    if (plan->m_settings.watch.imagesEvery > 0)
        ESPALIER_CHECK(plan->watch());
    for (const StateInfo &state : plan->m_train->states)
        plan->m_store.declare(state.path, state.type);
    ESPALIER_CHECK(plan->initialize());
    return plan;
}

const Lowered &TrainingPlan::lowered() const
{
    return *m_train;
}

const Lowered &TrainingPlan::evaluation() const
{
    return *m_evaluate;
}

std::vector<LossSummary> TrainingPlan::losses(std::size_t phase) const
{
    std::vector<LossSummary> out;
    if (const auto scope = phaseScope(*m_train, m_settings.phases[phase]))
        for (const std::size_t i : scope->losses)
            out.push_back(summarize(m_train->losses[i]));
    return out;
}

std::vector<LossSummary> TrainingPlan::allLosses() const
{
    std::vector<LossSummary> out;
    for (const LossInfo &loss : m_train->losses)
        out.push_back(summarize(loss));
    return out;
}

Result<Program> TrainingPlan::source(Kind kind, std::size_t phase) const
{
    const PhaseSettings &p = m_settings.phases[phase];
    switch (kind) {
    case Kind::Step:
        return stepProgram(*m_train, m_settings, p);
    case Kind::Accumulate:
        return accumulateProgram(*m_train, m_settings, p);
    case Kind::Apply:
        return applyProgram(*m_train, m_settings, p);
    case Kind::Observe:
        return observeProgram(*m_train, m_settings);
    case Kind::Watch:
        return watchProgram(*m_evaluate);
    case Kind::Evaluate:
    case Kind::EvaluateRows:
        break;
    }
    return evaluateProgram(*m_evaluate, m_settings, kind == Kind::EvaluateRows);
}

Result<Program> TrainingPlan::stepSource(std::size_t phase) const
{
    return source(Kind::Step, phase);
}

Result<Executable *> TrainingPlan::get(Kind kind, std::size_t phase, std::int64_t rows)
{
    std::unique_ptr<Executable> &executable = m_executables[{kind, phase, rows}];
    if (executable)
        return executable.get();
    if (!m_sources.contains({kind, phase})) {
        ESPALIER_TRY(m_sources[std::pair(kind, phase)], source(kind, phase));
    }
    CompileOptions options;
    options.watchObservations = kind != Kind::Watch;
    options.keepObservations = kind == Kind::Watch;
    Program program = optimise(bind(m_sources.at({kind, phase}), {{"batch", rows}}));
    ESPALIER_TRY(executable, compile(std::move(program), *m_backend, m_store, m_arena, options));
    return executable.get();
}

Result<Executable *> TrainingPlan::step(std::size_t phase, std::int64_t rows)
{
    return get(Kind::Step, phase, rows);
}
Result<Executable *> TrainingPlan::accumulate(std::size_t phase, std::int64_t rows)
{
    return get(Kind::Accumulate, phase, rows);
}
Result<Executable *> TrainingPlan::apply(std::size_t phase)
{
    return get(Kind::Apply, phase, 0);
}
Result<Executable *> TrainingPlan::evaluate(std::int64_t rows, bool withRows)
{
    return get(withRows ? Kind::EvaluateRows : Kind::Evaluate, 0, rows);
}
Result<Executable *> TrainingPlan::observe(std::int64_t rows)
{
    return get(Kind::Observe, 0, rows);
}
Result<Executable *> TrainingPlan::watch()
{
    return get(Kind::Watch, 0, 1);
}

Result<std::unique_ptr<Executable>> TrainingPlan::diagnose(std::size_t phase, std::int64_t rows,
                                                           std::vector<std::string> &origins)
{
    ESPALIER_TRY(Program program, source(m_settings.accumulate > 1 ? Kind::Accumulate : Kind::Step, phase));
    program = bind(program, {{"batch", rows}});
    program.observations.clear();
    program.outputs.clear();
    for (ProgramState &state : program.states) // look, don't touch
        state.finalValue = state.value;
    origins.clear();
    for (const Instruction &in : program.instructions)
        for (const ValueId id : in.outputs)
            if (isFloating(program.type(id).dtype))
                origins.push_back(std::string(in.op->name) + "\n" + in.origin);
    CompileOptions options;
    options.grouping = {.patterns = false, .fuse = false};
    options.keepAll = true;
    return compile(std::move(program), *m_backend, m_store, m_arena, options);
}

Result<void> TrainingPlan::initialize()
{
    for (const std::string &path : m_store.paths())
        ESPALIER_CHECK(m_store.write(path, Tensor(m_store.type(path).dtype, m_store.type(path).shape.concrete())));
    // On the reference, whatever the device: the same seed starts from the same weights everywhere.
    const Program program = initialiseProgram(m_train->states);
    std::vector<Tensor> zeros;
    for (const ProgramState &state : program.states)
        zeros.emplace_back(program.type(state.value).dtype, program.type(state.value).shape.concrete());
    const std::vector<Tensor> seed{Tensor::scalar<std::int64_t>(m_settings.seed)};
    ESPALIER_TRY(const Interpretation initial, interpret(program, std::span(seed).first(program.inputs.size()), zeros));
    for (std::size_t i = 0; i < program.states.size(); ++i)
        ESPALIER_CHECK(m_store.write(program.states[i].path, initial.states[i]));
    return {};
}

Result<std::map<std::string, Tensor>> TrainingPlan::readStates()
{
    std::map<std::string, Tensor> out;
    for (const std::string &path : m_store.paths()) {
        ESPALIER_TRY(out[path], m_store.read(path));
    }
    return out;
}

Result<std::vector<std::string>> TrainingPlan::writeStates(const std::map<std::string, Tensor> &states)
{
    std::vector<std::string> left;
    for (const auto &[path, value] : states) {
        if (!m_store.has(path) || !(m_store.type(path) == value.type())) {
            left.push_back(path);
            continue;
        }
        ESPALIER_CHECK(m_store.write(path, value));
    }
    return left;
}

} // namespace espalier
