// SPDX-License-Identifier: Apache-2.0
#include "engine/server/estimate.h"

#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/resources.h"
#include "engine/ops/op.h"
#include "engine/program/grouping.h"
#include "engine/program/memory_plan.h"
#include "engine/program/pipeline.h"
#include "engine/train/programs.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace espalier {
namespace {

// What kernels reach of the roof, and what each costs beside its work: fitted to the samples on 2 cores of an AVX-512
// server, where it is right within a factor of 2.2 for each of them. The estimate says that it is one.
constexpr double kShareOfRoof = 0.7;
constexpr double kKernelSeconds = 0.25e-6;
constexpr double kStepSeconds = 1e-6;

/// One kernel's work, with what runs inside it kept out of memory.
struct Work {
    double flops = 0;
    double bytes = 0;
};

double storage(const TensorType &type)
{
    const Dim elements = type.shape.elements();
    return elements.isConstant() ? static_cast<double>(elements.constant()) * static_cast<double>(byteSize(type.dtype))
                                 : 0;
}

/// Life times of the values between kernels. Views share the memory of what they look at.
class Lives {
public:
    explicit Lives(const Program &program)
        : m_program(program)
    {
        for (const ProgramInput &input : program.inputs)
            m_first[input.value] = 0;
        for (const ProgramState &state : program.states)
            m_states.insert({state.value, true});
    }
    void make(ValueId value, int at)
    {
        m_first.try_emplace(value, at);
        m_last[value] = std::max(m_last[value], at);
    }
    void look(ValueId view, ValueId at) { m_viewOf[view] = root(at); }
    void use(ValueId value, int at)
    {
        int &last = m_last[root(value)];
        last = std::max(last, at);
    }
    std::size_t arenaBytes(int end)
    {
        for (const ProgramOutput &output : m_program.outputs)
            use(output.value, end);
        for (const ProgramState &state : m_program.states)
            m_states.insert({root(state.finalValue), true}); // updated where it lies
        std::vector<Lifetime> lives;
        for (const auto &[value, first] : m_first)
            if (!m_states.contains(value))
                lives.push_back({static_cast<std::size_t>(std::min(storage(m_program.type(value)), 1e15)), first,
                                 std::max(first, m_last[value])});
        return planMemory(lives).arenaBytes;
    }

private:
    ValueId root(ValueId value) const
    {
        const auto found = m_viewOf.find(value);
        return found == m_viewOf.end() ? value : found->second;
    }
    const Program &m_program;
    std::unordered_map<ValueId, int> m_first;
    std::unordered_map<ValueId, int> m_last;
    std::unordered_map<ValueId, ValueId> m_viewOf;
    std::unordered_map<ValueId, bool> m_states;
};

struct StepWork {
    std::vector<Work> kernels;
    std::size_t arenaBytes = 0;
};

StepWork workOf(const Program &program, Backend &backend)
{
    StepWork work;
    Lives lives(program);
    const std::vector<std::int32_t> uses = useCounts(program);
    int at = 0;
    for (const Unit &unit : groupInstructions(program, backend, {})) {
        const Instruction &last = program.instructions[static_cast<std::size_t>(unit.instructions.back())];
        if (unit.instructions.size() == 1 && last.op->traits.view) {
            lives.look(last.outputs.front(), last.inputs.front());
            continue;
        }
        if (last.inputs.empty()) { // a constant lies beside the arena
            for (const ValueId id : last.outputs)
                lives.make(id, at);
            continue;
        }
        ++at;
        Work kernel;
        for (const std::int32_t i : unit.instructions) {
            const Dim flops = costOf(program, program.instructions[static_cast<std::size_t>(i)]).flops;
            kernel.flops += flops.isConstant() ? static_cast<double>(flops.constant()) : 0;
        }
        const Group group = makeGroup(program, unit.instructions, uses);
        for (const ValueId id : group.inputs) {
            kernel.bytes += storage(program.type(id));
            lives.use(id, at);
        }
        for (const ValueId id : group.outputs) {
            kernel.bytes += storage(program.type(id));
            lives.make(id, at);
        }
        work.kernels.push_back(kernel);
    }
    work.arenaBytes = lives.arenaBytes(at + 1);
    return work;
}

double secondsOf(const StepWork &work, const Roof &roof)
{
    double seconds = kStepSeconds;
    for (const Work &kernel : work.kernels)
        seconds += kKernelSeconds
            + std::max(kernel.flops / roof.flopsPerSecond, kernel.bytes / roof.bytesPerSecond) / kShareOfRoof;
    return seconds;
}

void addStates(TrainingEstimate &estimate, const Lowered &lowered, const std::vector<Program> &programs)
{
    std::unordered_map<std::string, bool> trainable;
    for (const StateInfo &state : lowered.states) {
        trainable[state.path] = state.trainable;
        (state.trainable ? estimate.parameters : estimate.running) += storage(state.type);
    }
    std::unordered_map<std::string, double> slots; // phases may share them
    for (const Program &program : programs)
        for (const ProgramState &state : program.states)
            if (!trainable.contains(state.path))
                slots[state.path] = storage(program.type(state.value));
    for (const auto &[path, bytes] : slots)
        estimate.optimizer += bytes;
}

std::string roofFile(const Device &device)
{
    const std::string key = device.backend + device.name + device.processorClass + std::to_string(device.threads);
    return userCacheDirectory() + "/roof-" + std::to_string(hash64(key)) + ".json";
}

bool isSane(const Roof &roof)
{
    return std::isfinite(roof.flopsPerSecond) && std::isfinite(roof.bytesPerSecond) && roof.flopsPerSecond > 1e6
        && roof.bytesPerSecond > 1e6;
}

JsonValue known(double value, bool isKnown = true)
{
    if (!isKnown || !std::isfinite(value))
        return {};
    return std::abs(value) < 9e15 && value == std::floor(value) ? JsonValue(static_cast<std::int64_t>(value))
                                                                : JsonValue(value);
}

} // namespace

