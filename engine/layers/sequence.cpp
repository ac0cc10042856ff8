// SPDX-License-Identifier: Apache-2.0
// Sequences [batch, time, features]: Embedding, LSTM, and Scan, which runs a drawn cell.
#include "engine/layers/families.h"
#include "engine/layers/spelling.h"
#include "engine/layers/support.h"

#include <fmt/format.h>

namespace espalier {
namespace {

void buildEmbedding(LayerContext &context)
{
    Builder &b = context.builder();
    const ValueId index = context.input("x");
    if (!isInteger(b.dtype(index))) {
        JsonValue params = JsonValue::object();
        params.set("dtype", "int64");
        context.problem(
            layerError(context, "embedding.dtype",
                       "'{0}' looks up rows by number (whole numbers), but 'x' brings {1}. Put a Cast before "
                       "it.",
                       typeArg(b.type(index)))
                .fix(context.insertBeforeFix("Convert it to int64", "x", "Cast", std::move(params))),
            "x");
        return;
    }
    const std::int64_t rows = context.integer("num_embeddings");
    const std::int64_t width = context.integer("embedding_dim");
    const DType dtype = dtypeFromName(context.text("dtype")).value_or(DType::Float32);
    if (!isFloating(dtype)) {
        context.problem(layerError(context, "embedding.weights",
                                   "'{0}': its features must be floating-point numbers, not {1}.", name(dtype)),
                        {}, "dtype");
        return;
    }
    const ValueId table
        = context.parameter("weight", {dtype, Shape{rows, width}}, initializer(context, "weight_init", rows, width));
    context.output("y", b.emit("embedding", {table, b.cast(index, DType::Int64)}));
}

/// One direction of one layer.
struct LstmPass {
    ValueId y = kNoValue; ///< [batch, time, hidden]
    ValueId h = kNoValue; ///< [batch, hidden] after the last step
    ValueId c = kNoValue;
};

class LstmBuilder {
public:
    explicit LstmBuilder(LayerContext &context)
        : m_context(context)
        , m_b(context.builder())
        , m_hidden(context.integer("hidden_size"))
    {
    }

    LstmPass pass(ValueId x, std::int64_t in, const std::string &suffix, bool isReverse)
    {
        const DType dtype = m_b.dtype(x);
        const ValueId wIh = weight("weight_ih_" + suffix, {dtype, Shape{4 * m_hidden, in}}, "weight_init");
        const ValueId wHh = weight("weight_hh_" + suffix, {dtype, Shape{4 * m_hidden, m_hidden}}, "weight_init");
        const TensorType biasType{dtype, Shape{4 * m_hidden}};
        ValueId bias = m_b.broadcastTo(m_b.literal(0, x), biasType.shape);
        if (m_context.boolean("bias"))
            bias = m_b.add(weight("bias_ih_" + suffix, biasType, "bias_init"),
                           weight("bias_hh_" + suffix, biasType, "bias_init"));
        const ValueId zeros = m_b.broadcastTo(m_b.literal(0, x), Shape{m_b.shape(x)[0], Dim(m_hidden)});
        const ValueId sequence = isReverse ? reversed(x) : x;
        const auto outputs = m_b.emitAll("lstm", {sequence, zeros, zeros, wIh, wHh, bias});
        if (outputs.size() < 3)
            return {};
        return {isReverse ? reversed(outputs[0]) : outputs[0], outputs[1], outputs[2]};
    }

    LstmPass layer(ValueId x, std::int64_t in, std::int64_t index, bool isBidirectional)
    {
        const std::string suffix = "l" + std::to_string(index);
        const LstmPass forward = pass(x, in, suffix, false);
        if (!isBidirectional)
            return forward;
        const LstmPass backward = pass(x, in, suffix + "_reverse", true);
        return {joined(forward.y, backward.y, 2), joined(forward.h, backward.h, 1), joined(forward.c, backward.c, 1)};
    }

private:
    LayerContext &m_context;
    Builder &m_b;
    std::int64_t m_hidden;

