// SPDX-License-Identifier: Apache-2.0
// Optimizer steps: one pass over parameter, gradient and slots in whatever layout the parameter is stored.
#include "engine/backends/cpu/kernel.h"
#include "engine/backends/cpu/patterns.h"
#include "engine/ops/op.h"

#include <cmath>

namespace espalier {
namespace {

struct AdamFactors {
    float beta1, beta2, oneMinus1, oneMinus2, stepSize, correction2, eps, decay, shrink;
};

ESPALIER_CLONES void adamRange(const float *p, const float *g, const float *m, const float *v, float *po, float *mo,
                               float *vo, std::int64_t n, AdamFactors f)
{
#pragma GCC ivdep
    for (std::int64_t i = 0; i < n; ++i) {
        const float w = p[i] * f.shrink;
        const float grad = g[i] + f.decay * p[i];
        const float mean = f.beta1 * m[i] + f.oneMinus1 * grad;
        const float square = f.beta2 * v[i] + f.oneMinus2 * grad * grad;
        mo[i] = mean;
        vo[i] = square;
        po[i] = w - f.stepSize * mean / (std::sqrt(square) * f.correction2 + f.eps);
    }
}

ESPALIER_CLONES void sgdRange(const float *p, const float *g, const float *b, float *po, float *bo, std::int64_t n,
                              float rate, float momentum, float decay, bool nesterov)
{
#pragma GCC ivdep
    for (std::int64_t i = 0; i < n; ++i) {
        const float grad = g[i] + decay * p[i];
        const float buffer = momentum * b[i] + grad;
        bo[i] = buffer;
        po[i] = p[i] - rate * (nesterov ? grad + momentum * buffer : buffer);
    }
}

ESPALIER_CLONES void sgdPlainRange(const float *p, const float *g, float *po, std::int64_t n, float rate, float decay)
{
#pragma GCC ivdep
    for (std::int64_t i = 0; i < n; ++i)
        po[i] = p[i] - rate * (g[i] + decay * p[i]);
}

struct RmspropFactors {
    float alpha, oneMinus, eps, decay, momentum, rate;
    bool centered;
};

ESPALIER_CLONES void rmspropRange(const float *p, const float *g, const float *s, const float *b, const float *a,
                                  float *po, float *so, float *bo, float *ao, std::int64_t n, RmspropFactors f)
{
#pragma GCC ivdep
    for (std::int64_t i = 0; i < n; ++i) {
        const float grad = g[i] + f.decay * p[i];
        const float square = f.alpha * s[i] + f.oneMinus * grad * grad;
        const float average = f.centered ? f.alpha * a[i] + f.oneMinus * grad : a[i];
        const float variance = f.centered ? square - average * average : square;
        const float direction = grad / (std::sqrt(variance) + f.eps);
        const float buffer = f.momentum > 0 ? f.momentum * b[i] + direction : b[i];
        so[i] = square;
        ao[i] = average;
        bo[i] = buffer;
        po[i] = p[i] - f.rate * (f.momentum > 0 ? buffer : direction);
    }
}

/// Calls range(offset, count) on parts of 16k elements.
template <typename F>
void inParts(std::int64_t n, const F &range)
{
    constexpr std::int64_t kPart = 1 << 14;
#pragma omp parallel for schedule(static) if (n >= kParallelFrom)
    for (std::int64_t part = 0; part < (n + kPart - 1) / kPart; ++part)
        range(part * kPart, std::min(kPart, n - part * kPart));
}

void keep(const Pointers &at, std::initializer_list<std::pair<std::size_t, std::size_t>> pairs, std::int64_t n)
{
    for (const auto &[in, out] : pairs)
        if (at.in(in) != at.out(out))
            std::copy_n(at.in(in), n, at.out(out));
}

/// `tensors`: how many inputs have the parameter's type (parameter, gradient, slots). Inputs are in the op's order.
template <typename Make>
tl::expected<Prepared, Decline> prepareUpdate(const Group &group, std::span<const Layout> layouts,
                                              std::span<const bool> freeInputs, std::size_t tensors, const Make &make)
{
    const Instruction &in = group.program->instructions[static_cast<std::size_t>(group.instructions.front())];
    const TensorType &type = group.program->type(in.inputs[0]);
    if (type.dtype != DType::Float32 || group.inputs.size() != in.inputs.size())
        return tl::unexpected(Decline{"only float32 with inputs that differ"});
    const Layout layout = freeInputs[0] ? layouts[1] : layouts[0];
    const auto n = static_cast<std::int64_t>(storageBytes(type, layout) / sizeof(float));
    Prepared prepared = make(in.attrs, n);
    for (std::size_t i = 0; i < tensors; ++i)
        prepared.inputLayouts[i] = layout;
    for (Layout &out : prepared.outputLayouts)
        out = layout;
    prepared.mayAlias.emplace_back(0, 0);
    for (std::size_t i = 2; i < tensors; ++i)
        prepared.mayAlias.emplace_back(static_cast<int>(i) - 1, static_cast<int>(i));
    return prepared;
}

tl::expected<Prepared, Decline> prepareAdam(const Group &group, std::span<const Layout> layouts,
                                            std::span<const bool> freeInputs)
{
    return prepareUpdate(group, layouts, freeInputs, 4, [&](const Attrs &attrs, std::int64_t n) {
        const double beta1 = attrs.real("beta1");
        const double beta2 = attrs.real("beta2");
        const double eps = attrs.real("eps");
        const double decay = attrs.real("weight_decay");
        const bool decoupled = attrs.boolean("decoupled");
        return functionKernel(group, "own:adam", [=](const Pointers &at) {
            if (at.in<std::uint8_t>(6)[0] == 0)
                return keep(at, {{0, 0}, {2, 1}, {3, 2}}, n);
            const auto step = static_cast<double>(at.in<std::int64_t>(4)[0]);
            const double rate = static_cast<double>(at.in(5)[0]);
            const AdamFactors f{static_cast<float>(beta1),
                                static_cast<float>(beta2),
                                static_cast<float>(1 - beta1),
                                static_cast<float>(1 - beta2),
                                static_cast<float>(rate / (1 - std::pow(beta1, step))),
                                static_cast<float>(1 / std::sqrt(1 - std::pow(beta2, step))),
                                static_cast<float>(eps),
                                static_cast<float>(decoupled ? 0 : decay),
                                static_cast<float>(decoupled ? 1 - rate * decay : 1)};
            inParts(n, [&](std::int64_t o, std::int64_t c) {
                adamRange(at.in(0) + o, at.in(1) + o, at.in(2) + o, at.in(3) + o, at.out(0) + o, at.out(1) + o,
                          at.out(2) + o, c, f);
            });
        });
    });
}

tl::expected<Prepared, Decline> prepareSgd(const Group &group, std::span<const Layout> layouts,
                                           std::span<const bool> freeInputs)
{
    return prepareUpdate(group, layouts, freeInputs, 3, [&](const Attrs &attrs, std::int64_t n) {
        const auto momentum = static_cast<float>(attrs.real("momentum"));
        const auto decay = static_cast<float>(attrs.real("weight_decay"));
        const bool nesterov = attrs.boolean("nesterov");
        return functionKernel(group, "own:sgd", [=](const Pointers &at) {
            if (at.in<std::uint8_t>(4)[0] == 0)
                return keep(at, {{0, 0}, {2, 1}}, n);
            const float rate = at.in(3)[0];
            inParts(n, [&](std::int64_t o, std::int64_t c) {
                sgdRange(at.in(0) + o, at.in(1) + o, at.in(2) + o, at.out(0) + o, at.out(1) + o, c, rate, momentum,
                         decay, nesterov);
            });
        });
    });
}

tl::expected<Prepared, Decline> prepareSgdPlain(const Group &group, std::span<const Layout> layouts,
                                                std::span<const bool> freeInputs)
{
    return prepareUpdate(group, layouts, freeInputs, 2, [&](const Attrs &attrs, std::int64_t n) {
        const auto decay = static_cast<float>(attrs.real("weight_decay"));
        return functionKernel(group, "own:sgd", [=](const Pointers &at) {
            if (at.in<std::uint8_t>(3)[0] == 0)
                return keep(at, {{0, 0}}, n);
            const float rate = at.in(2)[0];
            inParts(n, [&](std::int64_t o, std::int64_t c) {
                sgdPlainRange(at.in(0) + o, at.in(1) + o, at.out(0) + o, c, rate, decay);
            });
        });
    });
}

tl::expected<Prepared, Decline> prepareRmsprop(const Group &group, std::span<const Layout> layouts,
                                               std::span<const bool> freeInputs)
{
    return prepareUpdate(group, layouts, freeInputs, 5, [&](const Attrs &attrs, std::int64_t n) {
        const double alpha = attrs.real("alpha");
        RmspropFactors factors{static_cast<float>(alpha),
                               static_cast<float>(1 - alpha),
                               static_cast<float>(attrs.real("eps")),
                               static_cast<float>(attrs.real("weight_decay")),
                               static_cast<float>(attrs.real("momentum")),
                               0,
                               attrs.boolean("centered")};
        return functionKernel(group, "own:rmsprop", [factors, n](const Pointers &at) {
            if (at.in<std::uint8_t>(6)[0] == 0)
                return keep(at, {{0, 0}, {2, 1}, {3, 2}, {4, 3}}, n);
            RmspropFactors f = factors;
            f.rate = at.in(5)[0];
            inParts(n, [&](std::int64_t o, std::int64_t c) {
                rmspropRange(at.in(0) + o, at.in(1) + o, at.in(2) + o, at.in(3) + o, at.in(4) + o, at.out(0) + o,
                             at.out(1) + o, at.out(2) + o, at.out(3) + o, c, f);
            });
        });
    });
}

ESPALIER_CLONES bool finiteRange(const float *x, std::int64_t n)
{
    std::uint32_t worst = 0;
    for (std::int64_t i = 0; i < n; ++i) {
        const std::uint32_t bits = std::bit_cast<std::uint32_t>(x[i]) & 0x7fffffffu;
        worst = worst > bits ? worst : bits;
    }
    return worst < 0x7f800000u;
}

/// In any layout: padding lanes are zero.
tl::expected<Prepared, Decline> prepareAllFinite(const Group &group, std::span<const Layout> layouts,
                                                 std::span<const bool>)
{
    std::vector<std::int64_t> sizes;
    for (std::size_t i = 0; i < group.inputs.size(); ++i) {
        const TensorType &type = group.program->type(group.inputs[i]);
        if (type.dtype != DType::Float32)
            return tl::unexpected(Decline{"only float32"});
        sizes.push_back(static_cast<std::int64_t>(storageBytes(type, layouts[i]) / sizeof(float)));
    }
    Prepared prepared = functionKernel(group, "own:all_finite", [sizes](const Pointers &at) {
        bool finite = true;
        for (std::size_t i = 0; i < sizes.size(); ++i)
            finite &= finiteRange(at.in(i), sizes[i]);
        *at.out<std::uint8_t>() = finite ? 1 : 0;
    });
    prepared.inputLayouts.assign(layouts.begin(), layouts.end());
    return prepared;
}

} // namespace

std::vector<Pattern> cpuUpdatePatterns()
{
    return {singleOp("adam_update", prepareAdam), singleOp("rmsprop_update", prepareRmsprop),
            singleOp("sgd_update", prepareSgd), singleOp("sgd_plain_update", prepareSgdPlain),
            singleOp("all_finite", prepareAllFinite)};
}

} // namespace espalier
