// SPDX-License-Identifier: Apache-2.0
#include "engine/train/journal.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace espalier {
namespace {

std::string textOf(const nlohmann::json &entry, const char *field)
{
    const auto found = entry.find(field);
    return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// NaN where it is no number.
double numberOf(const nlohmann::json &entry, const char *field)
{
    const auto found = entry.find(field);
    return found != entry.end() && found->is_number() ? found->get<double>() : std::nan("");
}

} // namespace

std::vector<PlannedRate> ratesFrom(const std::vector<nlohmann::json> &journal, std::int64_t step)
{
    std::vector<PlannedRate> rates;
    for (const nlohmann::json &entry : journal) {
        const std::string event = textOf(entry, "event");
        const auto found = entry.find("step");
        if (found == entry.end() || !found->is_number_integer())
            continue;
        const auto at = found->get<std::int64_t>();
        const bool otherWay = event == "resume" && textOf(entry, "checkpoint") != "last";
        const double factor = event == "rate_factor" ? numberOf(entry, "value") : std::nan("");
        const bool isRate = std::isfinite(factor) && factor >= 0;
        if (otherWay || isRate)
            rates.erase(std::find_if(rates.begin(), rates.end(), [&](const PlannedRate &r) { return r.step >= at; }),
                        rates.end());
        if (isRate)
            rates.push_back({at, factor});
    }
    std::erase_if(rates, [&](const PlannedRate &r) { return r.step < step; });
    return rates;
}

std::optional<std::int64_t> pinnedRow(const std::vector<nlohmann::json> &journal)
{
    std::optional<std::int64_t> row;
    for (const nlohmann::json &entry : journal)
        if (const double value = numberOf(entry, "value"); textOf(entry, "event") == "pin" && value >= 0)
            row = static_cast<std::int64_t>(std::min(value, 9e15));
    return row;
}

} // namespace espalier
