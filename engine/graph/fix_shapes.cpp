// SPDX-License-Identifier: Apache-2.0
// Fixes of types that don't meet: a layer in between, another size, another loss, another target.
#include "engine/graph/fix_support.h"

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

JsonValue oneParam(std::string_view name, JsonValue value)
{
    return JsonValue(JsonValue::Object{{std::string(name), std::move(value)}});
}

Fix insertFix(const FixPlace &place, const DocumentWire &wire, std::string_view kind, JsonValue params)
{
    return makeFix("Add {0}", {Arg(kind)}, insertKind(*place.graph, wire, kind, std::move(params)));
}

Fix castFix(const FixPlace &place, const DocumentWire &wire, DType dtype)
{
    return makeFix("Convert it to {0}", {Arg(name(dtype))},
                   insertKind(*place.graph, wire, "Cast", oneParam("dtype", name(dtype))));
}

void addResize(Fixes &fixes, const std::optional<Resize> &resize, std::int64_t size)
{
    if (resize)
        fixes.push_back(makeFix("Give '{0}' {1} outputs", {Arg(resize->layer), Arg(size)}, resize->change));
}

/// The wires of an arithmetic node, with known types.
struct Operand {
    const DocumentWire *wire = nullptr;
    const TensorType *type = nullptr;
};

std::vector<Operand> operands(const FixContext &context, const FixPlace &place)
{
    std::vector<Operand> all;
    for (const DocumentWire *wire : context.wiresInto(*place.graph, place.node->id))
        if (const TensorType *type = context.type(wire->from))
            all.push_back({wire, type});
    return all;
}

/// Everything else becomes what the first floating one is.
Fixes oneFormat(const FixContext &context, const FixPlace &place)
{
    const auto all = operands(context, place);
    DType wanted = DType::Unknown;
    for (const Operand &operand : all)
        if (wanted == DType::Unknown || (!isFloating(wanted) && isFloating(operand.type->dtype)))
            wanted = operand.type->dtype;
    Change change;
    std::size_t casts = 0;
    DocumentGraph graph = *place.graph; // ids and names of several new nodes must not meet
    for (const Operand &operand : all) {
        if (operand.type->dtype == wanted)
            continue;
        const Change one = insertKind(graph, *operand.wire, "Cast", oneParam("dtype", name(wanted)));
        Document scratch;
        scratch.graph = std::move(graph);
        const std::string id = std::exchange(scratch.graph.id, "root");
        Change local = one;
        for (Operation &op : local.operations)
            op.graph = "root";
        if (!apply(scratch, local))
            return {};
        graph = std::move(scratch.graph);
        graph.id = id;
        change.operations.insert(change.operations.end(), one.operations.begin(), one.operations.end());
        ++casts;
    }
    return casts == 0 ? Fixes() : Fixes{makeFix("Convert to {0}", {Arg(name(wanted))}, change)};
}

/// The one axis (of `a`) in which two shapes of one rank differ; -1 where it is not one, or not of known sizes.
int differingAxis(const Shape &a, const Shape &b, bool broadcasts)
{
    if (a.rank() != b.rank())
        return -1;
    int found = -1;
    for (int axis = 0; axis < a.rank(); ++axis) {
        if (a[axis] == b[axis] || (broadcasts && (a[axis].isConstant(1) || b[axis].isConstant(1))))
            continue;
        if (found >= 0 || !a[axis].isConstant() || !b[axis].isConstant())
            return -1;
        found = axis;
    }
    return found;
}

/// Sizes that differ in one axis: another number of outputs for one side, or a layer that brings it there.
Fixes oneSize(const FixContext &context, const FixPlace &place)
{
    const auto all = operands(context, place);
    Fixes fixes;
    for (std::size_t i = 1; i < all.size(); ++i) {
        const Shape &first = all[0].type->shape;
        const Shape &other = all[i].type->shape;
        const int axis = differingAxis(first, other, true);
        if (axis < 0)
            continue;
        const std::int64_t wanted = first[axis].constant();
        const std::int64_t have = other[axis].constant();
        addResize(fixes, resizeUpstream(context, *place.graph, all[i].wire->from, axis, wanted), wanted);
        addResize(fixes, resizeUpstream(context, *place.graph, all[0].wire->from, axis, have), have);
        if (axis == other.rank() - 1 && isFloating(all[i].type->dtype))
            fixes.push_back(insertFix(place, *all[i].wire, "Dense", oneParam("out_features", wanted)));
        else if (axis == 1 && other.rank() == 4 && isFloating(all[i].type->dtype))
            fixes.push_back(
                insertFix(place, *all[i].wire, "Conv2D",
                          JsonValue(JsonValue::Object{{"out_channels", wanted},
                                                      {"kernel_size", JsonValue(JsonValue::Array{1, 1})}})));
        return fixes;
    }
    return fixes;
}

