// SPDX-License-Identifier: Apache-2.0
// Two-dimensional convolution and its two gradients, which are each other's gradients. NCHW and OIHW.
#include "engine/ops/families.h"
#include "engine/ops/type_rules.h"

namespace espalier {
namespace {

using Ints = std::vector<std::int64_t>;

/// Geometry of one convolution; index 0 is rows, 1 is columns.
struct Geometry {
    std::int64_t stride[2];
    std::int64_t before[2];
    std::int64_t after[2];
    std::int64_t dilation[2];
    std::int64_t groups;
};

Geometry geometry(const Attrs &attrs)
{
    const auto &s = attrs.integers("stride");
    const auto &p = attrs.integers("padding");
    const auto &d = attrs.integers("dilation");
    return {{s[0], s[1]}, {p[0], p[1]}, {p[2], p[3]}, {d[0], d[1]}, attrs.integer("groups")};
}

Result<void> checkGeometry(const OpCall &call)
{
    ESPALIER_CHECK(expectIntegers(call, "stride", 2, 1));
    ESPALIER_CHECK(expectIntegers(call, "padding", 4, 0));
    ESPALIER_CHECK(expectIntegers(call, "dilation", 2, 1));
    if (call.attrs.integer("groups") < 1)
        return fail("conv.groups", "A convolution has at least 1 group, not {0}.", call.attrs.integer("groups"));
    return {};
}

/// Checks channels and kernel of a weight of shape [O, C / groups, kh, kw] for `channels` input channels.
Result<void> checkWeight(const Shape &w, const Dim &channels, std::int64_t groups)
{
    if (!w[2].isConstant() || !w[3].isConstant())
        return fail("conv.kernel", "The kernel of a convolution has a fixed size; {0} has none.", shapeArg(w));
    if (w[2].constant() < 1 || w[3].constant() < 1)
        return fail("conv.kernel-empty", "The kernel of a convolution is at least 1 x 1, not {0} x {1}.",
                    w[2].constant(), w[3].constant());
    if (w[0].isConstant() && w[0].constant() % groups != 0)
        return fail("conv.groups-out", "A convolution with {0} groups can't make {1} channels: use a multiple of {0}.",
                    groups, w[0].constant());
    if (channels.isConstant() && channels.constant() % groups != 0)
        return fail("conv.groups-in",
                    "A convolution with {0} groups can't read {1} channels: use a number of groups that divides them.",
                    groups, channels.constant());
    if (!mayEqual(w[1] * Dim(groups), channels))
        return fail("conv.channels",
                    "The convolution's input has {0} channels, but its weight {1} with {2} groups reads {3}.",
                    channels.toString(), shapeArg(w), groups, (w[1] * Dim(groups)).toString());
    return {};
}

/// [OH, OW] for an input of [H, W].
Result<Shape> outputSize(const Geometry &g, const Dim &height, const Dim &width, const Dim &kernelHeight,
                         const Dim &kernelWidth)
{
    const Dim size[2] = {height, width};
    const Dim kernel[2] = {kernelHeight, kernelWidth};
    Shape out{0, 0};
    Dim padded[2];
    Dim reach[2];
    bool tooLarge = false;
    for (int i = 0; i < 2; ++i) {
        padded[i] = size[i] + Dim(g.before[i] + g.after[i]);
        reach[i] = (kernel[i] - 1) * Dim(g.dilation[i]) + 1;
        tooLarge |= padded[i].isConstant() && reach[i].isConstant() && reach[i].constant() > padded[i].constant();
        out[i] = floorDiv(padded[i] - reach[i], g.stride[i]) + 1;
    }
    if (tooLarge)
        return fail("conv.kernel-too-large",
                    "The convolution's kernel of {0} x {1} is larger than its padded input of {2} x {3}: use a smaller "
                    "kernel or dilation, or more padding.",
                    reach[0].toString(), reach[1].toString(), padded[0].toString(), padded[1].toString());
    return out;
}

Result<std::vector<TensorType>> inferConv(const OpCall &call)
{
    ESPALIER_CHECK(expectRank(call, 0, 4));
    ESPALIER_CHECK(expectRank(call, 1, 4));
    ESPALIER_CHECK(expectFloating(call, {0, 1}));
    ESPALIER_CHECK(checkGeometry(call));
    const Shape &x = call.inputs[0].shape;
    const Shape &w = call.inputs[1].shape;
    const Geometry g = geometry(call.attrs);
    ESPALIER_CHECK(checkWeight(w, x[1], g.groups));
    ESPALIER_TRY(const Shape size, outputSize(g, x[2], x[3], w[2], w[3]));
    return std::vector<TensorType>{{call.inputs[0].dtype, {x[0], w[0], size[0], size[1]}}};
}

/// The spatial size of dy must be what the convolution makes of an input of [H, W].
Result<void> checkGradientSize(const Geometry &g, const Shape &dy, const Dim &h, const Dim &w, const Dim &kh,
                               const Dim &kw)
{
    ESPALIER_TRY(const Shape size, outputSize(g, h, w, kh, kw));
    if (!mayEqual(size[0], dy[2]) || !mayEqual(size[1], dy[3]))
        return fail("conv.gradient-size", "A convolution of {0} x {1} gives {2} x {3}, which does not fit {4}.",
                    h.toString(), w.toString(), size[0].toString(), size[1].toString(), shapeArg(dy));
    return {};
}

Result<std::vector<TensorType>> inferBackwardData(const OpCall &call)
{
    ESPALIER_CHECK(expectRank(call, 0, 4));
    ESPALIER_CHECK(expectRank(call, 1, 4));
    ESPALIER_CHECK(expectFloating(call, {0, 1}));
    ESPALIER_CHECK(checkGeometry(call));
    const Shape &dy = call.inputs[0].shape;
    const Shape &w = call.inputs[1].shape;
    const Shape &size = call.attrs.shape("input_size");
    if (!size.hasRank() || size.rank() != 2)
        return fail("conv.input-size", "input_size is height and width, not {0}.", shapeArg(size));
    const Geometry g = geometry(call.attrs);
    const Dim channels = w[1] * Dim(g.groups);
    ESPALIER_CHECK(checkWeight(w, channels, g.groups));
    if (!mayEqual(dy[1], w[0]))
        return fail("conv.gradient-channels", "The weight {0} does not fit the {1} channels of {2}.", shapeArg(w),
                    dy[1].toString(), shapeArg(dy));
    ESPALIER_CHECK(checkGradientSize(g, dy, size[0], size[1], w[2], w[3]));
    return std::vector<TensorType>{{call.inputs[0].dtype, {dy[0], channels, size[0], size[1]}}};
}

Result<std::vector<TensorType>> inferBackwardWeights(const OpCall &call)
{
    ESPALIER_CHECK(expectRank(call, 0, 4));
    ESPALIER_CHECK(expectRank(call, 1, 4));
    ESPALIER_CHECK(expectFloating(call, {0, 1}));
    ESPALIER_CHECK(checkGeometry(call));
    ESPALIER_CHECK(expectIntegers(call, "kernel_size", 2, 1));
    const Shape &x = call.inputs[0].shape;
    const Shape &dy = call.inputs[1].shape;
    const auto &kernel = call.attrs.integers("kernel_size");
    const Geometry g = geometry(call.attrs);
    const Shape w{dy[1], floorDiv(x[1], g.groups), kernel[0], kernel[1]};
    ESPALIER_CHECK(checkWeight(w, x[1], g.groups));
    if (!mayEqual(x[0], dy[0]))
        return fail("conv.gradient-batch", "{0} and {1} have different batch sizes.", shapeArg(x), shapeArg(dy));
    ESPALIER_CHECK(checkGradientSize(g, dy, x[2], x[3], w[2], w[3]));
    return std::vector<TensorType>{{call.inputs[0].dtype, w}};
}

/// Multiply-adds of the convolution from [N, C, ...] by w to [N, O, OH, OW]; the gradients do as many.
Cost convCost(const OpCall &call, std::span<const TensorType> outputs, const Shape &y, const Shape &w)
{
    return {y.elements() * w[1] * w[2] * w[3] * Dim(2), bytesOf(call.inputs, outputs)};
}

Attrs sharedAttrs(const Attrs &attrs)
{
    Attrs shared;
    for (const char *name : {"stride", "padding", "dilation", "groups"})
        shared.set(name, *attrs.find(name));
    return shared;
}

Attrs withInputSize(const Attrs &attrs, const Shape &x)
{
    Attrs out = sharedAttrs(attrs);
    out.set("input_size", Shape{x[2], x[3]});
    return out;
}

Attrs withKernelSize(const Attrs &attrs, const Shape &w)
{
    Attrs out = sharedAttrs(attrs);
    out.set("kernel_size", Ints{w[2].constant(), w[3].constant()});
    return out;
}

std::vector<ValueId> gradientConv(const GradientCall &c)
{
    Builder &b = c.builder;
    const ValueId x = c.inputs[0];
    const ValueId w = c.inputs[1];
    const ValueId dy = c.gradients[0];
    const Attrs data = withInputSize(c.attrs, b.shape(x));
    const Attrs weights = withKernelSize(c.attrs, b.shape(w));
    return {c.needed[0] ? b.emit("conv2d_backward_data", {dy, w}, data) : kNoValue,
            c.needed[1] ? b.emit("conv2d_backward_weights", {x, dy}, weights) : kNoValue};
}

std::vector<ValueId> gradientBackwardData(const GradientCall &c)
{
    Builder &b = c.builder;
    const ValueId g = c.gradients[0];
    const Attrs weights = withKernelSize(c.attrs, b.shape(c.inputs[1]));
    return {c.needed[0] ? b.emit("conv2d", {g, c.inputs[1]}, sharedAttrs(c.attrs)) : kNoValue,
            c.needed[1] ? b.emit("conv2d_backward_weights", {g, c.inputs[0]}, weights) : kNoValue};
}

std::vector<ValueId> gradientBackwardWeights(const GradientCall &c)
{
    Builder &b = c.builder;
    const ValueId g = c.gradients[0];
    const Attrs data = withInputSize(c.attrs, b.shape(c.inputs[0]));
    return {c.needed[0] ? b.emit("conv2d_backward_data", {c.inputs[1], g}, data) : kNoValue,
            c.needed[1] ? b.emit("conv2d", {c.inputs[0], g}, sharedAttrs(c.attrs)) : kNoValue};
}

/// The expansions add up one matrix product for each position of the kernel.
struct Expansion {
    Builder &b;
    Geometry g;
    Dim batch, channels, height, width; ///< of x
    Dim outChannels, outHeight, outWidth; ///< of y
    std::int64_t kernel[2];

