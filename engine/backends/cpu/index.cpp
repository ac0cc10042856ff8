// SPDX-License-Identifier: Apache-2.0
// Lookups: rows of a table by number, and their gradient. Each thread owns rows of the table, so additions keep their
// order.
#include "engine/backends/cpu/kernel.h"
#include "engine/backends/cpu/patterns.h"
#include "engine/ops/op.h"

#include <omp.h>

#include <algorithm>
#include <limits>

namespace espalier {
namespace {

struct Table {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::int64_t lookups = 0;
};

std::optional<Table> tableOf(const Group &group, ValueId table, ValueId index)
{
    const Program &p = *group.program;
    const Dims dims = p.type(table).shape.concrete();
    if (p.type(table).dtype != DType::Float32 || group.inputs.size() != 2)
        return std::nullopt;
    return Table{dims[0], dims[1], elementCount(p.type(index).shape.concrete())};
}
const auto kDecline = tl::unexpected(Decline{"only float32"});

const Instruction &only(const Group &group)
{
    return group.program->instructions[static_cast<std::size_t>(group.instructions.front())];
}

tl::expected<Prepared, Decline> prepareEmbedding(const Group &group, std::span<const Layout>, std::span<const bool>)
{
    const auto table = tableOf(group, only(group).inputs[0], only(group).inputs[1]);
    if (!table)
        return kDecline;
    return functionKernel(group, "own:embedding", [t = *table](const Pointers &at) {
        const auto *index = at.in<std::int64_t>(1);
#pragma omp parallel for schedule(static) if (t.lookups * t.columns >= kParallelFrom)
        for (std::int64_t i = 0; i < t.lookups; ++i) {
            float *to = at.out() + i * t.columns;
            if (index[i] < 0 || index[i] >= t.rows)
                std::fill_n(to, t.columns, std::numeric_limits<float>::quiet_NaN());
            else
                std::copy_n(at.in(0) + index[i] * t.columns, t.columns, to);
        }
    });
}

ESPALIER_CLONES void addRow(float *sum, const float *x, std::int64_t n)
{
    for (std::int64_t i = 0; i < n; ++i)
        sum[i] += x[i];
}

tl::expected<Prepared, Decline> prepareBackward(const Group &group, std::span<const Layout>, std::span<const bool>)
{
    const auto table = tableOf(group, only(group).outputs[0], only(group).inputs[1]);
    if (!table)
        return kDecline;
    return functionKernel(group, "own:embedding_backward", [t = *table](const Pointers &at) {
        const auto *index = at.in<std::int64_t>(1);
#pragma omp parallel if (t.lookups * t.columns >= kParallelFrom)
        {
            const std::int64_t from = t.rows * omp_get_thread_num() / omp_get_num_threads();
            const std::int64_t to = t.rows * (omp_get_thread_num() + 1) / omp_get_num_threads();
            std::fill(at.out() + from * t.columns, at.out() + to * t.columns, 0.0F);
            for (std::int64_t i = 0; i < t.lookups; ++i)
                if (index[i] >= from && index[i] < to)
                    addRow(at.out() + index[i] * t.columns, at.in(0) + i * t.columns, t.columns);
        }
    });
}

} // namespace

std::vector<Pattern> cpuIndexPatterns()
{
    return {singleOp("embedding", prepareEmbedding), singleOp("embedding_backward", prepareBackward)};
}

} // namespace espalier
