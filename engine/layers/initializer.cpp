// SPDX-License-Identifier: Apache-2.0
#include "engine/layers/initializer.h"

#include "engine/base/hash.h"
#include "engine/layers/nearest.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace espalier {
namespace {

constexpr std::array<std::string_view, 10> kSchemes{"fan_in_uniform", "glorot_uniform", "glorot_normal", "he_uniform",
                                                    "he_normal",      "zeros",          "ones",          "normal",
                                                    "uniform",        "constant"};

/// Members of the object form that a scheme takes.
std::vector<std::string_view> membersOf(std::string_view scheme)
{
    if (scheme == "normal")
        return {"mean", "std"};
    if (scheme == "uniform")
        return {"low", "high"};
    if (scheme == "constant")
        return {"value"};
    return {};
}

struct Distribution {
    bool isNormal = false;
    double a = 0; ///< mean or low
    double b = 0; ///< std or high
};

Distribution distributionOf(const Initializer &init)
{
    const double in = std::max<double>(1, static_cast<double>(init.fanIn));
    const double both = std::max<double>(1, static_cast<double>(init.fanIn + init.fanOut));
    const auto symmetric = [](double limit) { return Distribution{false, -limit, limit}; };
    if (init.scheme == "fan_in_uniform")
        return symmetric(std::sqrt(1 / in));
    if (init.scheme == "glorot_uniform")
        return symmetric(std::sqrt(6 / both));
    if (init.scheme == "glorot_normal")
        return {true, 0, std::sqrt(2 / both)};
    if (init.scheme == "he_uniform")
        return symmetric(std::sqrt(6 / in));
    if (init.scheme == "he_normal")
        return {true, 0, std::sqrt(2 / in)};
    return {init.scheme == "normal", init.a, init.b};
}

} // namespace

std::span<const std::string_view> initializerSchemes()
{
    return kSchemes;
}

Result<Initializer> readInitializer(const JsonValue &value)
{
    const std::string &scheme = value.isString() ? value.string() : value["scheme"].string();
    if (std::find(kSchemes.begin(), kSchemes.end(), scheme) == kSchemes.end()) {
        const std::string_view near = nearest(scheme, kSchemes);
        return near.empty()
            ? fail("initializer.scheme", "There is no initialiser \"{0}\".", scheme)
            : fail("initializer.scheme", "There is no initialiser \"{0}\". Did you mean {1}?", scheme, near);
    }
    const auto members = membersOf(scheme);
    for (const auto &[name, member] : value.members()) {
        if (name == "scheme")
            continue;
        if (std::find(members.begin(), members.end(), name) == members.end())
            return fail("initializer.member", "The initialiser {0} has no \"{1}\".", scheme, name);
        if (!member.isNumber() || !std::isfinite(member.number()))
            return fail("initializer.number", "The initialiser's \"{0}\" must be a number.", name);
    }
    Initializer init{.scheme = scheme};
    if (scheme == "normal") {
        init.a = value["mean"].number(0);
        init.b = value["std"].number(1);
        if (init.b < 0)
            return fail("initializer.std", "The initialiser's \"std\" can't be negative.");
    } else if (scheme == "uniform") {
        init.a = value["low"].number(-0.05); // Keras' limits; PyTorch has none
        init.b = value["high"].number(0.05);
        if (init.a > init.b)
            return fail("initializer.range", "The initialiser's \"low\" must not be above its \"high\".");
    } else if (scheme == "constant") {
        init.a = value["value"].number(0);
    }
    return init;
}

JsonValue initializerToJson(const Initializer &init)
{
    if (membersOf(init.scheme).empty())
        return init.scheme;
    JsonValue json = JsonValue::object();
    json.set("scheme", init.scheme);
    if (init.scheme == "constant")
        json.set("value", init.a);
    else if (init.scheme == "normal")
        json.set("mean", init.a).set("std", init.b);
    else
        json.set("low", init.a).set("high", init.b);
    return json;
}

ValueId buildInitializer(Builder &builder, const Initializer &init, const TensorType &type, ValueId seed,
                         std::int64_t stream)
{
    const auto filled = [&](double value) {
        Tensor scalar(type.dtype, {});
        scalar.set(0, value);
        return builder.broadcastTo(builder.constant(std::move(scalar)), type.shape);
    };
    if (init.scheme == "zeros" || init.scheme == "constant" || init.scheme == "ones")
        return filled(init.scheme == "ones" ? 1 : init.scheme == "zeros" ? 0 : init.a);
    const Distribution d = distributionOf(init);
    const DType drawn = type.dtype == DType::BFloat16 ? DType::Float32 : type.dtype;
    const ValueId step = builder.constant(Tensor::scalar<std::int64_t>(0));
    const ValueId random = builder.emit(d.isNormal ? "random_normal" : "random_uniform", {seed, step},
                                        {{"shape", type.shape}, {"stream", stream}, {"dtype", drawn}});
    const double scale = d.isNormal ? d.b : d.b - d.a;
    const ValueId scaled = builder.addScalar(builder.mulScalar(random, scale), d.a);
    return builder.cast(scaled, type.dtype);
}

Program initialiseProgram(std::span<const StateInfo> states)
{
    Builder builder;
    builder.program().name = "initialise";
    const ValueId seed = builder.input("seed", {DType::Int64, Shape{}});
    for (const StateInfo &info : states) {
        builder.setOrigin(info.path);
        builder.state(info.path, info.type);
        const auto stream = static_cast<std::int64_t>(hash64(info.path));
        builder.setFinal(info.path, buildInitializer(builder, info.initializer, info.type, seed, stream));
    }
    return builder.take();
}

} // namespace espalier
