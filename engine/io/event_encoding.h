// SPDX-License-Identifier: Apache-2.0
// The bytes of TensorBoard's Event messages. Field numbers are those of tensorboard/compat/proto.
#pragma once

#include "engine/protocol/event_reader.h"
#include "engine/protocol/histogram_data.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace espalier {

/// One node of the graph that TensorBoard draws. "/" in names makes its hierarchy.
struct GraphNode {
    std::string name;
    std::string op; ///< "Conv2D", "Dense", ...
    std::vector<std::string> inputs; ///< names of nodes, "name:1" for a second output
    std::vector<std::vector<std::int64_t>> outputShapes; ///< -1 for an unknown dimension
};

using HyperParameter = std::variant<bool, double, std::string>;
using HyperParameters = std::map<std::string, HyperParameter>;

enum class SessionEnd { Success = 1, Failure = 2 };

/// Wall time and step of an event.
struct EventTime {
    double wallTime = 0; ///< seconds since 1970
    std::int64_t step = 0;
};

// Each appends one whole record (framing included) to `out`. `first` adds the metadata that only a tag's first value
// carries.
void putVersionRecord(std::string &out, double wallTime, std::string_view writer);
void putScalarRecord(std::string &out, const EventTime &time, std::string_view tag, float value);
void putHistogramRecord(std::string &out, const EventTime &time, std::string_view tag, const HistogramData &data,
                        bool first);
void putImageRecord(std::string &out, const EventTime &time, std::string_view tag, std::string_view png, int width,
                    int height, bool first);
void putTextRecord(std::string &out, const EventTime &time, std::string_view tag, std::string_view markdown,
                   bool first);
void putGraphRecord(std::string &out, double wallTime, std::span<const GraphNode> nodes);
void putSessionRecord(std::string &out, const EventTime &time, SessionStatus status);
void putHyperParametersRecord(std::string &out, double wallTime, const HyperParameters &parameters,
                              std::string_view group);
void putSessionEndRecord(std::string &out, double wallTime, SessionEnd end);

} // namespace espalier
