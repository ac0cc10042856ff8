// SPDX-License-Identifier: Apache-2.0
#include "engine/server/check.h"

#include "engine/graph/fixes.h"
#include "engine/graph/resolve.h"
#include "engine/ops/op.h"
#include "engine/protocol/document_text.h"
#include "engine/protocol/error_json.h"
#include "engine/server/section_fixes.h"
#include "engine/train/programs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <unordered_map>

namespace espalier {
namespace {

const Bindings kOneSample{{"batch", 1}, {"time", 1}};
constexpr double kLargestWhole = 9e15; ///< that a double, and so a reader in any language, holds exactly

double numberOf(const Dim &dim)
{
    if (dim.isConstant())
        return static_cast<double>(dim.constant());
    const Dim bound = dim.bind(kOneSample);
    return bound.isConstant() ? static_cast<double>(bound.constant()) : 0;
}

JsonValue whole(double value)
{
    return std::abs(value) < kLargestWhole ? JsonValue(static_cast<std::int64_t>(value)) : JsonValue(value);
}

/// Sums of one node of a graph over all places where it stands.
struct NodeSums {
    double parameters = 0;
    double fixedValues = 0;
    double flops = 0;
    double multiplyAdds = 0;
    double activationBytes = 0;

    void add(const NodeSums &other)
    {
        parameters += other.parameters;
        fixedValues += other.fixedValues;
        flops += other.flops;
        multiplyAdds += other.multiplyAdds;
        activationBytes += other.activationBytes;
    }
};

/// Where nodes are drawn, and how often their graph stands in the expanded drawing.
class Definitions {
public:
    explicit Definitions(const Document &document)
        : m_document(document)
    {
        addGraph(document.graph);
        for (const DocumentGraph &block : document.blocks)
            addGraph(block);
    }
    /// The graph of a node; null for an unknown id.
    const DocumentGraph *graphOf(std::string_view node) const
    {
        const auto found = m_graphs.find(node);
        return found == m_graphs.end() ? nullptr : found->second;
    }
    double instances(const DocumentGraph &graph)
    {
        if (&graph == &m_document.graph)
            return 1;
        const auto [at, isNew] = m_instances.try_emplace(graph.id, 0); // 0 also where a block contains itself
        if (!isNew)
            return at->second;
        double sum = 0;
        for (const auto &[user, repeat] : m_users[graph.id])
            sum += repeat * instances(*user);
        return m_instances[graph.id] = sum;
    }

private:
    void addGraph(const DocumentGraph &graph)
    {
        for (const DocumentNode &node : graph.nodes) {
            m_graphs.emplace(node.id, &graph);
            if (node.isDisabled() || node.isBypassed())
                continue; // what it is made of is not there
            if (const std::string_view block = blockOf(node.kind); !block.empty())
                m_users[block].emplace_back(&graph, std::clamp(node.params["repeat"].number(1), 0.0, 1e6));
            else if (node.kind == "Scan")
                m_users[node.params["block"].string()].emplace_back(&graph, 1);
        }
    }

