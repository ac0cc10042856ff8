// SPDX-License-Identifier: Apache-2.0
// What the journal of a run says about steps that a resume trains again.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace espalier {

/// A change of the rate at a step that is still to come.
struct PlannedRate {
    std::int64_t step = 0; ///< steps done when it acts
    double factor = 1; ///< that every learning rate is multiplied by from then on
    friend bool operator==(const PlannedRate &, const PlannedRate &) = default;
};

/// The row of the data that a person pinned last.
std::optional<std::int64_t> pinnedRow(const std::vector<nlohmann::json> &journal);

/// The changes of the rate from `step` on, by step. A later entry of the journal replaces earlier ones at its step and
/// after; so does a resume from another checkpoint than the last one: that person went back to go another way.
std::vector<PlannedRate> ratesFrom(const std::vector<nlohmann::json> &journal, std::int64_t step);

} // namespace espalier
