// SPDX-License-Identifier: Apache-2.0
// scan: runs a body once for each position of an axis, handing its carries from step to step; and its reverse rule.
#include "engine/ops/autodiff.h"
#include "engine/ops/families.h"
#include "engine/ops/rules.h"

namespace espalier {
namespace {

using Ids = std::vector<ValueId>;
using Body = std::shared_ptr<const Program>;

/// How the inputs and outputs of one scan divide.
struct Parts {
    std::size_t carries = 0;
    std::size_t sequences = 0;
    std::size_t constants = 0;
    std::size_t stacked = 0; ///< outputs of the body beside the carries
    int axis = 1;
};

Result<Parts> partsOf(const Attrs &attrs, std::size_t inputs, std::span<const Body> bodies)
{
    if (bodies.size() != 1)
        return fail("op.scan-body", "scan needs one body, got {0}.", bodies.size());
    const std::int64_t carries = attrs.integer("carries");
    const std::int64_t sequences = attrs.integer("sequences");
    const auto count = static_cast<std::int64_t>(inputs);
    if (carries < 0 || sequences < 1 || carries > count || sequences > count - carries)
        return fail("op.scan-inputs",
                    "scan needs at least one sequence, and as many inputs as it names: got {0} inputs "
                    "for {1} carries and {2} sequences.",
                    inputs, carries, sequences);
    const Program &body = *bodies.front();
    if (body.inputs.size() != inputs || static_cast<std::int64_t>(body.outputs.size()) < carries
        || !body.states.empty())
        return fail("op.scan-body-count",
                    "The body of this scan must take {0} inputs, give {1} carries first, and have no state; it takes "
                    "{2} and gives {3}.",
                    inputs, carries, body.inputs.size(), body.outputs.size());
    Parts parts;
    parts.carries = static_cast<std::size_t>(carries);
    parts.sequences = static_cast<std::size_t>(sequences);
    parts.constants = inputs - parts.carries - parts.sequences;
    parts.stacked = body.outputs.size() - parts.carries;
    parts.axis = static_cast<int>(attrs.integer("axis"));
    return parts;
}

TensorType withoutAxis(TensorType type, int axis)
{
    std::vector<Dim> dims = type.shape.dims();
    dims.erase(dims.begin() + axis);
    type.shape = Shape(std::move(dims));
    return type;
}

TensorType withAxis(TensorType type, int axis, const Dim &size)
{
    std::vector<Dim> dims = type.shape.dims();
    dims.insert(dims.begin() + axis, size);
    type.shape = Shape(std::move(dims));
    return type;
}

Result<void> checkBodyInput(const OpCall &call, std::size_t i, const TensorType &given)
{
    const ProgramInput &input = call.bodies[0]->inputs[i];
    const TensorType &wanted = call.bodies[0]->type(input.value);
    if (!mayEqual(wanted, given))
        return fail("op.scan-input-type", "The body of this scan takes {0} as {1}, but is given {2}.", input.name,
                    typeArg(wanted), typeArg(given));
    return {};
}

/// Checks the slices against the body and gives the number of steps.
Result<Dim> stepsOf(const OpCall &call, const Parts &parts)
{
    Dim steps = Dim::unknown();
    for (std::size_t s = 0; s < parts.sequences; ++s) {
        const TensorType &sequence = call.inputs[parts.carries + s];
        if (parts.axis < 0 || parts.axis >= sequence.shape.rank())
            return fail("op.scan-axis", "scan walks along axis {0}, which {1} lacks.", parts.axis, typeArg(sequence));
        const Dim size = sequence.shape[parts.axis];
        if (!mayEqual(steps, size))
            return fail("op.scan-length", "scan needs sequences of one length, got {0} and {1}.",
                        Arg(Arg::Kind::Shape, steps.toString()), Arg(Arg::Kind::Shape, size.toString()));
        if (steps.isUnknown())
            steps = size;
        ESPALIER_CHECK(checkBodyInput(call, parts.carries + s, withoutAxis(sequence, parts.axis)));
    }
    return steps;
}

InferredTypes inferScan(const OpCall &call)
{
    ESPALIER_TRY(const Parts parts, partsOf(call.attrs, call.inputs.size(), call.bodies));
    const Program &body = *call.bodies[0];
    ESPALIER_TRY(const Dim steps, stepsOf(call, parts));
    for (std::size_t i = 0; i < call.inputs.size(); ++i)
        if (i < parts.carries || i >= parts.carries + parts.sequences)
            ESPALIER_CHECK(checkBodyInput(call, i, call.inputs[i]));
    std::vector<TensorType> types;
    for (std::size_t i = 0; i < body.outputs.size(); ++i) {
        const TensorType &type = body.type(body.outputs[i].value);
        if (i < parts.carries && !mayEqual(type, call.inputs[i]))
            return fail("op.scan-carry",
                        "The body of this scan turns the carry {0} from {1} into {2}: it must keep "
                        "its type.",
                        body.inputs[i].name, typeArg(call.inputs[i]), typeArg(type));
        if (i >= parts.carries && type.shape.hasRank() && type.shape.rank() < parts.axis)
            return fail("op.scan-stack", "scan can't stack {0} along axis {1}.", typeArg(type), parts.axis);
        const bool stack = i >= parts.carries && !type.isUnknown();
        types.push_back(i < parts.carries ? call.inputs[i] : stack ? withAxis(type, parts.axis, steps) : type);
    }
    return types;
}

Cost scanCost(const OpCall &call, std::span<const TensorType> outputs)
{
    Cost body;
    for (const Instruction &in : call.bodies[0]->instructions) {
        const Cost cost = costOf(*call.bodies[0], in);
        body.flops = body.flops + cost.flops;
        body.bytes = body.bytes + cost.bytes;
    }
    const auto first = static_cast<std::size_t>(call.attrs.integer("carries"));
    const Dim steps = call.inputs[first].shape[static_cast<int>(call.attrs.integer("axis"))];
    return {body.flops * steps, body.bytes * steps + bytesOf({}, outputs)};
}

// The reverse rule. Forward once more, keeping each step's incoming carries; then a scan the other way, whose body is
// the body differentiated. Its carries are the gradients of the carries, and the sums of those of the constants.

class ReverseScan {
public:
    explicit ReverseScan(const GradientCall &call)
        : m_call(call)
        , m_b(call.builder)
        , m_body(*call.bodies[0])
        , m_parts(*partsOf(call.attrs, call.inputs.size(), call.bodies))
    {
        for (std::size_t i = 0; i < call.inputs.size(); ++i) {
            const bool floating = isFloating(m_b.dtype(call.inputs[i]));
            const bool carry = i < m_parts.carries;
            const bool sequence = !carry && i < m_parts.carries + m_parts.sequences;
            if (floating && carry)
                m_carries.push_back(i); // always: they bring the gradient of the others from step to step
            else if (floating && call.needed[i])
                (sequence ? m_sequences : m_constants).push_back(i);
        }
        for (std::size_t i = m_parts.carries; i < m_body.outputs.size(); ++i)
            if (call.gradients[i] != kNoValue)
                m_stacked.push_back(i);
    }