    const Document &m_document;
    std::unordered_map<std::string_view, const DocumentGraph *> m_graphs;
    std::unordered_map<std::string_view, std::vector<std::pair<const DocumentGraph *, double>>> m_users;
    std::unordered_map<std::string_view, double> m_instances;
};

/// Calls `visit` with each node id of a path "<instance id>/<repeat>/<node id>".
template <typename Visit>
void eachNode(std::string_view path, Visit visit)
{
    for (bool isNode = true; !path.empty(); isNode = !isNode) {
        const std::size_t slash = path.find('/');
        if (isNode)
            visit(path.substr(0, slash));
        path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    }
}

using Sums = std::unordered_map<std::string, NodeSums>;

Sums sumUp(const Lowered &lowered, NodeSums &total)
{
    Sums sums;
    const auto add = [&](std::string_view path, const NodeSums &what) {
        total.add(what);
        eachNode(path, [&](std::string_view id) { sums[std::string(id)].add(what); });
    };
    for (const StateInfo &state : lowered.states) {
        NodeSums what;
        (state.trainable ? what.parameters : what.fixedValues) = numberOf(state.type.shape.elements());
        add(std::string_view(state.path).substr(0, state.path.rfind('.')), what);
    }
    for (const Instruction &in : lowered.program.instructions) {
        const SampleCost cost = costOfSample(lowered.program, in);
        NodeSums what;
        what.flops = cost.flops;
        what.multiplyAdds = cost.multiplyAdds;
        add(in.origin, what);
    }
    for (const PortType &port : lowered.ports) {
        NodeSums what;
        if (!port.type.isUnknown())
            what.activationBytes
                = numberOf(port.type.shape.elements()) * static_cast<double>(byteSize(port.type.dtype));
        add(port.path, what);
    }
    return sums;
}

void putSums(JsonValue &json, const NodeSums &sums)
{
    json.set("parameters", whole(sums.parameters)).set("running_values", whole(sums.fixedValues));
    json.set("multiply_adds", whole(sums.multiplyAdds)).set("flops", whole(sums.flops));
    json.set("activation_bytes", whole(sums.activationBytes));
}

JsonValue nodesToJson(const Document &document, Definitions &definitions, const Sums &sums)
{
    JsonValue::Array list;
    const auto addGraph = [&](const DocumentGraph &graph) {
        const double instances = definitions.instances(graph);
        for (const DocumentNode &node : graph.nodes) {
            if (definitions.graphOf(node.id) != &graph)
                continue; // a second one of this id
            const auto found = sums.find(node.id);
            JsonValue json = JsonValue::object();
            json.set("graph", graph.id).set("node", node.id);
            putSums(json, found == sums.end() ? NodeSums{} : found->second);
            json.set("instances", whole(instances));
            list.push_back(std::move(json));
        }
    };
    addGraph(document.graph);
    for (const DocumentGraph &block : document.blocks)
        addGraph(block);
    return JsonValue(std::move(list));
}

void putType(JsonValue &json, const TensorType &type)
{
    json.set("dtype", type.dtype == DType::Unknown ? std::string_view() : name(type.dtype));
    json.set("shape", type.shape.hasRank() ? type.shape.toString() : std::string());
    JsonValue::Array dims;
    for (const Dim &dim : type.shape.dims())
        dims.emplace_back(dim.toString());
    json.set("dims", type.shape.hasRank() ? JsonValue(std::move(dims)) : JsonValue());
}

/// One entry for each port that is drawn: the type at its first place; "varies" where others differ.
JsonValue portsToJson(const Lowered &lowered, Definitions &definitions)
{
    JsonValue::Array list;
    std::unordered_map<std::string, std::size_t> known;
    std::vector<const TensorType *> types;
    for (const PortType &port : lowered.ports) {
        const auto [at, isNew] = known.emplace(port.node + '\n' + port.port, list.size());
        if (!isNew) {
            if (*types[at->second] != port.type)
                list[at->second].set("varies", true);
            continue;
        }
        JsonValue json = JsonValue::object();
        json.set("graph", port.graph).set("node", port.node).set("port", port.port);
        putType(json, port.type);
        json.set("path", port.path);
        if (const DocumentGraph *graph = definitions.graphOf(port.node))
            json.set("instances", whole(definitions.instances(*graph)));
        types.push_back(&port.type);
        list.push_back(std::move(json));
    }
    return JsonValue(std::move(list));
}

JsonValue portListToJson(const std::vector<NodePort> &ports)
{
    JsonValue::Array list;
    for (const NodePort &port : ports) {
        JsonValue json = JsonValue::object();
        json.set("name", port.name).set("optional", port.optional).set("variadic", port.variadic);
        list.push_back(std::move(json));
    }
    return JsonValue(std::move(list));
}

/// Ports of the nodes whose ports depend on their parameters, or on a block.
JsonValue dynamicPortsToJson(const Document &document)
{
    JsonValue::Array list;
    std::unordered_map<std::string, NodePorts> ofBlock; // a block's ports are the same for every instance
    const auto addNode = [&](const DocumentGraph &graph, const DocumentNode &node) {
        const bool isScan = node.kind == "Scan";
        const bool isBlock = isScan || !blockOf(node.kind).empty();
        const LayerKind *kind = isBlock ? nullptr : findLayer(node.kind);
        if (!isBlock && (!kind || !kind->ports))
            return;
        const std::string key = node.kind + '\n' + (isScan ? node.params["block"].string() : std::string());
        const auto cached = ofBlock.find(key);
        NodePorts ports = isBlock && cached != ofBlock.end() ? cached->second : portsOf(document, node);
        if (isBlock)
            ofBlock.try_emplace(key, ports);
        JsonValue json = JsonValue::object();
        json.set("graph", graph.id).set("node", node.id);
        json.set("inputs", portListToJson(ports.inputs)).set("outputs", portListToJson(ports.outputs));
        list.push_back(std::move(json));
    };
    const auto addGraph = [&](const DocumentGraph &graph) {
        for (const DocumentNode &node : graph.nodes)
            addNode(graph, node);
    };
    addGraph(document.graph);
    for (const DocumentGraph &block : document.blocks)
        addGraph(block);
    return JsonValue(std::move(list));
}

JsonValue dataToJson(const CheckData &data)
{
    JsonValue json = JsonValue::object();
    json.set("state", data.isPending ? "opening" : data.problem ? "problem" : data.isKnown ? "ready" : "none");
    JsonValue::Array sizes;
    for (const std::int64_t size : data.batchSizes)
        sizes.emplace_back(size);
    return json.set("batch_sizes", JsonValue(std::move(sizes)));
}

void addTrainingProblems(const Document &document, Checked &checked)
{
    const auto settings = readTrainingSettings(document.training);
    if (!settings) {
        checked.problems.push_back(settings.error());
        return;
    }
    const bool isSound = checked.lowered.problems.empty() && !checked.lowered.losses.empty();
    for (const PhaseSettings &phase : settings->phases)
        if (isSound) // a broken drawing lacks names for that reason
            if (auto scope = phaseScope(checked.lowered, phase); !scope)
                checked.problems.push_back(std::move(scope).error());
}

} // namespace

SampleCost costOfSample(const Program &program, const Instruction &instruction)
{
    static constexpr std::array<std::string_view, 7> kProducts
        = {"matmul", "conv2d", "conv2d_backward_data", "conv2d_backward_weights", "lstm", "gru", "scan"};
    const double flops = numberOf(costOf(program, instruction).flops);
    const bool isProduct = std::find(kProducts.begin(), kProducts.end(), instruction.op->name) != kProducts.end();
    return {flops, isProduct ? std::floor(flops / 2) : 0};
}

Checked checkEverything(const Document &document, const CheckData &data)
{
    Checked checked;
    LowerOptions options;
    options.everything = true;
    options.hasData = data.isKnown;
    options.sources = data.sources;
    options.batchSizes = data.batchSizes;
    checked.problems = documentProblems(document);
    checked.lowered = lower(document, options);
    const std::vector<Error> &drawing = checked.lowered.problems;
    checked.problems.insert(checked.problems.end(), drawing.begin(), drawing.end());
    addFixes(document, checked.lowered, options, checked.problems);
    if (data.problem)
        checked.problems.push_back(*data.problem);
    addTrainingProblems(document, checked);
    addSectionFixes(document, checked.problems);
    return checked;
}

JsonValue checkToJson(const Document &document, const CheckData &data, const Checked &checked)
{
    Definitions definitions(document);
    NodeSums total;
    const Sums sums = sumUp(checked.lowered, total);
    JsonValue::Array problems;
    for (const Error &problem : checked.problems)
        problems.push_back(errorToJson(problem));
    JsonValue totals = JsonValue::object();
    putSums(totals, total);
    JsonValue json = JsonValue::object();
    json.set("problems", JsonValue(std::move(problems))).set("ports", portsToJson(checked.lowered, definitions));
    json.set("inputs", dynamicPortsToJson(document)).set("nodes", nodesToJson(document, definitions, sums));
    json.set("totals", std::move(totals)).set("data", dataToJson(data));
    return json;
}

} // namespace espalier
