// SPDX-License-Identifier: Apache-2.0
#include "engine/graph/lower.h"

#include "engine/graph/bypass.h"
#include "engine/graph/context.h"
#include "engine/graph/fixes.h"
#include "engine/graph/scan.h"
#include "engine/protocol/document_text.h"

#include <algorithm>

namespace espalier {
namespace {

bool isLoss(const ResolvedNode &node)
{
    return node.kind && node.kind->category == "Loss";
}

bool isNamed(const std::vector<std::string> &list, const ResolvedNode &node)
{
    const auto is = [&](const std::string &s) {
        return s == node.namePath || s == node.idPath || s == node.node->name || s == node.node->id;
    };
    return list.empty() || std::any_of(list.begin(), list.end(), is);
}

bool isWanted(const ResolvedNode &node, const LowerOptions &options)
{
    if (options.everything)
        return true;
    if (!node.kind)
        return false;
    if (node.kind->id == "Output")
        return options.keepOutputs;
    return isLoss(node) && options.mode != Mode::Predict && isNamed(options.losses, node);
}

std::vector<bool> neededNodes(const ResolvedGraph &graph, const LowerOptions &options)
{
    std::vector<bool> needed(graph.nodes.size());
    for (std::size_t i = 0; i < needed.size(); ++i)
        needed[i] = isWanted(graph.nodes[i], options);
    for (auto at = graph.order.rbegin(); at != graph.order.rend(); ++at) {
        if (!needed[static_cast<std::size_t>(*at)])
            continue;
        for (const ResolvedPort &port : graph.nodes[static_cast<std::size_t>(*at)].inputs)
            for (const Source &source : port.sources)
                needed[static_cast<std::size_t>(source.node)] = true;
    }
    return needed;
}

ValueId valueAt(const std::vector<NodeValues> &values, const Source &source)
{
    const NodeValues &node = values[static_cast<std::size_t>(source.node)];
    return node.outputs[static_cast<std::size_t>(source.port)];
}

/// Where two known types of a repeated block differ.
void checkLinks(LowerState &state, const Frame &frame, const ResolvedGraph &graph,
                const std::vector<NodeValues> &values)
{
    for (const RepeatLink &link : graph.links) {
        const ValueId in = valueAt(values, link.in);
        const ValueId out = valueAt(values, link.out);
        if (in == kNoValue || out == kNoValue || frame.builder.type(in) == frame.builder.type(out))
            continue;
        ResolvedNode place;
        place.node = link.instance;
        place.graph = link.graph;
        Error e = error("graph.repeat-type",
                        "'{0}' is repeated, so what it gives must be of the type that it takes: {1} goes in, {2} comes "
                        "out.",
                        link.instance->name, typeArg(frame.builder.type(in)), typeArg(frame.builder.type(out)));
        e.where.port = link.port;
        state.report(std::move(e), place);
    }
}

/// A label column with more classes than the prediction has scores.
void checkClasses(LowerState &state, const Builder &builder, const ResolvedGraph &graph)
{
    for (const LossInfo &loss : state.out.losses) {
        const auto input = std::find_if(state.out.inputs.begin(), state.out.inputs.end(),
                                        [&](const LoweredInput &i) { return i.value == loss.target; });
        if (!loss.isClassification || input == state.out.inputs.end())
            continue;
        const Shape &scores = builder.shape(loss.prediction);
        for (const BoundSource &source : state.options.sources) {
            for (const BoundColumn &column : source.columns) {
                if (source.id != input->source || column.name != input->column || column.classes == 0
                    || !scores.hasRank() || scores.rank() == 0)
                    continue;
                const Dim &last = scores[scores.rank() - 1];
                if (!last.isConstant() || last.constant() >= column.classes)
                    continue;
                const auto node = std::find_if(graph.nodes.begin(), graph.nodes.end(),
                                               [&](const ResolvedNode &n) { return n.idPath == loss.node; });
                Error e = error("graph.classes",
                                "The column '{0}' has {1} classes, but '{2}' gets scores for {3}. Give the last layer "
                                "{1} outputs.",
                                column.name, column.classes, loss.name, last.constant());
                e.where.port = "prediction";
                state.report(std::move(e), *node);
            }
        }
    }
}

void recordPorts(LowerState &state, const Frame &frame, const ResolvedNode &node, const NodeValues &values)
{
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
        const ValueId value = values.outputs[i];
        state.out.ports.push_back({node.graph->id, node.node->id, node.idPath, node.namePath, node.node->kind,
                                   node.outputs[i].name,
                                   value == kNoValue ? TensorType::unknown() : frame.builder.type(value),
                                   frame.isBody() ? kNoValue : value, frame.isBody()});
    }
}

void recordNode(LowerState &state, const Frame &frame, const ResolvedNode &node, const NodeValues &values)
{
    LoweredNode made{node.idPath, node.statePath, node.node->name, node.kind,   node.params,
                     {},          values.inputs,  values.outputs,  values.used, frame.isBody()};
    for (const NodePort &port : node.outputs)
        made.ports.push_back(port.name);
    state.out.nodes.push_back(std::move(made));
}

bool isObserved(const ResolvedNode &node)
{
    const std::string_view category = node.kind->category;
    return category != "Input & output" && category != "Loss" && category != "Shape";
}

} // namespace

