// SPDX-License-Identifier: Apache-2.0
// Losses. Each gives the sum of its terms and their count, so that epochs add up exactly; the value shown is sum /
// count.
#include "engine/layers/families.h"
#include "engine/layers/support.h"

namespace espalier {
namespace {

ValueId prediction(LayerContext &c)
{
    return c.input("prediction");
}

ValueId countOf(Builder &b, const Shape &shape, DType dtype)
{
    return b.emit("dimension", {}, {{"shape", shape}, {"dtype", dtype}});
}

/// Sums `terms` (any shape); the count is their number, or 1 where the person wants the sum itself.
void finish(LayerContext &context, ValueId terms, LossInfo info, bool isMean)
{
    Builder &b = context.builder();
    info.terms = terms;
    info.sum = b.reduceSum(terms, {}, false);
    info.count = isMean ? countOf(b, b.shape(terms), b.dtype(terms)) : b.literal(1, terms);
    context.output("loss", isMean ? b.div(info.sum, info.count) : info.sum);
    context.loss(std::move(info));
}

bool wantsMean(const LayerContext &context)
{
    return context.text("reduction") != "sum";
}

/// The target in the prediction's dtype and shape. A target [batch] fits a prediction [batch, 1]. kNoValue where it
/// does not fit.
ValueId elementTarget(LayerContext &context)
{
    Builder &b = context.builder();
    if (!needsFloat(context, "prediction"))
        return kNoValue;
    const Shape shape = b.shape(prediction(context));
    ValueId target = context.input("target");
    const DType dtype = b.dtype(target);
    // a label column is whole numbers or bool; as numbers to compare with they mean themselves
    target = b.cast(target, b.dtype(prediction(context)));
    const Shape given = b.shape(target);
    if (given == shape)
        return target;
    if (given.elements() == shape.elements() && given.rank() + 1 == shape.rank()
        && shape[shape.rank() - 1].isConstant(1))
        return b.reshape(target, shape);
    context.problem(layerError(context, "loss.shape",
                               "'{0}' compares element by element, so '{1}' and '{2}' need one shape, got {3} and {4}.",
                               "prediction", "target", shapeArg(shape), typeArg({dtype, given})),
                    "target");
    return kNoValue;
}

void buildElementwise(LayerContext &context, ValueId (*term)(LayerContext &, ValueId difference), bool isMean)
{
    const ValueId target = elementTarget(context);
    if (target == kNoValue)
        return;
    const ValueId difference = context.builder().sub(prediction(context), target);
    LossInfo info;
    info.prediction = prediction(context);
    info.target = target;
    finish(context, term(context, difference), std::move(info), isMean);
}

ValueId square(LayerContext &context, ValueId d)
{
    return context.builder().emit("square", {d});
}

void buildMse(LayerContext &context)
{
    buildElementwise(context, square, wantsMean(context));
}

void buildSumOfSquares(LayerContext &context)
{
    buildElementwise(context, square, false);
}

void buildMae(LayerContext &context)
{
    buildElementwise(
        context, [](LayerContext &c, ValueId d) { return c.builder().emit("abs", {d}); }, wantsMean(context));
}

/// PyTorch's HuberLoss: d²/2 up to delta, delta (|d| - delta/2) beyond.
ValueId huber(LayerContext &context, ValueId d)
{
    Builder &b = context.builder();
    const double delta = context.real("delta");
    const ValueId size = b.emit("abs", {d});
    const ValueId inner = b.mulScalar(b.emit("square", {d}), 0.5);
    const ValueId outer = b.mulScalar(b.addScalar(size, -0.5 * delta), delta);
    const ValueId isSmall = b.emit("less_equal", {size, b.literal(delta, size)});
    return b.emit("where", {isSmall, inner, outer});
}

void buildHuber(LayerContext &context)
{
    buildElementwise(context, huber, wantsMean(context));
}

/// The prediction with its classes on the last axis, and the target of the remaining shape.
struct Classes {
    ValueId scores = kNoValue;
    ValueId target = kNoValue; ///< int64 [...]
    std::int64_t count = 0;
};

bool labelsFit(LayerContext &context, Classes &classes)
{
    Builder &b = context.builder();
    const TensorType type = b.type(classes.target);
    if (!isInteger(type.dtype)) {
        context.problem(layerError(context, "loss.labels",
                                   "'{0}' needs the number of the right class at '{1}' (whole numbers), got {2}. For "
                                   "numbers to predict use MSE.",
                                   "target", typeArg(type)),
                        "target");
        return false;
    }
    classes.target = b.cast(classes.target, DType::Int64);
    std::vector<Dim> wanted = b.shape(classes.scores).dims();
    wanted.pop_back();
    if (b.shape(classes.target) == Shape(wanted))
        return true;
    wanted.emplace_back(1);
    if (b.shape(classes.target) == Shape(wanted)) { // a column of labels
        wanted.pop_back();
        classes.target = b.reshape(classes.target, Shape(wanted));
        return true;
    }
    wanted.pop_back();
    context.problem(layerError(context, "loss.shape", "'{0}' gets scores {1}, so '{2}' needs labels {3}, got {4}.",
                               shapeArg(b.shape(prediction(context))), "target", shapeArg(Shape(wanted)),
                               typeArg(type)),
                    "target");
    return false;
}

std::optional<Classes> readClasses(LayerContext &context)
{
    Builder &b = context.builder();
    if (!needsFloat(context, "prediction") || !needsRank(context, "prediction", 2, 8, "[batch, classes]"))
        return std::nullopt;
    const auto axis = needsAxis(context, "prediction", context.integer("dim"), "dim");
    if (!axis)
        return std::nullopt;
    Classes classes{prediction(context), context.input("target")};
    const int rank = b.shape(classes.scores).rank();
    if (*axis != rank - 1) {
        std::vector<std::int64_t> permutation;
        for (int i = 0; i < rank; ++i)
            if (i != *axis)
                permutation.push_back(i);
        permutation.push_back(*axis);
        classes.scores = b.emit("transpose", {classes.scores}, {{"permutation", std::move(permutation)}});
    }
    return labelsFit(context, classes) ? std::optional(classes) : std::nullopt;
}

LossInfo classification(const Classes &classes, ValueId target)
{
    LossInfo info;
    info.prediction = classes.scores;
    info.target = target;
    info.isClassification = true;
    return info;
}

void buildCrossEntropy(LayerContext &context)
{
    Builder &b = context.builder();
    const auto classes = readClasses(context);
    if (!classes)
        return;
    if (producerOf(b, prediction(context)) == "softmax") {
        context.problem(
            layerError(context, "loss.double-softmax",
                       "'{0}' takes scores and does the softmax itself, but '{1}' already went through a "
                       "Softmax. Use CrossEntropyProbabilities, or remove the Softmax.",
                       "prediction")
                .fix(context.setFieldFix("Use CrossEntropyProbabilities", "kind", "CrossEntropyProbabilities")),
            "prediction");
        return;
    }
    const auto outputs = b.emitAll("softmax_cross_entropy", {classes->scores, classes->target});
    finish(context, outputs.front(), classification(*classes, classes->target), wantsMean(context));
}

/// log first, so that log(softmax(x)) can become one log-softmax.
void buildCrossEntropyProbabilities(LayerContext &context)
{
    Builder &b = context.builder();
    const auto classes = readClasses(context);
    if (!classes)
        return;
    const ValueId logs = b.emit("log", {classes->scores});
    const ValueId picked = b.emit("take_along", {logs, classes->target});
    LossInfo info = classification(*classes, classes->target);
    info.isProbability = true;
    finish(context, b.emit("neg", {picked}), std::move(info), wantsMean(context));
}

LossInfo binary(LayerContext &context, ValueId target, double threshold)
{
    LossInfo info;
    info.prediction = prediction(context);
    info.target = target;
    info.isBinary = true;
    info.threshold = threshold;
    return info;
}

/// softplus(x) - x t, which is the stable form of -t log s(x) - (1 - t) log(1 - s(x)).
void buildBinaryLogits(LayerContext &context)
{
    Builder &b = context.builder();
    const ValueId target = elementTarget(context);
    if (target == kNoValue)
        return;
    const ValueId x = prediction(context);
    if (producerOf(b, x) == "sigmoid") {
        context.problem(layerError(context, "loss.double-sigmoid",
                                   "'{0}' takes scores and does the sigmoid itself, but '{1}' already went through a "
                                   "Sigmoid. Use BinaryCrossEntropy, or remove the Sigmoid.",
                                   "prediction")
                            .fix(context.setFieldFix("Use BinaryCrossEntropy", "kind", "BinaryCrossEntropy")),
                        "prediction");
        return;
    }
    const ValueId terms = b.sub(b.emit("softplus", {x}), b.mul(x, target));
    finish(context, terms, binary(context, target, 0), wantsMean(context));
}

/// Logarithms are not below -100, as in PyTorch: a probability of exactly 0 or 1 stays a finite loss.
void buildBinary(LayerContext &context)
{
    Builder &b = context.builder();
    const ValueId target = elementTarget(context);
    if (target == kNoValue)
        return;
    const ValueId p = prediction(context);
    const auto boundedLog = [&](ValueId x) {
        const ValueId log = b.emit("log", {x});
        return b.emit("maximum", {log, b.literal(-100, log)});
    };
    const ValueId one = b.literal(1, p);
    const ValueId positive = b.mul(target, boundedLog(p));
    const ValueId negative = b.mul(b.sub(one, target), boundedLog(b.sub(one, p)));
    finish(context, b.emit("neg", {b.add(positive, negative)}), binary(context, target, 0.5), wantsMean(context));
}

JsonValue with(std::string_view name, JsonValue value)
{
    JsonValue params = JsonValue::object();
    params.set(name, std::move(value));
    return params;
}

std::vector<LayerCase> elementCases()
{
    return {{"matrix", {}, {{.dims = {4, 3}, .domain = Domain::Distinct}, {.dims = {4, 3}}}},
            {"one", {}, {{.dims = {1}, .domain = Domain::Distinct}, {.dims = {1}}}},
            {"column", with("reduction", "sum"), {{.dims = {5, 1}, .domain = Domain::Distinct}, {.dims = {5}}}},
            {"weight", with("weight", 0.5), {{.dims = {2, 3, 2}, .domain = Domain::Distinct}, {.dims = {2, 3, 2}}}}};
}

std::vector<LayerCase> sumCases()
{
    return {{"matrix", {}, {{.dims = {4, 3}}, {.dims = {4, 3}}}},
            {"weight", with("weight", 0.5), {{.dims = {2, 1}}, {.dims = {2}}}}};
}

std::vector<LayerCase> huberCases()
{
    std::vector<LayerCase> cases = elementCases();
    cases.push_back({"delta", with("delta", 0.3), {{.dims = {4, 3}}, {.dims = {4, 3}}}});
    return cases;
}

std::vector<LayerCase> classCases(Domain domain)
{
    const auto labels = [](Dims dims, std::int64_t bound) {
        return CaseInput{std::move(dims), DType::Int64, Domain::Index, bound};
    };
    return {{"rows", {}, {{.dims = {4, 3}, .domain = domain}, labels({4}, 3)}},
            {"one class", {}, {{.dims = {2, 1}, .domain = domain}, labels({2}, 1)}},
            {"images", {}, {{.dims = {2, 3, 2, 2}, .domain = domain}, labels({2, 2, 2}, 3)}},
            {"sequence", with("dim", -1), {{.dims = {2, 3, 4}, .domain = domain}, labels({2, 3}, 4)}},
            {"sum", with("reduction", "sum"), {{.dims = {4, 5}, .domain = domain}, labels({4}, 5)}},
            {"weight", with("weight", 2.0), {{.dims = {3, 5}, .domain = domain}, labels({3, 1}, 5)}}};
}

std::vector<LayerCase> binaryCases(Domain domain)
{
    return {{"column", {}, {{.dims = {5, 1}, .domain = domain}, {.dims = {5}, .domain = Domain::Unit}}},
            {"labels", {}, {{.dims = {4}, .domain = domain}, {{4}, DType::Int64, Domain::Index, 2}}},
            {"sum",
             with("reduction", "sum"),
             {{.dims = {2, 3}, .domain = domain}, {.dims = {2, 3}, .domain = Domain::Unit}}},
            {"weight",
             with("weight", 2.0),
             {{.dims = {2, 3}, .domain = domain}, {.dims = {2, 3}, .domain = Domain::Unit}}}};
}

ParamSpec reductionParam()
{
    return {.name = "reduction",
            .type = ParamType::Choice,
            .fallback = "mean",
            .label = "Reduction",
            .help = "The mean over all terms, or their sum.",
            .choices = {"mean", "sum"}};
}

ParamSpec weightParam()
{
    return {.name = "weight",
            .type = ParamType::Real,
            .fallback = 1.0,
            .label = "Weight",
            .help = "What this loss counts in the sum of all losses.",
            .minimum = 0,
            .maximum = 1e9};
}

LayerKind lossKind(std::string_view id, std::string_view title, std::string_view help,
                   std::vector<std::string_view> aliases, void (*build)(LayerContext &),
                   std::vector<LayerCase> (*cases)(), std::vector<ParamSpec> more = {}, bool hasReduction = true,
                   Numbers target = Numbers::Any)
{
    LayerKind kind{.id = id, .category = "Loss", .title = title, .help = help, .aliases = std::move(aliases)};
    kind.params = std::move(more);
    if (hasReduction)
        kind.params.push_back(reductionParam());
    kind.params.push_back(weightParam());
    kind.inputs = {{.name = "prediction", .help = "What the network says.", .numbers = Numbers::Real},
                   {.name = "target", .help = "What it should say.", .numbers = target}};
    kind.outputs = {{.name = "loss", .help = "The loss of the batch, a single number."}};
    kind.trainingOnly = true;
    kind.build = build;
    kind.cases = cases;
    return kind;
}

ParamSpec deltaParam()
{
    return {.name = "delta",
            .type = ParamType::Real,
            .fallback = 1.0,
            .label = "Delta",
            .help = "Up to here errors count squared, beyond by their size.",
            .minimum = 1e-9,
            .maximum = 1e9};
}

} // namespace

std::span<const LayerKind> lossLayers()
{
    static const std::string_view classAxis
        = "The axis of the classes: 1 as in PyTorch, -1 for sequences [batch, time, "
          "classes].";
    static const std::vector<LayerKind> kinds{
        lossKind(
            "CrossEntropy", "Cross-entropy", "For one class of several. Takes scores, as they leave a Dense layer.",
            {"CrossEntropyLoss", "SparseCategoricalCrossentropy", "SoftmaxCrossEntropyLoss", "log loss"},
            buildCrossEntropy, [] { return classCases(Domain::Normal); }, {axisParam(1, classAxis)}, true,
            Numbers::Whole),
        lossKind(
            "CrossEntropyProbabilities", "Cross-entropy on probabilities",
            "For one class of several. Takes probabilities, as they leave a Softmax.",
            {"NLLLoss", "SparseCategoricalCrossentropy", "NegativeLogLikelihoodLoss"}, buildCrossEntropyProbabilities,
            [] { return classCases(Domain::Unit); }, {axisParam(1, classAxis)}, true, Numbers::Whole),
        lossKind("BinaryCrossEntropyWithLogits", "Binary cross-entropy",
                 "For yes or no, each on its own. Takes scores, as they leave a Dense layer.",
                 {"BCEWithLogitsLoss", "BinaryCrossentropy"}, buildBinaryLogits,
                 [] { return binaryCases(Domain::Normal); }),
        lossKind("BinaryCrossEntropy", "Binary cross-entropy on probabilities",
                 "For yes or no, each on its own. Takes probabilities, as they leave a Sigmoid.",
                 {"BCELoss", "BinaryCrossentropy"}, buildBinary, [] { return binaryCases(Domain::Unit); }),
        lossKind("MSE", "Mean squared error", "For numbers: large errors count far more than small ones.",
                 {"MSELoss", "MeanSquaredError", "L2"}, buildMse, elementCases),
        lossKind("SumOfSquares", "Sum of squares", "For numbers: the sum of all squared errors, not their mean.",
                 {"MSELoss(reduction=sum)", "residual"}, buildSumOfSquares, sumCases, {}, false),
        lossKind("MAE", "Mean absolute error", "For numbers: every error counts by its size, so outliers matter less.",
                 {"L1Loss", "MeanAbsoluteError", "L1"}, buildMae, elementCases),
        lossKind("Huber", "Huber", "For numbers: squared for small errors, by size for large ones.",
                 {"HuberLoss", "SmoothL1Loss"}, buildHuber, huberCases, {deltaParam()}),
    };
    return kinds;
}

} // namespace espalier
