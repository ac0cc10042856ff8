// SPDX-License-Identifier: Apache-2.0
// What overflows or cancels, replaced by what does not. From Theano's theano/tensor/nnet/{sigm,nnet}.py.
// All keep finite results to a few ulp of what exact arithmetic gives; where the original over- or underflowed, the new
// form gives the number that it should have given.
#include "engine/program/passes/facts.h"
#include "engine/program/passes/rule.h"

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

bool isLastAxis(Graph &graph, const Match &match)
{
    const auto axis = std::get<std::int64_t>(*match.attrs[0]);
    return axis == -1 || axis == graph.shape(match.values[0]).rank() - 1;
}

/// The bound that keeps log 0 finite, not one that is meant to bite.
bool thirdIsBelowMinus50(Graph &graph, const Match &match)
{
    return *graph.splat(match.values[2]) <= -50;
}

/// The one axis that a reduction goes over.
std::optional<std::int64_t> singleAxis(const Graph &graph, const Instruction &in)
{
    const auto &axes = in.attrs.integers("axes");
    const int rank = graph.shape(in.inputs[0]).rank();
    if (axes.empty() && rank == 1)
        return 0;
    if (axes.size() != 1)
        return std::nullopt;
    return axes[0] < 0 ? axes[0] + rank : axes[0];
}

/// log Σ exp x → log_sum_exp x
ValueId logSumExp(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    const Instruction *sum = graph.producer(in.inputs[0], "reduce_sum");
    const Instruction *exp = sum ? graph.producer(sum->inputs[0], "exp") : nullptr;
    const auto axis = exp ? singleAxis(graph, *sum) : std::nullopt;
    if (!axis)
        return kNoValue;
    return graph.emit("log_sum_exp", exp->inputs, {{"axis", *axis}, {"keepdims", sum->attrs.boolean("keepdims")}});
}

/// exp x / Σ exp x → softmax x
ValueId softmaxFromParts(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    const Instruction *exp = graph.producer(in.inputs[0], "exp");
    const Instruction *sum = graph.producer(in.inputs[1], "reduce_sum");
    if (!exp || !sum || sum->inputs[0] != in.inputs[0] || !sum->attrs.boolean("keepdims"))
        return kNoValue;
    const auto axis = singleAxis(graph, *sum);
    return axis ? graph.emit("softmax", exp->inputs, {{"axis", *axis}}) : kNoValue;
}

/// x - max x inside softmax, log_softmax: they do that themselves. In log_sum_exp it would change the value.
ValueId softmaxOfShifted(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    const Instruction *shift = graph.producer(in.inputs[0], "sub");
    const Instruction *most = shift ? graph.producer(shift->inputs[1]) : nullptr;
    if (most && most->op->name == "stop_gradient")
        most = graph.producer(most->inputs[0]);
    if (!most || most->op->name != "reduce_max" || most->inputs[0] != shift->inputs[0]
        || !most->attrs.boolean("keepdims") || singleAxis(graph, *most) != in.attrs.integer("axis"))
        return kNoValue;
    return graph.emit(in.op->name, {shift->inputs[0]}, in.attrs);
}

/// x - log_sum_exp x → log_softmax x
ValueId logSoftmaxFromParts(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    const Instruction *sum = graph.producer(in.inputs[1], "log_sum_exp");
    if (!sum || sum->inputs[0] != in.inputs[0] || !sum->attrs.boolean("keepdims"))
        return kNoValue;
    return graph.emit("log_softmax", {in.inputs[0]}, {{"axis", sum->attrs.integer("axis")}});
}

/// -loss where the target is a class, `outside` where it is none.
ValueId pickedLogSoftmax(Graph &graph, ValueId logits, ValueId target, double outside)
{
    const Dim &classes = graph.shape(logits)[graph.shape(logits).rank() - 1];
    if (!classes.isConstant())
        return kNoValue;
    const DType index = graph.dtype(target);
    const ValueId above = graph.emit("greater_equal", {target, graph.number(0, index)});
    const ValueId below = graph.emit("less", {target, graph.number(static_cast<double>(classes.constant()), index)});
    const ValueId inside = graph.emit("logical_and", {above, below});
    // Class 0 stands in for a target that is none, or its gradient would be NaN times 0.
    const ValueId known = graph.emit("where", {inside, target, graph.number(0, index)});
    const ValueId picked = graph.emit("neg", {graph.emit("softmax_cross_entropy", {logits, known})});
    return graph.emit("where", {inside, picked, graph.number(outside, graph.dtype(logits))});
}