Fixes innerSize(const FixContext &context, const FixPlace &place)
{
    const auto left = context.wiresInto(*place.graph, place.node->id, "a");
    const auto right = context.wiresInto(*place.graph, place.node->id, "b");
    const TensorType *a = left.empty() ? nullptr : context.type(left.front()->from);
    const TensorType *b = right.empty() ? nullptr : context.type(right.front()->from);
    if (!a || !b || a->shape.rank() < 2 || b->shape.rank() < 2)
        return {};
    const auto transpose = [&](std::string_view name) { return place.node->params[name].boolean(); };
    const auto sizeOf = [](const Shape &s, bool fromEnd) { return s[s.rank() - (fromEnd ? 1 : 2)]; };
    Fixes fixes;
    for (const std::string_view flipped : {"transpose_b", "transpose_a"}) {
        const Dim inner = sizeOf(a->shape, transpose("transpose_a") == (flipped == "transpose_a"));
        const Dim outer = sizeOf(b->shape, transpose("transpose_b") != (flipped == "transpose_b"));
        if (inner == outer)
            fixes.push_back(setParameter(place, flipped, !transpose(flipped)));
    }
    const Dim rows = sizeOf(b->shape, transpose("transpose_b"));
    if (!transpose("transpose_a") && rows.isConstant())
        addResize(fixes,
                  resizeUpstream(context, *place.graph, left.front()->from, a->shape.rank() - 1, rows.constant()),
                  rows.constant());
    return fixes;
}

/// Another axis along which they can be joined, one format, or one size.
Fixes joinable(const FixContext &context, const FixPlace &place)
{
    const auto all = operands(context, place);
    if (all.size() < 2)
        return {};
    const Shape &first = all[0].type->shape;
    const auto differ = [&](const Operand &o) { return o.type->dtype != all[0].type->dtype; };
    if (std::any_of(all.begin(), all.end(), differ))
        return oneFormat(context, place);
    for (int axis = 0; axis < first.rank(); ++axis) {
        const auto joins = [&](const Operand &o) {
            const Shape &shape = o.type->shape;
            bool fits = shape.rank() == first.rank();
            for (int i = 0; fits && i < first.rank(); ++i)
                fits = i == axis || shape[i] == first[i];
            return fits;
        };
        if (axis != 0 && std::all_of(all.begin(), all.end(), joins))
            return {setParameter(place, "dim", axis)};
    }
    Fixes fixes;
    const auto along = normalizeAxis(place.node->params["dim"].integer(1), first.rank());
    for (std::size_t i = 1; i < all.size(); ++i) {
        Shape other = all[i].type->shape;
        if (!along || other.rank() != first.rank())
            continue;
        other[*along] = first[*along];
        const int axis = differingAxis(first, other, false);
        if (axis >= 0)
            addResize(fixes, resizeUpstream(context, *place.graph, all[i].wire->from, axis, first[axis].constant()),
                      first[axis].constant());
    }
    return fixes;
}

/// A side by which `size` values make `channels` square pictures; 0 where they don't.
std::int64_t squareSide(std::int64_t size, std::int64_t channels)
{
    if (size < 4 || size % channels != 0)
        return 0;
    const auto side = static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(size / channels))));
    return side * side * channels == size ? side : 0;
}

std::optional<JsonValue> sizesOf(const Shape &shape, int first)
{
    JsonValue::Array sizes;
    for (int axis = first; axis < shape.rank(); ++axis) {
        if (!shape[axis].isConstant())
            return std::nullopt;
        sizes.emplace_back(shape[axis].constant());
    }
    return JsonValue(std::move(sizes));
}

/// Rows where pictures are wanted.
Fixes toPictures(const FixContext &context, const FixPlace &place, const DocumentWire &wire, const Shape &shape)
{
    Fixes fixes;
    const DocumentNode *source = context.node(*place.graph, wire.from.node);
    if (source && source->kind == "Flatten") {
        const auto before = context.wiresInto(*place.graph, source->id, "x");
        if (!before.empty()) {
            Operation op = setNodeField(place.graph->id, wire.id, "from",
                                        JsonValue(JsonValue::Array{before[0]->from.node, before[0]->from.port}));
            op.what = Operation::What::Wire;
            fixes.push_back(makeFix("Take it from before '{0}'", {Arg(source->name)}, {{op}}));
        }
    }
    if (shape.rank() != 2 || !shape[1].isConstant())
        return fixes;
    for (const std::int64_t channels : {1, 3}) {
        const std::int64_t side = squareSide(shape[1].constant(), channels);
        if (side > 0)
            fixes.push_back(insertFix(place, wire, "Reshape",
                                      oneParam("shape", JsonValue(JsonValue::Array{channels, side, side}))));
    }
    if (fixes.empty())
        fixes.push_back(insertFix(place, wire, "Reshape",
                                  oneParam("shape", JsonValue(JsonValue::Array{shape[1].constant(), 1, 1}))));
    return fixes;
}

