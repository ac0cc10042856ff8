// SPDX-License-Identifier: Apache-2.0
// Fixes of missing and wrong connections: which output fits, and which column was meant.
#include "engine/graph/fix_support.h"
#include "engine/layers/nearest.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

namespace espalier {
namespace {

/// Whether a value of this type can go into the port. Sizes are not looked at.
bool fits(const FixPlace &place, std::string_view port, const TensorType &type)
{
    if (!place.kind)
        return true;
    const auto &inputs = place.kind->inputs;
    const auto spec = std::find_if(inputs.begin(), inputs.end(), [&](const PortSpec &s) { return s.name == port; });
    if (spec == inputs.end())
        return true;
    const bool fitsNumbers = spec->numbers == Numbers::Any
        || (spec->numbers == Numbers::Real ? isFloating(type.dtype) : isInteger(type.dtype));
    return fitsNumbers && type.shape.rank() >= spec->minRank && type.shape.rank() <= spec->maxRank;
}

/// The node and everything that reads it, directly or not: a wire from there would close a circle.
std::unordered_set<std::string_view> downstream(const FixContext &context, const FixPlace &place)
{
    std::unordered_set<std::string_view> seen{place.node->id};
    std::vector<std::string_view> queue{place.node->id};
    for (std::size_t i = 0; i < queue.size(); ++i)
        for (const DocumentWire *wire : context.wiresFrom(*place.graph, queue[i]))
            if (seen.insert(wire->to.node).second)
                queue.push_back(wire->to.node);
    return seen;
}

/// How unlikely it is that this output was meant: near ones to the left, and those that nothing reads, come first.
double unlikeliness(const FixPlace &place, std::string_view port, const DocumentNode &from, const PortType &output,
                    bool isRead)
{
    const double dx = place.node->x - from.x;
    const double dy = place.node->y - from.y;
    double cost = std::hypot(dx, dy) + (dx < 0 ? 2000 : 0) + (isRead ? 1000 : 0);
    const bool isTarget = place.kind && place.kind->category == "Loss" && port == "target";
    const bool isInput = from.kind == "Input";
    cost += isTarget != isInput ? 5000 : 0; // targets come from the data, and little else does
    if (isTarget && (output.port.find("label") != std::string::npos || output.port.find("target") != std::string::npos))
        cost -= 3000;
    return cost;
}

Fix connectFix(const FixPlace &place, const DocumentNode &from, const PortType &output)
{
    const std::string seed = from.id + "/" + output.port + ">" + place.node->id + "/" + place.problem.where.port;
    const DocumentWire wire{.id = derivedId(*place.graph, seed),
                            .from = {from.id, output.port},
                            .to = {place.node->id, place.problem.where.port}};
    return makeFix("Connect it to '{0}' of '{1}'", {Arg(output.port), Arg(from.name)},
                   {{insertWire(place.graph->id, wire)}});
}

/// A wire from the likeliest output whose type fits.
Fixes missingWire(const FixContext &context, const FixPlace &place)
{
    const auto later = downstream(context, place);
    const std::string &port = place.problem.where.port;
    const DocumentNode *best = nullptr;
    const PortType *bestOutput = nullptr;
    double least = INFINITY;
    const auto isRead = [&](const PortType &output) {
        const auto &wires = context.wiresFrom(*place.graph, output.node);
        return std::any_of(wires.begin(), wires.end(),
                           [&](const DocumentWire *wire) { return wire->from.port == output.port; });
    };
    for (const DocumentNode &node : place.graph->nodes) {
        if (later.contains(node.id))
            continue;
        for (const PortType *output : context.outputs(node.id)) {
            if (output->type.isUnknown() || !fits(place, port, output->type))
                continue;
            const double cost = unlikeliness(place, port, node, *output, isRead(*output));
            if (cost < least) {
                least = cost;
                best = &node;
                bestOutput = output;
            }
        }
    }
    return best ? Fixes{connectFix(place, *best, *bestOutput)} : Fixes();
}

/// The source of an Input: the one that there is, the nearest by name, or none at all where there are no data.
Fixes knownSource(const FixContext &context, const FixPlace &place)
{
    const auto &sources = context.options().sources;
    std::vector<std::string_view> names;
    for (const BoundSource &source : sources)
        names.push_back(source.name);
    const std::string_view near = nearest(place.node->params["source"].string(), names);
    for (const BoundSource &source : sources)
        if (sources.size() == 1 || (!near.empty() && source.name == near)) {
            const Change change{{setNodeField(place.graph->id, place.node->id, "params/source", source.id)}};
            return {makeFix("Use the source '{0}'", {Arg(source.name.empty() ? source.id : source.name)}, change)};
        }
    if (!sources.empty())
        return {};
    const Change change{{setNodeField(place.graph->id, place.node->id, "params/source", "")}};
    return {makeFix("Give its value at each call", {}, change)};
}

/// Another column in the place of one that the source lacks: the nearest by name, or the one that is not used yet.
Fixes knownColumn(const FixContext &context, const FixPlace &place)
{
    const std::string &wrong = place.problem.where.port;
    const std::string &wanted = place.node->params["source"].string();
    const auto &sources = context.options().sources;
    const auto source = std::find_if(sources.begin(), sources.end(),
                                     [&](const BoundSource &s) { return s.id == wanted || s.name == wanted; });
    if (source == sources.end())
        return {};
    const auto &used = place.node->params["columns"].items();
    std::vector<std::string_view> left;
    for (const BoundColumn &column : source->columns)
        if (std::find(used.begin(), used.end(), JsonValue(column.name)) == used.end())
            left.push_back(column.name);
    const std::string_view near = nearest(wrong, left);
    const std::string_view chosen = !near.empty() ? near : left.size() == 1 ? left.front() : std::string_view();
    JsonValue::Array columns;
    for (const JsonValue &column : used)
        if (column.string() != wrong)
            columns.push_back(column);
        else if (!chosen.empty())
            columns.emplace_back(chosen);
    Change change{{setNodeField(place.graph->id, place.node->id, "params/columns", JsonValue(std::move(columns)))}};
    for (const DocumentWire &wire : place.graph->wires) {
        if (wire.from.node != place.node->id || wire.from.port != wrong)
            continue;
        Operation op = removeWire(place.graph->id, wire.id);
        if (!chosen.empty()) {
            op.kind = Operation::Kind::Set;
            op.field = "from";
            op.value = JsonValue(JsonValue::Array{place.node->id, chosen});
        }
        change.operations.push_back(std::move(op));
    }
    return {chosen.empty() ? makeFix("Leave '{0}' out", {Arg(wrong)}, change)
                           : makeFix("Use the column '{0}'", {Arg(chosen)}, change)};
}

} // namespace

Fixes fixesOfWiring(const FixContext &context, const FixPlace &place)
{
    const std::string &code = place.problem.code;
    if (!place.node)
        return {};
    if (code == "graph.missing-wire")
        return missingWire(context, place);
    if (code == "graph.source")
        return knownSource(context, place);
    if (code == "graph.column")
        return knownColumn(context, place);
    return {};
}

} // namespace espalier
