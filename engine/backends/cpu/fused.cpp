// SPDX-License-Identifier: Apache-2.0
// Fused element-wise groups: a short bytecode run over tiles that stay in the first-level cache.
#include "engine/backends/cpu/kernel.h"
#include "engine/backends/cpu/patterns.h"
#include "engine/backends/cpu/vector_math.h"
#include "engine/ops/op.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

namespace espalier {
namespace {

constexpr std::int64_t kTile = 1024;

/// Tiles are float; bool is 0 or 1.
using TileOp = void (*)(const float *a, const float *b, const float *c, float *y, std::int64_t n, float p, float q);

#define ESPALIER_UNARY(name, expression)                                                                               \
    ESPALIER_CLONES void name##Tile(const float *a, const float *, const float *, float *y, std::int64_t n, float,     \
                                    float)                                                                             \
    {                                                                                                                  \
        for (std::int64_t i = 0; i < n; ++i) {                                                                         \
            const float x = a[i];                                                                                      \
            y[i] = expression;                                                                                         \
        }                                                                                                              \
    }
#define ESPALIER_BINARY(name, expression)                                                                              \
    ESPALIER_CLONES void name##Tile(const float *a, const float *b, const float *, float *y, std::int64_t n, float,    \
                                    float)                                                                             \
    {                                                                                                                  \
        for (std::int64_t i = 0; i < n; ++i) {                                                                         \
            const float x = a[i];                                                                                      \
            const float z = b[i];                                                                                      \
            y[i] = expression;                                                                                         \
        }                                                                                                              \
    }
ESPALIER_BINARY(add, x + z)
ESPALIER_BINARY(sub, x - z)
ESPALIER_BINARY(mul, x *z)
ESPALIER_BINARY(div, x / z)
ESPALIER_BINARY(equal, x == z ? 1.0F : 0.0F)
ESPALIER_BINARY(not_equal, x != z ? 1.0F : 0.0F)
ESPALIER_BINARY(less, x < z ? 1.0F : 0.0F)
ESPALIER_BINARY(less_equal, x <= z ? 1.0F : 0.0F)
ESPALIER_BINARY(greater, x > z ? 1.0F : 0.0F)
ESPALIER_BINARY(greater_equal, x >= z ? 1.0F : 0.0F)
ESPALIER_UNARY(neg, -x)
ESPALIER_UNARY(abs, std::fabs(x))
ESPALIER_UNARY(square, x *x)
ESPALIER_UNARY(reciprocal, 1.0F / x)
ESPALIER_UNARY(sqrt, std::sqrt(x))
ESPALIER_UNARY(rsqrt, 1.0F / std::sqrt(x))
ESPALIER_UNARY(relu, x > 0 ? x : (x <= 0 ? 0.0F : x))
ESPALIER_UNARY(exp, vectorExp(x))
ESPALIER_UNARY(log, std::log(x))
ESPALIER_UNARY(tanh, vectorTanh(x))
ESPALIER_UNARY(sigmoid, vectorSigmoid(x))
ESPALIER_CLONES void whereTile(const float *a, const float *b, const float *c, float *y, std::int64_t n, float, float)
{
    for (std::int64_t i = 0; i < n; ++i)
        y[i] = a[i] != 0 ? b[i] : c[i];
}

ESPALIER_CLONES void boolsToFloats(const std::uint8_t *from, float *to, std::int64_t n)
{
    for (std::int64_t i = 0; i < n; ++i)
        to[i] = static_cast<float>(from[i]);
}
ESPALIER_CLONES void floatsToBools(const float *from, std::uint8_t *to, std::int64_t n)
{
    for (std::int64_t i = 0; i < n; ++i)
        to[i] = from[i] != 0 ? 1 : 0;
}

struct Entry {
    std::string_view name;
    TileOp run;
};
constexpr Entry kEntries[] = {
    {"add", addTile},         {"sub", subTile},
    {"mul", mulTile},         {"div", divTile},
    {"equal", equalTile},     {"not_equal", not_equalTile},
    {"less", lessTile},       {"less_equal", less_equalTile},
    {"greater", greaterTile}, {"greater_equal", greater_equalTile},
    {"neg", negTile},         {"abs", absTile},
    {"square", squareTile},   {"reciprocal", reciprocalTile},
    {"sqrt", sqrtTile},       {"rsqrt", rsqrtTile},
    {"relu", reluTile},       {"exp", expTile},
    {"log", logTile},         {"tanh", tanhTile},
    {"sigmoid", sigmoidTile}, {"where", whereTile},
};

