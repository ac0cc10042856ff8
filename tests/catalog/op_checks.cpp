// SPDX-License-Identifier: Apache-2.0
#include "tests/catalog/op_checks.h"

#include "engine/backends/reference/interpreter.h"
#include "engine/backends/reference/kernels.h"
#include "engine/ops/builder.h"
#include "tests/support/op_case.h"
#include "tests/support/run_program.h"
#include "tests/support/tolerance.h"

#include <algorithm>
#include <cstring>

namespace espalier::test {
namespace {

void addAll(Failures &to, const std::string &prefix, const Failures &from)
{
    for (const std::string &failure : from)
        to.push_back(prefix + failure);
}

Failures compare(const std::vector<Tensor> &expected, std::vector<Tensor> actual, double length, double factor,
                 const Tamper &tamper)
{
    if (tamper)
        tamper(actual);
    if (expected.size() != actual.size())
        return {"has " + std::to_string(actual.size()) + " outputs, expected " + std::to_string(expected.size())};
    Failures found;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const DType dtype = actual[i].dtype();
        addAll(found, "output " + std::to_string(i) + ": ",
               differences(expected[i], actual[i], factor * tolerance(dtype, length)));
    }
    return found;
}

} // namespace

Failures checkDeclaration(const Op &op)
{
    Failures found;
    const std::string prefix = std::string(op.name) + ": ";
    if (op.help.empty() || op.help.back() != '.')
        found.push_back(prefix + "help is no sentence");
    if (!op.infer)
        found.push_back(prefix + "has no type rule");
    if (op.outputNames.empty() || (op.maxInputs > 0 && op.inputNames.empty()))
        found.push_back(prefix + "inputs or outputs have no names");
    if (op.traits.differentiable != (op.gradient != nullptr))
        found.push_back(prefix + "has a gradient rule or is not differentiable, never both");
    const std::vector<OpCase> cases = op.cases ? op.cases() : std::vector<OpCase>{};
    if (cases.empty())
        found.push_back(prefix + "has no case");
    for (const OpCase &c : cases)
        if ((!c.checkGradient || c.tolerance != 1) && c.reason.empty())
            found.push_back(prefix + "case \"" + c.name + "\" overrides without a reason");
    for (const AttrSpec &spec : op.attrs) {
        const bool varied = spec.required || std::any_of(cases.begin(), cases.end(), [&](const OpCase &c) {
                                const AttrValue *value = c.attrs.find(spec.name);
                                return value && !sameAttr(*value, spec.example);
                            });
        if (!varied)
            found.push_back(prefix + "no case has " + std::string(spec.name) + " off its default");
        if (spec.help.empty())
            found.push_back(prefix + "attribute " + std::string(spec.name) + " has no help");
    }
    return found;
}

Failures checkText(const Op &op, const OpCase &c)
{
    Failures found;
    const Program program = caseProgram(op, c, DType::Float32);
    if (const std::string problem = verify(program); !problem.empty())
        return {label(op, c, DType::Float32) + problem};
    const std::string text = print(program);
    const auto again = parseProgram(text);
    if (!again)
        found.push_back(label(op, c, DType::Float32) + again.error().message() + "\n" + text);
    else if (print(*again) != text)
        found.push_back(label(op, c, DType::Float32) + "reads back as\n" + print(*again) + "from\n" + text);
    return found;
}

Failures checkKernelWrites(const Op &op, const OpCase &c, DType floats)
{
    const std::string prefix = label(op, c, floats);
    const RefKernel kernel = findReferenceKernel(op.name);
    if (!kernel)
        return {prefix + "has no reference kernel"};
    const Program program = caseProgram(op, c, floats);
    if (const std::string problem = verify(program); !problem.empty())
        return {prefix + problem};
    const Instruction &in = program.instructions.front();
    const std::vector<Tensor> inputs = caseInputs(op, c, floats);
    constexpr std::size_t kGuard = 64;
    std::vector<std::vector<unsigned char>> memory[2];
    for (int run = 0; run < 2; ++run) {
        std::vector<Tensor> outputs;
        for (const ValueId id : in.outputs) {
            const TensorType &type = program.type(id);
            const std::size_t bytes = storageBytes(type, {});
            memory[run].emplace_back(bytes + 2 * kGuard, static_cast<unsigned char>(run == 0 ? 0x5a : 0xa5));
            outputs.push_back(Tensor::view(type.dtype, type.shape.concrete(), memory[run].back().data() + kGuard));
        }
        kernel({in, inputs, outputs});
    }
    Failures found;
    for (std::size_t o = 0; o < in.outputs.size(); ++o)
        for (std::size_t i = 0; i < memory[0][o].size(); ++i) {
            const bool guard = i < kGuard || i >= memory[0][o].size() - kGuard;
            const bool untouched = memory[0][o][i] == 0x5a && memory[1][o][i] == 0xa5;
            const bool same = memory[0][o][i] == memory[1][o][i];
            if (guard ? untouched : same)
                continue;
            found.push_back(prefix + "output " + std::to_string(o) + (guard ? ": writes outside" : ": leaves out")
                            + " byte " + std::to_string(static_cast<std::int64_t>(i) - std::int64_t(kGuard)));
            break;
        }
    return found;
}

