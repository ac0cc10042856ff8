// SPDX-License-Identifier: Apache-2.0
#include "engine/server/probe.h"

#include "engine/train/probe_program.h"

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

/// Where in the program a name leads.
struct Found {
    ProbeWish wish;
    ProbedTensor tensor;
};

std::string listed(const std::vector<std::string> &names)
{
    std::string text;
    for (const std::string &name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

bool isPlace(const std::string &wanted, const std::string &idPath, const std::string &namePath)
{
    return wanted == idPath || wanted == namePath;
}

ValueId stateValue(const Lowered &lowered, const std::string &path)
{
    for (const ProgramState &state : lowered.program.states)
        if (state.path == path)
            return state.value;
    return kNoValue;
}

bool hasBatch(const TensorType &type)
{
    return type.shape.hasRank() && type.shape.rank() > 0 && !type.shape[0].isConstant();
}

/// The part of a state's path or name in front of its own name: "<node>.weight" -> {"<node>", "weight"}.
std::pair<std::string, std::string> splitState(const std::string &path)
{
    const std::size_t dot = path.rfind('.');
    return dot == std::string::npos ? std::pair(std::string(), path)
                                    : std::pair(path.substr(0, dot), path.substr(dot + 1));
}

Result<Found> find(const Lowered &lowered, const TensorName &name)
{
    Found found;
    found.tensor.gradient = found.wish.gradient = name.gradient;
    std::vector<std::string> known;
    bool isInside = false;
    for (const PortType &port : lowered.ports) {
        if (!isPlace(name.node, port.path, port.name))
            continue;
        known.push_back(port.port);
        if (!name.port.empty() && port.port != name.port)
            continue;
        isInside = port.isInside;
        if (port.value == kNoValue)
            continue;
        found.wish.value = port.value;
        found.tensor
            = {port.path, port.name, port.port, port.kind, name.gradient, hasBatch(port.type), false, {}, {}, {}};
        return found;
    }
    for (const StateInfo &state : lowered.states) {
        const auto [path, own] = splitState(state.path);
        const auto [namePath, ownName] = splitState(state.name);
        if (!isPlace(name.node, path, namePath))
            continue;
        known.push_back(own);
        if (own != name.port && (!name.port.empty() || !found.tensor.port.empty()))
            continue;
        found.wish.value = stateValue(lowered, state.path);
        const auto kind = std::find_if(lowered.ports.begin(), lowered.ports.end(),
                                       [&, &path = path](const PortType &p) { return p.path == path; });
        found.tensor = {path, namePath, own, kind == lowered.ports.end() ? "" : kind->kind, name.gradient, false, true,
                        {},   {},       {}};
        return found;
    }
    if (isInside)
        return fail("probe.inside",
                    "{0} stands in the body of a Scan: it has a value for each step, and none that can be shown. Look "
                    "at the outputs of the Scan.",
                    name.node);
    if (known.empty())
        return fail("probe.node",
                    "The run's drawing has no layer {0} that a loss or an output needs. It may have been added since.",
                    name.node);
    return fail("probe.port", "{0} has no {1}. It has: {2}.", name.node, name.port,
                Arg(Arg::Kind::Text, listed(known)));
}

Result<FeedBatch> batchOf(RunModel &model, std::vector<std::int64_t> &rows)
{
    if (rows.empty()) {
        for (const Part part : {Part::Validation, Part::Test, Part::Train})
            if (rows.empty() && !model.feed().partRows(part).empty())
                rows.push_back(model.feed().partRows(part).front());
    }
    auto batch = model.feed().read(rows);
    if (!batch && batch.error().code == "feed.row") {
        Error e = batch.error();
        e.code = "probe.row";
        return fail(std::move(e));
    }
    return batch;
}

/// The tensors that were found decide the program.
std::string keyOf(const ProbeRequest &request, const std::vector<Found> &found)
{
    std::string key = request.mode == Mode::Train ? "train" : "evaluate";
    for (const Found &f : found)
        key += "\n" + std::to_string(f.wish.value) + (f.wish.gradient ? "'" : "");
    return key;
}

Error noGradient(const ProbedTensor &tensor)
{
    return error("probe.gradient",
                 "There is no gradient of {0} of {1}: no loss depends on it, or it was folded into the loss. Look at a "
                 "layer between it and the loss.",
                 tensor.port, tensor.name);
}

} // namespace

Result<Probed> probe(RunModel &model, const Weights &weights, const ProbeRequest &request)
{
    const std::lock_guard lock(model.mutex());
    const Lowered &lowered = model.lowered(request.mode);
    Probed probed{request.rows, {}};
    ESPALIER_TRY(const FeedBatch batch, batchOf(model, probed.rows));
    std::vector<Found> found;
    std::vector<std::size_t> places; // of each found one among those that were asked for
    for (const TensorName &name : request.tensors) {
        auto one = find(lowered, name);
        ProbedTensor tensor{name.node, {}, name.port, {}, name.gradient, false, false, {}, {}, {}};
        if (one) {
            tensor = one->tensor;
            places.push_back(probed.tensors.size());
            found.push_back(std::move(*one));
        } else {
            tensor.problem = one.error();
        }
        probed.tensors.push_back(std::move(tensor));
    }
    if (found.empty())
        return probed;
    const auto make = [&] {
        std::vector<ProbeWish> wishes;
        for (const Found &f : found)
            wishes.push_back(f.wish);
        return probeProgram(lowered, wishes);
    };
    ESPALIER_TRY(Executable *const program, model.program(keyOf(request, found), make, batch.rows, weights));
    model.run(*program, batch, weights->position.step);
    for (std::size_t i = 0; i < found.size(); ++i) {
        ProbedTensor &tensor = probed.tensors[places[i]];
        const auto &outputs = program->outputs();
        const auto at = std::find_if(outputs.begin(), outputs.end(),
                                     [&](const Executable::Port &port) { return port.name == probeOutput(i); });
        if (at == outputs.end()) {
            tensor.problem = noGradient(tensor);
            continue;
        }
        tensor.dtype = name(at->type.dtype);
        tensor.values = program->output(at->name).cast(DType::Float32);
    }
    return probed;
}

TensorStatistics statisticsOf(const Tensor &values)
{
    TensorStatistics s;
    s.minimum = INFINITY;
    s.maximum = -INFINITY;
    double sum = 0;
    double squares = 0;
    std::int64_t zeros = 0;
    for (const float value : values.span<float>()) {
        if (!std::isfinite(value)) {
            ++(std::isnan(value) ? s.nans : s.infinities);
            continue;
        }
        const auto v = static_cast<double>(value);
        ++s.count;
        sum += v;
        squares += v * v;
        zeros += v == 0 ? 1 : 0;
        s.minimum = std::min(s.minimum, v);
        s.maximum = std::max(s.maximum, v);
    }
    if (s.count == 0)
        s.minimum = s.maximum = 0;
    const auto n = static_cast<double>(std::max<std::int64_t>(s.count, 1));
    s.mean = sum / n;
    double spread = 0; // in a second pass: the difference of large squares would lose it
    for (const float value : values.span<float>())
        if (std::isfinite(value))
            spread += (static_cast<double>(value) - s.mean) * (static_cast<double>(value) - s.mean);
    s.deviation = std::sqrt(spread / n);
    s.zeroShare = static_cast<double>(zeros) / n;
    s.norm = std::sqrt(squares);
    return s;
}

TensorSlice boundedSlice(const Dims &dims, TensorSlice wanted, std::int64_t limit)
{
    wanted.start.resize(dims.size(), 0);
    const std::size_t given = wanted.size.size();
    wanted.size.resize(dims.size(), 0);
    std::int64_t count = 1;
    for (std::size_t a = 0; a < dims.size(); ++a) {
        wanted.start[a] = std::clamp<std::int64_t>(wanted.start[a], 0, std::max<std::int64_t>(dims[a] - 1, 0));
        const std::int64_t most = dims[a] - wanted.start[a];
        wanted.size[a] = a < given ? std::clamp<std::int64_t>(wanted.size[a], 0, most) : most;
        count *= wanted.size[a];
    }
    for (std::size_t a = 0; a < dims.size() && count > limit; ++a) { // the last axes are what people read
        const std::int64_t others = count / wanted.size[a];
        wanted.size[a] = others > 0 ? std::max<std::int64_t>(limit / others, limit > 0 ? 1 : 0) : 0;
        count = others * wanted.size[a];
    }
    return wanted;
}

std::vector<float> sliceOf(const Tensor &values, const TensorSlice &slice)
{
    const Dims &dims = values.dims();
    std::int64_t count = 1;
    for (const std::int64_t size : slice.size)
        count *= size;
    std::vector<float> out;
    out.reserve(static_cast<std::size_t>(count));
    const auto from = values.span<float>();
    for (std::int64_t i = 0; i < count; ++i) {
        std::int64_t rest = i;
        std::int64_t at = 0;
        std::int64_t stride = 1;
        for (std::size_t a = dims.size(); a-- > 0;) {
            at += (slice.start[a] + rest % slice.size[a]) * stride;
            rest /= slice.size[a];
            stride *= dims[a];
        }
        out.push_back(from[static_cast<std::size_t>(at)]);
    }
    return out;
}

std::vector<std::string> axesOf(const ProbedTensor &tensor)
{
    using Axes = std::vector<std::string>;
    const bool isLine = tensor.kind.find("1D") != std::string::npos;
    switch (tensor.values.rank() * (tensor.isActivation ? 1 : -1)) {
    case 1:
        return {"batch"};
    case 2:
        return {"batch", "feature"};
    case 3:
        return isLine ? Axes{"batch", "channel", "time"} : Axes{"batch", "time", "feature"};
    case 4:
        return {"batch", "channel", "height", "width"};
    case -1:
        return {"feature"};
    case -2:
        return {"out", "in"};
    case -3:
        return {"out", "in", "time"};
    case -4:
        return {"out", "in", "height", "width"};
    default:
        break;
    }
    Axes axes;
    for (int i = 0; i < tensor.values.rank(); ++i)
        axes.push_back("axis " + std::to_string(i));
    return axes;
}

} // namespace espalier