TileOp find(std::string_view name)
{
    for (const Entry &e : kEntries)
        if (e.name == name)
            return e.run;
    return nullptr;
}

/// An input seen from the flat output: `same` reads straight through.
struct Operand {
    bool same = true;
    bool isBool = false;
    Dims strides; ///< 0 along broadcast axes
};

class FusedKernel : public Kernel {
public:
    struct Step {
        TileOp run;
        int a = 0, b = 0, c = 0, y = 0; ///< registers
    };
    std::vector<Operand> operands; ///< registers 0 .. operands - 1
    std::vector<Step> steps;
    std::vector<std::pair<int, bool>> results; ///< register, is bool
    int registers = 0;
    Dims dims;
    std::int64_t elements = 0;

    void launch(void *, std::span<std::byte *const> inputs, std::span<std::byte *const> outputs,
                std::byte *) const override
    {
        const std::int64_t tiles = (elements + kTile - 1) / kTile;
#pragma omp parallel for schedule(static) if (elements >= kParallelFrom)
        for (std::int64_t t = 0; t < tiles; ++t)
            runTile(t * kTile, std::min(kTile, elements - t * kTile), inputs, outputs);
    }

private:
    void runTile(std::int64_t first, std::int64_t n, std::span<std::byte *const> inputs,
                 std::span<std::byte *const> outputs) const
    {
        constexpr int kMaxRegisters = 128;
        static thread_local std::vector<float> scratch(static_cast<std::size_t>(kMaxRegisters * kTile));
        const float *at[kMaxRegisters];
        for (std::size_t i = 0; i < operands.size(); ++i) {
            float *own = scratch.data() + static_cast<std::int64_t>(i) * kTile;
            at[i] = load(operands[i], inputs[i], first, n, own);
        }
        for (const Step &s : steps) {
            float *y = scratch.data() + s.y * kTile;
            s.run(at[s.a], at[s.b], at[s.c], y, n, 0, 0);
            at[s.y] = y;
        }
        for (std::size_t i = 0; i < results.size(); ++i) {
            const float *from = at[results[i].first];
            if (!results[i].second) {
                std::memcpy(reinterpret_cast<float *>(outputs[i]) + first, from,
                            static_cast<std::size_t>(n) * sizeof(float));
                continue;
            }
            floatsToBools(from, reinterpret_cast<std::uint8_t *>(outputs[i]) + first, n);
        }
    }

    const float *load(const Operand &o, const std::byte *data, std::int64_t first, std::int64_t n, float *own) const
    {
        if (o.same && !o.isBool)
            return reinterpret_cast<const float *>(data) + first;
        const auto read = [&](std::int64_t offset) {
            return o.isBool ? static_cast<float>(reinterpret_cast<const std::uint8_t *>(data)[offset])
                            : reinterpret_cast<const float *>(data)[offset];
        };
        if (o.same) {
            boolsToFloats(reinterpret_cast<const std::uint8_t *>(data) + first, own, n);
            return own;
        }
        const std::size_t last = dims.size() - 1;
        for (std::int64_t k = 0; k < n;) { // run by run along the last axis
            std::int64_t rest = first + k;
            const std::int64_t column = rest % dims[last];
            std::int64_t offset = column * o.strides[last];
            rest /= dims[last];
            for (std::size_t axis = last; axis-- > 0;) {
                offset += rest % dims[axis] * o.strides[axis];
                rest /= dims[axis];
            }
            const std::int64_t run = std::min(n - k, dims[last] - column);
            for (std::int64_t r = 0; r < run; ++r)
                own[k + r] = read(offset + r * o.strides[last]);
            k += run;
        }
        return own;
    }
};

Dims broadcastStrides(const Dims &from, const Dims &to)
{
    const Dims own = rowMajorStrides(from);
    Dims strides(to.size(), 0);
    const std::size_t shift = to.size() - from.size();
    for (std::size_t i = 0; i < from.size(); ++i)
        strides[i + shift] = from[i] == 1 ? 0 : own[i];
    return strides;
}

} // namespace