/// Too many axes, or too few.
Fixes wantedRank(const FixContext &context, const FixPlace &place)
{
    const auto wires = context.wiresInto(*place.graph, place.node->id, place.problem.where.port);
    const TensorType *type = wires.empty() ? nullptr : context.type(wires.front()->from);
    if (!type)
        return {};
    const DocumentWire &wire = *wires.front();
    const Shape &shape = type->shape;
    const std::string_view category = place.kind->category;
    if ((category == "Convolution" || category == "Pooling") && shape.rank() < 4)
        return toPictures(context, place, wire, shape);
    if (place.kind->id == "LSTM" && shape.rank() == 2)
        return {insertFix(place, wire, "Reshape", oneParam("shape", JsonValue(JsonValue::Array{-1, 1})))};
    if (place.kind->id == "LSTM" && shape.rank() > 3)
        return {insertFix(place, wire, "Flatten", oneParam("start_dim", 2))};
    if (shape.rank() > 4)
        return {insertFix(place, wire, "Flatten", oneParam("start_dim", 3))};
    const auto inner = shape.rank() > 0 ? sizesOf(shape, 1) : std::nullopt;
    if (!inner)
        return {};
    JsonValue sizes = *inner;
    sizes.append(1);
    return {insertFix(place, wire, "Reshape", oneParam("shape", std::move(sizes)))};
}

/// An output of an Input in the same graph that can be the target.
void addTargets(Fixes &fixes, const FixContext &context, const FixPlace &place, const Shape &wanted, bool isClasses)
{
    const auto wires = context.wiresInto(*place.graph, place.node->id, "target");
    for (const DocumentNode &node : place.graph->nodes) {
        for (const PortType *port : context.outputs(node.id)) {
            const bool fits = isClasses == isInteger(port->type.dtype) && port->type.shape == wanted;
            if (node.kind != "Input" || !fits || wires.empty())
                continue;
            Operation op = setNodeField(place.graph->id, wires.front()->id, "from",
                                        JsonValue(JsonValue::Array{node.id, port->port}));
            op.what = Operation::What::Wire;
            fixes.push_back(makeFix("Use '{0}' of '{1}' as the target", {Arg(port->port), Arg(node.name)}, {{op}}));
        }
    }
}

Shape withoutLast(const Shape &shape)
{
    std::vector<Dim> dims = shape.dims();
    if (!dims.empty())
        dims.pop_back();
    return Shape(std::move(dims));
}

/// Flatten in front of the first Dense that was given pictures or sequences, or of the loss itself.
void addFlatten(Fixes &fixes, const FixContext &context, const FixPlace &place, const DocumentWire &prediction)
{
    const DocumentNode *dense = findUpstream(context, *place.graph, prediction.from, "Dense");
    const DocumentWire *wire = &prediction;
    for (int step = 0; dense && step < kMostUpstream; ++step) {
        const auto into = context.wiresInto(*place.graph, dense->id, "x");
        const TensorType *type = into.empty() ? nullptr : context.type(into.front()->from);
        if (!type || type->shape.rank() <= 2)
            break;
        wire = into.front();
        const DocumentNode *next = findUpstream(context, *place.graph, into.front()->from, "Dense");
        dense = next == dense ? nullptr : next;
    }
    fixes.push_back(insertFix(place, *wire, "Flatten", JsonValue::object()));
}

