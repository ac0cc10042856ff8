// SPDX-License-Identifier: Apache-2.0
// Subcommands whose work a later part of Espalier brings: they are known, and say so.
#include "engine/cli/command.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace espalier {
namespace {

int explain(const Output &output, std::string_view what, std::string_view instead)
{
    return output.fail(error("cli.later", "{0} is not part of this version yet. {1}", what, instead));
}

} // namespace

void addImportCommand(CLI::App &app, Invocation &invocation)
{
    CLI::App *command
        = app.add_subcommand("import", "Turns an ONNX, Keras or PyTorch model into a drawing (not in this version)");
    const auto files = std::make_shared<std::vector<std::string>>();
    command->add_option("files", *files, "Model file and the .espalier file to write");
    command->callback([&invocation, files] {
        invocation.run = [](const Output &output) {
            return explain(output, "Importing models",
                           "Weights in safetensors form can be given to `espalier evaluate --weights`.");
        };
    });
}

} // namespace espalier
