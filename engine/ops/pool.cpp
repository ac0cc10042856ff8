// SPDX-License-Identifier: Apache-2.0
// Maximum and average over windows of an image, NCHW.
#include "engine/ops/families.h"
#include "engine/ops/type_rules.h"

#include <algorithm>
#include <limits>

namespace espalier {
namespace {

using Ints = std::vector<std::int64_t>;

constexpr std::int64_t kLargestWindow = 32768; ///< positions in a window are int32

/// Index 0 is rows, 1 is columns.
struct Window {
    std::int64_t size[2];
    std::int64_t stride[2];
    std::int64_t before[2];
    std::int64_t after[2];
    bool ceilMode = false;
};

Window window(const Attrs &attrs)
{
    const auto &k = attrs.integers("kernel_size");
    const auto &s = attrs.integers("stride");
    const auto &p = attrs.integers("padding");
    const bool ceilMode = attrs.find("ceil_mode") && attrs.boolean("ceil_mode");
    return {{k[0], k[1]}, {s[0], s[1]}, {p[0], p[1]}, {p[2], p[3]}, ceilMode};
}

Result<void> checkWindow(const OpCall &call)
{
    ESPALIER_CHECK(expectIntegers(call, "kernel_size", 2, 1));
    ESPALIER_CHECK(expectIntegers(call, "stride", 2, 1));
    ESPALIER_CHECK(expectIntegers(call, "padding", 4, 0));
    const Window w = window(call.attrs);
    for (int i = 0; i < 2; ++i) {
        if (w.size[i] > kLargestWindow)
            return fail("pool.window", "A pooling window is at most {0} wide, not {1}.", kLargestWindow, w.size[i]);
        if (std::max(w.before[i], w.after[i]) >= w.size[i])
            return fail("pool.padding",
                        "A padding of {0} leaves a pooling window of {1} without any input: use less padding.",
                        std::max(w.before[i], w.after[i]), w.size[i]);
    }
    return {};
}

/// [OH, OW]. With ceil_mode a last window may stick out, but starts inside the input or the padding before it:
/// min(ceil((size + pads - k) / s), ceil((size + before) / s) - 1) + 1, as in PyTorch.
Result<Shape> outputSize(const Window &w, const Dim &height, const Dim &width)
{
    const Dim size[2] = {height, width};
    Shape out{0, 0};
    for (int i = 0; i < 2; ++i) {
        const Dim padded = size[i] + Dim(w.before[i] + w.after[i]);
        if (padded.isConstant() && (padded.constant() < w.size[i] || size[i].constant() < 1))
            return fail("pool.window-too-large",
                        "The pooling window of {0} x {1} is larger than its padded input of {2} x {3}: use a smaller "
                        "window or more padding.",
                        w.size[0], w.size[1], (height + Dim(w.before[0] + w.after[0])).toString(),
                        (width + Dim(w.before[1] + w.after[1])).toString());
        const std::int64_t beyond = std::min(w.after[i] - w.size[i], -w.stride[i]);
        out[i] = w.ceilMode ? floorDiv(size[i] + Dim(w.before[i] + beyond + w.stride[i] - 1), w.stride[i]) + 1
                            : floorDiv(padded - Dim(w.size[i]), w.stride[i]) + 1;
    }
    return out;
}

Result<Shape> inferPooled(const OpCall &call)
{
    ESPALIER_CHECK(expectRank(call, 0, 4));
    ESPALIER_CHECK(expectFloating(call, {0}));
    ESPALIER_CHECK(checkWindow(call));
    const Shape &x = call.inputs[0].shape;
    ESPALIER_TRY(const Shape size, outputSize(window(call.attrs), x[2], x[3]));
    return Shape{x[0], x[1], size[0], size[1]};
}

Result<std::vector<TensorType>> inferMax(const OpCall &call)
{
    ESPALIER_TRY(const Shape y, inferPooled(call));
    return std::vector<TensorType>{{call.inputs[0].dtype, y}, {DType::Int32, y}};
}

Result<std::vector<TensorType>> inferAverage(const OpCall &call)
{
    ESPALIER_TRY(const Shape y, inferPooled(call));
    return std::vector<TensorType>{{call.inputs[0].dtype, y}};
}

Result<Shape> inferInput(const OpCall &call)
{
    ESPALIER_CHECK(expectRank(call, 0, 4));
    ESPALIER_CHECK(expectFloating(call, {0}));
    ESPALIER_CHECK(checkWindow(call));
    const Shape &dy = call.inputs[0].shape;
    const Shape &size = call.attrs.shape("input_size");
    if (!size.hasRank() || size.rank() != 2)
        return fail("pool.input-size", "input_size is height and width, not {0}.", shapeArg(size));
    return Shape{dy[0], dy[1], size[0], size[1]};
}

/// max_pool2d_backward does not know ceil_mode: a gradient may have the size of either mode.
Result<void> checkGradientSize(const OpCall &call, bool eitherMode)
{
    const Shape &dy = call.inputs[0].shape;
    const Shape &size = call.attrs.shape("input_size");
    Window w = window(call.attrs);
    ESPALIER_TRY(const Shape one, outputSize(w, size[0], size[1]));
    w.ceilMode |= eitherMode;
    ESPALIER_TRY(const Shape other, outputSize(w, size[0], size[1]));
    for (int i = 0; i < 2; ++i)
        if (!mayEqual(one[i], dy[2 + i]) && !mayEqual(other[i], dy[2 + i]))
            return fail("pool.gradient-size", "Pooling {0} gives {1}, which does not fit {2}.", shapeArg(size),
                        shapeArg(one), shapeArg(dy));
    return {};
}

Result<std::vector<TensorType>> inferMaxBackward(const OpCall &call)
{
    ESPALIER_TRY(const Shape dx, inferInput(call));
    ESPALIER_CHECK(expectDType(call, 1, DType::Int32));
    ESPALIER_CHECK(expectShape(call, 1, call.inputs[0].shape));
    ESPALIER_CHECK(checkGradientSize(call, true));
    return std::vector<TensorType>{{call.inputs[0].dtype, dx}};
}

Result<std::vector<TensorType>> inferAverageBackward(const OpCall &call)
{
    ESPALIER_TRY(const Shape dx, inferInput(call));
    ESPALIER_CHECK(checkGradientSize(call, false));
    return std::vector<TensorType>{{call.inputs[0].dtype, dx}};
}

Cost windowCost(const OpCall &call, std::span<const TensorType> outputs, const Shape &pooled)
{
    const Window w = window(call.attrs);
    return elementCost(call, outputs, pooled, w.size[0] * w.size[1]);
}

Cost forwardCost(const OpCall &call, std::span<const TensorType> outputs)
{
    return windowCost(call, outputs, outputs[0].shape);
}

Cost backwardCost(const OpCall &call, std::span<const TensorType> outputs)
{
    return windowCost(call, outputs, call.inputs[0].shape);
}

Attrs copied(const Attrs &attrs, std::initializer_list<const char *> names)
{
    Attrs out;
    for (const char *name : names)
        out.set(name, *attrs.find(name));
    return out;
}

std::vector<ValueId> gradientMax(const GradientCall &c)
{
    if (c.gradients[0] == kNoValue)
        return {kNoValue};
    const Shape &x = c.builder.shape(c.inputs[0]);
    Attrs attrs = copied(c.attrs, {"kernel_size", "stride", "padding"});
    attrs.set("input_size", Shape{x[2], x[3]});
    return {c.builder.emit("max_pool2d_backward", {c.gradients[0], c.outputs[1]}, attrs)};
}

std::vector<ValueId> gradientAverage(const GradientCall &c)
{
    const Shape &x = c.builder.shape(c.inputs[0]);
    Attrs attrs = c.attrs;
    attrs.set("input_size", Shape{x[2], x[3]});
    return {c.builder.emit("avg_pool2d_backward", {c.gradients[0]}, attrs)};
}

std::vector<ValueId> gradientAverageBackward(const GradientCall &c)
{
    const Attrs attrs = copied(c.attrs, {"kernel_size", "stride", "padding", "ceil_mode", "count_include_pad"});
    return {c.builder.emit("avg_pool2d", {c.gradients[0]}, attrs)};
}

/// The expansions treat each position of the window as a strided slice of the padded image.
struct Expansion {
    Builder &b;
    Window w;
    Dim height, width; ///< of the input
    Dim outHeight, outWidth;

