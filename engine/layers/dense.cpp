// SPDX-License-Identifier: Apache-2.0
// Dense: y = activation(x W^T + b) on the last axis, as PyTorch's Linear. Weight [out, in], bias [out].
#include "engine/layers/families.h"
#include "engine/layers/spelling.h"
#include "engine/layers/support.h"

#include <fmt/format.h>

namespace espalier {
namespace {

/// Matrix products want rank 2: a row for each place of the leading axes.
ValueId matmulLastAxis(Builder &b, ValueId x, ValueId weight)
{
    return b.emit("matmul", {x, weight}, {{"transpose_b", true}});
}

void buildDense(LayerContext &context)
{
    Builder &b = context.builder();
    if (!needsFloat(context, "x") || !needsRank(context, "x", 1, 8, "[batch, features]"))
        return;
    ValueId x = context.input("x");
    const int last = b.shape(x).rank() - 1;
    const auto in = needsSize(context, "x", last);
    if (!in)
        return;
    const std::int64_t out = context.integer("out_features");
    const DType dtype = b.dtype(x);
    const ValueId weight
        = context.parameter("weight", {dtype, Shape{out, *in}}, initializer(context, "weight_init", *in, out));
    if (last == 0) // one sample without a batch
        x = b.reshape(x, Shape{1, *in});
    ValueId y = matmulLastAxis(b, x, weight);
    if (last == 0)
        y = b.reshape(y, Shape{out});
    if (context.boolean("bias"))
        y = b.add(y,
                  context.parameter("bias", {dtype, Shape{out}}, initializer(context, "bias_init", *in, out), false));
    context.output("y", applyActivation(b, context.text("activation"), y));
}

std::optional<Spelling> pytorch(const SpellingCall &call)
{
    const Shape &x = call.inputs[0].shape;
    Spelling spelling{fmt::format("nn.Linear({}, {}{})", x[x.rank() - 1].toString(),
                                  call.params["out_features"].integer(), offText(call.params, "bias"))};
    spelling.call = torchActivation(call.params["activation"].string(), spelling.call, -1);
    return spelling;
}

std::vector<LayerCase> cases()
{
    const auto params
        = [](std::initializer_list<JsonValue::Member> members) { return JsonValue(JsonValue::Object(members)); };
    return {
        {"plain", params({{"out_features", 3}}), {{.dims = {4, 5}}}},
        {"one by one", params({{"out_features", 1}}), {{.dims = {1, 1}}}},
        {"no bias, tanh", params({{"out_features", 2}, {"bias", false}, {"activation", "tanh"}}), {{.dims = {3, 7}}}},
        {"sequence, softmax", params({{"out_features", 4}, {"activation", "softmax"}}), {{.dims = {2, 3, 5}}}},
        {"initialisers",
         params({{"out_features", 2}, {"weight_init", "he_normal"}, {"bias_init", "ones"}}),
         {{.dims = {2, 3}}}},
    };
}

} // namespace

std::span<const LayerKind> denseLayers()
{
    static const std::vector<LayerKind> kinds{{
        .id = "Dense",
        .category = "Linear",
        .title = "Dense",
        .help = "Each output is a weighted sum of all inputs. Works on the last axis.",
        .aliases = {"Linear", "fully connected", "Gemm", "affine", "InnerProduct"},
        .params
        = {{.name = "out_features",
            .fallback = 64,
            .label = "Outputs",
            .help = "How many numbers come out for each sample.",
            .minimum = 1,
            .maximum = 1e7},
           biasParam(),
           activationParam(),
           initializerParam("weight_init", "Weights start as", "fan_in_uniform",
                            "How the weights are drawn before training."),
           initializerParam("bias_init", "Bias starts as", "fan_in_uniform", "How the bias is drawn before training.")},
        .inputs = oneInput("Features on the last axis: [batch, features].", Numbers::Real, 1),
        .outputs = oneOutput("[batch, outputs]"),
        .build = buildDense,
        .cases = cases,
        .pytorch = pytorch,
    }};
    return kinds;
}

} // namespace espalier
