// SPDX-License-Identifier: Apache-2.0
// run.health: what the statistics in a run's event files say of its layers.
#pragma once

#include "engine/base/json_value.h"
#include "engine/train/health.h"

#include <list>
#include <memory>
#include <mutex>
#include <string>

namespace espalier {

/// {"run", "step", "thresholds", "findings"}; see engine/protocol/README.md.
JsonValue healthToJson(const std::string &run, const HealthMonitor &monitor);

class HealthReader;

/// Follows the event files of the runs that were asked for last. Any thread.
class HealthReaders {
public:
    HealthReaders();
    ~HealthReaders();
    /// Reads what was added since. Errors: no such run; its files can't be read.
    Result<JsonValue> answer(const std::string &run);

private:
    std::mutex m_mutex;
    std::list<std::unique_ptr<HealthReader>> m_readers; ///< the last used first
};

} // namespace espalier
