// SPDX-License-Identifier: Apache-2.0
// The requests of a RunConnection that look into runs: whose weights they mean, and who can answer.
#include "engine/server/params.h"
#include "engine/server/run_catalog.h"
#include "engine/server/run_connection.h"
#include "engine/server/step_profile.h"

namespace espalier {
namespace {

/// A fault of the run's end: what it left on the disk can still be looked at.
bool isOverError(const Error &error)
{
    return error.code == "run.over" || error.code == "run.lost";
}

} // namespace

void RunConnection::addLooking(MethodTable &table)
{
    table.add("run.probe", Lane::Work, [this](Call &call) { return look(call, answerProbe); });
    table.add("run.health", Lane::Work, [this](Call &call) -> Result<JsonValue> {
        ESPALIER_TRY(const std::string run, runOf(call));
        return m_context.host.models().health().answer(run);
    });
    table.add("run.profile", Lane::Work, [this](Call &call) { return look(call, answerProfile); });
    table.add("run.predictions", Lane::Work, [this](Call &call) { return look(call, answerPredictions); });
}

/// Nothing: the run lives in another process, which has to answer.
Result<std::optional<ProbeSubject>> RunConnection::subjectOf(const Call &call, bool isLiveWished)
{
    ProbeSubject subject;
    ESPALIER_TRY(subject.run, runOf(call));
    ESPALIER_TRY(subject.at, optionalText(call, "at"));
    subject.isTraining = !livingRuns().empty() || m_context.host.isBusy();
    const bool mayBeLive = subject.at == "live" || (subject.at.empty() && isLiveWished);
    if (mayBeLive) {
        if (const auto live = liveHere(subject.run)) {
            const auto effect = live->command(TrainCommand::Kind::Snapshot, 0, call.stop());
            if (effect) {
                subject.snapshot = effect->snapshot;
                subject.at = "live";
                return std::optional(subject);
            }
            if (!isOverError(effect.error()))
                return fail(effect.error());
        } else {
            ESPALIER_TRY(const JsonValue resting, describeRun(subject.run));
            if (resting["alive"].boolean())
                return std::optional<ProbeSubject>();
        }
    }
    if (subject.at == "live")
        return fail("probe.over",
                    "The run {0} is over, so there is no newest step to look at. Choose its last or best "
                    "checkpoint.",
                    subject.run);
    if (subject.at.empty())
        subject.at = "last";
    return std::optional(subject);
}

Result<JsonValue> RunConnection::look(Call &call,
                                      Result<JsonValue> (*answer)(Call &, RunModels &, const ProbeSubject &))
{
    ESPALIER_TRY(std::optional<ProbeSubject> subject, subjectOf(call, true));
    if (subject)
        return answer(call, m_context.host.models(), *subject);
    ESPALIER_TRY(const std::string run, runOf(call));
    if (const auto joined = remote(run))
        return (*joined)->request(call.method(), JsonValue(call.params()).set("run", run), call.stop(), call.id());
    else if (!isOverError(joined.error()) || call.params()["at"].string() == "live")
        return fail(joined.error());
    return answer(call, m_context.host.models(), {run, "last", nullptr, true}); // it ended just now
}

} // namespace espalier