    Ids run()
    {
        const Ids incoming = rerun();
        const Ids results = m_b.emitAll(
            "scan", backwardInputs(incoming),
            {{"carries", count(m_carries) + count(m_constants)},
             {"sequences", std::int64_t(m_parts.carries) + std::int64_t(m_parts.sequences) + count(m_stacked)},
             {"axis", std::int64_t{m_parts.axis}},
             {"reverse", !m_call.attrs.boolean("reverse")}},
            {backwardBody()});
        Ids gradients(m_call.inputs.size(), kNoValue);
        std::size_t at = 0;
        for (const auto *list : {&m_carries, &m_constants, &m_sequences})
            for (const std::size_t i : *list)
                gradients[i] = results[at++];
        return gradients;
    }

private:
    static std::int64_t count(const std::vector<std::size_t> &list) { return static_cast<std::int64_t>(list.size()); }
    TensorType bodyInput(std::size_t i) const { return m_body.type(m_body.inputs[i].value); }

    /// A carry's type with enough trailing axes of 1 to be stacked along the axis.
    Shape stackable(const Shape &shape) const
    {
        std::vector<Dim> dims = shape.dims();
        while (static_cast<int>(dims.size()) < m_parts.axis)
            dims.emplace_back(1);
        return Shape(std::move(dims));
    }

    /// The carries that came into each step, stacked.
    Ids rerun()
    {
        if (m_parts.carries == 0)
            return {};
        Builder body;
        Ids inputs;
        for (std::size_t i = 0; i < m_body.inputs.size(); ++i)
            inputs.push_back(body.input(m_body.inputs[i].name, bodyInput(i)));
        const Ids outputs = body.inlineProgram(m_body, inputs);
        for (std::size_t i = 0; i < m_parts.carries; ++i)
            body.output("carry" + std::to_string(i), outputs[i]);
        for (std::size_t i = 0; i < m_parts.carries; ++i) {
            const Shape wide = stackable(body.shape(inputs[i]));
            body.output("incoming" + std::to_string(i),
                        wide == body.shape(inputs[i]) ? inputs[i] : body.reshape(inputs[i], wide));
        }
        const Ids results = m_b.emitAll("scan", Ids(m_call.inputs.begin(), m_call.inputs.end()), m_call.attrs,
                                        {std::make_shared<const Program>(body.take())});
        return {results.begin() + static_cast<std::ptrdiff_t>(m_parts.carries), results.end()};
    }