    Dim groupChannels() const { return floorDiv(channels, g.groups); }
    Dim groupOutChannels() const { return floorDiv(outChannels, g.groups); }
    Shape padded() const
    {
        return {batch, channels, height + Dim(g.before[0] + g.after[0]), width + Dim(g.before[1] + g.after[1])};
    }

    ValueId pad(ValueId x) const
    {
        return b.emit(
            "pad", {x},
            {{"before", Ints{0, 0, g.before[0], g.before[1]}}, {"after", Ints{0, 0, g.after[0], g.after[1]}}});
    }
    ValueId slice(ValueId x, std::int64_t axis, std::int64_t start, const Dim &length, std::int64_t step) const
    {
        return b.emit("slice", {x}, {{"axis", axis}, {"start", start}, {"length", Shape{length}}, {"step", step}});
    }
    /// What kernel position (ky, kx) sees, as [N, groups, C / groups, OH * OW].
    ValueId patch(ValueId paddedX, std::int64_t ky, std::int64_t kx) const
    {
        const ValueId rows = slice(paddedX, 2, ky * g.dilation[0], outHeight, g.stride[0]);
        const ValueId both = slice(rows, 3, kx * g.dilation[1], outWidth, g.stride[1]);
        return b.reshape(both, {batch, g.groups, groupChannels(), outHeight * outWidth});
    }
    /// The reverse: adds zeros where that position sees nothing.
    ValueId scatter(ValueId patch, std::int64_t ky, std::int64_t kx) const
    {
        const Shape all = padded();
        const Shape rowsSeen{batch, channels, outHeight, all[3]};
        const ValueId both = b.reshape(patch, {batch, channels, outHeight, outWidth});
        const ValueId columns = b.emit(
            "slice_backward", {both},
            {{"shape", rowsSeen}, {"axis", std::int64_t(3)}, {"start", kx * g.dilation[1]}, {"step", g.stride[1]}});
        return b.emit(
            "slice_backward", {columns},
            {{"shape", all}, {"axis", std::int64_t(2)}, {"start", ky * g.dilation[0]}, {"step", g.stride[0]}});
    }
    /// w[:, :, ky, kx] as [groups, O / groups, C / groups].
    ValueId weightAt(ValueId w, std::int64_t ky, std::int64_t kx) const
    {
        const ValueId one = slice(slice(w, 2, ky, 1, 1), 3, kx, 1, 1);
        return b.reshape(one, {g.groups, groupOutChannels(), groupChannels()});
    }
    ValueId grouped(ValueId dy) const
    {
        return b.reshape(dy, {batch, g.groups, groupOutChannels(), outHeight * outWidth});
    }
};

std::vector<ValueId> expandConv(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const Shape &x = call.inputs[0].shape;
    const Shape &w = call.inputs[1].shape;
    const Geometry g = geometry(call.attrs);
    const Shape size = *outputSize(g, x[2], x[3], w[2], w[3]);
    const Expansion e{b, g, x[0], x[1], x[2], x[3], w[0], size[0], size[1], {w[2].constant(), w[3].constant()}};
    const ValueId padded = e.pad(in[0]);
    ValueId sum = kNoValue;
    for (std::int64_t ky = 0; ky < e.kernel[0]; ++ky)
        for (std::int64_t kx = 0; kx < e.kernel[1]; ++kx) {
            const ValueId part = b.emit("matmul", {e.weightAt(in[1], ky, kx), e.patch(padded, ky, kx)});
            sum = sum == kNoValue ? part : b.add(sum, part);
        }
    return {b.reshape(sum, {x[0], w[0], size[0], size[1]})};
}

std::vector<ValueId> expandBackwardData(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const Shape &dy = call.inputs[0].shape;
    const Shape &w = call.inputs[1].shape;
    const Shape &size = call.attrs.shape("input_size");
    const Geometry g = geometry(call.attrs);
    const Expansion e{
        b, g, dy[0], w[1] * Dim(g.groups), size[0], size[1], w[0], dy[2], dy[3], {w[2].constant(), w[3].constant()}};
    const ValueId dyGrouped = e.grouped(in[0]);
    ValueId sum = kNoValue;
    for (std::int64_t ky = 0; ky < e.kernel[0]; ++ky)
        for (std::int64_t kx = 0; kx < e.kernel[1]; ++kx) {
            const ValueId patch = b.emit("matmul", {e.weightAt(in[1], ky, kx), dyGrouped}, {{"transpose_a", true}});
            const ValueId part = e.scatter(patch, ky, kx);
            sum = sum == kNoValue ? part : b.add(sum, part);
        }
    const ValueId rows = e.slice(sum, 2, g.before[0], size[0], 1);
    return {e.slice(rows, 3, g.before[1], size[1], 1)};
}

std::vector<ValueId> expandBackwardWeights(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const Shape &x = call.inputs[0].shape;
    const Shape &dy = call.inputs[1].shape;
    const auto &kernel = call.attrs.integers("kernel_size");
    const Geometry g = geometry(call.attrs);
    const Expansion e{b, g, x[0], x[1], x[2], x[3], dy[1], dy[2], dy[3], {kernel[0], kernel[1]}};
    const ValueId padded = e.pad(in[0]);
    const ValueId dyGrouped = e.grouped(in[1]);
    std::vector<ValueId> positions;
    for (std::int64_t ky = 0; ky < kernel[0]; ++ky)
        for (std::int64_t kx = 0; kx < kernel[1]; ++kx) {
            const ValueId perSample = b.emit("matmul", {dyGrouped, e.patch(padded, ky, kx)}, {{"transpose_b", true}});
            positions.push_back(b.reshape(b.reduceSum(perSample, {0}, false), {dy[1], e.groupChannels(), 1}));
        }
    const ValueId all = b.emit("concat", positions, {{"axis", std::int64_t(2)}});
    return {b.reshape(all, {dy[1], e.groupChannels(), kernel[0], kernel[1]})};
}

/// Shapes of one convolution; each op makes its cases from them.
struct Sample {
    const char *name;
    Dims x;
    Dims w;
    Ints stride, padding, dilation;
    std::int64_t groups;
};

const std::vector<Sample> &samples()
{
    static const std::vector<Sample> all = {
        {"plain", {2, 3, 5, 4}, {4, 3, 3, 2}, {1, 1}, {0, 0, 0, 0}, {1, 1}, 1},
        {"one", {1, 1, 1, 1}, {1, 1, 1, 1}, {1, 1}, {0, 0, 0, 0}, {1, 1}, 1},
        {"pointwise", {2, 5, 3, 7}, {3, 5, 1, 1}, {1, 1}, {0, 0, 0, 0}, {1, 1}, 1},
        {"same padding", {2, 2, 5, 7}, {3, 2, 3, 3}, {1, 1}, {1, 1, 1, 1}, {1, 1}, 1},
        {"stride with a remainder", {1, 2, 6, 9}, {2, 2, 3, 2}, {2, 3}, {0, 0, 0, 0}, {1, 1}, 1},
        {"asymmetrical padding", {1, 2, 4, 5}, {3, 2, 3, 4}, {1, 2}, {2, 0, 1, 3}, {1, 1}, 1},
        {"dilation", {1, 2, 7, 8}, {2, 2, 3, 2}, {1, 2}, {1, 2, 1, 2}, {2, 3}, 1},
        {"groups", {2, 4, 5, 3}, {6, 2, 3, 3}, {1, 1}, {1, 1, 1, 1}, {1, 1}, 2},
        {"depthwise", {2, 3, 5, 5}, {3, 1, 3, 3}, {2, 1}, {1, 1, 0, 1}, {1, 1}, 3},
        {"depthwise with a multiplier", {1, 3, 4, 4}, {6, 1, 3, 3}, {1, 1}, {1, 0, 1, 0}, {1, 1}, 3},
        {"kernel as large as the input", {2, 3, 4, 5}, {7, 3, 4, 5}, {1, 1}, {0, 0, 0, 0}, {1, 1}, 1},
        {"vector width and more", {1, 17, 6, 5}, {18, 17, 3, 3}, {1, 1}, {1, 1, 1, 1}, {1, 1}, 1},
        {"empty batch", {0, 3, 5, 4}, {2, 3, 3, 3}, {1, 1}, {1, 1, 1, 1}, {1, 1}, 1},
    };
    return all;
}

enum class Kind { Forward, Data, Weights };

template <Kind kind>
std::vector<OpCase> cases()
{
    std::vector<OpCase> out;
    for (const Sample &s : samples()) {
        Attrs attrs{{"stride", s.stride}, {"padding", s.padding}, {"dilation", s.dilation}, {"groups", s.groups}};
        const Shape size = *outputSize(geometry(attrs), s.x[2], s.x[3], s.w[2], s.w[3]);
        const Dims y{s.x[0], s.w[0], size[0].constant(), size[1].constant()};
        if (kind == Kind::Data)
            attrs.set("input_size", Shape{s.x[2], s.x[3]});
        if (kind == Kind::Weights)
            attrs.set("kernel_size", Ints{s.w[2], s.w[3]});
        const CaseInput a{kind == Kind::Data ? y : s.x};
        const CaseInput b{kind == Kind::Weights ? y : s.w};
        out.push_back({s.name, attrs, {a, b}});
    }
    return out;
}

std::vector<AttrSpec> attrSpecs()
{
    return {{"stride", Ints{1, 1}, false, "Step of the kernel: rows, columns."},
            {"padding", Ints{0, 0, 0, 0}, false, "Zeros added at top, left, bottom, right."},
            {"dilation", Ints{1, 1}, false, "Distance between the kernel's elements: rows, columns."},
            {"groups", std::int64_t(1), false, "Number of groups of channels that do not see each other."}};
}

std::vector<AttrSpec> attrSpecs(AttrSpec extra)
{
    auto specs = attrSpecs();
    specs.push_back(std::move(extra));
    return specs;
}

Op convOp()
{
    Op o;
    o.name = "conv2d";
    o.help
        = "Two-dimensional convolution (cross-correlation) of an image [N, C, H, W] by a weight [O, C/groups, h, w].";
    o.attrs = attrSpecs();
    o.minInputs = o.maxInputs = 2;
    o.inputNames = {"x", "w"};
    o.infer = inferConv;
    o.gradient = gradientConv;
    o.cost = [](const OpCall &c, std::span<const TensorType> out) {
        return convCost(c, out, out[0].shape, c.inputs[1].shape);
    };
    o.expand = expandConv;
    o.onnx = "Conv";
    o.cases = cases<Kind::Forward>;
    return o;
}

Op backwardDataOp()
{
    Op o;
    o.name = "conv2d_backward_data";
    o.help = "Gradient of conv2d with respect to its input; on its own a transposed convolution.";
    o.attrs = attrSpecs({"input_size", Shape{1, 1}, true, "Height and width of the convolution's input."});
    o.minInputs = o.maxInputs = 2;
    o.inputNames = {"dy", "w"};
    o.outputNames = {"dx"};
    o.infer = inferBackwardData;
    o.gradient = gradientBackwardData;
    o.cost = [](const OpCall &c, std::span<const TensorType> out) {
        return convCost(c, out, c.inputs[0].shape, c.inputs[1].shape);
    };
    o.expand = expandBackwardData;
    o.onnx = "ConvTranspose";
    o.cases = cases<Kind::Data>;
    return o;
}

Op backwardWeightsOp()
{
    Op o;
    o.name = "conv2d_backward_weights";
    o.help = "Gradient of conv2d with respect to its weight.";
    o.attrs = attrSpecs({"kernel_size", Ints{1, 1}, true, "Height and width of the kernel."});
    o.minInputs = o.maxInputs = 2;
    o.inputNames = {"x", "dy"};
    o.outputNames = {"dw"};
    o.infer = inferBackwardWeights;
    o.gradient = gradientBackwardWeights;
    o.cost = [](const OpCall &c, std::span<const TensorType> out) {
        return convCost(c, out, c.inputs[1].shape, out[0].shape);
    };
    o.expand = expandBackwardWeights;
    o.cases = cases<Kind::Weights>;
    return o;
}

} // namespace

std::span<const Op> convOps()
{
    static const Op ops[] = {convOp(), backwardDataOp(), backwardWeightsOp()};
    return ops;
}

} // namespace espalier
