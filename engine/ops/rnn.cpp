// SPDX-License-Identifier: Apache-2.0
// The LSTM over a whole sequence, in PyTorch's formulas and order of gates (input, forget, cell, output). NTC.
#include "engine/ops/families.h"
#include "engine/ops/type_rules.h"

namespace espalier {
namespace {

/// Sizes of one LSTM; batch and time may be symbols.
struct Sizes {
    Dim batch, time, features, units;
    Shape sequence(const Dim &width) const { return {batch, time, width}; }
    Shape state() const { return {batch, units}; }
};

/// Inputs of lstm and of lstm_backward in their order.
struct Operands {
    int x, h0, c0, wIh, wHh;
};
constexpr Operands kForward{0, 1, 2, 3, 4};
constexpr Operands kBackward{3, 4, 5, 6, 7};

const TensorType &in(const OpCall &call, int input)
{
    return call.inputs[static_cast<std::size_t>(input)];
}

Sizes sizes(const OpCall &call, const Operands &o)
{
    const Shape &x = in(call, o.x).shape;
    return {x[0], x[1], x[2], in(call, o.wHh).shape[1]};
}

Result<Sizes> checkOperands(const OpCall &call, const Operands &o)
{
    ESPALIER_CHECK(expectRank(call, o.x, 3));
    ESPALIER_CHECK(expectFloating(call, {o.x, o.h0, o.c0, o.wIh, o.wHh}));
    ESPALIER_CHECK(expectRank(call, o.wHh, 2));
    const Sizes s = sizes(call, o);
    if (!s.units.isConstant())
        return fail("rnn.units", "An LSTM has a fixed number of units; its weight {0} has none.",
                    shapeArg(in(call, o.wHh).shape));
    if (s.time.isConstant() && s.time.constant() < 1)
        return fail("rnn.time", "An LSTM needs at least one step of its sequence; {0} has none.",
                    shapeArg(in(call, o.x).shape));
    const Dim gates = s.units * Dim(4);
    ESPALIER_CHECK(expectShape(call, o.wHh, {gates, s.units}));
    ESPALIER_CHECK(expectShape(call, o.wIh, {gates, s.features}));
    ESPALIER_CHECK(expectShape(call, o.h0, s.state()));
    ESPALIER_CHECK(expectShape(call, o.c0, s.state()));
    return s;
}

Result<std::vector<TensorType>> inferLstm(const OpCall &call)
{
    ESPALIER_TRY(const Sizes s, checkOperands(call, kForward));
    ESPALIER_CHECK(expectFloating(call, {0, 5}));
    const Dim gates = s.units * Dim(4);
    ESPALIER_CHECK(expectShape(call, 5, {gates}));
    const DType d = call.inputs[0].dtype;
    return std::vector<TensorType>{
        {d, s.sequence(s.units)}, {d, s.state()}, {d, s.state()}, {d, s.sequence(gates)}, {d, s.sequence(s.units)}};
}

Result<std::vector<TensorType>> inferLstmBackward(const OpCall &call)
{
    ESPALIER_TRY(const Sizes s, checkOperands(call, kBackward));
    ESPALIER_CHECK(expectFloating(call, {3, 0, 1, 2, 8, 9, 10}));
    const Dim gates = s.units * Dim(4);
    for (const int sequence : {0, 8, 10})
        ESPALIER_CHECK(expectShape(call, sequence, s.sequence(s.units)));
    ESPALIER_CHECK(expectShape(call, 9, s.sequence(gates)));
    for (const int state : {1, 2})
        ESPALIER_CHECK(expectShape(call, state, s.state()));
    const DType d = call.inputs[3].dtype;
    return std::vector<TensorType>{in(call, 3), in(call, 4), in(call, 5), in(call, 6), in(call, 7), {d, {gates}}};
}

ValueId part(Builder &b, ValueId x, std::int64_t axis, std::int64_t start, const Dim &length)
{
    return b.emit("slice", {x}, {{"axis", axis}, {"start", start}, {"length", Shape{length}}});
}

ValueId concat(Builder &b, std::vector<ValueId> parts, std::int64_t axis)
{
    return b.emit("concat", std::move(parts), {{"axis", axis}});
}

ValueId product(Builder &b, ValueId x, ValueId w, bool transposed)
{
    return b.emit("matmul", {x, w}, {{"transpose_b", transposed}});
}

/// One step: (h, c; x w_ih' + b; w_hh) -> (h', c'; h', gates, c').
std::shared_ptr<const Program> forwardBody(const Sizes &s, DType dtype)
{
    Builder b;
    const ValueId h = b.input("h", {dtype, s.state()});
    const ValueId c = b.input("c", {dtype, s.state()});
    const ValueId fromInput = b.input("x", {dtype, {s.batch, s.units * Dim(4)}});
    const ValueId wHh = b.input("w_hh", {dtype, {s.units * Dim(4), s.units}});
    const ValueId z = b.add(fromInput, product(b, h, wHh, true));
    const std::int64_t units = s.units.constant();
    std::vector<ValueId> gates;
    for (std::int64_t k = 0; k < 4; ++k)
        gates.push_back(b.emit(k == 2 ? "tanh" : "sigmoid", {part(b, z, 1, k * units, units)}));
    const ValueId newC = b.add(b.mul(gates[1], c), b.mul(gates[0], gates[2]));
    const ValueId newH = b.mul(gates[3], b.emit("tanh", {newC}));
    b.output("h", newH);
    b.output("c", newC);
    b.output("y", newH);
    b.output("gates", concat(b, gates, 1));
    b.output("cells", newC);
    return std::make_shared<const Program>(b.take());
}

Attrs scanAttrs(std::int64_t sequences, bool reverse)
{
    return {{"carries", std::int64_t(2)}, {"sequences", sequences}, {"axis", std::int64_t(1)}, {"reverse", reverse}};
}

std::vector<ValueId> expandLstm(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const Sizes s = sizes(call, kForward);
    const ValueId fromInput = b.add(product(b, in[0], in[3], true), in[5]);
    const auto out = b.emitAll("scan", {in[1], in[2], fromInput, in[4]}, scanAttrs(1, false),
                               {forwardBody(s, call.inputs[0].dtype)});
    return {out[2], out[0], out[1], out[3], out[4]};
}

/// One step back: (dh, dc; dy, gates, c, previous c; w_hh) -> (dh', dc'; gradient before the activations).
std::shared_ptr<const Program> backwardBody(const Sizes &s, DType dtype)
{
    Builder b;
    const ValueId dh = b.input("dh", {dtype, s.state()});
    const ValueId dc = b.input("dc", {dtype, s.state()});
    const ValueId dy = b.input("dy", {dtype, s.state()});
    const ValueId gates = b.input("gates", {dtype, {s.batch, s.units * Dim(4)}});
    const ValueId c = b.input("c", {dtype, s.state()});
    const ValueId before = b.input("before", {dtype, s.state()});
    const ValueId wHh = b.input("w_hh", {dtype, {s.units * Dim(4), s.units}});
    const std::int64_t units = s.units.constant();
    const ValueId i = part(b, gates, 1, 0, units);
    const ValueId f = part(b, gates, 1, units, units);
    const ValueId g = part(b, gates, 1, 2 * units, units);
    const ValueId o = part(b, gates, 1, 3 * units, units);
    const ValueId one = b.literal(1, c);
    const auto ofSigmoid = [&](ValueId gradient, ValueId y) { return b.mul(gradient, b.mul(y, b.sub(one, y))); };
    const auto ofTanh = [&](ValueId gradient, ValueId y) { return b.mul(gradient, b.sub(one, b.emit("square", {y}))); };
    const ValueId total = b.add(dh, dy);
    const ValueId shown = b.emit("tanh", {c});
    const ValueId cell = b.add(dc, ofTanh(b.mul(total, o), shown));
    const ValueId dz = concat(b,
                              {ofSigmoid(b.mul(cell, g), i), ofSigmoid(b.mul(cell, before), f),
                               ofTanh(b.mul(cell, i), g), ofSigmoid(b.mul(total, shown), o)},
                              1);
    b.output("dh", product(b, dz, wHh, false));
    b.output("dc", b.mul(cell, f));
    b.output("dz", dz);
    return std::make_shared<const Program>(b.take());
}

/// The state before each step: the first one, then all of `after` but its last.
ValueId previous(Builder &b, ValueId first, ValueId after, const Sizes &s)
{
    const ValueId head = b.reshape(first, {s.batch, 1, s.units});
    if (s.time.isConstant(1))
        return head;
    return concat(b, {head, part(b, after, 1, 0, s.time - 1)}, 1);
}

std::vector<ValueId> expandLstmBackward(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const Sizes s = sizes(call, kBackward);
    const ValueId beforeC = previous(b, in[5], in[10], s);
    const ValueId beforeH = previous(b, in[4], in[8], s);
    const auto out = b.emitAll("scan", {in[1], in[2], in[0], in[9], in[10], beforeC, in[7]}, scanAttrs(4, true),
                               {backwardBody(s, call.inputs[3].dtype)});
    const ValueId dz = out[2];
    const Dim rows = s.batch * s.time;
    const ValueId flatDz = b.reshape(dz, {rows, s.units * Dim(4)});
    const auto weight = [&](ValueId sequence, const Dim &width) {
        return b.emit("matmul", {flatDz, b.reshape(sequence, {rows, width})}, {{"transpose_a", true}});
    };
    return {product(b, dz, in[6], false),   out[0], out[1], weight(in[3], s.features), weight(beforeH, s.units),
            b.reduceSum(flatDz, {0}, false)};
}

std::vector<ValueId> gradientLstm(const GradientCall &c)
{
    if (c.gradients[3] != kNoValue || c.gradients[4] != kNoValue)
        return gradientByExpansion(c, "lstm"); // lstm_backward has no input for gradients of gates and cells
    Builder &b = c.builder;
    const auto orZeros
        = [&](std::size_t i) { return c.gradients[i] == kNoValue ? b.zerosLike(c.outputs[i]) : c.gradients[i]; };
    const auto in = c.inputs;
    const auto out = c.outputs;
    return b.emitAll("lstm_backward",
                     {orZeros(0), orZeros(1), orZeros(2), in[0], in[1], in[2], in[3], in[4], out[0], out[3], out[4]});
}

/// Two matrix products, and about 30 flops for each unit and step.
Cost lstmCost(const OpCall &call, std::span<const TensorType> outputs, const Operands &o, std::int64_t passes)
{
    const Sizes s = sizes(call, o);
    const Dim steps = s.batch * s.time;
    const Dim products = steps * s.units * Dim(8) * (s.features + s.units);
    return {(products + steps * s.units * Dim(30)) * Dim(passes), bytesOf(call.inputs, outputs)};
}

// ---- cases

struct Sample {
    const char *name;
    std::int64_t n, t, i, h;
};

constexpr Sample kSamples[] = {{"plain", 2, 3, 4, 5}, {"one", 1, 1, 1, 1},         {"one step", 3, 1, 2, 3},
                               {"long", 1, 9, 2, 2},  {"odd widths", 5, 2, 3, 17}, {"empty batch", 0, 3, 2, 3}};

std::vector<OpCase> lstmCases()
{
    std::vector<OpCase> out;
    for (const Sample &s : kSamples)
        out.push_back(
            {s.name,
             {},
             {{{s.n, s.t, s.i}}, {{s.n, s.h}}, {{s.n, s.h}}, {{4 * s.h, s.i}}, {{4 * s.h, s.h}}, {{4 * s.h}}}});
    return out;
}

std::vector<OpCase> lstmBackwardCases()
{
    std::vector<OpCase> out;
    for (const Sample &s : kSamples) {
        const Dims sequence{s.n, s.t, s.h};
        const Dims state{s.n, s.h};
        out.push_back({s.name,
                       {},
                       {{sequence},
                        {state},
                        {state},
                        {{s.n, s.t, s.i}},
                        {state},
                        {state},
                        {{4 * s.h, s.i}},
                        {{4 * s.h, s.h}},
                        {sequence},
                        {{s.n, s.t, 4 * s.h}, DType::Float32, Domain::Unit},
                        {sequence}}});
    }
    return out;
}

Op lstmOp()
{
    Op o;
    o.name = "lstm";
    o.help = "A long short-term memory over a sequence [N, T, I]; gates in the order input, forget, cell, output.";
    o.minInputs = o.maxInputs = 6;
    o.inputNames = {"x", "h0", "c0", "w_ih", "w_hh", "b"};
    o.outputNames = {"y", "h_n", "c_n", "gates", "cells"};
    o.infer = inferLstm;
    o.gradient = gradientLstm;
    o.cost = [](const OpCall &c, std::span<const TensorType> out) { return lstmCost(c, out, kForward, 1); };
    o.expand = expandLstm;
    o.onnx = "LSTM";
    o.cases = lstmCases;
    return o;
}

Op lstmBackwardOp()
{
    Op o;
    o.name = "lstm_backward";
    o.help = "Gradients of lstm's y, h_n and c_n.";
    o.minInputs = o.maxInputs = 11;
    o.inputNames = {"dy", "dh_n", "dc_n", "x", "h0", "c0", "w_ih", "w_hh", "y", "gates", "cells"};
    o.outputNames = {"dx", "dh0", "dc0", "dw_ih", "dw_hh", "db"};
    o.infer = inferLstmBackward;
    o.gradient = [](const GradientCall &c) { return gradientByExpansion(c, "lstm_backward"); };
    o.cost = [](const OpCall &c, std::span<const TensorType> out) { return lstmCost(c, out, kBackward, 2); };
    o.expand = expandLstmBackward;
    o.cases = lstmBackwardCases;
    return o;
}

} // namespace

std::span<const Op> rnnOps()
{
    static const Op ops[] = {lstmOp(), lstmBackwardOp()};
    return ops;
}

} // namespace espalier