Fixes lossShape(const FixContext &context, const FixPlace &place)
{
    const auto predictions = context.wiresInto(*place.graph, place.node->id, "prediction");
    const auto targets = context.wiresInto(*place.graph, place.node->id, "target");
    const TensorType *p = predictions.empty() ? nullptr : context.type(predictions.front()->from);
    const TensorType *t = targets.empty() ? nullptr : context.type(targets.front()->from);
    if (!p || !t)
        return {};
    Fixes fixes;
    const Shape &shape = p->shape;
    const bool isClasses = place.kind->id == "CrossEntropy" || place.kind->id == "CrossEntropyProbabilities";
    addTargets(fixes, context, place, isClasses ? withoutLast(shape) : shape, isClasses);
    if (isClasses) {
        if (shape.rank() > t->shape.rank() + 1)
            addFlatten(fixes, context, place, *predictions.front());
        return fixes;
    }
    if (isInteger(t->dtype) && shape.rank() >= 2 && withoutLast(shape) == t->shape)
        fixes.push_back(makeFix("Use CrossEntropy", {}, replaceKind(*place.graph, *place.node, "CrossEntropy")));
    if (const int axis = differingAxis(shape, t->shape, false); axis >= 0)
        addResize(fixes,
                  resizeUpstream(context, *place.graph, predictions.front()->from, axis, t->shape[axis].constant()),
                  t->shape[axis].constant());
    if (shape.rank() == t->shape.rank() + 1 && withoutLast(shape) == t->shape)
        addResize(fixes, resizeUpstream(context, *place.graph, predictions.front()->from, shape.rank() - 1, 1), 1);
    if (const auto sizes = t->shape.rank() > 0 ? sizesOf(t->shape, 1) : std::nullopt;
        sizes && shape.elements() == t->shape.elements())
        fixes.push_back(insertFix(place, *predictions.front(), "Reshape", oneParam("shape", *sizes)));
    if (shape.rank() > 2 && shape.rank() > t->shape.rank())
        addFlatten(fixes, context, place, *predictions.front());
    return fixes;
}

/// Numbers where the number of the class is wanted.
Fixes labelsWanted(const FixContext &context, const FixPlace &place)
{
    Fixes fixes;
    const auto predictions = context.wiresInto(*place.graph, place.node->id, "prediction");
    if (const TensorType *p = predictions.empty() ? nullptr : context.type(predictions.front()->from))
        addTargets(fixes, context, place, withoutLast(p->shape), true);
    fixes.push_back(makeFix("Use MSE", {}, replaceKind(*place.graph, *place.node, "MSE")));
    return fixes;
}

/// More classes in the data than scores: the last layer gets as many.
Fixes enoughClasses(const FixContext &context, const FixPlace &place)
{
    Fixes fixes;
    const auto wires = context.wiresInto(*place.graph, place.node->id, "prediction");
    const TensorType *type = wires.empty() ? nullptr : context.type(wires.front()->from);
    if (!type || place.problem.args.size() < 2)
        return fixes;
    const auto classes = static_cast<std::int64_t>(place.problem.args[1].number);
    addResize(fixes, resizeUpstream(context, *place.graph, wires.front()->from, type->shape.rank() - 1, classes),
              classes);
    if (fixes.empty() && isFloating(type->dtype))
        fixes.push_back(insertFix(place, *wires.front(), "Dense", oneParam("out_features", classes)));
    return fixes;
}

/// The softmax before this one, where it is a layer's activation; else this one goes.
Fixes oneSoftmax(const FixContext &context, const FixPlace &place)
{
    return {makeFix("Remove '{0}'", {Arg(place.node->name)}, bypassNode(context, *place.graph, place.node->id, "x"))};
}

/// An op that wants floating-point numbers, or one format.
Fixes opFormat(const FixContext &context, const FixPlace &place)
{
    const auto all = operands(context, place);
    if (all.size() == 1 && !isFloating(all[0].type->dtype))
        return {castFix(place, *all[0].wire, DType::Float32)};
    return all.size() > 1 ? oneFormat(context, place) : Fixes();
}

} // namespace

Fixes fixesOfShapes(const FixContext &context, const FixPlace &place)
{
    const std::string &code = place.problem.code;
    if (!place.node || !place.kind)
        return {};
    if (code == "arithmetic.dtype")
        return oneFormat(context, place);
    if (code == "arithmetic.shape")
        return oneSize(context, place);
    if (code == "matmul.inner")
        return innerSize(context, place);
    if (code == "concat.shape")
        return joinable(context, place);
    if (code == "layer.rank")
        return wantedRank(context, place);
    if (code == "loss.shape")
        return lossShape(context, place);
    if (code == "loss.labels")
        return labelsWanted(context, place);
    if (code == "graph.classes")
        return enoughClasses(context, place);
    if (code == "layer.double-softmax")
        return oneSoftmax(context, place);
    if (code == "norm.one-value")
        return {makeFix("Use LayerNorm", {}, replaceKind(*place.graph, *place.node, "LayerNorm"))};
    if (code == "op.dtype" || code == "op.floating" || code == "op.dtypes-differ")
        return opFormat(context, place);
    return {};
}

} // namespace espalier
