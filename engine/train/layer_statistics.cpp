// SPDX-License-Identifier: Apache-2.0
#include "engine/train/layer_statistics.h"

#include "engine/base/vector_clones.h"
#include "engine/io/tfevents.h"
#include "engine/layers/layer_kind.h"
#include "engine/program/executable.h"
#include "engine/program/state_store.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace espalier {
namespace {

constexpr std::size_t kLanes = 16;
constexpr std::size_t kPiece = 1024; ///< values that are summed in float before they go to double

struct PieceSums {
    float sum = 0;
    float squares = 0;
    std::int32_t zeros = 0;
};

ESPALIER_CLONES PieceSums sumsOf(const float *values, std::size_t count)
{
    float sum[kLanes] = {};
    float squares[kLanes] = {};
    std::int32_t zeros[kLanes] = {};
    std::size_t i = 0;
    for (; i + kLanes <= count; i += kLanes)
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            const float v = values[i + lane];
            sum[lane] += v;
            squares[lane] += v * v;
            zeros[lane] += v == 0 ? 1 : 0;
        }
    PieceSums out;
    for (; i < count; ++i) {
        out.sum += values[i];
        out.squares += values[i] * values[i];
        out.zeros += values[i] == 0 ? 1 : 0;
    }
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        out.sum += sum[lane];
        out.squares += squares[lane];
        out.zeros += zeros[lane];
    }
    return out;
}

/// Marks the entries of a block that hold anything but 0.
ESPALIER_CLONES void markAlive(const float *values, std::size_t count, std::size_t block, std::uint32_t *alive)
{
    for (std::size_t i = 0; i + block <= count; i += block)
        for (std::size_t j = 0; j < block; ++j)
            alive[j] |= values[i + j] != 0 ? 1u : 0u;
}

bool isAnyAlive(const float *values, std::size_t count)
{
    return std::any_of(values, values + count, [](float v) { return v != 0; });
}

/// How many entries of the axis are 0 everywhere.
std::size_t deadEntries(std::span<const float> values, const AxisRuns &runs, std::size_t entries)
{
    std::vector<std::uint32_t> alive(std::max(runs.block * runs.runs, entries));
    for (std::size_t r = 0; (r + 1) * runs.run <= values.size(); ++r) {
        std::uint32_t *const first = alive.data() + (r % runs.runs) * runs.block;
        const float *const run = values.data() + r * runs.run;
        if (runs.block == 1)
            *first |= *first == 0 && isAnyAlive(run, runs.run) ? 1u : 0u;
        else
            markAlive(run, runs.run, runs.block, first);
    }
    return static_cast<std::size_t>(
        std::count(alive.begin(), alive.begin() + static_cast<std::ptrdiff_t>(entries), 0u));
}

ESPALIER_CLONES double squaredDistance(const float *a, const float *b, std::size_t count)
{
    double sum[kLanes] = {};
    std::size_t i = 0;
    for (; i + kLanes <= count; i += kLanes)
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            const float d = a[i + lane] - b[i + lane];
            sum[lane] += static_cast<double>(d * d);
        }
    double out = 0;
    for (; i < count; ++i)
        out += static_cast<double>((a[i] - b[i]) * (a[i] - b[i]));
    for (const double s : sum)
        out += s;
    return out;
}

/// As floats, in place where they are that.
std::span<const float> floatsOf(std::span<const std::byte> stored, DType dtype, std::vector<float> &scratch)
{
    if (dtype == DType::Float32)
        return {reinterpret_cast<const float *>(stored.data()), stored.size() / sizeof(float)};
    const auto count = static_cast<std::int64_t>(stored.size() / byteSize(dtype));
    Tensor raw(dtype, {count});
    std::memcpy(raw.data(), stored.data(), stored.size());
    const Tensor wide = raw.cast(DType::Float32);
    scratch.assign(wide.span<float>().begin(), wide.span<float>().end());
    return scratch;
}

/// Channels or features: the second axis, but for [batch, time, features].
int unitAxis(const TensorType &type)
{
    const int rank = type.shape.rank();
    return rank < 2 ? -1 : rank == 3 ? 2 : 1;
}

std::string layerOfTag(const std::string &tag, std::string_view end)
{
    return tag.ends_with(end) ? tag.substr(0, tag.size() - end.size()) : std::string();
}

double rootOf(double squares)
{
    return std::sqrt(std::max(squares, 0.0));
}

} // namespace

std::string layerOfParameter(const std::string &name)
{
    const std::size_t dot = name.rfind('.');
    return dot == std::string::npos ? name : name.substr(0, dot);
}

LayerStatistics::LayerStatistics(Backend &backend, StateStore &store, std::span<const StateInfo> states)
    : m_backend(backend)
    , m_store(store)
{
    for (const StateInfo &state : states)
        if (state.trainable)
            m_parameters.push_back({state.path, layerOfParameter(state.name), {}});
}