/// The sum over the last axis of one_hot(target) · inner(x; last axis): {x, target}.
std::optional<std::pair<ValueId, ValueId>> oneHotPick(Graph &graph, const Instruction &sum, std::string_view inner)
{
    const Instruction *product = graph.producer(sum.inputs[0], "mul");
    if (!product || sum.attrs.boolean("keepdims") || singleAxis(graph, sum) != graph.shape(sum.inputs[0]).rank() - 1)
        return std::nullopt;
    for (std::size_t i = 0; i < 2; ++i) {
        const Instruction *hot = graph.producer(product->inputs[i], "one_hot");
        const Instruction *scores = graph.producer(product->inputs[1 - i], inner);
        if (hot && scores && graph.shape(hot->outputs[0]) == graph.shape(scores->outputs[0])
            && scores->attrs.integer("axis") == graph.shape(scores->inputs[0]).rank() - 1)
            return std::pair(scores->inputs[0], hot->inputs[0]);
    }
    return std::nullopt;
}

/// The classes of log_softmax moved to the end, or the other axes joined: so are those of its input.
ValueId movedCrossEntropy(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    const Instruction *moved = graph.producer(in.inputs[0]);
    const Instruction *logs
        = moved && !moved->inputs.empty() ? graph.producer(moved->inputs[0], "log_softmax") : nullptr;
    if (!logs)
        return kNoValue;
    const std::int64_t axis = logs->attrs.integer("axis");
    const Shape &before = graph.shape(moved->inputs[0]);
    const Shape &after = graph.shape(in.inputs[0]);
    const bool transposed = moved->op->name == "transpose" && moved->attrs.integers("permutation").back() == axis;
    const bool joined = moved->op->name == "reshape" && axis == before.rank() - 1 && after.rank() > 0
        && before[before.rank() - 1] == after[after.rank() - 1];
    if (!transposed && !joined)
        return kNoValue;
    const ValueId logits = graph.emit(moved->op->name, {logs->inputs[0]}, moved->attrs);
    return graph.emit("neg", {graph.emit("softmax_cross_entropy", {logits, in.inputs[1]})});
}

/// Σ one_hot(t) · log_softmax(x)
ValueId oneHotLogSoftmax(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    const auto pick = oneHotPick(graph, in, "log_softmax");
    return pick ? pickedLogSoftmax(graph, pick->first, pick->second, 0) : kNoValue;
}

/// log Σ one_hot(t) · softmax(x)
ValueId logOneHotSoftmax(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    const Instruction *sum = graph.producer(in.inputs[0], "reduce_sum");
    const auto pick = sum ? oneHotPick(graph, *sum, "softmax") : std::nullopt;
    return pick ? pickedLogSoftmax(graph, pick->first, pick->second, -INFINITY) : kNoValue;
}

/// Whether `id` comes from inputs of the program in a few steps, so from none of their functions.
bool isPlainInput(const Graph &graph, ValueId id)
{
    for (int steps = 0; steps < 4; ++steps) {
        const Instruction *in = graph.producer(id);
        if (!in)
            return true;
        if (in->op->name != "cast" && in->op->name != "reshape")
            return false;
        id = in->inputs[0];
    }
    return false;
}

/// The loss computes the probabilities too: no second softmax.
ValueId softmaxOfLoss(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    if (in.attrs.integer("axis") != graph.shape(in.inputs[0]).rank() - 1)
        return kNoValue;
    for (const std::int32_t user : graph.users(in.inputs[0])) {
        const Instruction &loss = graph.instruction(user);
        if (loss.op->name == "softmax_cross_entropy" && loss.inputs[0] == in.inputs[0]
            && isPlainInput(graph, loss.inputs[1]))
            return loss.outputs[1];
    }
    return kNoValue;
}

