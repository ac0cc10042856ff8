// SPDX-License-Identifier: Apache-2.0
// Steps of the optimizers in PyTorch's formulas, and the one flag that says whether gradients are finite.
#include "engine/ops/families.h"
#include "engine/ops/type_rules.h"

#include <cmath>

namespace espalier {
namespace {

/// Inputs: param, grad, slots, then (for adam) step, then rate and gate.
Result<std::vector<TensorType>> inferUpdate(const OpCall &call, int tensors, bool counted)
{
    for (int i = 0; i < tensors; ++i) {
        ESPALIER_CHECK(expectFloating(call, {0, i}));
        ESPALIER_CHECK(expectShape(call, i, call.inputs[0].shape));
    }
    int next = tensors;
    if (counted) {
        ESPALIER_CHECK(expectDType(call, next, DType::Int64));
        ESPALIER_CHECK(expectRank(call, next++, 0));
    }
    ESPALIER_CHECK(expectFloating(call, {next}));
    ESPALIER_CHECK(expectRank(call, next++, 0));
    ESPALIER_CHECK(expectDType(call, next, DType::Bool));
    ESPALIER_CHECK(expectRank(call, next, 0));
    return std::vector<TensorType>(call.op.outputNames.size(), call.inputs[0]);
}

template <int tensors, bool counted>
Result<std::vector<TensorType>> infer(const OpCall &call)
{
    return inferUpdate(call, tensors, counted);
}

Result<std::vector<TensorType>> inferAllFinite(const OpCall &call)
{
    for (const TensorType &t : call.inputs)
        if (!isFloating(t.dtype))
            return fail("op.floating", "The op all_finite looks at floating-point numbers, got {0}.", typeArg(t));
    return std::vector<TensorType>{{DType::Bool, Shape{}}};
}

/// Builds the new values and keeps the old ones where the gate is shut.
struct Step {
    Builder &b;
    ValueId gate;