namespace {

/// Adds what is stored; `padding` of the zeros are none.
template <typename Sums>
void addTo(Sums &sums, std::span<const float> values, std::size_t padding)
{
    for (std::size_t i = 0; i < values.size(); i += kPiece) {
        const PieceSums piece = sumsOf(values.data() + i, std::min(kPiece, values.size() - i));
        sums.sum += static_cast<double>(piece.sum);
        sums.squares += static_cast<double>(piece.squares);
        sums.zeros += piece.zeros;
    }
    sums.count += static_cast<double>(values.size() - padding);
    sums.zeros -= static_cast<double>(padding);
}

std::size_t paddingOf(std::span<const float> values, const TensorType &type)
{
    return values.size() - static_cast<std::size_t>(elementCount(type.shape.concrete()));
}

} // namespace

void LayerStatistics::addActivations(const Executable &program)
{
    std::vector<float> floats;
    for (std::size_t i = 0; i < program.watched().size(); ++i) {
        const Executable::Watched &watched = program.watched()[i];
        const std::string layer = layerOfTag(watched.name, "/activation");
        if (layer.empty() || !isFloating(watched.type.dtype))
            continue;
        const auto values = floatsOf(program.watchedBytes(i, m_scratch), watched.type.dtype, floats);
        Layer &into = m_layers[layer];
        addTo(into.activation, values, paddingOf(values, watched.type));
        const int axis = unitAxis(watched.type);
        const auto runs = axis < 0 ? std::nullopt : m_backend.axisRuns(watched.type, watched.layout, axis);
        if (!runs)
            continue;
        const auto units = static_cast<std::size_t>(watched.type.shape.concrete()[static_cast<std::size_t>(axis)]);
        into.units = static_cast<double>(units);
        into.deadUnits = static_cast<double>(deadEntries(values, *runs, units));
    }
}

Result<void> LayerStatistics::keepWeights()
{
    for (Parameter &parameter : m_parameters) {
        ESPALIER_TRY(const auto stored, m_store.stored(parameter.path, m_scratch));
        parameter.before.assign(stored.begin(), stored.end());
    }
    return {};
}

void LayerStatistics::addGradient(const std::string &layer, std::span<const std::byte> stored, const TensorType &type)
{
    std::vector<float> floats;
    const auto values = floatsOf(stored, type.dtype, floats);
    addTo(m_layers[layer].gradient, values, paddingOf(values, type));
}

void LayerStatistics::addGradients(const Executable &program)
{
    for (std::size_t i = 0; i < program.watched().size(); ++i) {
        const Executable::Watched &watched = program.watched()[i];
        const std::string parameter = layerOfTag(watched.name, "/gradient");
        if (!parameter.empty() && isFloating(watched.type.dtype))
            addGradient(layerOfParameter(parameter), program.watchedBytes(i, m_scratch), watched.type);
    }
}

Result<void> LayerStatistics::addGradient(const std::string &parameter, const std::string &path)
{
    ESPALIER_TRY(const auto stored, m_store.stored(path, m_scratch));
    addGradient(layerOfParameter(parameter), stored, m_store.type(path));
    return {};
}

Result<void> LayerStatistics::write(EventWriter &events, std::int64_t step, HealthMonitor &health)
{
    std::vector<float> beforeFloats;
    std::vector<float> afterFloats;
    for (const Parameter &parameter : m_parameters) {
        ESPALIER_TRY(const auto stored, m_store.stored(parameter.path, m_scratch));
        const DType dtype = m_store.type(parameter.path).dtype;
        const auto before = floatsOf(parameter.before, dtype, beforeFloats);
        const auto after = floatsOf(stored, dtype, afterFloats);
        Layer &layer = m_layers[parameter.layer];
        Sums weights;
        addTo(weights, before, 0);
        layer.weightSquares += weights.squares;
        layer.updateSquares += squaredDistance(after.data(), before.data(), std::min(after.size(), before.size()));
    }
    std::vector<LayerHealth> seen;
    std::string tag;
    for (const auto &[name, layer] : m_layers) {
        const auto put = [&, &name = name](const char *statistic, double value) {
            tag.assign("layers/").append(name).append("/").append(statistic);
            events.scalar(tag, value, step);
        };
        LayerHealth health1{name, {}, {}, {}, {}};
        if (const Sums &a = layer.activation; a.count > 0) {
            const double mean = a.sum / a.count;
            put("activation_mean", mean);
            put("activation_std", rootOf(a.squares / a.count - mean * mean));
            put("activation_zero_share", a.zeros / a.count);
        }
        if (layer.units > 0)
            put("dead_share", *(health1.deadShare = layer.deadUnits / layer.units));
        if (const Sums &g = layer.gradient; g.count > 0) {
            const double mean = g.sum / g.count;
            put("gradient_norm", rootOf(g.squares));
            put("gradient_mean", mean);
            put("gradient_std", rootOf(g.squares / g.count - mean * mean));
            put("gradient_zero_share", g.zeros / g.count);
            health1.gradientSize = rootOf(g.squares / g.count);
        }
        if (layer.weightSquares > 0) {
            put("weight_norm", *(health1.weightNorm = rootOf(layer.weightSquares)));
            put("update_ratio", *(health1.updateRatio = rootOf(layer.updateSquares / layer.weightSquares)));
        }
        seen.push_back(std::move(health1));
    }
    m_layers.clear();
    health.observe(step, seen);
    return {};
}

} // namespace espalier
