// SPDX-License-Identifier: Apache-2.0
// Ops that move and make numbers, matrix products, and Scan.
#include "engine/exchange/onnx/ops.h"

#include <onnx.pb.h>

#include <limits>
#include <numeric>

namespace espalier::onnx_export {
namespace {

Names dimension(const OnnxCall &c)
{
    const std::string product = c.w.dim(c.attrs().shape("shape").elements());
    return {c.w.cast(c.w.squeeze(product, 0), c.attrs().dtype("dtype"))};
}

/// 0, 1, 2, ... along one axis, the same along all others.
Names iota(const OnnxCall &c)
{
    const Shape &shape = c.attrs().shape("shape");
    const int axis = *normalizeAxis(c.attrs().integer("axis"), shape.rank());
    const std::string limit = c.w.squeeze(c.w.dim(shape[axis]), 0);
    std::string range = c.w.node("Range", {c.w.scalar(0, DType::Int64), limit, c.w.scalar(1, DType::Int64)});
    std::vector<std::int64_t> spread(static_cast<std::size_t>(shape.rank()), 1);
    spread[static_cast<std::size_t>(axis)] = -1;
    if (shape.rank() > 1) {
        range = c.w.node("Reshape", {range, c.w.integers(spread)});
        range = c.w.node("Expand", {range, c.w.shape(shape)});
    }
    return {c.w.cast(range, c.attrs().dtype("dtype"))};
}

/// A single open size is what is left (-1): no arithmetic on shapes where none is needed.
Names reshape(const OnnxCall &c)
{
    const Shape &shape = c.attrs().shape("shape");
    std::vector<std::int64_t> sizes;
    int open = 0;
    bool isEmpty = false;
    for (const Dim &d : shape.dims()) {
        sizes.push_back(d.isConstant() ? d.constant() : -1);
        open += d.isConstant() ? 0 : 1;
        isEmpty = isEmpty || d.isConstant(0);
    }
    if (isEmpty)
        return {c.w.node("Reshape", {c.in(0), c.w.shape(shape)}, {{"allowzero", std::int64_t{1}}})};
    return {c.w.node("Reshape", {c.in(0), open <= 1 ? c.w.integers(sizes) : c.w.shape(shape)})};
}

Names transpose(const OnnxCall &c)
{
    return {c.w.transpose(c.in(0), c.attrs().integers("permutation"))};
}

Names broadcastTo(const OnnxCall &c)
{
    return {c.w.node("Expand", {c.in(0), c.w.shape(c.attrs().shape("shape"))})};
}

Names concat(const OnnxCall &c)
{
    Names inputs;
    for (std::size_t i = 0; i < c.instruction.inputs.size(); ++i)
        inputs.push_back(c.in(i));
    return {c.w.node("Concat", inputs, {{"axis", c.attrs().integer("axis")}})};
}

Names slice(const OnnxCall &c)
{
    const std::int64_t axis = c.attrs().integer("axis");
    const std::int64_t start = c.attrs().integer("start");
    const std::int64_t step = c.attrs().integer("step");
    const Dim length = c.attrs().shape("length")[0];
    const std::string end = c.w.dim(Dim(start) + (length - Dim(1)) * Dim(step) + Dim(1));
    return {c.w.node("Slice", {c.in(0), c.w.integers({start}), end, c.w.integers({axis}), c.w.integers({step})})};
}

Names pad(const OnnxCall &c)
{
    std::vector<std::int64_t> pads = c.attrs().integers("before");
    const auto &after = c.attrs().integers("after");
    pads.insert(pads.end(), after.begin(), after.end());
    return {c.w.node("Pad", {c.in(0), c.w.integers(pads), c.w.scalar(c.attrs().real("value"), c.input(0).dtype)})};
}

Names reverse(const OnnxCall &c)
{
    const std::vector<std::int64_t> axis{c.attrs().integer("axis")};
    return {c.w.node("Slice",
                     {c.in(0), c.w.integers({-1}), c.w.integers({std::numeric_limits<std::int64_t>::min() + 1}),
                      c.w.integers(axis), c.w.integers({-1})})};
}

/// The operand with its last two axes swapped.
std::string swapped(const OnnxCall &c, std::size_t i)
{
    const auto rank = static_cast<std::size_t>(c.input(i).shape.rank());
    std::vector<std::int64_t> permutation(rank);
    std::iota(permutation.begin(), permutation.end(), 0);
    std::swap(permutation[rank - 1], permutation[rank - 2]);
    return c.w.transpose(c.in(i), permutation);
}

Names matmul(const OnnxCall &c)
{
    const std::string a = c.attrs().boolean("transpose_a") ? swapped(c, 0) : c.in(0);
    const std::string b = c.attrs().boolean("transpose_b") ? swapped(c, 1) : c.in(1);
    return {c.w.node("MatMul", {a, b})};
}

/// Constants of the loop are names of the outer graph; carries and slices are inputs of the inner one.
void fillBody(onnx::GraphProto &graph, const OnnxCall &c, std::size_t carries, std::size_t sequences)
{
    const Program &body = *c.instruction.bodies.front();
    GraphWriter inner(c.w.shared(), graph);
    graph.set_name(body.name.empty() ? "body" : body.name);
    const auto fresh = [&](const std::string &name) {
        std::string free = name;
        for (int i = 2; !c.w.shared().taken.insert(free).second; ++i)
            free = name + "_" + std::to_string(i);
        return free;
    };
    for (std::size_t i = 0; i < body.inputs.size(); ++i) {
        const ValueId value = body.inputs[i].value;
        if (i >= carries + sequences) {
            if (const Known *known = c.known(i))
                inner.giveKnown(value, *known);
            else
                inner.give(value, c.in(i));
            continue;
        }
        const std::string name = fresh(graph.name() + "/" + body.inputs[i].name);
        fillValue(*graph.add_input(), name, body.type(value));
        inner.give(value, name);
    }
    inner.write(body);
    for (const ProgramOutput &output : body.outputs) {
        const std::string name = fresh(graph.name() + "/" + output.name);
        inner.copy(inner.nameOf(output.value), name);
        fillValue(*graph.add_output(), name, body.type(output.value));
    }
}

/// Takes any number of states; the sequences run along `axis`.
Names scan(const OnnxCall &c)
{
    const auto carries = static_cast<std::size_t>(c.attrs().integer("carries"));
    const auto sequences = static_cast<std::size_t>(c.attrs().integer("sequences"));
    const std::size_t stacked = c.instruction.outputs.size() - carries;
    const std::int64_t axis = c.attrs().integer("axis");
    const std::int64_t direction = c.attrs().boolean("reverse") ? 1 : 0;
    Names inputs;
    for (std::size_t i = 0; i < carries + sequences; ++i)
        inputs.push_back(c.in(i));
    for (std::size_t i = carries + sequences; i < c.instruction.inputs.size(); ++i)
        if (!c.known(i))
            (void)c.in(i);
    const Subgraph body{[&](onnx::GraphProto &graph) { fillBody(graph, c, carries, sequences); }};
    return c.w.nodes("Scan", inputs, c.instruction.outputs.size(),
                     {{"num_scan_inputs", static_cast<std::int64_t>(sequences)},
                      {"scan_input_axes", std::vector<std::int64_t>(sequences, axis)},
                      {"scan_input_directions", std::vector<std::int64_t>(sequences, direction)},
                      {"scan_output_axes", std::vector<std::int64_t>(stacked, axis)},
                      {"scan_output_directions", std::vector<std::int64_t>(stacked, direction)},
                      {"body", body}});
}

/// Too large to be folded.
Names constantNode(const OnnxCall &c)
{
    return {c.w.initializer({c.attrs().tensor("value"), "constant"})};
}

} // namespace

std::span<const ConverterRow> shapeConverters()
{
    static const ConverterRow rows[] = {
        {"constant", constantNode}, {"dimension", dimension}, {"iota", iota},
        {"reshape", reshape},       {"transpose", transpose}, {"broadcast_to", broadcastTo},
        {"concat", concat},         {"slice", slice},         {"pad", pad},
        {"reverse", reverse},       {"matmul", matmul},       {"scan", scan},
    };
    return rows;
}

} // namespace espalier::onnx_export