bool buildNode(LowerState &state, Frame &frame, const ResolvedNode &node, NodeValues &values)
{
    NodeContext context(state, frame, node, values);
    if (node.kind->id == "Scan")
        buildScan(state, frame, node, values, context);
    else if (node.kind->build)
        node.kind->build(context);
    bool isSound = !context.isBroken();
    for (Error &e : frame.builder.takeErrors()) {
        if (isSound) // the first says it; what follows from it would only repeat it
            context.problem(error(e.code, "'{0}': {1}", node.node->name, e.message()), {}, {});
        isSound = false;
    }
    return isSound;
}

namespace {

void buildOutput(LowerState &state, Frame &frame, const ResolvedNode &node, const NodeValues &values)
{
    const ValueId value = values.inputs.front().front();
    state.out.outputs.push_back({node.namePath, node.idPath, value});
    frame.builder.output(node.namePath, value);
}

/// Whether all that the node reads is known; fills values.inputs.
bool gather(const ResolvedNode &node, const std::vector<NodeValues> &all, NodeValues &values)
{
    values.inputs.resize(node.inputs.size());
    bool isKnown = true;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        isKnown &= !node.inputs[i].isBroken;
        for (const Source &source : node.inputs[i].sources) {
            const ValueId value = valueAt(all, source);
            isKnown &= value != kNoValue;
            values.inputs[i].push_back(value);
        }
    }
    return isKnown;
}

/// Which output ports some wire reads.
std::vector<std::vector<bool>> readPorts(const ResolvedGraph &graph)
{
    std::vector<std::vector<bool>> read(graph.nodes.size());
    for (std::size_t i = 0; i < read.size(); ++i)
        read[i].assign(graph.nodes[i].outputs.size(), false);
    for (const ResolvedNode &node : graph.nodes)
        for (const ResolvedPort &port : node.inputs)
            for (const Source &source : port.sources)
                read[static_cast<std::size_t>(source.node)][static_cast<std::size_t>(source.port)] = true;
    return read;
}

} // namespace

std::vector<NodeValues> lowerNodes(LowerState &state, Frame &frame, const ResolvedGraph &graph,
                                   const std::vector<bool> &needed,
                                   const std::unordered_map<const DocumentNode *, ValueId> &given)
{
    std::vector<NodeValues> all(graph.nodes.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i].outputs.assign(graph.nodes[i].outputs.size(), kNoValue);
        all[i].used.assign(graph.nodes[i].outputs.size(), state.options.everything);
    }
    for (std::size_t i = 0; i < all.size(); ++i)
        for (const ResolvedPort &port : graph.nodes[i].inputs)
            for (const Source &source : port.sources)
                if (needed[i])
                    all[static_cast<std::size_t>(source.node)].used[static_cast<std::size_t>(source.port)] = true;
    const std::vector<std::vector<bool>> read = readPorts(graph);
    for (const int at : graph.order) {
        const ResolvedNode &node = graph.nodes[static_cast<std::size_t>(at)];
        NodeValues &values = all[static_cast<std::size_t>(at)];
        if (!needed[static_cast<std::size_t>(at)])
            continue;
        const bool isGathered = gather(node, all, values);
        if (node.isBypassed) {
            if (!node.isBroken)
                passThrough(state, frame, node, values, read[static_cast<std::size_t>(at)]);
            recordPorts(state, frame, node, values);
            continue;
        }
        const bool isKnown = isGathered && node.kind && !node.isBroken;
        frame.builder.setOrigin(node.idPath);
        if (const auto value = given.find(node.node); value != given.end() && !values.outputs.empty())
            values.outputs.front() = value->second;
        else if (isKnown && node.kind->id == "Output" && !frame.isBody())
            buildOutput(state, frame, node, values);
        else if (isKnown && !buildNode(state, frame, node, values))
            std::fill(values.outputs.begin(), values.outputs.end(), kNoValue);
        if (isKnown && isObserved(node) && !values.outputs.empty() && values.outputs.front() != kNoValue
            && isFloating(frame.builder.dtype(values.outputs.front())))
            NodeContext(state, frame, node, values).observe("activation", values.outputs.front());
        if (isKnown)
            recordNode(state, frame, node, values);
        recordPorts(state, frame, node, values);
    }
    frame.builder.setOrigin({});
    checkLinks(state, frame, graph, all);
    return all;
}

Lowered lower(const Document &document, const LowerOptions &options)
{
    ResolvedGraph graph = resolve(document);
    LowerState state{options, {}, {}, {}};
    state.out.problems = std::move(graph.problems);
    Frame frame;
    frame.builder.program().name = "forward";
    lowerNodes(state, frame, graph, neededNodes(graph, options), {});
    checkClasses(state, frame.builder, graph);
    state.out.program = frame.builder.take();
    return std::move(state.out);
}

std::vector<Error> checkDocument(const Document &document, LowerOptions options)
{
    options.everything = true;
    std::vector<Error> problems = documentProblems(document);
    Lowered lowered = lower(document, options);
    addFixes(document, lowered, options, lowered.problems);
    addFixes(document, lowered, options, problems);
    std::move(lowered.problems.begin(), lowered.problems.end(), std::back_inserter(problems));
    return problems;
}

} // namespace espalier
