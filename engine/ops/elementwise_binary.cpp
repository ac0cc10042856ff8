// SPDX-License-Identifier: Apache-2.0
// Element-wise ops of two inputs: help, derivatives and ONNX name of each; the value is in scalar_math.h.
#include "engine/ops/elementwise_rules.h"

namespace espalier::elementwise {
namespace {

using Cases = std::vector<OpCase> (*)();

/// What a binary rule sees.
struct Binary {
    Builder &b;
    ValueId x;
    ValueId y; ///< second input
    ValueId out;
    ValueId g;
};

/// Builds the parts that are wanted and sums them down to the shapes of the inputs.
template <auto RuleA, auto RuleB>
std::vector<ValueId> binaryGradient(const GradientCall &call)
{
    std::vector<ValueId> parts = noGradients(call);
    if (call.gradients[0] == kNoValue)
        return parts;
    Builder &b = call.builder;
    const Binary binary{b, call.inputs[0], call.inputs[1], call.outputs[0], call.gradients[0]};
    if (call.needed[0])
        parts[0] = b.sumTo(RuleA(binary), b.shape(call.inputs[0]));
    if (call.needed[1])
        parts[1] = b.sumTo(RuleB(binary), b.shape(call.inputs[1]));
    return parts;
}

ValueId pass(const Binary &r)
{
    return r.g;
}

ValueId negated(const Binary &r)
{
    return r.b.emit("neg", {r.g});
}

ValueId divGradientB(const Binary &r)
{
    return r.b.emit("neg", {r.b.div(r.b.mul(r.g, r.out), r.y)});
}

ValueId powGradientA(const Binary &r)
{
    const ValueId lower = r.b.emit("pow", {r.x, r.b.addScalar(r.y, -1.0)});
    const ValueId zero = r.b.literal(0, r.y); // x^0 is flat, also at x = 0
    return r.b.emit("where", {r.b.emit("equal", {r.y, zero}), r.b.literal(0, r.g), r.b.mul(r.g, r.b.mul(r.y, lower))});
}

ValueId powGradientB(const Binary &r)
{
    const ValueId zero = r.b.literal(0, r.x); // log is taken of positive bases only, so that 0^y has slope 0
    const ValueId positive = r.b.emit("greater", {r.x, zero});
    const ValueId base = r.b.emit("where", {positive, r.x, r.b.literal(1, r.x)});
    return r.b.mul(r.g, r.b.mul(r.out, r.b.emit("log", {base})));
}

ValueId modGradientB(const Binary &r)
{
    return r.b.emit("neg", {r.b.mul(r.g, r.b.emit("floor", {r.b.div(r.x, r.y)}))});
}

/// 1 where x wins, 1/2 at a tie, else 0 (as PyTorch shares a tie).
ValueId share(const Binary &r, std::string_view strict, std::string_view orEqual, ValueId x, ValueId y)
{
    const DType dtype = r.b.dtype(r.g);
    const ValueId wins = r.b.cast(r.b.emit(strict, {x, y}), dtype);
    const ValueId ties = r.b.cast(r.b.emit(orEqual, {x, y}), dtype);
    return r.b.mul(r.g, r.b.mulScalar(r.b.add(wins, ties), 0.5));
}

template <typename F>
Op row(std::string_view help, std::vector<ValueId> (*gradient)(const GradientCall &), std::string_view onnx,
       bool commutative, Cases cases = binaryCasesOf<F, Domain::Normal, Domain::Normal>)
{
    Op op;
    op.name = F::name;
    op.help = help;
    op.minInputs = op.maxInputs = 2;
    op.inputNames = {"a", "b"};
    op.infer = inferBinary;
    op.gradient = gradient;
    op.traits.differentiable = gradient != nullptr;
    op.traits.commutative = commutative;
    op.onnx = onnx;
    op.cases = cases;
    return op;
}

template <typename F>
Op comparison(std::string_view help, std::string_view onnx, bool commutative)
{
    Op op = row<F>(help, nullptr, onnx, commutative);
    op.infer = inferComparison;
    return op;
}

std::vector<Op> arithmetic()
{
    using namespace scalar;
    Op mod = row<Mod>("The remainder of a / b, with the sign of b.", binaryGradient<pass, modGradientB>, "", false,
                      binaryCasesOf<Mod, Domain::Normal, Domain::Positive>);
    mod.expand = [](Builder &b, const OpCall &, std::span<const ValueId> in) {
        const ValueId quotient = b.div(in[0], in[1]);
        const ValueId whole = isFloating(b.dtype(quotient)) ? b.emit("floor", {quotient}) : quotient;
        return std::vector{b.sub(in[0], b.mul(in[1], whole))};
    };
    return {
        row<Add>("The sum a + b.", binaryGradient<pass, pass>, "Add", true),
        row<Sub>("The difference a - b.", binaryGradient<pass, negated>, "Sub", false),
        row<Mul>("The product a b, element by element.",
                 binaryGradient<[](const Binary &r) { return r.b.mul(r.g, r.y); },
                                [](const Binary &r) { return r.b.mul(r.g, r.x); }>,
                 "Mul", true),
        row<Div>("The quotient a / b; whole numbers round down.",
                 binaryGradient<[](const Binary &r) { return r.b.div(r.g, r.y); }, divGradientB>, "Div", false,
                 binaryCasesOf<Div, Domain::Normal, Domain::Positive>),
        row<Pow>("a to the power of b.", binaryGradient<powGradientA, powGradientB>, "Pow", false,
                 binaryCasesOf<Pow, Domain::Positive, Domain::Normal>),
        row<Maximum>("The larger of a and b.",
                     binaryGradient<[](const Binary &r) { return share(r, "greater", "greater_equal", r.x, r.y); },
                                    [](const Binary &r) { return share(r, "greater", "greater_equal", r.y, r.x); }>,
                     "Max", true),
        row<Minimum>("The smaller of a and b.",
                     binaryGradient<[](const Binary &r) { return share(r, "less", "less_equal", r.x, r.y); },
                                    [](const Binary &r) { return share(r, "less", "less_equal", r.y, r.x); }>,
                     "Min", true),
        mod,
    };
}

std::vector<Op> comparisons()
{
    using namespace scalar;
    Op notEqual = comparison<NotEqual>("True where a and b differ.", "", true);
    notEqual.expand = [](Builder &b, const OpCall &, std::span<const ValueId> in) {
        return std::vector{b.emit("logical_not", {b.emit("equal", {in[0], in[1]})})};
    };
    return {
        comparison<Equal>("True where a equals b.", "Equal", true),
        notEqual,
        comparison<Less>("True where a is below b.", "Less", false),
        comparison<LessEqual>("True where a is not above b.", "LessOrEqual", false),
        comparison<Greater>("True where a is above b.", "Greater", false),
        comparison<GreaterEqual>("True where a is not below b.", "GreaterOrEqual", false),
        comparison<LogicalAnd>("True where both are true.", "And", true),
        comparison<LogicalOr>("True where one of them is true.", "Or", true),
    };
}

} // namespace

std::vector<Op> binaryRows()
{
    std::vector<Op> all = arithmetic();
    for (const Op &op : comparisons())
        all.push_back(op);
    return all;
}

} // namespace espalier::elementwise
