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

bool isWidening(const Program &program, const Instruction &in)
{
    return program.type(in.inputs[0]).dtype == DType::BFloat16 && program.type(in.outputs[0]).dtype == DType::Float32;
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

Match matchTail(std::string_view op, Tail tail, bool (*isBias)(const Program &program, ValueId bias, ValueId y))
{
    return [op, tail, isBias](const Program &program, std::int32_t index,
                              std::span<const std::int32_t> uses) -> std::optional<std::vector<std::int32_t>> {
        std::vector<std::int32_t> set;
        std::int32_t next = index;
        // Takes the instruction at `next` and goes on with the one that makes `inner`.
        const auto take = [&](ValueId inner) {
            set.insert(set.begin(), next);
            next = uses[static_cast<std::size_t>(inner)] == 1 ? producerBefore(program, inner, next) : -1;
            return next >= 0;
        };
        const auto opBehind = [&](std::int32_t from) {
            if (tail.widened && (at(program, from).op->name != "cast" || !isWidening(program, at(program, from))))
                return false;
            return !tail.widened || uses[static_cast<std::size_t>(at(program, from).inputs[0])] == 1;
        };
        if (tail.relu && (at(program, next).op->name != "relu" || !take(at(program, next).inputs[0])))
            return std::nullopt;
        if (tail.bias) {
            const Instruction &add = at(program, next);
            if (add.op->name != "add")
                return std::nullopt;
            const auto fits = [&](std::size_t side) {
                const ValueId product = add.inputs[side];
                const ValueId bias = add.inputs[1 - side];
                if (product == bias || uses[static_cast<std::size_t>(product)] != 1
                    || !(program.type(product) == program.type(add.outputs[0])) || !isBias(program, bias, product))
                    return false;
                const std::int32_t producer = producerBefore(program, product, next);
                return producer >= 0 && (tail.widened ? opBehind(producer) : at(program, producer).op->name == op);
            };
            const std::size_t side = fits(0) ? 0 : 1;
            if ((side == 1 && !fits(1)) || !take(add.inputs[side]))
                return std::nullopt;
        }
        if (tail.widened && (!opBehind(next) || !take(at(program, next).inputs[0])))
            return std::nullopt;
        if (at(program, next).op->name != op)
            return std::nullopt;
        set.insert(set.begin(), next);
        return set;
    };
}

TailValues tailValues(const Group &group)
{
    TailValues values;
    ValueId made = kNoValue;
    for (const std::int32_t i : group.instructions) {
        const Instruction &in = at(*group.program, i);
        if (made != kNoValue && in.op->name == "add")
            values.bias = in.inputs[in.inputs[0] == made ? 1 : 0];
        values.relu |= made != kNoValue && in.op->name == "relu";
        made = in.outputs[0];
    }
    values.result = made;
    return values;
}

} // namespace espalier
