// SPDX-License-Identifier: Apache-2.0
// Element-wise ops of one input: help, derivative, expansion and ONNX name of each; the value is in scalar_math.h.
#include "engine/ops/elementwise_rules.h"

#include <numbers>

namespace espalier::elementwise {
namespace {

using Gradient = std::vector<ValueId> (*)(const GradientCall &);
using Cases = std::vector<OpCase> (*)();
using Expand = std::vector<ValueId> (*)(Builder &, const OpCall &, std::span<const ValueId>);

template <typename F>
Op row(std::string_view help, Gradient gradient, std::string_view onnx, Cases cases = unaryCasesOf<F, Domain::Normal>,
       Expand expand = nullptr)
{
    Op op;
    op.name = F::name;
    op.help = help;
    op.inputNames = {"x"};
    op.infer = inferUnary;
    op.gradient = gradient;
    op.traits.differentiable = gradient != nullptr;
    op.onnx = onnx;
    op.cases = cases;
    op.expand = expand;
    return op;
}

ValueId where(Builder &b, ValueId condition, ValueId yes, ValueId no)
{
    return b.emit("where", {condition, yes, no});
}

/// g where x > 0, else `otherwise`.
ValueId whereOne(const Unary &u, std::string_view comparison, ValueId x, double bound, ValueId yes, ValueId no)
{
    return where(u.b, u.b.emit(comparison, {x, u.b.literal(bound, x)}), yes, no);
}

ValueId oneMinus(Builder &b, ValueId x)
{
    return b.sub(b.literal(1, x), x);
}

ValueId reluGradient(const Unary &u)
{
    return whereOne(u, "greater", u.y, 0, u.g, u.b.literal(0, u.g)); // of y, so that x need not be kept
}

/// Phi(x) + x phi(x), or the derivative of the tanh form.
ValueId geluGradient(const Unary &u)
{
    Builder &b = u.b;
    const ValueId x2 = b.emit("square", {u.x});
    if (!u.attrs.boolean("approximate")) {
        const ValueId cdf
            = b.mulScalar(b.addScalar(b.emit("erf", {b.mulScalar(u.x, std::numbers::sqrt2 / 2)}), 1.0), 0.5);
        const ValueId pdf
            = b.mulScalar(b.emit("exp", {b.mulScalar(x2, -0.5)}), std::numbers::inv_sqrtpi / std::numbers::sqrt2);
        return b.mul(u.g, b.add(cdf, b.mul(u.x, pdf)));
    }
    const double k = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
    const ValueId inner = b.mulScalar(b.mul(u.x, b.addScalar(b.mulScalar(x2, 0.044715), 1.0)), k);
    const ValueId t = b.emit("tanh", {inner});
    const ValueId slope = b.mulScalar(b.addScalar(b.mulScalar(x2, 3 * 0.044715), 1.0), k);
    const ValueId curved = b.mul(b.mul(u.x, oneMinus(b, b.emit("square", {t}))), slope);
    return b.mul(u.g, b.mulScalar(b.add(b.addScalar(t, 1.0), curved), 0.5));
}

ValueId siluGradient(const Unary &u)
{
    Builder &b = u.b;
    const ValueId s = b.emit("sigmoid", {u.x});
    return b.mul(u.g, b.mul(s, b.addScalar(b.mul(u.x, oneMinus(b, s)), 1.0)));
}

ValueId mishGradient(const Unary &u)
{
    Builder &b = u.b;
    const ValueId t = b.emit("tanh", {b.emit("softplus", {u.x})});
    const ValueId inner = b.mul(oneMinus(b, b.emit("square", {t})), b.emit("sigmoid", {u.x}));
    return b.mul(u.g, b.add(t, b.mul(u.x, inner)));
}

ValueId hardswishGradient(const Unary &u)
{
    Builder &b = u.b;
    const ValueId inner = b.mul(u.g, b.addScalar(b.mulScalar(u.x, 1.0 / 3), 0.5));
    const ValueId upper = whereOne(u, "greater_equal", u.x, 3, u.g, inner);
    return whereOne(u, "less_equal", u.x, -3, b.literal(0, u.g), upper);
}

ValueId seluGradient(const Unary &u)
{
    Builder &b = u.b; // below 0: scale alpha exp(x) = y + scale alpha
    const ValueId below = b.mul(u.g, b.addScalar(u.y, scalar::kSeluScale * scalar::kSeluAlpha));
    return whereOne(u, "greater", u.x, 0, b.mulScalar(u.g, scalar::kSeluScale), below);
}

ValueId eluGradient(const Unary &u)
{
    return whereOne(u, "greater", u.x, 0, u.g, u.b.mul(u.g, u.b.addScalar(u.y, u.attrs.real("alpha"))));
}

ValueId clipGradient(const Unary &u)
{
    Builder &b = u.b; // the bounds themselves let it through, as in PyTorch
    const ValueId inside = b.emit("logical_and",
                                  {b.emit("greater_equal", {u.x, b.literal(u.attrs.real("minimum"), u.x)}),
                                   b.emit("less_equal", {u.x, b.literal(u.attrs.real("maximum"), u.x)})});
    return where(b, inside, u.g, b.literal(0, u.g));
}

std::vector<OpCase> casesWith(unsigned kinds, Domain domain, std::initializer_list<Attrs> choices)
{
    std::vector<OpCase> cases = unaryCases(kinds, domain);
    for (const Attrs &attrs : choices)
        for (OpCase &c : unaryCases(kinds, domain, attrs)) {
            c.name += " " + attrs.toString();
            cases.push_back(std::move(c));
        }
    return cases;
}

InferredTypes inferClip(const OpCall &call)
{
    if (!(call.attrs.real("minimum") <= call.attrs.real("maximum")))
        return fail("op.clip-order", "clip needs a minimum that is not above its maximum, got {0} and {1}.",
                    call.attrs.real("minimum"), call.attrs.real("maximum"));
    return inferUnary(call);
}

std::vector<Op> arithmetic()
{
    using namespace scalar;
    return {
        row<Neg>("Changes the sign.", unaryGradient<[](const Unary &u) { return u.b.emit("neg", {u.g}); }>, "Neg"),
        row<Abs>("The distance from zero.",
                 unaryGradient<[](const Unary &u) { return u.b.mul(u.g, u.b.emit("sign", {u.x})); }>, "Abs",
                 unaryCasesOf<Abs, Domain::AwayFromZero>),
        row<Sign>("-1, 0 or 1 by the sign.", nullptr, "Sign", unaryCasesOf<Sign, Domain::AwayFromZero>),
        row<Square>(
            "The value times itself.",
            unaryGradient<[](const Unary &u) { return u.b.mul(u.g, u.b.mulScalar(u.x, 2.0)); }>, "",
            unaryCasesOf<Square, Domain::Normal>,
            [](Builder &b, const OpCall &, std::span<const ValueId> in) { return std::vector{b.mul(in[0], in[0])}; }),
        row<Reciprocal>(
            "1 divided by the value.",
            unaryGradient<[](const Unary &u) { return u.b.emit("neg", {u.b.mul(u.g, u.b.emit("square", {u.y}))}); }>,
            "Reciprocal", unaryCasesOf<Reciprocal, Domain::Positive>),
        row<Sqrt>("The square root; NaN below 0.",
                  unaryGradient<[](const Unary &u) { return u.b.div(u.b.mulScalar(u.g, 0.5), u.y); }>, "Sqrt",
                  unaryCasesOf<Sqrt, Domain::Positive>),
        row<Rsqrt>("1 divided by the square root.", unaryGradient<[](const Unary &u) {
                       return u.b.mul(u.b.mulScalar(u.g, -0.5), u.b.mul(u.y, u.b.emit("square", {u.y})));
                   }>,
                   "", unaryCasesOf<Rsqrt, Domain::Positive>,
                   [](Builder &b, const OpCall &, std::span<const ValueId> in) {
                       return std::vector{b.emit("reciprocal", {b.emit("sqrt", {in[0]})})};
                   }),
        row<Exp>("e to the power of the value.", unaryGradient<[](const Unary &u) { return u.b.mul(u.g, u.y); }>,
                 "Exp"),
        row<Expm1>("exp(x) - 1, exact near 0.",
                   unaryGradient<[](const Unary &u) { return u.b.mul(u.g, u.b.addScalar(u.y, 1.0)); }>, "",
                   unaryCasesOf<Expm1, Domain::Normal>,
                   [](Builder &b, const OpCall &, std::span<const ValueId> in) {
                       return std::vector{b.addScalar(b.emit("exp", {in[0]}), -1.0)};
                   }),
        row<Log>("The natural logarithm; NaN below 0.", unaryGradient<[](const Unary &u) { return u.b.div(u.g, u.x); }>,
                 "Log", unaryCasesOf<Log, Domain::Positive>),
        row<Log1p>("log(1 + x), exact near 0.",
                   unaryGradient<[](const Unary &u) { return u.b.div(u.g, u.b.addScalar(u.x, 1.0)); }>, "",
                   unaryCasesOf<Log1p, Domain::Positive>,
                   [](Builder &b, const OpCall &, std::span<const ValueId> in) {
                       return std::vector{b.emit("log", {b.addScalar(in[0], 1.0)})};
                   }),
        row<Sin>("The sine of an angle in radians.",
                 unaryGradient<[](const Unary &u) { return u.b.mul(u.g, u.b.emit("cos", {u.x})); }>, "Sin"),
        row<Cos>("The cosine of an angle in radians.",
                 unaryGradient<[](const Unary &u) { return u.b.emit("neg", {u.b.mul(u.g, u.b.emit("sin", {u.x}))}); }>,
                 "Cos"),
        row<Erf>("The error function of the normal distribution.", unaryGradient<[](const Unary &u) {
                     const ValueId bell = u.b.emit("exp", {u.b.emit("neg", {u.b.emit("square", {u.x})})});
                     return u.b.mul(u.g, u.b.mulScalar(bell, 2 * std::numbers::inv_sqrtpi));
                 }>,
                 "Erf"),
        row<Floor>("The next whole number below or equal.", nullptr, "Floor"),
        row<Ceil>("The next whole number above or equal.", nullptr, "Ceil"),
        row<Round>("The nearest whole number; halves go to the even one.", nullptr, "Round"),
        row<StopGradient>("Passes the value on, and no gradient back.", nullptr, "Identity"),
    };
}

std::vector<Op> activations()
{
    using namespace scalar;
    return {
        row<Tanh>("The hyperbolic tangent: squeezes into -1 to 1.",
                  unaryGradient<[](const Unary &u) { return u.b.mul(u.g, oneMinus(u.b, u.b.emit("square", {u.y}))); }>,
                  "Tanh"),
        row<Sigmoid>("1 / (1 + exp(-x)): squeezes into 0 to 1.",
                     unaryGradient<[](const Unary &u) { return u.b.mul(u.g, u.b.mul(u.y, oneMinus(u.b, u.y))); }>,
                     "Sigmoid"),
        row<Softplus>("log(1 + exp(x)): a smooth relu.",
                      unaryGradient<[](const Unary &u) { return u.b.mul(u.g, u.b.emit("sigmoid", {u.x})); }>,
                      "Softplus"),
        row<Relu>("The value where it is positive, else 0.", unaryGradient<reluGradient>, "Relu",
                  unaryCasesOf<Relu, Domain::AwayFromZero>),
        row<Silu>("x times sigmoid(x), also called swish.", unaryGradient<siluGradient>, "",
                  unaryCasesOf<Silu, Domain::Normal>,
                  [](Builder &b, const OpCall &, std::span<const ValueId> in) {
                      return std::vector{b.mul(in[0], b.emit("sigmoid", {in[0]}))};
                  }),
        row<Hardswish>("x times clip(x + 3, 0, 6) / 6.", unaryGradient<hardswishGradient>, "HardSwish"),
        row<Mish>("x times tanh(softplus(x)).", unaryGradient<mishGradient>, "", unaryCasesOf<Mish, Domain::Normal>,
                  [](Builder &b, const OpCall &, std::span<const ValueId> in) {
                      return std::vector{b.mul(in[0], b.emit("tanh", {b.emit("softplus", {in[0]})}))};
                  }),
        row<Selu>("The self-normalising exponential unit.", unaryGradient<seluGradient>, "Selu",
                  unaryCasesOf<Selu, Domain::AwayFromZero>),
    };
}

std::vector<ValueId> expandGelu(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const ValueId x = in[0];
    ValueId bent = kNoValue;
    if (call.attrs.boolean("approximate")) {
        const ValueId inner = b.mul(x, b.addScalar(b.mulScalar(b.mul(x, x), 0.044715), 1.0));
        bent = b.emit("tanh", {b.mulScalar(inner, std::numbers::sqrt2 * std::numbers::inv_sqrtpi)});
    } else {
        bent = b.emit("erf", {b.mulScalar(x, std::numbers::sqrt2 / 2)});
    }
    return {b.mul(b.mulScalar(x, 0.5), b.addScalar(bent, 1.0))};
}

std::vector<Op> withAttributes()
{
    using namespace scalar;
    Op gelu = row<Gelu>(
        "x times the normal distribution's cumulative probability of x.", unaryGradient<geluGradient>, "",
        [] {
            return casesWith(kFloat, Domain::Normal, {{{"approximate", true}}});
        },
        expandGelu);
    gelu.attrs = {{"approximate", false, false, "Use the faster tanh form."}};
    Op leaky = row<LeakyRelu>(
        "The value where it is positive, else a small multiple of it.", unaryGradient<[](const Unary &u) {
            return whereOne(u, "greater", u.x, 0, u.g, u.b.mulScalar(u.g, u.attrs.real("negative_slope")));
        }>,
        "LeakyRelu", [] {
            return casesWith(kFloat, Domain::AwayFromZero, {{{"negative_slope", 0.3}}});
        });
    leaky.attrs = {{"negative_slope", 0.01, false, "Slope below 0."}};
    Op elu
        = row<Elu>("The value where it is positive, else alpha (exp(x) - 1).", unaryGradient<eluGradient>, "Elu", [] {
              return casesWith(kFloat, Domain::AwayFromZero, {{{"alpha", 0.7}}});
          });
    elu.attrs = {{"alpha", 1.0, false, "Minus the value far below 0."}};
    Op clip
        = row<Clip>("Limits the value to the range from minimum to maximum.", unaryGradient<clipGradient>, "Clip", [] {
              std::vector<OpCase> cases;
              for (const Attrs &attrs :
                   {Attrs{{"minimum", -0.5}, {"maximum", 0.75}}, Attrs{{"minimum", 0.0}, {"maximum", 6.0}}})
                  for (OpCase &c : unaryCases(kNumber, Domain::AwayFromZero, attrs)) {
                      c.name += " " + attrs.toString();
                      cases.push_back(std::move(c));
                  }
              return cases;
          });
    clip.attrs = {{"minimum", 0.0, true, "Lowest value."}, {"maximum", 1.0, true, "Highest value."}};
    clip.infer = inferClip;
    return {gelu, leaky, elu, clip};
}

std::vector<Op> predicates()
{
    using namespace scalar;
    Op logicalNot = row<LogicalNot>("True where the value is false.", nullptr, "Not");
    Op finite = row<IsFinite>("True where the value is neither NaN nor infinite.", nullptr, "",
                              unaryCasesOf<IsFinite, Domain::Normal>,
                              [](Builder &b, const OpCall &, std::span<const ValueId> in) {
                                  const ValueId none = b.sub(in[0], in[0]); // NaN unless x is finite
                                  return std::vector{b.emit("equal", {none, b.literal(0, none)})};
                              });
    finite.infer = inferPredicate;
    return {logicalNot, finite};
}

} // namespace

std::vector<Op> unaryRows()
{
    std::vector<Op> all;
    for (const auto &rows : {arithmetic(), activations(), withAttributes(), predicates()})
        all.insert(all.end(), rows.begin(), rows.end());
    return all;
}

} // namespace espalier::elementwise