Failures checkPrecision(const Op &op, const OpCase &c, DType floats, const Tamper &tamper)
{
    const std::string prefix = label(op, c, floats);
    const std::vector<Tensor> inputs = caseInputs(op, c, floats);
    std::vector<Tensor> exact;
    for (const Tensor &t : inputs)
        exact.push_back(isFloating(t.dtype()) ? t.cast(DType::Float64) : t);
    const Program program = caseProgram(op, c, floats);
    const auto expected = interpret(caseProgram(op, c, DType::Float64), exact);
    auto actual = interpret(program, inputs);
    if (!expected || !actual)
        return {prefix + (expected ? actual.error() : expected.error()).message()};
    std::vector<Tensor> rounded;
    for (std::size_t i = 0; i < expected->outputs.size(); ++i) {
        const DType to = actual->outputs[i].dtype();
        rounded.push_back(isFloating(to) ? expected->outputs[i].cast(to) : expected->outputs[i]);
    }
    Failures found;
    addAll(found, prefix, compare(rounded, actual->outputs, reductionLength(program), c.tolerance, tamper));
    return found;
}

Failures checkExpansion(const Op &op, const OpCase &c, DType floats, const Tamper &tamper)
{
    const std::string prefix = label(op, c, floats) + "expand(): ";
    Builder b;
    std::vector<ValueId> ids;
    const std::vector<TensorType> types = inputTypes(c, floats);
    for (const TensorType &type : types)
        ids.push_back(b.input("in" + std::to_string(ids.size()), type));
    const auto attrs = completeAttrs(op, c.attrs);
    if (!attrs)
        return {prefix + attrs.error().message()};
    const auto bodies = retyped(c.bodies, floats);
    const auto outputs = op.expand(b, {op, *attrs, types, bodies}, ids);
    for (std::size_t i = 0; i < outputs.size(); ++i)
        b.output("out" + std::to_string(i), outputs[i]);
    if (!b.errors().empty())
        return {prefix + b.errors().front().message()};
    const std::vector<Tensor> inputs = caseInputs(op, c, floats);
    const Program program = caseProgram(op, c, floats);
    const auto expected = interpret(program, inputs);
    const auto actual = interpret(b.program(), inputs);
    if (!expected || !actual)
        return {prefix + (expected ? actual.error() : expected.error()).message()};
    const double length = 16 * std::max(reductionLength(program), reductionLength(b.program())); // several ops round
    Failures found;
    addAll(found, prefix, compare(expected->outputs, actual->outputs, length, c.tolerance, tamper));
    return found;
}

Failures checkBackend(Backend &backend, const Op &op, const OpCase &c, DType floats, const Tamper &tamper)
{
    const std::string prefix = backend.device().backend + " " + label(op, c, floats);
    const std::vector<Tensor> inputs = caseInputs(op, c, floats);
    const Program program = caseProgram(op, c, floats);
    const auto expected = interpret(program, inputs);
    const auto actual = runOnBackend(backend, program, inputs);
    if (!expected || !actual)
        return {prefix + (expected ? actual.error() : expected.error()).message()};
    std::string by;
    for (const KernelReport &kernel : actual->kernels)
        by += (by.empty() ? "" : ", ") + kernel.implementation;
    Failures found;
    addAll(found, prefix + "(" + by + ") ",
           compare(expected->outputs, actual->outputs, reductionLength(program), c.tolerance, tamper));
    return found;
}

} // namespace espalier::test
