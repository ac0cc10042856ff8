// SPDX-License-Identifier: Apache-2.0
// The command line: parses, runs one subcommand, and is the one place that catches what throwing libraries throw.
#include "engine/base/processor.h"
#include "engine/base/version.h"
#include "engine/cli/command.h"
#include "engine/server/roots.h"

#include <CLI/CLI.hpp>

#include <exception>
#include <new>

namespace espalier {
namespace {

constexpr const char *kAbout = R"(Espalier trains neural networks that were drawn as graphs.

First steps:
  espalier samples                          lists the samples that come with it
  espalier train digits-cnn                 trains one of them
  espalier train my-model.espalier          trains your own drawing
  espalier eval '1 / (1 + exp(-x))' x='[0, 1]'   computes an expression

Exit codes: 0 done; 2 something in the input is wrong (the sentence says what, where and what to do); 1 anything else.)";

int run(int argc, char **argv)
{
    CLI::App app{kAbout, "espalier"};
    app.set_version_flag("--version", "espalier " + std::string(kVersion));
    app.require_subcommand(1);
    Invocation invocation;
    for (const auto add : {addTrainCommand, addEvaluateCommand, addPredictCommand, addEvalCommand, addSummaryCommand,
                           addCheckCommand, addDescribeCommand, addCompileCommand, addBenchCommand, addExportCommand,
                           addImportCommand, addServeCommand, addSamplesCommand, addRunsCommand})
        add(app, invocation);
    for (CLI::App *command : app.get_subcommands(nullptr))
        command->add_flag("--json", invocation.common.json, "One JSON object a line, for machines");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &e) {
        const int code = app.exit(e);
        return code == 0 ? 0 : kExitInput;
    }
    const Output output(invocation.common.json);
    applyRoots(defaultRoots());
    try {
        return invocation.run(output);
    } catch (const std::bad_alloc &) {
        output.problem(
            error("memory", "Out of memory. Use a smaller batch size or a smaller model, or close other programs."));
    } catch (const std::exception &e) {
        output.problem(error("internal",
                             "Something inside Espalier failed: {0}. Please report it with the command that you ran.",
                             Arg(Arg::Kind::Text, e.what())));
    }
    return 1;
}

} // namespace
} // namespace espalier

int main(int argc, char **argv)
{
    espalier::reexecBound(argc, argv);
    return espalier::run(argc, argv);
}
