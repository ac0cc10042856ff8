// SPDX-License-Identifier: Apache-2.0
// Random tensors: Philox4x32-10 keyed by the run's seed and the node's stream, counted by step and logical element.
#include "engine/ops/families.h"
#include "engine/ops/rules.h"

namespace espalier {
namespace {

InferredTypes inferRandom(const OpCall &call)
{
    for (const TensorType &t : call.inputs)
        if (!(t.dtype == DType::Int64 && mayEqual(t.shape, Shape{})))
            return fail("op.random-scalar", "{0} takes its seed and step as single int64 numbers, got {1}.",
                        call.op.name, typeArg(t));
    const DType dtype = call.attrs.dtype("dtype");
    if (!isFloating(dtype))
        return fail("op.random-dtype", "{0} makes floating-point numbers, not {1}.", call.op.name, name(dtype));
    ESPALIER_CHECK(checkSizes(call.op.name, call.attrs.shape("shape")));
    return std::vector{TensorType{dtype, call.attrs.shape("shape")}};
}

Cost randomCost(const OpCall &call, std::span<const TensorType> outputs)
{
    return {Dim(20) * outputs[0].shape.elements(), bytesOf(call.inputs, outputs)}; // ten rounds for four words
}

std::vector<OpCase> randomCases()
{
    std::vector<OpCase> cases;
    for (const DType dtype : {DType::Float32, DType::Float64, DType::BFloat16})
        for (const Dims &dims : {Dims{}, Dims{7}, Dims{3, 5, 2}, Dims{0, 3}, Dims{1, 1025}})
            cases.push_back({std::string(name(dtype)) + " " + Shape(dims).toString(),
                             {{"shape", Shape(dims)}, {"stream", std::int64_t{5}}, {"dtype", dtype}},
                             {{{}, DType::Int64, Domain::Seed}, {{}, DType::Int64, Domain::Index, 1000}}});
    return cases;
}

Op row(std::string_view name, std::string_view help)
{
    Op op;
    op.name = name;
    op.help = help;
    op.attrs = {{"shape", Shape{}, true, "What to make."},
                {"stream", std::int64_t{0}, true, "Tells this node's numbers from those of others."},
                {"dtype", DType::Float32, false, "A floating-point dtype."}};
    op.minInputs = op.maxInputs = 2;
    op.inputNames = {"seed", "step"};
    op.traits.differentiable = false;
    op.infer = inferRandom;
    op.cost = randomCost;
    op.cases = randomCases;
    return op;
}

} // namespace

std::span<const Op> randomOps()
{
    static const std::vector<Op> ops = [] {
        Op uniform = row("random_uniform", "Evenly spread numbers from 0 up to but without 1.");
        Op normal = row("random_normal", "Normally distributed numbers with mean 0 and deviation 1.");
        uniform.onnx = "RandomUniform";
        normal.onnx = "RandomNormal";
        return std::vector{uniform, normal};
    }();
    return ops;
}

} // namespace espalier
