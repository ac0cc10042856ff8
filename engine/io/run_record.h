// SPDX-License-Identifier: Apache-2.0
// run.json: what a run is and how it stands.
#pragma once

#include "engine/base/result.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace espalier {

/// Stopped: by a person, and can be resumed. Lost: its process died without saying so.
enum class RunState { Queued, Preparing, Running, Pausing, Paused, Stopping, Stopped, Finished, Failed, Lost };

std::string_view name(RunState state); ///< "running", ...
std::optional<RunState> runStateFromName(std::string_view name);
bool needsProcess(RunState state); ///< Queued to Stopping: nothing happens unless a process lives

struct RunRecord {
    RunState state = RunState::Queued;
    std::string document; ///< path of the document as the person gave it
    std::int64_t revision = 0; ///< the last of models/NNNN.espalier
    std::uint64_t seed = 0;
    std::string device; ///< "cpu", "cuda:0"
    std::int64_t threads = 0;
    std::string processors; ///< the processor set, "0-3,8"
    bool deterministic = false;
    std::map<std::string, std::string> versions; ///< "espalier", "onednn", "processor", ...
    std::map<std::string, std::string> kernelChoices; ///< by the key that the tuner gives each choice
    std::string dataFingerprint;
    std::int64_t step = 0; ///< optimizer steps done when the record was written
    std::int64_t epoch = 0; ///< whole epochs done
    std::map<std::string, double> results; ///< the last values: "test/accuracy", ...
    std::map<std::string, double> best; ///< of the epoch that checkpoints/best.safetensors holds, named as in results
    std::map<std::string, std::string> settings; ///< training settings as JSON texts, by path: "optimizer.lr"
    std::string error; ///< why it failed: the English sentence
    std::string created; ///< UTC, "2026-11-24T08:37:33Z"
    std::string ended; ///< as `created`; empty while the run is alive
    std::string host;
    std::int64_t pid = 0; ///< of the process that trains, on `host`; 0 if none
    std::string socket; ///< where `espalier serve --attach` finds it
    std::string unknown; ///< a JSON object with the fields that this version doesn't know; kept on save

    friend bool operator==(const RunRecord &, const RunRecord &) = default;
};

/// Indented JSON with sorted keys. NaN and infinite results become null and are read as NaN.
std::string toJsonText(const RunRecord &record);

/// `what` names the text in errors. Missing fields keep their defaults.
Result<RunRecord> runRecordFromJson(std::string_view text, std::string_view what);

} // namespace espalier
