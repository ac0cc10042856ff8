// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/type_rules.h"

#include "engine/base/assert.h"
#include "engine/ops/autodiff.h"

namespace espalier {
namespace {

constexpr std::int64_t kLargestInteger = std::int64_t(1) << 30;

const TensorType &in(const OpCall &call, int input)
{
    return call.inputs[static_cast<std::size_t>(input)];
}

std::string_view inputName(const OpCall &call, int input)
{
    return call.op.inputNames[static_cast<std::size_t>(input)];
}

} // namespace

Result<void> expectRank(const OpCall &call, int input, int rank)
{
    if (in(call, input).shape.rank() != rank)
        return fail("op.rank", "The op {0} takes a tensor with {1} axes as its {2}, got {3}: reshape it first.",
                    call.op.name, rank, inputName(call, input), shapeArg(in(call, input).shape));
    return {};
}

Result<void> expectDType(const OpCall &call, int input, DType dtype)
{
    if (in(call, input).dtype != dtype)
        return fail("op.dtype", "The op {0} takes {1} as its {2}, got {3}: cast it first.", call.op.name, name(dtype),
                    inputName(call, input), name(in(call, input).dtype));
    return {};
}

Result<void> expectFloating(const OpCall &call, std::initializer_list<int> inputs)
{
    const int first = *inputs.begin();
    const DType dtype = in(call, first).dtype;
    if (!isFloating(dtype))
        return fail("op.floating", "The op {0} computes with floating-point numbers, but its {1} is {2}: cast it.",
                    call.op.name, inputName(call, first), name(dtype));
    for (const int input : inputs)
        if (in(call, input).dtype != dtype)
            return fail("op.dtypes", "The op {0} takes {1} and {2} of one type, got {3} and {4}: cast one of them.",
                        call.op.name, inputName(call, first), inputName(call, input), name(dtype),
                        name(in(call, input).dtype));
    return {};
}

Result<void> expectShape(const OpCall &call, int input, const Shape &shape)
{
    if (!mayEqual(in(call, input).shape, shape))
        return fail("op.shape", "The op {0} takes {1} as the shape of its {2}, got {3}.", call.op.name, shapeArg(shape),
                    inputName(call, input), shapeArg(in(call, input).shape));
    return {};
}

Result<void> expectIntegers(const OpCall &call, std::string_view attr, int count, std::int64_t minimum)
{
    const auto &values = call.attrs.integers(attr);
    if (static_cast<int>(values.size()) != count)
        return fail("op.integers", "The op {0} takes {1} numbers as {2}, got {3}.", call.op.name, count, attr,
                    static_cast<std::int64_t>(values.size()));
    for (const std::int64_t v : values)
        if (v < minimum || v > kLargestInteger)
            return fail("op.integer-range", "The op {0} takes numbers from {1} to {2} as {3}, got {4}.", call.op.name,
                        minimum, kLargestInteger, attr, v);
    return {};
}

Result<int> expectAxis(const OpCall &call, int rank)
{
    const std::int64_t axis = call.attrs.integer("axis");
    const auto normal = normalizeAxis(axis, rank);
    if (!normal)
        return fail("op.axis", "The op {0} has no axis {1} in {2}: axes run from {3} to {4}.", call.op.name, axis,
                    shapeArg(in(call, 0).shape), -rank, rank - 1);
    return *normal;
}

Cost elementCost(const OpCall &call, std::span<const TensorType> outputs, const Shape &of, std::int64_t flops)
{
    return {of.elements() * Dim(flops), bytesOf(call.inputs, outputs)};
}

std::vector<ValueId> gradientByExpansion(const GradientCall &call, std::string_view name)
{
    const Op &differentiated = op(name);
    ESPALIER_ASSERT(differentiated.expand, "an op without expand() has no gradient by expansion");
    // A program of its own: the caller's may hold paths between the inputs, which are not to be followed here.
    Builder inner;
    std::vector<ValueId> inputs;
    std::vector<TensorType> types;
    std::vector<ValueId> outer(call.inputs.begin(), call.inputs.end());
    for (const ValueId id : call.inputs) {
        types.push_back(call.builder.type(id));
        inputs.push_back(inner.input("", types.back()));
    }
    const auto outputs = differentiated.expand(inner, {differentiated, call.attrs, types, call.bodies}, inputs);
    std::vector<ValueId> reached;
    std::vector<ValueId> seeds;
    for (std::size_t i = 0; i < call.gradients.size(); ++i) {
        if (call.gradients[i] == kNoValue)
            continue;
        reached.push_back(outputs[i]);
        seeds.push_back(inner.input("", call.builder.type(call.gradients[i])));
        outer.push_back(call.gradients[i]);
    }
    std::vector<ValueId> wanted;
    for (std::size_t i = 0; i < inputs.size(); ++i)
        if (call.needed[i])
            wanted.push_back(inputs[i]);
    const auto gradients = backpropagate(inner, reached, seeds, wanted);
    ESPALIER_ASSERT(inner.errors().empty(), inner.errors().empty() ? "" : inner.errors().front().message().c_str());
    for (const ValueId id : gradients)
        if (id != kNoValue)
            inner.output("", id);
    const auto inlined = call.builder.inlineProgram(inner.program(), outer);
    std::vector<ValueId> results(inputs.size(), kNoValue);
    std::size_t next = 0;
    std::size_t w = 0;
    for (std::size_t i = 0; i < inputs.size(); ++i)
        if (call.needed[i] && gradients[w++] != kNoValue)
            results[i] = inlined[next++];
    return results;
}

} // namespace espalier