    ValueId decayed(ValueId grad, ValueId param, double weightDecay) const
    {
        return weightDecay == 0 ? grad : b.add(grad, b.mulScalar(param, weightDecay));
    }
    ValueId kept(ValueId updated, ValueId old) const { return b.emit("where", {gate, updated, old}); }
    /// decay * average + (1 - decay) * x
    ValueId average(ValueId old, ValueId x, double decay) const
    {
        return b.add(b.mulScalar(old, decay), b.mulScalar(x, 1 - decay));
    }
};

std::vector<ValueId> expandSgdPlain(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const Step s{b, in[3]};
    const ValueId rate = b.cast(in[2], b.dtype(in[0]));
    const ValueId g = s.decayed(in[1], in[0], call.attrs.real("weight_decay"));
    return {s.kept(b.sub(in[0], b.mul(rate, g)), in[0])};
}

std::vector<ValueId> expandSgd(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const Step s{b, in[4]};
    const double momentum = call.attrs.real("momentum");
    const ValueId rate = b.cast(in[3], b.dtype(in[0]));
    const ValueId g = s.decayed(in[1], in[0], call.attrs.real("weight_decay"));
    const ValueId velocity = b.add(b.mulScalar(in[2], momentum), g);
    const ValueId direction = call.attrs.boolean("nesterov") ? b.add(g, b.mulScalar(velocity, momentum)) : velocity;
    return {s.kept(b.sub(in[0], b.mul(rate, direction)), in[0]), s.kept(velocity, in[2])};
}

/// 1 - beta^step without cancellation: beta is close to 1, and 1 - 0.999 in float32 has lost four digits.
ValueId biasCorrection(Builder &b, ValueId step, double beta)
{
    return b.emit("neg", {b.emit("expm1", {b.mulScalar(step, std::log(beta))})});
}

std::vector<ValueId> expandAdam(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const Step s{b, in[6]};
    const double beta1 = call.attrs.real("beta1");
    const double beta2 = call.attrs.real("beta2");
    const double weightDecay = call.attrs.real("weight_decay");
    const bool decoupled = call.attrs.boolean("decoupled");
    const DType dtype = b.dtype(in[0]);
    const ValueId step = b.cast(in[4], dtype);
    const ValueId rate = b.cast(in[5], dtype);
    const ValueId g = decoupled ? in[1] : s.decayed(in[1], in[0], weightDecay);
    ValueId param = in[0];
    if (decoupled && weightDecay != 0)
        param = b.sub(param, b.mul(param, b.mulScalar(rate, weightDecay)));
    const ValueId m = s.average(in[2], g, beta1);
    const ValueId v = s.average(in[3], b.emit("square", {g}), beta2);
    const ValueId size = b.div(rate, biasCorrection(b, step, beta1));
    const ValueId root = b.emit("sqrt", {biasCorrection(b, step, beta2)});
    const ValueId divisor = b.addScalar(b.div(b.emit("sqrt", {v}), root), call.attrs.real("eps"));
    return {s.kept(b.sub(param, b.mul(size, b.div(m, divisor))), in[0]), s.kept(m, in[2]), s.kept(v, in[3])};
}

std::vector<ValueId> expandRmsprop(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const Step s{b, in[6]};
    const double alpha = call.attrs.real("alpha");
    const double momentum = call.attrs.real("momentum");
    const ValueId rate = b.cast(in[5], b.dtype(in[0]));
    const ValueId g = s.decayed(in[1], in[0], call.attrs.real("weight_decay"));
    const ValueId squareAverage = s.average(in[2], b.emit("square", {g}), alpha);
    ValueId average = in[4];
    ValueId variance = squareAverage;
    if (call.attrs.boolean("centered")) {
        average = s.average(in[4], g, alpha);
        variance = b.sub(squareAverage, b.emit("square", {average}));
    }
    ValueId direction = b.div(g, b.addScalar(b.emit("sqrt", {variance}), call.attrs.real("eps")));
    ValueId buffer = in[3];
    if (momentum > 0)
        direction = buffer = b.add(b.mulScalar(in[3], momentum), direction);
    return {s.kept(b.sub(in[0], b.mul(rate, direction)), in[0]), s.kept(squareAverage, in[2]), s.kept(buffer, in[3]),
            s.kept(average, in[4])};
}

std::vector<ValueId> expandAllFinite(Builder &b, const OpCall &, std::span<const ValueId> in)
{
    ValueId all = kNoValue;
    for (const ValueId x : in) {
        const ValueId one = b.emit("reduce_all", {b.emit("is_finite", {x})});
        all = all == kNoValue ? one : b.emit("logical_and", {all, one});
    }
    return {all};
}

// ---- cases

const std::vector<Dims> &shapes()
{
    static const std::vector<Dims> all = {{2, 3}, {}, {1}, {17}, {0, 4}, {33, 5}};
    return all;
}

const CaseInput kRate{{}, DType::Float32, Domain::Unit};
const CaseInput kGate{{}, DType::Bool, Domain::Boolean};
const CaseInput kStep{{}, DType::Int64, Domain::Seed};

/// Each variant of attributes on the first shape, and the first variant on every other shape.
std::vector<OpCase> variants(const std::vector<std::pair<std::string, Attrs>> &all,
                             std::vector<CaseInput> (*inputs)(const Dims &dims))
{
    std::vector<OpCase> out;
    for (const auto &[name, attrs] : all)
        out.push_back({name, attrs, inputs(shapes().front())});
    for (std::size_t i = 1; i < shapes().size(); ++i)
        out.push_back({Shape(shapes()[i]).toString(), all.front().second, inputs(shapes()[i])});
    for (OpCase &c : out) {
        c.checkGradient = false;
        c.reason = "A step of an optimizer is not differentiated.";
    }
    return out;
}

std::vector<OpCase> sgdPlainCases()
{
    return variants({{"plain", {}}, {"weight decay", {{"weight_decay", 0.1}}}}, [](const Dims &d) {
        return std::vector<CaseInput>{{d}, {d}, kRate, kGate};
    });
}

std::vector<OpCase> sgdCases()
{
    return variants({{"momentum", {{"momentum", 0.9}}},
                     {"weight decay", {{"momentum", 0.8}, {"weight_decay", 0.1}}},
                     {"nesterov", {{"momentum", 0.9}, {"nesterov", true}, {"weight_decay", 0.01}}}},
                    [](const Dims &d) {
                        return std::vector<CaseInput>{{d}, {d}, {d}, kRate, kGate};
                    });
}

std::vector<OpCase> adamCases()
{
    return variants(
        {{"plain", {}},
         {"weight decay", {{"weight_decay", 0.1}}},
         {"decoupled", {{"weight_decay", 0.1}, {"decoupled", true}}},
         {"other betas", {{"beta1", 0.5}, {"beta2", 0.9}, {"eps", 0.01}}},
         {"no averages", {{"beta1", 0.0}, {"beta2", 0.0}, {"eps", 0.1}}}},
        [](const Dims &d) {
            return std::vector<CaseInput>{{d}, {d}, {d}, {d, DType::Float32, Domain::Positive}, kStep, kRate, kGate};
        });
}

template <bool centered>
std::vector<CaseInput> rmspropInputs(const Dims &d)
{
    // The average of squares must not be below the square of the average, or its root is no number: 0 when centered.
    const CaseInput average{d, DType::Float32, centered ? Domain::Index : Domain::Normal, 1};
    return {{d}, {d}, {d, DType::Float32, Domain::Positive}, {d}, average, kRate, kGate};
}

std::vector<OpCase> rmspropCases()
{
    auto out = variants({{"plain", {}},
                         {"weight decay", {{"weight_decay", 0.1}}},
                         {"momentum", {{"momentum", 0.9}, {"alpha", 0.9}, {"eps", 0.01}}}},
                        rmspropInputs<false>);
    const auto centered
        = variants({{"centered", {{"centered", true}, {"eps", 0.01}}},
                    {"all", {{"centered", true}, {"momentum", 0.5}, {"weight_decay", 0.1}, {"alpha", 0.75}}}},
                   rmspropInputs<true>);
    out.insert(out.end(), centered.begin(), centered.end());
    return out;
}

std::vector<OpCase> allFiniteCases()
{
    std::vector<OpCase> out;
    for (const Dims &d : shapes())
        out.push_back({Shape(d).toString(), {}, {{d}}});
    out.push_back({"three tensors", {}, {{{2, 3}}, {{}}, {{0}}}});
    return out;
}

// ---- entries

const AttrSpec kWeightDecay{"weight_decay", 0.0, false, "Pulls weights to 0."};
const AttrSpec kMomentum{"momentum", 0.0, false, "How much of the last step goes into this one."};

template <std::int64_t flops>
Cost cost(const OpCall &call, std::span<const TensorType> outputs)
{
    return elementCost(call, outputs, call.inputs[0].shape, flops);
}

Op updateOp(std::string_view name, std::string_view help)
{
    Op o;
    o.name = name;
    o.help = help;
    o.traits.update = true;
    o.traits.differentiable = false;
    return o;
}

Op sgdPlainOp()
{
    Op o = updateOp("sgd_plain_update", "One step of stochastic gradient descent without momentum.");
    o.attrs = {kWeightDecay};
    o.minInputs = o.maxInputs = 4;
    o.inputNames = {"param", "grad", "rate", "gate"};
    o.outputNames = {"param"};
    o.infer = infer<2, false>;
    o.cost = cost<4>;
    o.expand = expandSgdPlain;
    o.cases = sgdPlainCases;
    return o;
}

Op sgdOp()
{
    Op o = updateOp("sgd_update", "One step of stochastic gradient descent with momentum.");
    o.attrs = {kMomentum, kWeightDecay, {"nesterov", false, false, "Looks one step ahead."}};
    o.minInputs = o.maxInputs = 5;
    o.inputNames = {"param", "grad", "velocity", "rate", "gate"};
    o.outputNames = {"param", "velocity"};
    o.infer = infer<3, false>;
    o.cost = cost<8>;
    o.expand = expandSgd;
    o.cases = sgdCases;
    return o;
}

Op adamOp()
{
    Op o = updateOp("adam_update", "One step of Adam, or of AdamW (decoupled weight decay).");
    o.attrs = {{"beta1", 0.9, false, "Decay of the average of gradients."},
               {"beta2", 0.999, false, "Decay of the average of their squares."},
               {"eps", 1e-8, false, "Added to the divisor."},
               kWeightDecay,
               {"decoupled", false, false, "Whether weights decay by themselves, outside of the gradient."}};
    o.minInputs = o.maxInputs = 7;
    o.inputNames = {"param", "grad", "m", "v", "step", "rate", "gate"};
    o.outputNames = {"param", "m", "v"};
    o.infer = infer<4, true>;
    o.cost = cost<16>;
    o.expand = expandAdam;
    o.cases = adamCases;
    return o;
}

Op rmspropOp()
{
    Op o = updateOp("rmsprop_update", "One step of RMSprop.");
    o.attrs = {{"alpha", 0.99, false, "Decay of the averages."},
               {"eps", 1e-8, false, "Added to the divisor."},
               kWeightDecay,
               kMomentum,
               {"centered", false, false, "Whether the divisor is the deviation from the average gradient."}};
    o.minInputs = o.maxInputs = 7;
    o.inputNames = {"param", "grad", "square_avg", "buf", "avg", "rate", "gate"};
    o.outputNames = {"param", "square_avg", "buf", "avg"};
    o.infer = infer<5, false>;
    o.cost = cost<16>;
    o.expand = expandRmsprop;
    o.cases = rmspropCases;
    return o;
}

Op allFiniteOp()
{
    Op o;
    o.name = "all_finite";
    o.help = "Whether every element of every input is a finite number.";
    o.maxInputs = -1;
    o.inputNames = {"x"};
    o.traits.differentiable = false;
    o.infer = inferAllFinite;
    o.cost = [](const OpCall &c, std::span<const TensorType> out) {
        Cost sum{0, bytesOf(c.inputs, out)};
        for (const TensorType &t : c.inputs)
            sum.flops = sum.flops + t.shape.elements();
        return sum;
    };
    o.expand = expandAllFinite;
    o.cases = allFiniteCases;
    return o;
}

} // namespace

std::span<const Op> updateOps()
{
    static const Op ops[] = {sgdPlainOp(), sgdOp(), adamOp(), rmspropOp(), allFiniteOp()};
    return ops;
}

} // namespace espalier
