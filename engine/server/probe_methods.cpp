// SPDX-License-Identifier: Apache-2.0
#include "engine/server/probe_methods.h"

#include "engine/protocol/error_json.h"
#include "engine/server/params.h"
#include "engine/server/probe.h"

#include <algorithm>

namespace espalier {
namespace {

constexpr std::size_t kMostRows = 64;
constexpr std::size_t kMostTensors = 64;
constexpr std::int64_t kMostValues = 65'536; ///< of one tensor
constexpr std::int64_t kMostNumbers = 1 << 18; ///< of one answer
constexpr std::int64_t kMostEdge = 2048;

/// What of the tensors is sent back, and how.
struct Answering {
    std::int64_t values = 1024;
    TensorSlice slice;
    bool hasPictures = false;
    bool hasCommonRange = false;
    std::int64_t sample = 0;
    TensorPictureOptions pictures;
};

Result<std::vector<std::int64_t>> integersOf(const Call &call, std::string_view name, std::size_t most)
{
    std::vector<std::int64_t> out;
    for (const JsonValue &item : call.params()[name].items())
        out.push_back(item.integer(-1));
    if (out.size() > most || std::any_of(out.begin(), out.end(), [](std::int64_t v) { return v < 0; }))
        return fail("rpc.params", "{0}: {1} must be a list of at most {2} whole numbers from 0 up.", call.method(),
                    name, static_cast<std::int64_t>(most));
    return out;
}

Result<ProbeRequest> requestOf(const Call &call)
{
    ProbeRequest request;
    ESPALIER_TRY(request.rows, integersOf(call, "rows", kMostRows));
    ESPALIER_TRY(const std::string mode, optionalText(call, "mode", "evaluate"));
    if (mode != "evaluate" && mode != "train")
        return fail("rpc.params", "{0}: mode must be \"evaluate\" or \"train\".", call.method());
    request.mode = mode == "train" ? Mode::Train : Mode::Evaluate;
    for (const JsonValue &item : call.params()["tensors"].items())
        request.tensors.push_back({item["node"].string(), item["port"].string(), item["gradient"].boolean()});
    if (request.tensors.empty() || request.tensors.size() > kMostTensors)
        return fail("rpc.params", "{0} needs tensors, a list of 1 to {1} places: {{\"node\", \"port\"}}.",
                    call.method(), static_cast<std::int64_t>(kMostTensors));
    return request;
}

Result<Answering> answeringOf(const Call &call, std::size_t tensors)
{
    Answering answering;
    const auto share = kMostNumbers / static_cast<std::int64_t>(tensors);
    ESPALIER_TRY(const std::int64_t values, optionalInteger(call, "values", 1024, 0, kMostValues));
    answering.values = std::min(values, share);
    ESPALIER_TRY(answering.slice.start, integersOf(call, "start", 16));
    ESPALIER_TRY(answering.slice.size, integersOf(call, "size", 16));
    const JsonValue &pictures = call.params()["pictures"];
    answering.hasPictures = pictures.isObject() || pictures.boolean();
    answering.pictures.together = pictures["scale"].string() != "each";
    answering.pictures.edge = std::clamp<std::int64_t>(pictures["edge"].integer(256), 1, kMostEdge);
    answering.pictures.mostMaps = std::clamp<std::int64_t>(pictures["maps"].integer(4096), 1, 4096);
    answering.sample = std::clamp<std::int64_t>(pictures["sample"].integer(0), 0, kMostRows - 1);
    ESPALIER_TRY(answering.hasCommonRange, optionalBool(call, "common", false));
    return answering;
}

template <typename T>
JsonValue listOf(const std::vector<T> &values)
{
    JsonValue::Array list(values.begin(), values.end());
    return JsonValue(std::move(list));
}

JsonValue numbersOf(const std::vector<float> &values)
{
    JsonValue::Array list;
    list.reserve(values.size());
    for (const float value : values)
        list.emplace_back(static_cast<double>(value)); // written as null where it is not finite
    return JsonValue(std::move(list));
}

JsonValue toJson(const TensorStatistics &s)
{
    return JsonValue::object()
        .set("count", s.count)
        .set("minimum", s.minimum)
        .set("maximum", s.maximum)
        .set("mean", s.mean)
        .set("deviation", s.deviation)
        .set("zero_share", s.zeroShare)
        .set("norm", s.norm)
        .set("nans", s.nans)
        .set("infinities", s.infinities);
}

JsonValue headerOf(std::size_t tensor, const TensorPicture &p, bool isHeat, bool together)
{
    JsonValue header = JsonValue::object();
    header.set("tensor", static_cast<std::int64_t>(tensor)).set("picture", 0).set("encoding", "png");
    header.set("width", p.width).set("height", p.height).set("kind", isHeat ? "heat" : "maps");
    header.set("columns", p.columns).set("rows", p.rows).set("cells", p.cells).set("cell_width", p.cellWidth);
    header.set("cell_height", p.cellHeight).set("shrink", p.shrink).set("scale", together ? "together" : "each");
    header.set("minimum", p.minimum).set("maximum", p.maximum);
    if (!p.ranges.empty()) {
        JsonValue::Array ranges;
        for (const auto &[low, high] : p.ranges)
            ranges.emplace_back(JsonValue::Array{low, high});
        header.set("ranges", JsonValue(std::move(ranges)));
    }
    return header;
}

MapStack stackOf(const ProbedTensor &tensor, std::int64_t sample, std::size_t rows)
{
    return mapsOf(tensor.values.dims(), tensor.isActivation, std::min(sample, static_cast<std::int64_t>(rows) - 1));
}

/// One range for the pictures of all tensors.
std::pair<double, double> commonRange(const Probed &probed, const Answering &answering)
{
    std::optional<std::pair<double, double>> range;
    for (const ProbedTensor &tensor : probed.tensors) {
        if (tensor.values.isEmpty())
            continue;
        const auto [low, high] = rangeOf(tensor.values, stackOf(tensor, answering.sample, probed.rows.size()),
                                         answering.pictures.mostMaps);
        range = range ? std::pair(std::min(range->first, low), std::max(range->second, high)) : std::pair(low, high);
    }
    return range.value_or(std::pair(0.0, 0.0));
}

JsonValue describe(const ProbedTensor &tensor, const Answering &answering)
{
    JsonValue json = JsonValue::object();
    json.set("node", tensor.node).set("name", tensor.name).set("port", tensor.port).set("kind", tensor.kind);
    json.set("gradient", tensor.gradient);
    if (tensor.problem)
        return json.set("problem", errorToJson(*tensor.problem));
    const TensorSlice slice = boundedSlice(tensor.values.dims(), answering.slice, answering.values);
    const std::vector<float> values = sliceOf(tensor.values, slice);
    json.set("dtype", tensor.dtype).set("shape", listOf(tensor.values.dims())).set("axes", listOf(axesOf(tensor)));
    json.set("statistics", toJson(statisticsOf(tensor.values))).set("values", numbersOf(values));
    json.set("start", listOf(slice.start)).set("size", listOf(slice.size));
    return json.set("truncated", static_cast<std::int64_t>(values.size()) < tensor.values.elements());
}

/// Sends the picture of one tensor; how many there were.
Result<std::int64_t> sendPicture(Call &call, std::size_t index, const ProbedTensor &tensor, const Answering &answering,
                                 std::size_t rows)
{
    if (!answering.hasPictures || tensor.values.isEmpty() || tensor.values.elements() == 0)
        return 0;
    const MapStack stack = stackOf(tensor, answering.sample, rows);
    ESPALIER_TRY(const TensorPicture picture, drawMaps(tensor.values, stack, answering.pictures));
    call.sendBinary(headerOf(index, picture, stack.isHeat, answering.pictures.together), picture.png);
    return 1;
}

} // namespace

Result<JsonValue> answerProbe(Call &call, RunModels &models, const ProbeSubject &subject)
{
    ESPALIER_TRY(const ProbeRequest request, requestOf(call));
    ESPALIER_TRY(Answering answering, answeringOf(call, request.tensors.size()));
    Weights weights = subject.snapshot;
    if (!weights) {
        ESPALIER_TRY(weights, models.weights(subject.run, subject.at));
    }
    Result<JsonValue> result = JsonValue();
    const auto answer = [&]() -> Result<JsonValue> {
        ESPALIER_TRY(const auto model, models.model(subject.run, weights->revision));
        ESPALIER_TRY(const Probed probed, probe(*model, weights, request));
        if (answering.hasCommonRange && answering.pictures.together)
            answering.pictures.range = commonRange(probed, answering);
        JsonValue::Array tensors;
        for (std::size_t i = 0; i < probed.tensors.size(); ++i) {
            if (call.isCancelled())
                return fail("rpc.cancelled", "The request was cancelled.");
            ESPALIER_TRY(const std::int64_t pictures,
                         sendPicture(call, i, probed.tensors[i], answering, probed.rows.size()));
            tensors.push_back(describe(probed.tensors[i], answering).set("pictures", pictures));
        }
        return JsonValue::object()
            .set("run", subject.run)
            .set("step", weights->position.step)
            .set("epoch", weights->position.epoch)
            .set("revision", weights->revision)
            .set("live", subject.snapshot != nullptr)
            .set("rows", listOf(probed.rows))
            .set("tensors", JsonValue(std::move(tensors)));
    };
    runAside(subject.isTraining, [&] { result = answer(); });
    return result;
}

} // namespace espalier
