// SPDX-License-Identifier: Apache-2.0
// `espalier eval`: a calculator for tensors, and drawings without training.
#include "engine/cli/command.h"
#include "engine/server/eval_job.h"
#include "engine/tensor/tensor_json.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

namespace espalier {
namespace {

int evaluate(EvalRequest request, bool dump, const Output &output)
{
    if (dump)
        request.dump = [&](std::string_view pass, const Program &program) {
            output.text(fmt::format("---- {}", pass.empty() ? "as written" : pass));
            output.text(print(program));
            output.event("pass", JsonValue::object().set("name", pass).set("program", print(program)));
        };
    const auto results = evaluateExpression(request);
    if (!results)
        return output.fail(results.error());
    for (const auto &[name, value] : *results) {
        output.text(results->size() > 1 ? name + " = " + value.toString() : value.toString());
        JsonValue fields = JsonValue::object();
        fields.set("name", name).set("dtype", espalier::name(value.dtype())).set("value", tensorToJson(value));
        output.event("value", std::move(fields));
    }
    return 0;
}

} // namespace

void addEvalCommand(CLI::App &app, Invocation &invocation)
{
    CLI::App *command = app.add_subcommand("eval", "Computes an expression, or a drawing, on values that you give");
    const auto request = std::make_shared<EvalRequest>();
    const auto dump = std::make_shared<bool>(false);
    command
        ->add_option("expression", request->what, "An expression such as '1 / (1 + exp(-x))', a document, or a sample")
        ->required();
    command->add_option("values", request->values, "x='[[0, 1], [-1, -2]]' for each name that it uses");
    command->add_option("--dtype", request->dtype, "Number format of values: float32 if left out");
    command->add_option("--seed", request->seed, "Of initial weights, where the drawing has some");
    command->add_flag("--dump", *dump, "Prints the program after each pass");
    command->footer("Example:\n  espalier eval '1 / (1 + exp(-x))' x='[[0, 1], [-1, -2]]' --dtype float64");
    command->callback([&invocation, request, dump] {
        invocation.run = [request, dump](const Output &output) { return evaluate(*request, *dump, output); };
    });
}

} // namespace espalier
