// SPDX-License-Identifier: Apache-2.0
// Layers that only move numbers: Flatten, Reshape, Transpose, Concat, Cast.
#include "engine/layers/families.h"
#include "engine/layers/spelling.h"
#include "engine/layers/support.h"

#include <fmt/format.h>

namespace espalier {
namespace {

void buildFlatten(LayerContext &context)
{
    Builder &b = context.builder();
    const ValueId x = context.input("x");
    const Shape &shape = b.shape(x);
    const auto first = needsAxis(context, "x", context.integer("start_dim"), "start_dim");
    const auto last = first ? needsAxis(context, "x", context.integer("end_dim"), "end_dim") : std::nullopt;
    if (!first || !last)
        return;
    if (*first > *last) {
        context.problem(
            layerError(context, "flatten.order", "'{0}': start_dim ({1}) lies behind end_dim ({2}).", *first, *last),
            {}, "start_dim");
        return;
    }
    std::vector<Dim> dims;
    Dim product = 1;
    for (int axis = 0; axis < shape.rank(); ++axis) {
        if (axis < *first || axis > *last)
            dims.push_back(shape[axis]);
        else
            product = product * shape[axis];
        if (axis == *last)
            dims.push_back(product);
    }
    context.output("y", b.reshape(x, Shape(std::move(dims))));
}

/// The wanted shape with its -1 computed; nothing (and a problem) where the numbers don't fit.
std::optional<Shape> targetShape(LayerContext &context, const Shape &from)
{
    std::vector<Dim> dims;
    Dim known = 1;
    int open = -1;
    if (context.boolean("keep_batch") && from.rank() > 0)
        dims.push_back(from[0]);
    for (const Dim &d : dims)
        known = known * d;
    for (const JsonValue &size : context.param("shape").items()) {
        if (size.integer() < 0) {
            if (open >= 0) {
                context.problem(layerError(context, "reshape.two", "'{0}': only one size can be -1."), {}, "shape");
                return std::nullopt;
            }
            open = static_cast<int>(dims.size());
        } else {
            known = known * Dim(size.integer());
        }
        dims.emplace_back(size.integer() < 0 ? 1 : size.integer());
    }
    const Dim total = from.elements();
    if (open >= 0)
        dims[static_cast<std::size_t>(open)] = known == Dim(0) ? Dim::unknown() : exactDiv(total, known);
    const Shape to(dims);
    const bool isOpen = open >= 0 && dims[static_cast<std::size_t>(open)].isUnknown();
    if (isOpen || to.elements() != total) {
        context.problem(layerError(context, "reshape.size",
                                   "'{0}': {1} can't be reshaped to {2}: the number of elements must stay.",
                                   shapeArg(from), Arg(Arg::Kind::Text, context.param("shape").dump())),
                        "x", "shape");
        return std::nullopt;
    }
    return to;
}

void buildReshape(LayerContext &context)
{
    Builder &b = context.builder();
    const ValueId x = context.input("x");
    if (const auto shape = targetShape(context, b.shape(x)))
        context.output("y", b.reshape(x, *shape));
}

void buildTranspose(LayerContext &context)
{
    Builder &b = context.builder();
    const ValueId x = context.input("x");
    const auto a = needsAxis(context, "x", context.integer("dim0"), "dim0");
    const auto c = a ? needsAxis(context, "x", context.integer("dim1"), "dim1") : std::nullopt;
    if (!a || !c)
        return;
    std::vector<std::int64_t> permutation;
    for (int i = 0; i < b.shape(x).rank(); ++i)
        permutation.push_back(i == *a ? *c : i == *c ? *a : i);
    context.output("y", b.emit("transpose", {x}, {{"permutation", std::move(permutation)}}));
}

/// Whether two shapes are equal but for `axis`.
bool joins(const Shape &a, const Shape &c, int axis)
{
    if (a.rank() != c.rank())
        return false;
    for (int i = 0; i < a.rank(); ++i)
        if (i != axis && a[i] != c[i])
            return false;
    return true;
}

void buildConcat(LayerContext &context)
{
    Builder &b = context.builder();
    const std::vector<ValueId> xs = context.inputs("x");
    const auto axis = needsAxis(context, "x", context.integer("dim"), "dim");
    if (!axis)
        return;
    for (const ValueId x : xs) {
        if (b.dtype(x) == b.dtype(xs.front()) && joins(b.shape(xs.front()), b.shape(x), *axis))
            continue;
        context.problem(layerError(context, "concat.shape",
                                   "'{0}' joins along axis {1}, so all else must be equal, got {2} and {3}.", *axis,
                                   typeArg(b.type(xs.front())), typeArg(b.type(x))),
                        "x");
        return;
    }
    context.output("y", b.emit("concat", xs, {{"axis", std::int64_t{*axis}}}));
}

void buildCast(LayerContext &context)
{
    const DType to = dtypeFromName(context.text("dtype")).value_or(DType::Float32);
    context.output("y", context.builder().cast(context.input("x"), to));
}

void buildReroute(LayerContext &context)
{
    context.output("y", context.input("x"));
}

JsonValue params(std::initializer_list<JsonValue::Member> members)
{
    return JsonValue(JsonValue::Object(members));
}

JsonValue list(std::initializer_list<JsonValue> items)
{
    return JsonValue(JsonValue::Array(items));
}

std::optional<Spelling> flattenInPyTorch(const SpellingCall &call)
{
    const std::int64_t last = call.params["end_dim"].integer();
    return Spelling{"",
                    last == -1 ? fmt::format("torch.flatten({{0}}, {})", call.params["start_dim"].integer())
                               : fmt::format("torch.flatten({{0}}, {}, {})", call.params["start_dim"].integer(), last)};
}

std::optional<Spelling> transposeInPyTorch(const SpellingCall &call)
{
    return Spelling{
        "",
        fmt::format("torch.transpose({{0}}, {}, {})", call.params["dim0"].integer(), call.params["dim1"].integer())};
}

std::vector<LayerCase> flattenCases()
{
    return {{"images", {}, {{.dims = {2, 3, 4, 5}}}},
            {"already flat", {}, {{.dims = {3, 1}}}},
            {"the middle", params({{"start_dim", 0}, {"end_dim", -2}}), {{.dims = {2, 3, 4, 5}}}}};
}

std::vector<LayerCase> reshapeCases()
{
    return {{"rows to images", params({{"shape", list({1, 2, 3})}}), {{.dims = {4, 6}}}},
            {"one open size", params({{"shape", list({-1, 2})}}), {{.dims = {3, 2, 5}}}},
            {"the whole", params({{"shape", list({6})}, {"keep_batch", false}}), {{.dims = {2, 3}}}}};
}

std::vector<LayerCase> transposeCases()
{
    return {{"sequence", {}, {{.dims = {2, 3, 4}}}},
            {"batch too", params({{"dim0", 0}, {"dim1", -1}}), {{.dims = {2, 3, 1}}}}};
}

std::vector<LayerCase> concatCases()
{
    return {{"features", {}, {{.dims = {2, 3}}, {.dims = {2, 1}}, {.dims = {2, 4}}}},
            {"one", {}, {{.dims = {2, 3}}}},
            {"last axis", params({{"dim", -1}}), {{.dims = {2, 3, 1}}, {.dims = {2, 3, 5}}}}};
}

std::vector<LayerCase> castCases()
{
    return {{"to float32", {}, {{{3, 2}, DType::Int64, Domain::Index, 5}}},
            {"to whole numbers", params({{"dtype", "int32"}}), {{.dims = {2, 2}}}}};
}

std::vector<LayerCase> rerouteCases()
{
    return {{"numbers", {}, {{.dims = {2, 3}}}}, {"labels", {}, {{{3, 1}, DType::Int64, Domain::Index, 5}}}};
}

ParamSpec dimParam(std::string_view name, std::int64_t fallback, std::string_view label, std::string_view help)
{
    ParamSpec spec = axisParam(fallback, help);
    spec.name = name;
    spec.label = label;
    return spec;
}

LayerKind shapeKind(std::string_view id, std::string_view help, std::vector<std::string_view> aliases,
                    std::vector<ParamSpec> specs, void (*build)(LayerContext &), std::vector<LayerCase> (*cases)())
{
    LayerKind kind{.id = id, .category = "Shape", .title = id, .help = help, .aliases = std::move(aliases)};
    kind.params = std::move(specs);
    kind.inputs = oneInput("Any shape.");
    kind.outputs = oneOutput();
    kind.build = build;
    kind.cases = cases;
    return kind;
}

LayerKind reshapeKind()
{
    ParamSpec shape{.name = "shape", .type = ParamType::IntegerList, .label = "Shape"};
    shape.fallback = list({-1});
    shape.help = "The new shape of one sample; -1 once for what is left.";
    shape.minimum = -1;
    shape.maximum = 1e9;
    shape.minLength = 0;
    ParamSpec keep{.name = "keep_batch", .type = ParamType::Bool, .fallback = true, .label = "Keep the batch axis"};
    keep.help = "The first axis stays as it is and is not part of the shape.";
    return shapeKind("Reshape", "Reads the same numbers in another shape.", {"view", "Unflatten", "Reshape"},
                     {shape, keep}, buildReshape, reshapeCases);
}

LayerKind concatKind()
{
    LayerKind kind = shapeKind("Concat", "Joins several tensors along one axis, in the order of the wires.",
                               {"cat", "Concatenate", "concatenate"},
                               {axisParam(1, "The axis along which they are joined.")}, buildConcat, concatCases);
    kind.inputs = {{.name = "x", .help = "Tensors that are equal but for one axis.", .variadic = true}};
    return kind;
}

LayerKind castKind()
{
    ParamSpec dtype{.name = "dtype", .type = ParamType::DTypeName, .fallback = "float32", .label = "Number format"};
    dtype.help = "What the numbers become.";
    return shapeKind("Cast", "Converts numbers into another format; nothing is converted without it.",
                     {"to", "astype", "tf.cast"}, {dtype}, buildCast, castCases);
}

} // namespace

std::span<const LayerKind> shapeLayers()
{
    static const std::vector<LayerKind> kinds = [] {
        std::vector<LayerKind> all{
            shapeKind("Flatten", "Makes one long row of each sample.", {"nn.Flatten", "ravel"},
                      {dimParam("start_dim", 1, "First axis", "The first axis that is flattened."),
                       dimParam("end_dim", -1, "Last axis", "The last axis that is flattened.")},
                      buildFlatten, flattenCases),
            reshapeKind(),
            shapeKind(
                "Transpose", "Swaps two axes.", {"swapaxes", "Permute", "permute"},
                {dimParam("dim0", 1, "One axis", "One of the two."), dimParam("dim1", 2, "Other axis", "The other.")},
                buildTranspose, transposeCases),
            concatKind(),
            castKind(),
            shapeKind("Reroute", "Passes on what comes in: a bend in a wire, so that a drawing reads well.",
                      {"nn.Identity", "identity", "Identity", "knot"}, {}, buildReroute, rerouteCases)};
        all[0].pytorch = flattenInPyTorch;
        all[2].pytorch = transposeInPyTorch;
        return all;
    }();
    return kinds;
}

} // namespace espalier