bool cpuCanFuse(const Program &program, const Instruction &in)
{
    if (!find(in.op->name))
        return false;
    const auto ok
        = [&](ValueId id) { return program.type(id).dtype == DType::Float32 || program.type(id).dtype == DType::Bool; };
    const bool comparesBools = in.op->name != "where" && program.type(in.inputs[0]).dtype == DType::Bool;
    return !comparesBools && std::all_of(in.inputs.begin(), in.inputs.end(), ok)
        && std::all_of(in.outputs.begin(), in.outputs.end(), ok)
        && (in.op->name != "where" || program.type(in.inputs[1]).dtype == DType::Float32);
}

tl::expected<Prepared, Decline> cpuPrepareFused(const Group &group, std::span<const Layout> layouts)
{
    const Program &p = *group.program;
    auto kernel = std::make_unique<FusedKernel>();
    const Instruction &first = p.instructions[static_cast<std::size_t>(group.instructions.front())];
    kernel->dims = p.type(first.outputs[0]).shape.concrete();
    kernel->elements = elementCount(kernel->dims);
    if (kernel->dims.empty())
        kernel->dims = {1};
    std::map<ValueId, int> registerOf;
    // All operands of the full shape in one blocked layout: the order of elements doesn't matter.
    Layout common;
    bool blocked = !layouts.empty();
    for (std::size_t i = 0; i < group.inputs.size(); ++i) {
        const Dims dims = p.type(group.inputs[i]).shape.concrete();
        const bool whole = dims == kernel->dims;
        const bool scalar = elementCount(dims) == 1 && !whole;
        if (scalar)
            continue;
        if (!whole || p.type(group.inputs[i]).dtype != DType::Float32)
            blocked = false;
        else if (common.isPlain())
            common = layouts[i];
        if (whole && !(layouts[i] == common))
            blocked = false;
    }
    for (const ValueId id : group.outputs)
        blocked = blocked && p.type(id).dtype == DType::Float32;
    blocked = blocked && !common.isPlain();
    if (blocked) {
        kernel->dims = {static_cast<std::int64_t>(common.bytes / sizeof(float))};
        kernel->elements = kernel->dims[0];
        // Padding lanes must stay zero: only keep the layout where there are none.
        blocked = kernel->elements == p.type(first.outputs[0]).shape.elements().constant();
        if (!blocked) {
            kernel->dims = p.type(first.outputs[0]).shape.concrete();
            kernel->elements = elementCount(kernel->dims);
        }
    }
    Prepared prepared;
    for (std::size_t i = 0; i < group.inputs.size(); ++i) {
        const TensorType &type = p.type(group.inputs[i]);
        Dims dims = type.shape.concrete();
        const bool scalar = elementCount(dims) == 1 && elementCount(dims) != kernel->elements;
        Operand o;
        o.isBool = type.dtype == DType::Bool;
        o.same = !scalar && (blocked || dims == kernel->dims || elementCount(dims) == kernel->elements);
        o.strides = o.same ? Dims() : scalar ? Dims(kernel->dims.size(), 0) : broadcastStrides(dims, kernel->dims);
        kernel->operands.push_back(std::move(o));
        registerOf[group.inputs[i]] = static_cast<int>(i);
        prepared.inputLayouts.push_back(blocked && !scalar ? common : Layout{});
    }
    int next = static_cast<int>(group.inputs.size());
    for (const std::int32_t index : group.instructions) {
        const Instruction &in = p.instructions[static_cast<std::size_t>(index)];
        const auto r = [&](std::size_t k) { return k < in.inputs.size() ? registerOf.at(in.inputs[k]) : 0; };
        registerOf[in.outputs[0]] = next;
        kernel->steps.push_back({find(in.op->name), r(0), r(1), r(2), next++});
    }
    kernel->registers = next;
    if (next > 120)
        return tl::unexpected(Decline{"too many values"});
    for (std::size_t i = 0; i < group.outputs.size(); ++i) {
        kernel->results.emplace_back(registerOf.at(group.outputs[i]), p.type(group.outputs[i]).dtype == DType::Bool);
        prepared.outputLayouts.push_back(blocked ? common : Layout{});
        for (std::size_t k = 0; k < group.inputs.size(); ++k)
            if (p.type(group.inputs[k]) == p.type(group.outputs[i]))
                prepared.mayAlias.emplace_back(static_cast<int>(i), static_cast<int>(k));
    }
    prepared.implementation = blocked ? "fused:blocked" : "fused";
    prepared.kernel = std::move(kernel);
    return prepared;
}

} // namespace espalier