    ValueId weight(const std::string &name, TensorType type, std::string_view init)
    {
        const bool isBias = type.shape.rank() == 1;
        return m_context.parameter(name, std::move(type), initializer(m_context, init, m_hidden, m_hidden), !isBias);
    }
    ValueId reversed(ValueId x) { return m_b.emit("reverse", {x}, {{"axis", std::int64_t{1}}}); }
    ValueId joined(ValueId a, ValueId c, std::int64_t axis) { return m_b.emit("concat", {a, c}, {{"axis", axis}}); }
};

void buildLstm(LayerContext &context)
{
    if (!needsFloat(context, "x") || !needsRank(context, "x", 3, 3, "[batch, time, features]"))
        return;
    const auto features = needsSize(context, "x", 2);
    if (!features)
        return;
    LstmBuilder lstm(context);
    const bool isBidirectional = context.boolean("bidirectional");
    LstmPass last{context.input("x")};
    std::int64_t in = *features;
    for (std::int64_t i = 0; i < context.integer("num_layers"); ++i) {
        last = lstm.layer(last.y, in, i, isBidirectional);
        if (last.y == kNoValue)
            return;
        in = context.integer("hidden_size") * (isBidirectional ? 2 : 1);
    }
    context.output("y", context.boolean("return_sequences") ? last.y : last.h);
    context.output("h", last.h);
    context.output("c", last.c);
}

std::optional<Spelling> embeddingInPyTorch(const SpellingCall &call)
{
    const std::string dtype = call.params["dtype"].string();
    return Spelling{fmt::format("nn.Embedding({}, {}{})", call.params["num_embeddings"].integer(),
                                call.params["embedding_dim"].integer(),
                                dtype == "float32" ? "" : ", dtype=torch." + dtype)};
}

/// nn.LSTM gives (y, (h, c)), the states of all layers and directions one after the other.
std::optional<Spelling> lstmInPyTorch(const SpellingCall &call)
{
    std::string arguments
        = fmt::format("{}, {}", call.inputs[0].shape[2].toString(), call.params["hidden_size"].integer());
    if (const std::int64_t layers = call.params["num_layers"].integer(); layers != 1)
        arguments += fmt::format(", num_layers={}", layers);
    arguments += offText(call.params, "bias") + ", batch_first=True";
    const bool isBidirectional = call.params["bidirectional"].boolean();
    if (isBidirectional)
        arguments += ", bidirectional=True";
    Spelling spelling{fmt::format("nn.LSTM({})", arguments)};
    const auto last = [&](int state) {
        return isBidirectional ? fmt::format("torch.cat(({{r}}[1][{0}][-2], {{r}}[1][{0}][-1]), dim=1)", state)
                               : fmt::format("{{r}}[1][{}][-1]", state);
    };
    spelling.results = {call.params["return_sequences"].boolean() ? "{r}[0]" : last(0), last(0), last(1)};
    return spelling;
}

JsonValue params(std::initializer_list<JsonValue::Member> members)
{
    return JsonValue(JsonValue::Object(members));
}

std::vector<LayerCase> embeddingCases()
{
    const JsonValue small = params({{"num_embeddings", 7}, {"embedding_dim", 3}});
    return {{"sequence", small, {{{2, 5}, DType::Int64, Domain::Index, 7}}},
            {"one", params({{"num_embeddings", 1}, {"embedding_dim", 1}}), {{{1}, DType::Int64, Domain::Index, 1}}},
            {"initialiser",
             params({{"num_embeddings", 4}, {"embedding_dim", 2}, {"weight_init", "ones"}, {"dtype", "float64"}}),
             {{{3}, DType::Int32, Domain::Index, 4}}}};
}

std::vector<LayerCase> lstmCases()
{
    const CaseInput x{.dims = {2, 4, 3}};
    return {
        {"plain", params({{"hidden_size", 3}}), {x}},
        {"one step", params({{"hidden_size", 1}}), {{.dims = {1, 1, 1}}}},
        {"two layers, last only", params({{"hidden_size", 2}, {"num_layers", 2}, {"return_sequences", false}}), {x}},
        {"both directions", params({{"hidden_size", 2}, {"bidirectional", true}}), {x}},
        {"no bias", params({{"hidden_size", 2}, {"bias", false}, {"weight_init", "glorot_uniform"}}), {x}},
        {"bias", params({{"hidden_size", 2}, {"bias_init", "ones"}}), {x}}};
}

std::vector<LayerCase> noCases()
{
    return {}; // its body is drawn: tst_scan
}

LayerKind embeddingKind()
{
    LayerKind kind{.id = "Embedding", .category = "Sequence", .title = "Embedding"};
    kind.help = "Turns each number of a word, letter or category into a learned row of features.";
    kind.aliases = {"nn.Embedding", "lookup", "Gather"};
    ParamSpec rows{.name = "num_embeddings", .fallback = 1000, .label = "Entries"};
    rows.help = "How many different numbers there are: 0 up to this, without it.";
    rows.minimum = 1;
    rows.maximum = 1e9;
    ParamSpec width{.name = "embedding_dim", .fallback = 64, .label = "Features"};
    width.help = "How many features each gets.";
    width.minimum = 1;
    width.maximum = 1e6;
    kind.params
        = {rows,
           width,
           initializerParam("weight_init", "Rows start as", params({{"scheme", "normal"}, {"mean", 0}, {"std", 1}}),
                            "How the rows are drawn before training."),
           {.name = "dtype",
            .type = ParamType::DTypeName,
            .fallback = "float32",
            .label = "Number format",
            .help = "The format of the features."}};
    kind.inputs = oneInput("Whole numbers of any shape.", Numbers::Whole);
    kind.outputs = oneOutput("[..., features]");
    kind.build = buildEmbedding;
    kind.cases = embeddingCases;
    kind.pytorch = embeddingInPyTorch;
    return kind;
}

ParamSpec flag(std::string_view name, bool fallback, std::string_view label, std::string_view help)
{
    return {.name = name, .type = ParamType::Bool, .fallback = fallback, .label = label, .help = help};
}

LayerKind lstmKind()
{
    LayerKind kind{.id = "LSTM", .category = "Sequence", .title = "LSTM"};
    kind.help = "Reads a sequence step by step and remembers what matters.";
    kind.aliases = {"nn.LSTM", "recurrent", "RNN", "long short-term memory"};
    ParamSpec hidden{.name = "hidden_size", .fallback = 64, .label = "Memory"};
    hidden.help = "How many numbers it remembers.";
    hidden.minimum = 1;
    hidden.maximum = 1e6;
    ParamSpec layers{.name = "num_layers", .fallback = 1, .label = "Layers"};
    layers.help = "How many are stacked, each reading what the one before it says.";
    layers.minimum = 1;
    layers.maximum = 64;
    kind.params
        = {hidden,
           layers,
           biasParam(),
           flag("bidirectional", false, "Both directions", "A second one reads the sequence backwards."),
           flag("return_sequences", true, "Every step", "Gives the result of every step, not only of the last."),
           initializerParam("weight_init", "Weights start as", "fan_in_uniform",
                            "How the weights are drawn before training (the fan is the memory)."),
           initializerParam("bias_init", "Bias starts as", "fan_in_uniform", "How the bias is drawn before training.")};
    kind.inputs = oneInput("[batch, time, features]", Numbers::Real, 3, 3);
    kind.outputs = {{.name = "y", .help = "[batch, time, memory], or [batch, memory] of the last step."},
                    {.name = "h", .help = "The last layer's result after the last step."},
                    {.name = "c", .help = "The last layer's memory after the last step."}};
    kind.build = buildLstm;
    kind.cases = lstmCases;
    kind.pytorch = lstmInPyTorch;
    return kind;
}

LayerKind scanKind()
{
    LayerKind kind{.id = "Scan", .category = "Sequence", .title = "Recurrent block"};
    kind.help
        = "Runs a block over the time axis. A port that the block has as input and as output is a state that goes "
          "from step to step.";
    kind.aliases = {"recurrent", "RNN", "loop", "lax.scan", "theano.scan"};
    ParamSpec block{.name = "block", .type = ParamType::Text, .label = "Block"};
    block.fallback = "";
    block.help = "Id of the block that does one step.";
    kind.params = {block, flag("reverse", false, "Backwards", "Goes from the last step to the first.")};
    kind.cases = noCases;
    return kind;
}

} // namespace

std::span<const LayerKind> sequenceLayers()
{
    static const std::vector<LayerKind> kinds{embeddingKind(), lstmKind(), scanKind()};
    return kinds;
}

} // namespace espalier
