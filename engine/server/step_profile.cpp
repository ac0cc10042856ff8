// SPDX-License-Identifier: Apache-2.0
#include "engine/server/step_profile.h"

#include "engine/train/probe_program.h"

#include <algorithm>
#include <numeric>

namespace espalier {
namespace {

constexpr int kRepeats = 5;
constexpr std::int64_t kMostRows = 256; ///< shares of larger batches are the same, and this one has a core

ValueId valueOf(const Lowered &lowered, const std::string &path)
{
    const auto &states = lowered.program.states;
    const auto found
        = std::find_if(states.begin(), states.end(), [&path](const ProgramState &state) { return state.path == path; });
    return found == states.end() ? kNoValue : found->value;
}

Program stepProgram(const Lowered &lowered)
{
    std::vector<ProbeWish> wishes;
    for (const StateInfo &state : lowered.states)
        if (state.trainable)
            if (const ValueId value = valueOf(lowered, state.path); value != kNoValue)
                wishes.push_back({value, true});
    return probeProgram(lowered, wishes);
}

} // namespace

Result<StepProfile> profileStep(RunModel &model, const Weights &weights)
{
    const std::lock_guard lock(model.mutex());
    const Lowered &lowered = model.lowered(Mode::Train);
    std::vector<std::int64_t> rows = model.feed().partRows(Part::Train);
    const std::int64_t most = std::min(kMostRows, std::max<std::int64_t>(model.settings().batchSize, 1));
    rows.resize(std::min(rows.size(), static_cast<std::size_t>(most)));
    ESPALIER_TRY(const FeedBatch batch, model.feed().read(rows));
    ESPALIER_TRY(Executable *const program,
                 model.program(
                     "profile", [&lowered] { return stepProgram(lowered); }, batch.rows, weights));
    model.run(*program, batch, weights->position.step);
    const std::vector<double> seconds = program->profile(kRepeats);
    const std::vector<KernelReport> kernels = program->audit();
    StepProfile profile;
    profile.seconds = std::accumulate(seconds.begin(), seconds.end(), 0.0);
    for (std::size_t i = 0; i < std::min(seconds.size(), kernels.size()); ++i)
        if (!kernels[i].origin.empty())
            profile.nodes[kernels[i].origin] += seconds[i];
    return profile;
}

Result<JsonValue> answerProfile(Call &, RunModels &models, const ProbeSubject &subject)
{
    Weights weights = subject.snapshot;
    if (!weights) {
        ESPALIER_TRY(weights, models.weights(subject.run, subject.at));
    }
    Result<StepProfile> profile = StepProfile();
    const auto measure = [&]() -> Result<StepProfile> {
        ESPALIER_TRY(const auto model, models.model(subject.run, weights->revision));
        return profileStep(*model, weights);
    };
    runAside(subject.isTraining, [&] { profile = measure(); });
    ESPALIER_TRY(const StepProfile measured, std::move(profile));
    JsonValue::Array nodes;
    for (const auto &[path, seconds] : measured.nodes)
        nodes.push_back(JsonValue::object()
                            .set("node", path)
                            .set("seconds", seconds)
                            .set("share", measured.seconds > 0 ? seconds / measured.seconds : 0));
    return JsonValue::object()
        .set("run", subject.run)
        .set("revision", weights->revision)
        .set("seconds", measured.seconds)
        .set("nodes", JsonValue(std::move(nodes)));
}

} // namespace espalier
