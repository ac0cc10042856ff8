// SPDX-License-Identifier: Apache-2.0
// One subcommand a file: each adds itself to the parser and says what to run.
#pragma once

#include "engine/cli/output.h"

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace espalier {

/// Options that every subcommand has.
struct CommonOptions {
    bool json = false;
};

/// What was chosen on the command line; set by the subcommand's callback, run by main.
struct Invocation {
    CommonOptions common;
    std::function<int(const Output &)> run;
};

// In the order of the help.
void addTrainCommand(CLI::App &app, Invocation &invocation);
void addEvaluateCommand(CLI::App &app, Invocation &invocation);
void addPredictCommand(CLI::App &app, Invocation &invocation);
void addEvalCommand(CLI::App &app, Invocation &invocation);
void addSummaryCommand(CLI::App &app, Invocation &invocation);
void addCheckCommand(CLI::App &app, Invocation &invocation);
void addDescribeCommand(CLI::App &app, Invocation &invocation);
void addCompileCommand(CLI::App &app, Invocation &invocation);
void addBenchCommand(CLI::App &app, Invocation &invocation);
void addExportCommand(CLI::App &app, Invocation &invocation);
void addImportCommand(CLI::App &app, Invocation &invocation);
void addServeCommand(CLI::App &app, Invocation &invocation);
void addSamplesCommand(CLI::App &app, Invocation &invocation);
void addRunsCommand(CLI::App &app, Invocation &invocation);

} // namespace espalier