    /// Enough zeros behind the image for every window that starts inside it.
    Ints behind() const { return {0, 0, std::max(w.size[0], w.after[0]), std::max(w.size[1], w.after[1])}; }
    Ints front() const { return {0, 0, w.before[0], w.before[1]}; }

    ValueId pad(ValueId x, double value) const
    {
        return b.emit("pad", {x}, {{"before", front()}, {"after", behind()}, {"value", value}});
    }
    ValueId slice(ValueId x, std::int64_t axis, std::int64_t start, const Dim &length, std::int64_t step) const
    {
        return b.emit("slice", {x}, {{"axis", axis}, {"start", start}, {"length", Shape{length}}, {"step", step}});
    }
    ValueId seen(ValueId padded, std::int64_t ky, std::int64_t kx) const
    {
        return slice(slice(padded, 2, ky, outHeight, w.stride[0]), 3, kx, outWidth, w.stride[1]);
    }
    ValueId scatter(ValueId part, std::int64_t ky, std::int64_t kx) const
    {
        const Shape s = b.shape(part);
        const Dim paddedHeight = height + Dim(w.before[0] + behind()[2]);
        const Dim paddedWidth = width + Dim(w.before[1] + behind()[3]);
        const Shape columns{s[0], s[1], s[2], paddedWidth};
        const Shape all{s[0], s[1], paddedHeight, paddedWidth};
        const ValueId wide
            = b.emit("slice_backward", {part},
                     {{"shape", columns}, {"axis", std::int64_t(3)}, {"start", kx}, {"step", w.stride[1]}});
        return b.emit("slice_backward", {wide},
                      {{"shape", all}, {"axis", std::int64_t(2)}, {"start", ky}, {"step", w.stride[0]}});
    }
    ValueId crop(ValueId padded) const
    {
        return slice(slice(padded, 2, w.before[0], height, 1), 3, w.before[1], width, 1);
    }
    ValueId sum(ValueId padded) const
    {
        ValueId total = kNoValue;
        for (std::int64_t ky = 0; ky < w.size[0]; ++ky)
            for (std::int64_t kx = 0; kx < w.size[1]; ++kx) {
                const ValueId part = seen(padded, ky, kx);
                total = total == kNoValue ? part : b.add(total, part);
            }
        return total;
    }
    /// By how much each window's sum is divided: [1, 1, OH, OW]. Padding counts where asked; what sticks out of it
    /// (ceil_mode) never does.
    ValueId counts(DType dtype, bool countPadding) const
    {
        Tensor one(dtype, {});
        one.set(0, 1);
        ValueId ones = b.broadcastTo(b.constant(std::move(one)), {1, 1, height, width});
        if (!countPadding)
            return sum(pad(ones, 0));
        const Ints explicitPad{0, 0, w.after[0], w.after[1]};
        ones = b.emit("pad", {ones}, {{"before", front()}, {"after", explicitPad}, {"value", 1.0}});
        const Ints rest{0, 0, behind()[2] - w.after[0], behind()[3] - w.after[1]};
        return sum(b.emit("pad", {ones}, {{"before", Ints{0, 0, 0, 0}}, {"after", rest}, {"value", 0.0}}));
    }
};

ValueId int32Literal(Builder &b, std::int64_t value)
{
    return b.constant(Tensor::scalar(static_cast<std::int32_t>(value)));
}

std::vector<ValueId> expandMax(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const Shape &x = call.inputs[0].shape;
    const Window w = window(call.attrs);
    const Shape size = *outputSize(w, x[2], x[3]);
    const Expansion e{b, w, x[2], x[3], size[0], size[1]};
    const ValueId padded = e.pad(in[0], -std::numeric_limits<double>::infinity());
    ValueId best = e.seen(padded, 0, 0);
    ValueId index = b.broadcastTo(int32Literal(b, 0), b.shape(best));
    for (std::int64_t at = 1; at < w.size[0] * w.size[1]; ++at) {
        const ValueId next = e.seen(padded, at / w.size[1], at % w.size[1]);
        const ValueId better = b.emit("greater", {next, best});
        best = b.emit("where", {better, next, best});
        index = b.emit("where", {better, int32Literal(b, at), index});
    }
    return {best, index};
}

std::vector<ValueId> expandMaxBackward(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const Shape &dy = call.inputs[0].shape;
    const Shape &size = call.attrs.shape("input_size");
    const Window w = window(call.attrs);
    const Expansion e{b, w, size[0], size[1], dy[2], dy[3]};
    ValueId sum = kNoValue;
    for (std::int64_t at = 0; at < w.size[0] * w.size[1]; ++at) {
        const ValueId here = b.emit("equal", {in[1], int32Literal(b, at)});
        const ValueId part = b.emit("where", {here, in[0], b.literal(0, in[0])});
        const ValueId placed = e.scatter(part, at / w.size[1], at % w.size[1]);
        sum = sum == kNoValue ? placed : b.add(sum, placed);
    }
    return {e.crop(sum)};
}

std::vector<ValueId> expandAverage(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const Shape &x = call.inputs[0].shape;
    const Window w = window(call.attrs);
    const Shape size = *outputSize(w, x[2], x[3]);
    const Expansion e{b, w, x[2], x[3], size[0], size[1]};
    return {b.div(e.sum(e.pad(in[0], 0)), e.counts(call.inputs[0].dtype, call.attrs.boolean("count_include_pad")))};
}

std::vector<ValueId> expandAverageBackward(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const Shape &dy = call.inputs[0].shape;
    const Shape &size = call.attrs.shape("input_size");
    const Window w = window(call.attrs);
    const Expansion e{b, w, size[0], size[1], dy[2], dy[3]};
    const ValueId share = b.div(in[0], e.counts(call.inputs[0].dtype, call.attrs.boolean("count_include_pad")));
    ValueId sum = kNoValue;
    for (std::int64_t ky = 0; ky < w.size[0]; ++ky)
        for (std::int64_t kx = 0; kx < w.size[1]; ++kx) {
            const ValueId placed = e.scatter(share, ky, kx);
            sum = sum == kNoValue ? placed : b.add(sum, placed);
        }
    return {e.crop(sum)};
}

struct Sample {
    const char *name;
    Dims x;
    Ints size, stride, padding;
    bool ceilMode;
};

const std::vector<Sample> &samples()
{
    static const std::vector<Sample> all = {
        {"plain", {2, 3, 4, 6}, {2, 2}, {2, 2}, {0, 0, 0, 0}, false},
        {"one", {1, 1, 1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}, false},
        {"remainder", {1, 2, 5, 7}, {2, 3}, {2, 2}, {0, 0, 0, 0}, false},
        {"overlap and padding", {2, 2, 5, 6}, {3, 3}, {2, 1}, {1, 1, 1, 1}, false},
        {"asymmetrical padding", {1, 3, 4, 5}, {3, 2}, {1, 2}, {2, 0, 1, 1}, false},
        {"gaps", {1, 1, 7, 8}, {2, 1}, {3, 4}, {0, 0, 0, 0}, false},
        {"ceil mode", {1, 2, 6, 7}, {3, 2}, {2, 3}, {0, 0, 0, 0}, true},
        {"ceil mode and padding", {1, 2, 6, 6}, {3, 3}, {2, 3}, {1, 0, 0, 1}, true},
        {"global", {2, 5, 3, 4}, {3, 4}, {1, 1}, {0, 0, 0, 0}, false},
        {"vector width and more", {1, 17, 4, 4}, {2, 2}, {2, 2}, {0, 0, 0, 0}, false},
        {"empty batch", {0, 3, 4, 4}, {2, 2}, {2, 2}, {0, 0, 0, 0}, false},
    };
    return all;
}

Attrs sampleAttrs(const Sample &s)
{
    return {{"kernel_size", s.size}, {"stride", s.stride}, {"padding", s.padding}};
}

Dims pooledDims(const Sample &s)
{
    Attrs attrs = sampleAttrs(s);
    attrs.set("ceil_mode", s.ceilMode);
    const Shape size = *outputSize(window(attrs), s.x[2], s.x[3]);
    return {s.x[0], s.x[1], size[0].constant(), size[1].constant()};
}

std::vector<OpCase> maxCases()
{
    std::vector<OpCase> out;
    for (const Sample &s : samples()) {
        Attrs attrs = sampleAttrs(s);
        attrs.set("ceil_mode", s.ceilMode);
        out.push_back({s.name, attrs, {{s.x, DType::Float32, Domain::Distinct}}});
    }
    return out;
}

std::vector<OpCase> maxBackwardCases()
{
    std::vector<OpCase> out;
    for (const Sample &s : samples()) {
        // An index must point into the image, which random ones do only where no window reaches into the padding.
        const bool inside = s.padding == Ints{0, 0, 0, 0} && !s.ceilMode;
        Attrs attrs = sampleAttrs(s);
        attrs.set("input_size", Shape{s.x[2], s.x[3]});
        const Dims y = pooledDims(s);
        if (inside)
            out.push_back({s.name, attrs, {{y}, {y, DType::Int32, Domain::Index, s.size[0] * s.size[1]}}});
    }
    // Padding on the right only, and position 0, which never lies in it.
    out.push_back({"padding",
                   {{"kernel_size", Ints{1, 2}},
                    {"stride", Ints{2, 2}},
                    {"padding", Ints{0, 0, 0, 1}},
                    {"input_size", Shape{5, 5}}},
                   {{{2, 1, 3, 3}}, {{2, 1, 3, 3}, DType::Int32, Domain::Index, 1}}});
    return out;
}

template <bool backward>
std::vector<OpCase> averageCases()
{
    std::vector<OpCase> out;
    for (const Sample &s : samples())
        for (const bool count : {true, false}) {
            Attrs attrs = sampleAttrs(s);
            attrs.set("ceil_mode", s.ceilMode);
            attrs.set("count_include_pad", count);
            if (backward)
                attrs.set("input_size", Shape{s.x[2], s.x[3]});
            out.push_back({std::string(s.name) + (count ? "" : ", padding not counted"),
                           attrs,
                           {{backward ? pooledDims(s) : s.x}}});
        }
    return out;
}

std::vector<AttrSpec> windowSpecs()
{
    return {{"kernel_size", Ints{2, 2}, true, "Height and width of the window."},
            {"stride", Ints{2, 2}, true, "Step of the window: rows, columns."},
            {"padding", Ints{0, 0, 0, 0}, false, "Empty rows and columns at top, left, bottom, right."}};
}

const AttrSpec kCeilMode{"ceil_mode", false, false, "Whether a last window may stick out."};
const AttrSpec kCountPadding{"count_include_pad", true, false, "Whether padding counts as zeros in the average."};
const AttrSpec kInputSize{"input_size", Shape{1, 1}, true, "Height and width of the pooled image."};

Op maxPoolOp()
{
    Op o;
    o.name = "max_pool2d";
    o.help = "The largest element of each window, and its position in the window (row by row, the first one wins).";
    o.attrs = windowSpecs();
    o.attrs.push_back(kCeilMode);
    o.inputNames = {"x"};
    o.outputNames = {"y", "indices"};
    o.infer = inferMax;
    o.gradient = gradientMax;
    o.cost = forwardCost;
    o.expand = expandMax;
    o.onnx = "MaxPool";
    o.cases = maxCases;
    return o;
}

Op maxPoolBackwardOp()
{
    Op o;
    o.name = "max_pool2d_backward";
    o.help = "Gradient of max_pool2d: each dy goes to the element that won its window.";
    o.attrs = windowSpecs();
    o.attrs.push_back(kInputSize);
    o.minInputs = o.maxInputs = 2;
    o.inputNames = {"dy", "indices"};
    o.outputNames = {"dx"};
    o.infer = inferMaxBackward;
    o.gradient = [](const GradientCall &c) { return gradientByExpansion(c, "max_pool2d_backward"); };
    o.cost = backwardCost;
    o.expand = expandMaxBackward;
    o.cases = maxBackwardCases;
    return o;
}

Op averagePoolOp()
{
    Op o;
    o.name = "avg_pool2d";
    o.help = "The mean of each window.";
    o.attrs = windowSpecs();
    o.attrs.push_back(kCeilMode);
    o.attrs.push_back(kCountPadding);
    o.inputNames = {"x"};
    o.infer = inferAverage;
    o.gradient = gradientAverage;
    o.cost = forwardCost;
    o.expand = expandAverage;
    o.onnx = "AveragePool";
    o.cases = averageCases<false>;
    return o;
}

Op averagePoolBackwardOp()
{
    Op o = averagePoolOp();
    o.name = "avg_pool2d_backward";
    o.help = "Gradient of avg_pool2d: each dy is shared out over its window.";
    o.attrs.push_back(kInputSize);
    o.inputNames = {"dy"};
    o.outputNames = {"dx"};
    o.infer = inferAverageBackward;
    o.gradient = gradientAverageBackward;
    o.cost = backwardCost;
    o.expand = expandAverageBackward;
    o.onnx = "";
    o.cases = averageCases<true>;
    return o;
}

} // namespace

std::span<const Op> poolOps()
{
    static const Op ops[] = {maxPoolOp(), maxPoolBackwardOp(), averagePoolOp(), averagePoolBackwardOp()};
    return ops;
}

} // namespace espalier