    /// Carries: gradients of the carries, sums for the constants. Sequences: incoming carries, slices, gradients of
    /// what was stacked. Constants as they were.
    Ids backwardInputs(const Ids &incoming)
    {
        Ids inputs;
        for (const std::size_t i : m_carries)
            inputs.push_back(m_call.gradients[i] != kNoValue ? m_call.gradients[i] : m_b.zerosLike(m_call.inputs[i]));
        for (const std::size_t i : m_constants)
            inputs.push_back(m_b.zerosLike(m_call.inputs[i]));
        inputs.insert(inputs.end(), incoming.begin(), incoming.end());
        for (std::size_t s = 0; s < m_parts.sequences; ++s)
            inputs.push_back(m_call.inputs[m_parts.carries + s]);
        for (const std::size_t i : m_stacked)
            inputs.push_back(m_call.gradients[i]);
        for (std::size_t i = m_parts.carries + m_parts.sequences; i < m_call.inputs.size(); ++i)
            inputs.push_back(m_call.inputs[i]);
        return inputs;
    }

    Body backwardBody() const
    {
        Builder b;
        Ids carryGradients;
        Ids sums;
        Ids inputs; // of the body
        Ids seeds(m_body.outputs.size(), kNoValue);
        for (const std::size_t i : m_carries)
            carryGradients.push_back(seeds[i] = b.input("d" + m_body.inputs[i].name, bodyInput(i)));
        for (const std::size_t i : m_constants)
            sums.push_back(b.input("sum_" + m_body.inputs[i].name, bodyInput(i)));
        for (std::size_t i = 0; i < m_parts.carries; ++i) {
            TensorType type = bodyInput(i);
            const Shape shape = std::exchange(type.shape, stackable(type.shape));
            const ValueId wide = b.input(m_body.inputs[i].name, std::move(type));
            inputs.push_back(b.shape(wide) == shape ? wide : b.reshape(wide, shape));
        }
        for (std::size_t s = 0; s < m_parts.sequences; ++s)
            inputs.push_back(b.input(m_body.inputs[m_parts.carries + s].name, bodyInput(m_parts.carries + s)));
        for (const std::size_t i : m_stacked)
            seeds[i] = b.input("d" + m_body.outputs[i].name, m_body.type(m_body.outputs[i].value));
        for (std::size_t i = m_parts.carries + m_parts.sequences; i < m_body.inputs.size(); ++i)
            inputs.push_back(b.input(m_body.inputs[i].name, bodyInput(i)));
        const Ids outputs = b.inlineProgram(m_body, inputs);
        giveGradients(b, outputs, seeds, inputs, sums);
        return std::make_shared<const Program>(b.take());
    }

    void giveGradients(Builder &b, const Ids &outputs, const Ids &seeds, const Ids &inputs, const Ids &sums) const
    {
        Ids wrt;
        for (const auto *list : {&m_carries, &m_constants, &m_sequences})
            for (const std::size_t i : *list)
                wrt.push_back(inputs[i]);
        const Ids parts = backpropagate(b, outputs, seeds, wrt);
        std::size_t at = 0;
        const auto orZeros = [&](std::size_t k) { return parts[k] == kNoValue ? b.zerosLike(wrt[k]) : parts[k]; };
        for (std::size_t k = 0; k < m_carries.size(); ++k, ++at)
            b.output("carry" + std::to_string(k), orZeros(at));
        for (std::size_t k = 0; k < m_constants.size(); ++k, ++at)
            b.output("sum" + std::to_string(k), parts[at] == kNoValue ? sums[k] : b.add(sums[k], parts[at]));
        for (std::size_t k = 0; k < m_sequences.size(); ++k, ++at)
            b.output("slice" + std::to_string(k), orZeros(at));
    }

