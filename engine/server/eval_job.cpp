// SPDX-License-Identifier: Apache-2.0
#include "engine/server/eval_job.h"

#include "engine/backends/reference/interpreter.h"
#include "engine/graph/lower.h"
#include "engine/layers/formula/formula.h"
#include "engine/layers/initializer.h"
#include "engine/program/pipeline.h"
#include "engine/tensor/tensor_json.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

namespace espalier {
namespace {

using Values = std::map<std::string, Tensor, std::less<>>;

Result<DType> dtypeOf(const std::string &name, DType fallback)
{
    if (name.empty())
        return fallback;
    if (const auto dtype = dtypeFromName(name))
        return *dtype;
    return fail("eval.dtype", "There is no number format {0}. Choose float64, float32, bfloat16, int64, int32 or bool.",
                name);
}

Result<Values> readValues(const std::vector<std::string> &assignments, DType dtype)
{
    Values values;
    for (const std::string &assignment : assignments) {
        const std::size_t equals = assignment.find('=');
        if (equals == std::string::npos || equals == 0)
            return fail("eval.value", "A value is given as NAME=NUMBERS, such as x='[[0, 1], [-1, -2]]'; got {0}.",
                        assignment);
        const std::string name = assignment.substr(0, equals);
        ESPALIER_TRY(const JsonValue json,
                     JsonValue::parse(std::string_view(assignment).substr(equals + 1), "the value of " + name));
        ESPALIER_TRY(values[name], tensorFromJson(json, dtype));
    }
    return values;
}

/// A few words can ask for a tensor larger than the machine.
Result<void> checkSize(const Program &program, std::uint64_t maxBytes)
{
    double bytes = 0;
    for (const Value &value : program.values) {
        const Dim elements = value.type.shape.elements();
        if (elements.isUnknown()) // also where the product leaves 64 bits
            bytes = INFINITY;
        else if (elements.isConstant())
            bytes += static_cast<double>(elements.constant()) * static_cast<double>(byteSize(value.type.dtype));
    }
    if (maxBytes == 0 || bytes <= static_cast<double>(maxBytes))
        return {};
    return fail("eval.size", "This would need more than {0} MB. Make its tensors smaller.",
                static_cast<std::int64_t>(maxBytes >> 20));
}

Result<std::vector<std::pair<std::string, Tensor>>> runProgram(const Program &program, const Values &values,
                                                               const EvalRequest &request,
                                                               const std::vector<StateInfo> &states)
{
    PipelineOptions options;
    options.dump = request.dump;
    const Program optimised = optimise(program, options);
    ESPALIER_CHECK(checkSize(optimised, request.maxBytes));
    std::vector<Tensor> inputs;
    for (const ProgramInput &input : optimised.inputs) {
        const auto value = values.find(input.name);
        if (value != values.end())
            inputs.push_back(value->second);
        else if (input.name == "seed")
            inputs.push_back(Tensor::scalar<std::int64_t>(request.seed));
        else if (input.name == "step")
            inputs.push_back(Tensor::scalar<std::int64_t>(0));
        else
            return fail("eval.missing", "The input {0} has no value. Give it as {0}=NUMBERS.", input.name);
    }
    std::vector<Tensor> initial;
    if (!states.empty()) {
        const Program start = initialiseProgram(states);
        std::vector<Tensor> zeros;
        for (const ProgramState &state : start.states)
            zeros.emplace_back(start.type(state.value).dtype, start.type(state.value).shape.concrete());
        const std::vector<Tensor> seed{Tensor::scalar<std::int64_t>(request.seed)};
        ESPALIER_TRY(Interpretation begun, interpret(start, std::span(seed).first(start.inputs.size()), zeros));
        initial = std::move(begun.states);
    }
    ESPALIER_TRY(Interpretation result, interpret(optimised, inputs, initial));
    std::vector<std::pair<std::string, Tensor>> out;
    for (std::size_t i = 0; i < optimised.outputs.size(); ++i)
        out.emplace_back(optimised.outputs[i].name, std::move(result.outputs[i]));
    return out;
}

Result<std::vector<std::pair<std::string, Tensor>>> evaluateFormula(const EvalRequest &request)
{
    ESPALIER_TRY(const DType dtype, dtypeOf(request.dtype, DType::Float32));
    ESPALIER_TRY(const Formula formula, parseFormula(request.what));
    ESPALIER_TRY(const Values values, readValues(request.values, dtype));
    std::vector<std::pair<std::string, TensorType>> types;
    for (const auto &[name, tensor] : values)
        types.emplace_back(name, tensor.type());
    ESPALIER_TRY(const Program program, formulaProgram(formula, types, dtype));
    return runProgram(program, values, request, {});
}

Result<std::vector<std::pair<std::string, Tensor>>> evaluateDocument(const EvalRequest &request,
                                                                     const Document &document)
{
    Values values;
    LowerOptions options;
    options.mode = Mode::Predict;
    options.observe = false;
    for (const DocumentNode &node : document.graph.nodes) {
        if (node.kind != "Input")
            continue;
        ESPALIER_TRY(const DType dtype,
                     dtypeOf(request.dtype, dtypeFromName(node.params["dtype"].string()).value_or(DType::Float32)));
        for (const JsonValue &column : node.params["columns"].items()) {
            const std::string name = node.name + "." + column.string();
            const auto given = std::find_if(request.values.begin(), request.values.end(), [&](const std::string &v) {
                return v.starts_with(node.name + "=") || v.starts_with(name + "=");
            });
            if (given != request.values.end()) {
                ESPALIER_TRY(const Values one, readValues({*given}, dtype));
                values[name] = one.begin()->second;
            }
            if (const auto value = values.find(name); value != values.end())
                options.inputTypes[name] = value->second.type();
        }
    }
    const Lowered lowered = lower(document, options);
    if (!lowered.problems.empty())
        return fail(lowered.problems.front());
    if (lowered.outputs.empty())
        return fail("eval.no-output", "{0} has no Output node, so there is nothing to compute. Add one.", request.what);
    for (const LoweredInput &input : lowered.inputs)
        if (!input.given.isEmpty())
            values.try_emplace(input.name, input.given);
    return runProgram(lowered.program, values, request, lowered.states);
}

} // namespace

Result<std::vector<std::pair<std::string, Tensor>>> evaluateExpression(const EvalRequest &request)
{
    if (request.document)
        return evaluateDocument(request, *request.document);
    if (request.isExpression)
        return evaluateFormula(request);
    std::error_code ignored;
    const bool isFile = request.what.ends_with(".espalier") || std::filesystem::is_regular_file(request.what, ignored);
    const auto samples = isFile ? std::vector<SampleInfo>() : listSamples();
    const bool isSample
        = std::any_of(samples.begin(), samples.end(), [&](const SampleInfo &s) { return s.name == request.what; });
    if (!isFile && !isSample)
        return evaluateFormula(request);
    ESPALIER_TRY(const Model model, loadModel({request.what, {}, {}, {}, {}}));
    return evaluateDocument(request, model.document);
}

} // namespace espalier
