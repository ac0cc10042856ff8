// SPDX-License-Identifier: Apache-2.0
#include "engine/server/schedule_method.h"

#include "engine/server/data_facts.h"
#include "engine/server/params.h"
#include "engine/server/session.h"
#include "engine/train/feed.h"
#include "engine/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace espalier {
namespace {

constexpr std::int64_t kMostRows = std::int64_t{1} << 53;
constexpr std::int64_t kGuessedSteps = 100; ///< of an epoch whose rows nobody knows

/// Steps at which the curve is known: spread evenly, the corners, and both sides of each jump.
std::vector<std::int64_t> stepsOf(const ScheduleSettings &schedule, const ScheduleClock &clock, std::int64_t points)
{
    const std::int64_t last = clock.totalSteps - 1;
    std::set<std::int64_t> steps{0, last};
    const auto put = [&](double step) {
        const auto at = static_cast<std::int64_t>(std::clamp(step, 0.0, static_cast<double>(last)));
        for (const std::int64_t s : {at - 1, at, at + 1})
            if (s >= 0 && s <= last)
                steps.insert(s);
    };
    const auto perEpoch = static_cast<double>(clock.stepsPerEpoch);
    if (schedule.kind == "step") { // flat between drops; after the first 500 drops nothing is left
        const double every = perEpoch * static_cast<double>(schedule.stepSize);
        for (std::int64_t drop = 1; drop <= points && every * static_cast<double>(drop) <= static_cast<double>(last);
             ++drop) {
            const auto at = static_cast<std::int64_t>(std::llround(every * static_cast<double>(drop)));
            steps.insert({at - 1, at});
        }
        return {steps.begin(), steps.end()};
    }
    if (schedule.kind == "constant")
        return {steps.begin(), steps.end()};
    if (schedule.kind == "warmup" || schedule.kind == "cosine")
        put(schedule.warmupEpochs * perEpoch);
    if (schedule.kind == "one_cycle")
        put(schedule.peakAt * static_cast<double>(last));
    for (std::int64_t i = 0; i < points; ++i)
        steps.insert(static_cast<std::int64_t>(
            std::llround(static_cast<double>(last) * static_cast<double>(i) / static_cast<double>(points - 1))));
    return {steps.begin(), steps.end()};
}

JsonValue phaseToJson(const PhaseSettings &phase, const ScheduleClock &clock, std::int64_t points)
{
    JsonValue steps = JsonValue::array();
    JsonValue rates = JsonValue::array();
    for (const std::int64_t step : stepsOf(phase.schedule, clock, points)) {
        steps.append(step);
        rates.append(phase.optimizer.lr * scheduleFactor(phase.schedule, clock, step));
    }
    return JsonValue::object()
        .set("name", phase.name)
        .set("every", phase.every)
        .set("steps", std::move(steps))
        .set("rates", std::move(rates));
}

} // namespace

Result<JsonValue> trainingSchedule(const Call &call, const Session &session, DataFacts &facts)
{
    ESPALIER_TRY(const std::string id, optionalText(call, "document"));
    ESPALIER_TRY(const std::int64_t points, optionalInteger(call, "points", 500, 2, 5000));
    ESPALIER_TRY(std::int64_t rows, optionalInteger(call, "rows", -1, -1, kMostRows));
    JsonValue section = call.params()["training"];
    std::optional<DocumentSnapshot> open;
    if (!id.empty()) {
        ESPALIER_TRY(open, session.snapshot(id, 0));
        if (section.isNull())
            section = open->document->training;
    } else if (section.isNull()) {
        return fail("rpc.params", "{0} needs document (the id of an open one) or training (a section).", call.method());
    }
    ESPALIER_TRY(const TrainingSettings settings, readTrainingSettings(section));
    if (rows < 0 && open)
        rows = facts.facts(id, open->document->data, open->folder, settings).trainRows;
    const std::int64_t batches
        = batchesPerEpoch(std::max<std::int64_t>(rows, 0), settings.batchSize, settings.dropLast);
    const std::int64_t known = (batches + settings.accumulate - 1) / settings.accumulate;
    const std::int64_t perEpoch = rows > 0 && known > 0 ? known : kGuessedSteps;
    const double wanted = static_cast<double>(perEpoch) * static_cast<double>(settings.epochs);
    ScheduleClock clock{perEpoch, static_cast<std::int64_t>(std::min(wanted, 9e15))};
    if (settings.steps > 0)
        clock.totalSteps = std::min(clock.totalSteps, settings.steps);
    JsonValue phases = JsonValue::array();
    for (const PhaseSettings &phase : settings.phases)
        phases.append(clock.totalSteps > 0 ? phaseToJson(phase, clock, points)
                                           : JsonValue::object()
                                                 .set("name", phase.name)
                                                 .set("every", phase.every)
                                                 .set("steps", JsonValue::array())
                                                 .set("rates", JsonValue::array()));
    return JsonValue::object()
        .set("steps", clock.totalSteps)
        .set("steps_per_epoch", perEpoch)
        .set("epochs", settings.epochs)
        .set("exact", rows > 0)
        .set("phases", std::move(phases));
}

} // namespace espalier
