// SPDX-License-Identifier: Apache-2.0
#include "engine/io/run_record.h"

#include "engine/base/json_text.h"

#include <nlohmann/json.hpp>

#include <array>
#include <limits>

namespace espalier {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kFormat = 1;
constexpr std::array<std::string_view, 10> kStates{"queued",   "preparing", "running",  "pausing", "paused",
                                                   "stopping", "stopped",   "finished", "failed",  "lost"};

/// The list of fields, once for both directions: visit(name, member).
template <typename Record, typename Visit>
void eachField(Record &record, Visit &&visit)
{
    visit("document", record.document);
    visit("revision", record.revision);
    visit("seed", record.seed);
    visit("device", record.device);
    visit("threads", record.threads);
    visit("processors", record.processors);
    visit("deterministic", record.deterministic);
    visit("versions", record.versions);
    visit("kernelChoices", record.kernelChoices);
    visit("dataFingerprint", record.dataFingerprint);
    visit("step", record.step);
    visit("epoch", record.epoch);
    visit("results", record.results);
    visit("best", record.best);
    visit("settings", record.settings);
    visit("error", record.error);
    visit("created", record.created);
    visit("ended", record.ended);
    visit("host", record.host);
    visit("pid", record.pid);
    visit("socket", record.socket);
}

bool take(const Json &json, std::string &into)
{
    if (json.is_string())
        into = json.get<std::string>();
    return json.is_string();
}

bool take(const Json &json, bool &into)
{
    if (json.is_boolean())
        into = json.get<bool>();
    return json.is_boolean();
}

bool take(const Json &json, std::int64_t &into)
{
    const bool fits = json.is_number_unsigned()
        ? json.get<std::uint64_t>() <= std::uint64_t(std::numeric_limits<std::int64_t>::max())
        : json.is_number_integer();
    if (fits)
        into = json.get<std::int64_t>();
    return fits;
}

bool take(const Json &json, std::uint64_t &into)
{
    if (json.is_number_unsigned())
        into = json.get<std::uint64_t>();
    return json.is_number_unsigned();
}

bool take(const Json &json, double &into)
{
    if (!json.is_number() && !json.is_null())
        return false;
    into = json.is_null() ? std::numeric_limits<double>::quiet_NaN() : json.get<double>();
    return true;
}

template <typename T>
bool take(const Json &json, std::map<std::string, T> &into)
{
    if (!json.is_object())
        return false;
    for (const auto &[key, value] : json.items())
        if (!take(value, into[key]))
            return false;
    return true;
}

tl::unexpected<Error> badField(std::string_view what, std::string_view field)
{
    Place place;
    place.file = what;
    place.parameter = "/" + std::string(field);
    return fail(error("run.field",
                      "{0}: \"{1}\" has a value that this version of Espalier doesn't understand. Use a "
                      "newer version, or mend it.",
                      what, field)
                    .at(std::move(place)));
}

} // namespace

std::string_view name(RunState state)
{
    return kStates[static_cast<std::size_t>(state)];
}

std::optional<RunState> runStateFromName(std::string_view name)
{
    for (std::size_t i = 0; i < kStates.size(); ++i)
        if (kStates[i] == name)
            return static_cast<RunState>(i);
    return std::nullopt;
}

bool needsProcess(RunState state)
{
    return state <= RunState::Stopping;
}

std::string toJsonText(const RunRecord &record)
{
    Json json = Json::object();
    if (!record.unknown.empty())
        if (auto unknown = parseJson(record.unknown, "run.json"); unknown && unknown->is_object())
            json = std::move(*unknown);
    json["format"] = kFormat;
    json["state"] = name(record.state);
    eachField(record, [&](const char *field, const auto &member) { json[field] = member; });
    return jsonText(json, 2) + "\n";
}

Result<RunRecord> runRecordFromJson(std::string_view text, std::string_view what)
{
    ESPALIER_TRY(Json json, parseJson(text, what));
    if (!json.is_object())
        return badField(what, "");
    RunRecord record;
    std::string bad;
    const auto state = json.contains("state") && json["state"].is_string()
        ? runStateFromName(json["state"].get_ref<const std::string &>())
        : std::nullopt;
    if (!state)
        return badField(what, "state");
    record.state = *state;
    json.erase("state");
    json.erase("format");
    eachField(record, [&](const char *field, auto &member) {
        if (!json.contains(field))
            return;
        if (!take(json[field], member))
            bad = field;
        json.erase(field);
    });
    if (!bad.empty())
        return badField(what, bad);
    if (!json.empty())
        record.unknown = jsonText(json);
    return record;
}

} // namespace espalier