/// log(exp a + exp b) → max(a, b) + log1p(exp(-|a - b|)); where a = b, which also covers two infinities, a + log 2.
ValueId logAddExp(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    const Instruction *sum = graph.producer(in.inputs[0], "add");
    const Instruction *left = sum ? graph.producer(sum->inputs[0], "exp") : nullptr;
    const Instruction *right = sum ? graph.producer(sum->inputs[1], "exp") : nullptr;
    if (!left || !right)
        return kNoValue;
    const ValueId a = left->inputs[0];
    const ValueId b = right->inputs[0];
    const ValueId gap = graph.emit("abs", {graph.emit("sub", {a, b})});
    const ValueId rest = graph.emit("log1p", {graph.emit("exp", {graph.emit("neg", {gap})})});
    const ValueId most = graph.emit("maximum", {a, b});
    const ValueId same = graph.emit("add", {a, graph.number(std::log(2.0), graph.dtype(a))});
    return graph.emit("where", {graph.emit("equal", {a, b}), same, graph.emit("add", {most, rest})});
}

const Rule kRules[] = {
    // Logarithms and exponentials.
    {"log1p", "log(add(1, x))", "log1p(x)", kPlain, "better"},
    {"log1p-minus", "log(sub(1, x))", "log1p(neg(x))", kPlain, "better"},
    {"expm1", "sub(exp(x), 1)", "expm1(x)", kPlain, "better"},
    {"expm1-add", "add(exp(x), -1)", "expm1(x)", kPlain, "better"},
    {"one-minus-exp", "sub(1, exp(x))", "neg(expm1(x))", kOnce, "better"},
    {"log-exp", "log(exp(x))", "x", kPlain, "better: exp over- and underflows"},
    {"log1p-expm1", "log1p(expm1(x))", "x", kPlain, "better: exp over- and underflows"},
    {"sqrt-square", "sqrt(square(x))", "abs(x)", kPlain, "better: the square over- and underflows"},
    {"softplus", "log1p(exp(x))", "softplus(x)", kPlain, "better: exp overflows"},
    {"softplus-log", "log(add(1, exp(x)))", "softplus(x)", kPlain, "better: exp overflows"},
    {.name = "log-sum-exp", .note = "better: exp overflows", .ops = {"log"}, .apply = logSumExp},
    {.name = "log-add-exp",
     .flags = kAfter,
     .note = "better: exp overflows; its gradient at a = b is not that of the original, so only after autodiff",
     .ops = {"log"},
     .apply = logAddExp},
    // Sigmoid.
    {"sigmoid", "reciprocal(add(1, exp(x)))", "sigmoid(neg(x))", kPlain, "1 ulp"},
    {"sigmoid-div", "div(1, add(1, exp(x)))", "sigmoid(neg(x))", kPlain, "1 ulp"},
    {"sigmoid-exp", "div(exp(x), add(1, exp(x)))", "sigmoid(x)", kPlain, "better: exp overflows"},
    {"sigmoid-pair", "div(exp(x), add(exp(x), exp(y)))", "sigmoid(sub(x, y))", kPlain, "better: exp overflows"},
    {"sigmoid-pair-gradient", "mul(div(y, add(exp(x), exp(z))), exp(x))", "mul(y, sigmoid(sub(x, z)))", kPlain,
     "better: exp overflows; what log(exp x + exp z) has as gradient"},
    {"scaled-sigmoid", "div(y, add(1, exp(x)))", "mul(y, sigmoid(neg(x)))", kOnce, "1 ulp"},
    {"one-minus-sigmoid", "sub(1, sigmoid(x))", "sigmoid(neg(x))", kOnce, "better: cancels for large x"},
    {"sigmoid-times-exp", "mul(sigmoid(x), exp(neg(x)))", "sigmoid(neg(x))", kPlain, "better: exp overflows"},
    {"log-sigmoid", "log(sigmoid(x))", "neg(softplus(neg(x)))", kPlain, "better: sigmoid underflows"},
    {"log-one-minus-sigmoid", "log(sub(1, sigmoid(x)))", "neg(softplus(x))", kPlain, "better: cancels"},
    {"log1p-minus-sigmoid", "log1p(neg(sigmoid(x)))", "neg(softplus(x))", kPlain, "better: cancels"},
    {"tanh-from-sigmoid", "sub(mul(sigmoid(mul(x, 2)), 2), 1)", "tanh(x)", kOnce, "better: cancels near 0"},
    // Softmax and its losses.
    {.name = "softmax", .note = "better: exp overflows", .ops = {"div"}, .apply = softmaxFromParts},
    {.name = "softmax-shifted",
     .note = "exact to rounding",
     .ops = {"softmax", "log_softmax"},
     .apply = softmaxOfShifted},
    {.name = "log-softmax-parts", .note = "better: cancels", .ops = {"sub"}, .apply = logSoftmaxFromParts},
    {"log-softmax", "log(softmax(x; axis=a))", "log_softmax(x; axis=a)", kPlain, "better: softmax underflows"},
    {"softmax-cross-entropy", "take_along(log_softmax(x; axis=a), t)", "neg(softmax_cross_entropy(x, t))", kPlain,
     "a target outside the classes stays NaN", isLastAxis},
    {"log-picked-softmax", "log(take_along(softmax(x; axis=a), t))", "neg(softmax_cross_entropy(x, t))", kPlain,
     "better: softmax underflows; a target outside the classes stays NaN", isLastAxis},
    {"log-transposed-softmax", "log(transpose(softmax(x; axis=a); permutation=p))",
     "transpose(log_softmax(x; axis=a); permutation=p)", kPlain, "better: softmax underflows"},
    {"log-reshaped-softmax", "log(reshape(softmax(x; axis=a); shape=s))", "reshape(log_softmax(x; axis=a); shape=s)",
     kPlain, "better: softmax underflows"},
    {.name = "softmax-cross-entropy-moved",
     .note = "a target outside the classes stays NaN",
     .ops = {"take_along"},
     .apply = movedCrossEntropy},
    {.name = "one-hot-log-softmax",
     .note = "a class of probability 0 that is not the target no longer gives NaN",
     .ops = {"reduce_sum"},
     .apply = oneHotLogSoftmax},
    {.name = "log-one-hot-softmax", .note = "better: softmax underflows", .ops = {"log"}, .apply = logOneHotSoftmax},
    {.name = "softmax-of-loss",
     .flags = kAfter,
     .note = "the same number from another kernel",
     .ops = {"softmax"},
     .apply = softmaxOfLoss},
    {"binary-cross-entropy", "add(mul(t, softplus(neg(x))), mul(sub(1, t), softplus(x)))",
     "sub(softplus(x), mul(t, x))", kFiniteOnly, "ulp of x; infinite logits give NaN"},
    {"binary-cross-entropy-bounded",
     "add(mul(t, maximum(neg(softplus(neg(x))), c)), mul(sub(1, t), maximum(neg(softplus(x)), c)))",
     "sub(mul(t, x), softplus(x))", kFiniteOnly,
     "ulp of x; infinite logits give NaN; no bound on the loss is needed any more: far logits keep their gradient",
     thirdIsBelowMinus50},
    {"log-softmax-gradient", "softmax_backward(div(dy, softmax(x; axis=a)), softmax(x; axis=a); axis=a)",
     "log_softmax_backward(dy, log_softmax(x; axis=a); axis=a)", kAfter, "better: no division by what underflows"},
    // Monotone functions do not move the largest.
    {"argmax-softmax", "argmax(softmax(x; axis=a); axis=a, keepdims=k)", "argmax(x; axis=a, keepdims=k)", kAnyType,
     "better: values that round to ties are told apart"},
    {"argmax-log-softmax", "argmax(log_softmax(x; axis=a); axis=a, keepdims=k)", "argmax(x; axis=a, keepdims=k)",
     kAnyType, "better: as above"},
    {"argmax-sigmoid", "argmax(sigmoid(x); axis=a, keepdims=k)", "argmax(x; axis=a, keepdims=k)", kAnyType,
     "better: as above"},
    {"top-k-softmax", "in_top_k(softmax(x; axis=a), t; k=k)", "in_top_k(x, t; k=k)", kAnyType, "better: as above",
     isLastAxis},
    {"greater-sigmoid-half", "greater(sigmoid(x), 0.5)", "greater(x, 0)", kOnce, "better: as above"},
    // Activations written out.
    {"silu", "mul(x, sigmoid(x))", "silu(x)", kOnce, "1 ulp"},
    {"mish", "mul(x, tanh(softplus(x)))", "mish(x)", kOnce, "1 ulp"},
    {"relu", "maximum(x, 0)", "relu(x)", kPlain, "exact; the gradient at 0 is relu's, 0"},
};

} // namespace

std::span<const Rule> stabiliseRules()
{
    return kRules;
}

} // namespace espalier
