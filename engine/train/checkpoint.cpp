// SPDX-License-Identifier: Apache-2.0
#include "engine/train/checkpoint.h"

#include "engine/io/safetensors.h"

#include <fmt/format.h>

#include <cstdlib>
#include <set>

namespace espalier {
namespace {

constexpr std::string_view kFormat = "espalier.checkpoint.1";

std::string exact(double value)
{
    return fmt::format("{:a}", value);
}

double parseExact(const JsonValue &value)
{
    return std::strtod(value.string().c_str(), nullptr);
}

JsonValue positionToJson(const TrainingPosition &p)
{
    JsonValue updates = JsonValue::array();
    for (const std::int64_t u : p.updates)
        updates.append(u);
    JsonValue out = JsonValue::object();
    out.set("step", p.step).set("epoch", p.epoch).set("batch", p.batch).set("updates", std::move(updates));
    out.set("epoch_sums", p.epochSums.toJson());
    out.set("best", exact(p.best)).set("has_best", p.hasBest).set("best_epoch", p.bestEpoch).set("waited", p.waited);
    out.set("rate_factor", exact(p.rateFactor));
    return out;
}

TrainingPosition positionFromJson(const JsonValue &value)
{
    TrainingPosition p;
    p.step = value["step"].integer();
    p.epoch = value["epoch"].integer();
    p.batch = value["batch"].integer();
    for (const JsonValue &u : value["updates"].items())
        p.updates.push_back(u.integer());
    p.epochSums = MetricSums::fromJson(value["epoch_sums"]);
    p.best = parseExact(value["best"]);
    p.hasBest = value["has_best"].boolean();
    p.bestEpoch = value["best_epoch"].integer();
    p.waited = value["waited"].integer();
    p.rateFactor = value.has("rate_factor") ? parseExact(value["rate_factor"]) : 1;
    return p;
}

/// "abc.weight#main.exp_avg" -> "dense1.weight#main.exp_avg"
std::string fileName(const std::string &path, const std::map<std::string, std::string> &names)
{
    const std::size_t hash = path.find('#');
    const auto name = names.find(path.substr(0, hash));
    return (name == names.end() ? path.substr(0, hash) : name->second)
        + (hash == std::string::npos ? std::string() : path.substr(hash));
}

} // namespace

Result<void> writeCheckpoint(const std::string &path, const Checkpoint &checkpoint,
                             const std::map<std::string, std::string> &names)
{
    std::vector<NamedTensor> tensors;
    JsonValue paths = JsonValue::object();
    for (const auto &[statePath, tensor] : checkpoint.states) {
        tensors.push_back({fileName(statePath, names), tensor});
        paths.set(tensors.back().name, statePath);
    }
    return writeSafetensors(path, tensors,
                            {{"format", std::string(kFormat)},
                             {"paths", paths.dump()},
                             {"position", positionToJson(checkpoint.position).dump()},
                             {"revision", std::to_string(checkpoint.revision)},
                             {"seed", std::to_string(checkpoint.seed)}});
}

Result<Checkpoint> readCheckpoint(const std::string &path)
{
    ESPALIER_TRY(const SafetensorsFile file, SafetensorsFile::open(path));
    const auto &meta = file.metadata();
    const auto text = [&](const char *key) {
        const auto found = meta.find(key);
        return found == meta.end() ? std::string() : found->second;
    };
    if (text("format") != kFormat)
        return fail(
            error("checkpoint.foreign",
                  "{0} is no checkpoint of an Espalier run: it holds weights only. Training can't go on from it.", path)
                .at({.file = path}));
    ESPALIER_TRY(const JsonValue paths, JsonValue::parse(text("paths"), path));
    ESPALIER_TRY(const JsonValue position, JsonValue::parse(text("position"), path));
    Checkpoint checkpoint;
    checkpoint.revision = std::atoll(text("revision").c_str());
    checkpoint.seed = std::atoll(text("seed").c_str());
    checkpoint.position = positionFromJson(position);
    for (const StoredTensor &stored : file.tensors()) {
        const std::string statePath = paths[stored.name].string();
        if (statePath.empty())
            return fail(error("checkpoint.path", "{0} is damaged: it does not say which layer {1} belongs to.", path,
                              stored.name)
                            .at({.file = path}));
        ESPALIER_TRY(checkpoint.states[statePath], file.read(stored));
    }
    return checkpoint;
}

} // namespace espalier
