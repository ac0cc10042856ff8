// SPDX-License-Identifier: Apache-2.0
#include "engine/cli/model_options.h"

#include <CLI/CLI.hpp>

namespace espalier {

ModelRequest ModelOptions::complete() const
{
    ModelRequest full = request;
    if (!device.empty())
        full.device = device;
    if (seed >= 0)
        full.seed = seed;
    return full;
}

std::shared_ptr<ModelOptions> addModelOptions(CLI::App &command, bool modelRequired)
{
    auto options = std::make_shared<ModelOptions>();
    auto *model = command.add_option("model", options->request.model, "An .espalier document, or the name of a sample");
    if (modelRequired)
        model->required();
    command
        .add_option(
            "--set", options->request.sets,
            "Changes one setting for this call: training.epochs=3, data.sources.0.path=/data, dense1.out_features=32")
        ->allow_extra_args(false);
    command.add_option("--data", options->request.dataFolder, "Folder from which relative data paths start");
    command.add_option("--device", options->device, "auto, cpu or reference");
    command.add_option("--threads", options->threads, "Threads to compute with; 0: as many as the processor set has")
        ->check(CLI::Range(0, 1024));
    command.add_option("--seed", options->seed, "Fixes initial weights, shuffling and dropout")
        ->check(CLI::NonNegativeNumber);
    command.add_flag("--deterministic", options->deterministic, "Uses fixed kernel choices instead of measured ones");
    return options;
}

} // namespace espalier
