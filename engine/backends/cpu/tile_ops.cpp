// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/cpu/tile_ops.h"

#include "engine/backends/cpu/half.h"
#include "engine/backends/cpu/kernel.h"
#include "engine/backends/cpu/vector_math.h"
#include "engine/ops/op.h"
#include "engine/ops/scalar_math.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace espalier {
namespace {

// Operand and result may be one tile, never shifted against each other: no dependence between iterations.
#define ESPALIER_TILE(name, expression)                                                                                \
    ESPALIER_CLONES void name##Tile([[maybe_unused]] const float *a, [[maybe_unused]] const float *b,                  \
                                    [[maybe_unused]] const float *c, float *y, std::int64_t n,                         \
                                    [[maybe_unused]] float p, [[maybe_unused]] float q)                                \
    {                                                                                                                  \
        _Pragma("GCC ivdep") for (std::int64_t i = 0; i < n; ++i)                                                      \
        {                                                                                                              \
            [[maybe_unused]] const float x = a[i];                                                                     \
            y[i] = expression;                                                                                         \
        }                                                                                                              \
    }

ESPALIER_TILE(add, x + b[i])
ESPALIER_TILE(sub, x - b[i])
ESPALIER_TILE(mul, x *b[i])
ESPALIER_TILE(div, x / b[i])
ESPALIER_TILE(pow, std::pow(x, b[i]))
ESPALIER_TILE(maximum, x > b[i] || x != x ? x : b[i])
ESPALIER_TILE(minimum, x < b[i] || x != x ? x : b[i])
ESPALIER_TILE(mod, scalar::modulo(x, b[i]))
ESPALIER_TILE(equal, x == b[i] ? 1.0F : 0.0F)
ESPALIER_TILE(notEqual, x != b[i] ? 1.0F : 0.0F)
ESPALIER_TILE(less, x < b[i] ? 1.0F : 0.0F)
ESPALIER_TILE(lessEqual, x <= b[i] ? 1.0F : 0.0F)
ESPALIER_TILE(greater, x > b[i] ? 1.0F : 0.0F)
ESPALIER_TILE(greaterEqual, x >= b[i] ? 1.0F : 0.0F)
ESPALIER_TILE(logicalNot, 1.0F - x)
ESPALIER_TILE(where, x != 0 ? b[i] : c[i])
ESPALIER_TILE(copy, x)
ESPALIER_TILE(toBool, x != 0 ? 1.0F : 0.0F)
ESPALIER_TILE(neg, -x)
ESPALIER_TILE(abs, std::fabs(x))
ESPALIER_TILE(sign, x > 0 ? 1.0F : (x < 0 ? -1.0F : x))
ESPALIER_TILE(exp, vectorExp(x))
ESPALIER_TILE(log, vectorLog(x))
ESPALIER_TILE(log1p, vectorLog1p(x))
ESPALIER_TILE(expm1, vectorExpm1(x))
ESPALIER_TILE(sqrt, std::sqrt(x))
ESPALIER_TILE(rsqrt, 1.0F / std::sqrt(x))
ESPALIER_TILE(square, x *x)
ESPALIER_TILE(reciprocal, 1.0F / x)
ESPALIER_TILE(sin, std::sin(x))
ESPALIER_TILE(cos, std::cos(x))
ESPALIER_TILE(tanh, vectorTanh(x))
ESPALIER_TILE(sigmoid, vectorSigmoid(x))
ESPALIER_TILE(softplus, vectorSoftplus(x))
ESPALIER_TILE(relu, x < 0 ? 0.0F : x)
ESPALIER_TILE(silu, x *vectorSigmoid(x))
ESPALIER_TILE(hardswish, x <= -3 ? 0.0F : (x >= 3 ? x : x * (x + 3.0F) / 6.0F))
ESPALIER_TILE(mish, x *vectorTanh(vectorSoftplus(x)))
ESPALIER_TILE(selu, p *(x > 0 ? x : q * vectorExpm1(x)))
ESPALIER_TILE(erf, vectorErf(x))
ESPALIER_TILE(floor, std::floor(x))
ESPALIER_TILE(ceil, std::ceil(x))
ESPALIER_TILE(round, std::nearbyint(x))
ESPALIER_TILE(isFinite, std::fabs(x) <= std::numeric_limits<float>::max() ? 1.0F : 0.0F)
ESPALIER_TILE(gelu, vectorGelu(x))
ESPALIER_TILE(geluTanh, vectorGeluTanh(x))
ESPALIER_TILE(leakyRelu, x > 0 ? x : p * x)
ESPALIER_TILE(elu, x > 0 ? x : p * vectorExpm1(x))
ESPALIER_TILE(clip, x < p ? p : (x > q ? q : x))

