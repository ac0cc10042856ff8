// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/cpu/matching.h"

#include "engine/ops/op.h"

#include <algorithm>

namespace espalier {
namespace {

const Instruction &at(const Program &program, std::int32_t index)
{
    return program.instructions[static_cast<std::size_t>(index)];
}

} // namespace

std::int32_t producerBefore(const Program &program, ValueId id, std::int32_t before)
{
    for (std::int32_t i = before - 1; i >= 0; --i) {
        const auto &outputs = at(program, i).outputs;
        if (std::find(outputs.begin(), outputs.end(), id) != outputs.end())
            return i;
    }
    return -1;
}

Match matchEpilogue(std::string_view op, bool (*isBias)(const Program &program, ValueId bias, ValueId y), bool relu)
{
    return [op, isBias, relu](const Program &program, std::int32_t index,
                              std::span<const std::int32_t> uses) -> std::optional<std::vector<std::int32_t>> {
        std::vector<std::int32_t> set{index};
        if (relu) {
            if (at(program, index).op->name != "relu")
                return std::nullopt;
            const ValueId sum = at(program, index).inputs[0];
            const std::int32_t producer = producerBefore(program, sum, index);
            if (producer < 0 || uses[static_cast<std::size_t>(sum)] != 1)
                return std::nullopt;
            set.insert(set.begin(), producer);
        }
        const Instruction &add = at(program, set.front());
        if (add.op->name != "add")
            return std::nullopt;
        for (const std::size_t side : {0u, 1u}) {
            const ValueId product = add.inputs[side];
            const ValueId bias = add.inputs[1 - side];
            if (product == bias || uses[static_cast<std::size_t>(product)] != 1
                || !(program.type(product) == program.type(add.outputs[0])) || !isBias(program, bias, product))
                continue;
            const std::int32_t producer = producerBefore(program, product, set.front());
            if (producer >= 0 && at(program, producer).op->name == op) {
                set.insert(set.begin(), producer);
                return set;
            }
        }
        return std::nullopt;
    };
}

} // namespace espalier
