// SPDX-License-Identifier: Apache-2.0
// Options of every subcommand that works on a document.
#pragma once

#include "engine/server/model.h"

#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace espalier {

struct ModelOptions {
    ModelRequest request;
    std::string device;
    std::int64_t seed = -1;
    int threads = 0;
    bool deterministic = false;

    ModelRequest complete() const; ///< with device and seed where they were given
};

/// MODEL, --set, --data, --device, --threads, --seed, --deterministic.
std::shared_ptr<ModelOptions> addModelOptions(CLI::App &command, bool modelRequired = true);

} // namespace espalier