ESPALIER_TILE(nearestHalf, nearestHalf(x))

struct Entry {
    std::string_view name;
    TileOp run;
    Zeros zeros = Zeros::No;
    bool ofBools = false; ///< also on bool operands
};
constexpr Entry kEntries[] = {
    {"add", addTile, Zeros::All},
    {"sub", subTile, Zeros::All},
    {"mul", mulTile, Zeros::Any},
    {"div", divTile},
    {"pow", powTile},
    {"maximum", maximumTile, Zeros::All},
    {"minimum", minimumTile, Zeros::All},
    {"mod", modTile},
    {"equal", equalTile, Zeros::No, true},
    {"not_equal", notEqualTile, Zeros::All, true},
    {"less", lessTile, Zeros::All},
    {"less_equal", lessEqualTile},
    {"greater", greaterTile, Zeros::All},
    {"greater_equal", greaterEqualTile},
    {"logical_and", mulTile, Zeros::Any, true},
    {"logical_or", maximumTile, Zeros::All, true},
    {"logical_not", logicalNotTile, Zeros::No, true},
    {"where", whereTile, Zeros::All},
    {"stop_gradient", copyTile, Zeros::All, true},
    {"neg", negTile, Zeros::All},
    {"abs", absTile, Zeros::All},
    {"sign", signTile, Zeros::All},
    {"exp", expTile},
    {"log", logTile},
    {"log1p", log1pTile, Zeros::All},
    {"expm1", expm1Tile, Zeros::All},
    {"sqrt", sqrtTile, Zeros::All},
    {"rsqrt", rsqrtTile},
    {"square", squareTile, Zeros::All},
    {"reciprocal", reciprocalTile},
    {"sin", sinTile, Zeros::All},
    {"cos", cosTile},
    {"tanh", tanhTile, Zeros::All},
    {"sigmoid", sigmoidTile},
    {"softplus", softplusTile},
    {"relu", reluTile, Zeros::All},
    {"silu", siluTile, Zeros::All},
    {"hardswish", hardswishTile, Zeros::All},
    {"mish", mishTile, Zeros::All},
    {"selu", seluTile, Zeros::All},
    {"erf", erfTile, Zeros::All},
    {"floor", floorTile, Zeros::All},
    {"ceil", ceilTile, Zeros::All},
    {"round", roundTile, Zeros::All},
    {"is_finite", isFiniteTile},
    {"gelu", geluTile, Zeros::All},
    {"leaky_relu", leakyReluTile, Zeros::All},
    {"elu", eluTile, Zeros::All},
    {"clip", clipTile},
    {"cast", copyTile, Zeros::All, true},
};

const Entry *find(std::string_view name)
{
    const auto at
        = std::find_if(std::begin(kEntries), std::end(kEntries), [&](const Entry &e) { return e.name == name; });
    return at == std::end(kEntries) ? nullptr : at;
}

bool onTiles(DType dtype)
{
    return dtype == DType::Float32 || dtype == DType::BFloat16 || dtype == DType::Bool;
}

} // namespace

TileStep tileStep(const Program &program, const Instruction &in)
{
    const Entry *entry = find(in.op->name);
    const auto typed = [&](ValueId id) { return program.type(id).dtype; };
    if (!entry || !onTiles(typed(in.outputs[0]))
        || !std::all_of(in.inputs.begin(), in.inputs.end(), [&](ValueId id) { return onTiles(typed(id)); }))
        return {};
    const bool isWhere = in.op->name == "where"; // not by address: those of cloned functions differ from place to place
    if (typed(in.inputs[isWhere ? 1 : 0]) == DType::Bool && !entry->ofBools && !isWhere)
        return {};
    if (in.op->name == "cast")
        return {typed(in.outputs[0]) == DType::Bool ? toBoolTile : copyTile};
    if (in.op->name == "gelu" && in.attrs.boolean("approximate"))
        return {geluTanhTile};
    if (in.op->name == "selu")
        return {seluTile, static_cast<float>(scalar::kSeluScale), static_cast<float>(scalar::kSeluAlpha)};
    if (in.op->name == "leaky_relu")
        return {leakyReluTile, static_cast<float>(in.attrs.real("negative_slope"))};
    if (in.op->name == "elu")
        return {eluTile, static_cast<float>(in.attrs.real("alpha"))};
    if (in.op->name == "clip")
        return {clipTile, static_cast<float>(in.attrs.real("minimum")), static_cast<float>(in.attrs.real("maximum"))};
    return {entry->run};
}

TileStep roundingStep()
{
    return {nearestHalfTile};
}

Zeros keepsZeros(std::string_view op)
{
    const Entry *entry = find(op);
    return entry ? entry->zeros : Zeros::No;
}

} // namespace espalier
