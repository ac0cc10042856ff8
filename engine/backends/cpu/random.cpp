// SPDX-License-Identifier: Apache-2.0
// Philox in vector code: the same bits as the reference, whatever threads and order.
#include "engine/backends/cpu/kernel.h"
#include "engine/backends/cpu/patterns.h"
#include "engine/base/philox.h"
#include "engine/ops/op.h"
#include "engine/ops/scalar_math.h"

#include <algorithm>

namespace espalier {
namespace {

constexpr std::int64_t kBlocks = 64; ///< counters at a time
constexpr std::int64_t kWords = 4 * kBlocks;

/// Words 4 * first .. of one step: words[4 * j + w] is word w of counter first + j.
ESPALIER_CLONES void philoxWords(PhiloxKey key, std::uint64_t step, std::uint64_t first, std::uint32_t *words)
{
    std::uint32_t c0[kBlocks];
    std::uint32_t c1[kBlocks];
    std::uint32_t c2[kBlocks];
    std::uint32_t c3[kBlocks];
    for (std::int64_t j = 0; j < kBlocks; ++j) {
        const std::uint64_t counter = first + static_cast<std::uint64_t>(j);
        c0[j] = static_cast<std::uint32_t>(counter);
        c1[j] = static_cast<std::uint32_t>(counter >> 32);
        c2[j] = static_cast<std::uint32_t>(step);
        c3[j] = static_cast<std::uint32_t>(step >> 32);
    }
    for (int round = 0; round < 10; ++round) {
        for (std::int64_t j = 0; j < kBlocks; ++j) {
            const std::uint64_t a = std::uint64_t{0xD2511F53u} * c0[j];
            const std::uint64_t b = std::uint64_t{0xCD9E8D57u} * c2[j];
            c0[j] = static_cast<std::uint32_t>(b >> 32) ^ c1[j] ^ key.low;
            c1[j] = static_cast<std::uint32_t>(b);
            c2[j] = static_cast<std::uint32_t>(a >> 32) ^ c3[j] ^ key.high;
            c3[j] = static_cast<std::uint32_t>(a);
        }
        key.low += 0x9E3779B9u;
        key.high += 0xBB67AE85u;
    }
    for (std::int64_t j = 0; j < kBlocks; ++j) {
        words[4 * j] = c0[j];
        words[4 * j + 1] = c1[j];
        words[4 * j + 2] = c2[j];
        words[4 * j + 3] = c3[j];
    }
}

ESPALIER_CLONES void uniforms(const std::uint32_t *words, float *y, std::int64_t n)
{
    for (std::int64_t i = 0; i < n; ++i)
        y[i] = static_cast<float>(static_cast<std::int32_t>(words[i] >> 8)) * 0x1p-24F;
}

void normals(const std::uint32_t *words, float *y, std::int64_t n)
{
    for (std::int64_t i = 0; i < n; ++i) {
        const std::int64_t pair = i / 2 * 2;
        y[i] = static_cast<float>(scalar::normal(words[pair], words[pair + 1], i % 2 != 0));
    }
}

tl::expected<Prepared, Decline> prepareRandom(const Group &group, std::span<const Layout>, std::span<const bool>)
{
    const Program &p = *group.program;
    const Instruction &in = p.instructions[static_cast<std::size_t>(group.instructions.front())];
    if (p.type(in.outputs[0]).dtype != DType::Float32 || group.inputs.size() != 2)
        return tl::unexpected(Decline{"only float32"});
    const std::int64_t n = elementCount(p.type(in.outputs[0]).shape.concrete());
    const auto stream = static_cast<std::uint64_t>(in.attrs.integer("stream"));
    const auto draw = in.op->name == "random_normal" ? normals : uniforms;
    return functionKernel(group, "own:philox", [n, stream, draw](const Pointers &at) {
        const PhiloxKey key = philoxKey(static_cast<std::uint64_t>(at.in<std::int64_t>(0)[0]), stream);
        const auto step = static_cast<std::uint64_t>(at.in<std::int64_t>(1)[0]);
#pragma omp parallel for schedule(static) if (n >= kParallelFrom)
        for (std::int64_t first = 0; first < n; first += kWords) {
            std::uint32_t words[kWords];
            philoxWords(key, step, static_cast<std::uint64_t>(first / 4), words);
            draw(words, at.out() + first, std::min(kWords, n - first));
        }
    });
}

} // namespace

std::vector<Pattern> cpuRandomPatterns()
{
    return {singleOp("random_uniform", prepareRandom), singleOp("random_normal", prepareRandom)};
}

} // namespace espalier