    const GradientCall &m_call;
    Builder &m_b;
    const Program &m_body;
    Parts m_parts;
    std::vector<std::size_t> m_carries; ///< inputs of each kind that take part
    std::vector<std::size_t> m_sequences;
    std::vector<std::size_t> m_constants;
    std::vector<std::size_t> m_stacked; ///< outputs with a gradient
};

std::vector<ValueId> scanGradient(const GradientCall &call)
{
    return ReverseScan(call).run();
}

// Cases

/// h' = tanh(x + h w); y = h' h': a recurrent cell.
Body recurrentBody(std::int64_t batch, std::int64_t size)
{
    Builder b;
    const TensorType row{DType::Float32, {batch, size}};
    const ValueId h = b.input("h", row);
    const ValueId x = b.input("x", row);
    const ValueId w = b.input("w", {DType::Float32, {size, size}});
    const ValueId next = b.emit("tanh", {b.add(x, b.emit("matmul", {h, w}))});
    b.output("h", next);
    b.output("y", b.emit("square", {next}));
    return std::make_shared<const Program>(b.take());
}

/// A running sum and a count of steps; stacks nothing of its own but the sum so far.
Body countingBody(std::int64_t size)
{
    Builder b;
    const ValueId sum = b.input("sum", {DType::Float32, {}});
    const ValueId n = b.input("n", {DType::Int64, {}});
    const ValueId x = b.input("x", {DType::Float32, {size}});
    const ValueId next = b.add(sum, b.reduceSum(b.mul(x, b.addScalar(sum, 2.0)), {}, false));
    b.output("sum", next);
    b.output("n", b.addScalar(n, 1.0));
    b.output("y", b.mul(x, b.cast(n, DType::Float32)));
    return std::make_shared<const Program>(b.take());
}

/// For each row of x, walks along it: a scan in a scan.
Body nestedBody(std::int64_t size)
{
    Builder inner;
    const ValueId c = inner.input("c", {DType::Float32, {}});
    const ValueId x = inner.input("x", {DType::Float32, {}});
    const ValueId k = inner.input("k", {DType::Float32, {}});
    const ValueId next = inner.emit("sin", {inner.add(inner.mul(c, k), x)});
    inner.output("c", next);
    inner.output("y", inner.mul(next, x));
    Builder outer;
    const ValueId start = outer.input("c", {DType::Float32, {}});
    const ValueId row = outer.input("row", {DType::Float32, {size}});
    const ValueId gain = outer.input("k", {DType::Float32, {}});
    const auto results
        = outer.emitAll("scan", {start, row, gain},
                        {{"carries", std::int64_t{1}}, {"sequences", std::int64_t{1}}, {"axis", std::int64_t{0}}},
                        {std::make_shared<const Program>(inner.take())});
    outer.output("c", results[0]);
    outer.output("y", results[1]);
    return std::make_shared<const Program>(outer.take());
}

Attrs scanAttrs(std::int64_t carries, std::int64_t sequences, std::int64_t axis, bool reverse)
{
    return {{"carries", carries}, {"sequences", sequences}, {"axis", axis}, {"reverse", reverse}};
}

std::vector<OpCase> scanCases()
{
    const auto cell = [](Dims x, bool reverse) {
        const std::int64_t batch = x[0];
        const std::int64_t size = x[2];
        return OpCase{"cell " + Shape(x).toString() + (reverse ? " backwards" : ""),
                      scanAttrs(1, 1, 1, reverse),
                      {{{batch, size}}, {x}, {{size, size}}},
                      {recurrentBody(batch, size)}};
    };
    const auto nested = [](std::int64_t rows, std::int64_t size, bool reverse) {
        return OpCase{reverse ? "nested backwards" : "nested",
                      scanAttrs(1, 1, 0, reverse),
                      {{{}}, {{rows, size}}, {{}}},
                      {nestedBody(size)},
                      true,
                      8,
                      "each of the steps rounds, and the next one magnifies it"};
    };
    return {
        cell({2, 4, 3}, false),
        cell({1, 1, 1}, false),
        cell({2, 5, 2}, true),
        cell({2, 0, 3}, false),
        {"counts", scanAttrs(2, 1, 0, false), {{{}}, {{}, DType::Int64, Domain::Normal}, {{4, 3}}}, {countingBody(3)}},
        nested(3, 4, false),
        nested(2, 3, true)};
}

} // namespace

std::span<const Op> controlOps()
{
    static const std::vector<Op> ops = [] {
        Op op;
        op.name = "scan";
        op.help = "Runs a body for each position of an axis and hands its carries from step to step.";
        op.attrs = {{"carries", std::int64_t{0}, true, "How many inputs, the first ones, are carried on."},
                    {"sequences", std::int64_t{1}, true, "How many inputs after them are walked along."},
                    {"axis", std::int64_t{1}, false, "The axis that is walked, of sequences and of stacked results."},
                    {"reverse", false, false, "Walk from the end to the start."}};
        op.minInputs = 1;
        op.maxInputs = -1;
        op.inputNames = {"inputs"};
        op.outputNames = {"outputs"};
        op.infer = inferScan;
        op.gradient = scanGradient;
        op.cost = scanCost;
        op.onnx = "Scan";
        op.cases = scanCases;
        return std::vector{op};
    }();
    return ops;
}

} // namespace espalier