Result<TrainingEstimate> estimateTraining(const Document &document, const CheckData &data, Backend &backend,
                                          const Roof &roof, const std::stop_token &stop)
{
    ESPALIER_TRY(const TrainingSettings settings, readTrainingSettings(document.training));
    LowerOptions options;
    options.hasData = data.isKnown;
    options.sources = data.sources;
    options.batchSizes = data.batchSizes;
    options.keepOutputs = false;
    const Lowered lowered = lower(document, options);
    if (data.problem)
        return fail(*data.problem);
    if (!lowered.problems.empty())
        return fail(lowered.problems.front());
    if (lowered.losses.empty())
        return fail("estimate.loss",
                    "The drawing has no loss, so there is nothing to train. Add one from the palette.");
    TrainingEstimate estimate;
    std::vector<Program> programs;
    for (const PhaseSettings &phase : settings.phases) {
        const bool accumulates = settings.accumulate > 1;
        ESPALIER_TRY(Program program,
                     accumulates ? accumulateProgram(lowered, settings, phase) : stepProgram(lowered, settings, phase));
        programs.push_back(std::move(program));
        if (accumulates) {
            ESPALIER_TRY(programs.emplace_back(), applyProgram(lowered, settings, phase));
        }
        if (stop.stop_requested())
            return fail("rpc.cancelled", "The estimate was cancelled.");
        const auto batches = static_cast<double>(accumulates ? settings.accumulate : 1);
        for (std::size_t i = programs.size() - (accumulates ? 2 : 1); i < programs.size(); ++i) {
            // an unknown length ("time") counts as one step, as in check
            const Program bound = optimise(bind(programs[i], {{"batch", settings.batchSize}, {"time", 1}}));
            const StepWork work = workOf(bound, backend);
            const bool isApply = accumulates && i + 1 == programs.size();
            const double times
                = (isApply ? 1.0 : batches) / static_cast<double>(std::max<std::int64_t>(phase.every, 1));
            for (const Work &kernel : work.kernels) {
                estimate.flops += kernel.flops * times;
                estimate.bytes += kernel.bytes * times;
            }
            estimate.kernels += static_cast<std::int64_t>(work.kernels.size());
            estimate.activations = std::max(estimate.activations, static_cast<double>(work.arenaBytes));
            estimate.stepSeconds += secondsOf(work, roof) * times;
        }
    }
    addStates(estimate, lowered, programs);
    estimate.data = data.dataBytes;
    estimate.rows = data.trainRows;
    if (data.trainRows >= 0) {
        const std::int64_t perStep = settings.batchSize * settings.accumulate;
        estimate.steps = settings.dropLast ? data.trainRows / perStep : (data.trainRows + perStep - 1) / perStep;
        estimate.epochSeconds = estimate.stepSeconds * static_cast<double>(estimate.steps);
    }
    return estimate;
}

Result<Roof> knownRoof(Backend &backend)
{
    const std::string file = roofFile(backend.device());
    if (const auto text = readFile(file, 1 << 16))
        if (const auto json = JsonValue::parse(*text, file)) {
            const Roof kept{(*json)["flops_per_second"].number(), (*json)["bytes_per_second"].number()};
            if (isSane(kept))
                return kept;
        }
    ESPALIER_TRY(const Roof roof, measureRoof(backend));
    JsonValue json = JsonValue::object();
    json.set("flops_per_second", roof.flopsPerSecond).set("bytes_per_second", roof.bytesPerSecond);
    if (createDirectories(userCacheDirectory()))
        (void)writeFileAtomically(file, json.dump() + "\n"); // without it, the next start measures again
    return roof;
}

JsonValue estimateToJson(const TrainingEstimate &estimate, const Roof &roof)
{
    const double total
        = estimate.parameters + estimate.optimizer + estimate.running + estimate.activations + estimate.data;
    JsonValue memory = JsonValue::object();
    memory.set("parameters", known(estimate.parameters)).set("optimizer", known(estimate.optimizer));
    memory.set("running", known(estimate.running)).set("activations", known(estimate.activations));
    memory.set("data", known(estimate.data)).set("total", known(total));
    JsonValue json = JsonValue::object();
    json.set("memory", std::move(memory)).set("step_seconds", known(estimate.stepSeconds));
    json.set("epoch_seconds", known(estimate.epochSeconds, estimate.epochSeconds >= 0));
    json.set("steps", known(static_cast<double>(estimate.steps), estimate.steps >= 0));
    json.set("rows", known(static_cast<double>(estimate.rows), estimate.rows >= 0));
    json.set("kernels", estimate.kernels).set("flops", known(estimate.flops)).set("bytes", known(estimate.bytes));
    json.set(
        "roof",
        JsonValue::object().set("flops_per_second", roof.flopsPerSecond).set("bytes_per_second", roof.bytesPerSecond));
    json.set(
        "how",
        "Estimated, not run, and good to a factor of about two: each kernel's FLOPs and bytes at 70 % of what this "
        "machine was measured to reach, plus a quarter of a microsecond a kernel. Memory is that of a plan of the "
        "training step, without work space of kernels and caches for streamed data. Validation comes on top.");
    return json;
}

} // namespace espalier
