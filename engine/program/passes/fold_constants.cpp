// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/reference/evaluate.h"
#include "engine/ops/op.h"
#include "engine/program/passes/rule.h"

#include <algorithm>
#include <optional>

namespace espalier {
namespace {

constexpr double kLargestBytes = 1 << 20;
constexpr double kFreeBytes = 4096; ///< results up to this size may be larger than what they come from
constexpr double kMostFlops = 1e7;

double bytesOf(const TensorType &type)
{
    double bytes = static_cast<double>(byteSize(type.dtype));
    for (const std::int64_t d : type.shape.concrete())
        bytes *= static_cast<double>(d);
    return bytes;
}

/// The constants that the instruction reads, if it may be computed now.
std::optional<std::vector<Tensor>> foldable(const Program &program, const Instruction &in,
                                            const std::vector<std::optional<Tensor>> &known)
{
    const std::string_view name = in.op->name;
    if (name == "constant" || !in.bodies.empty() || name.starts_with("random_") || in.op->traits.update
        || (in.inputs.empty() && name != "dimension"))
        return std::nullopt;
    std::vector<Tensor> inputs;
    double inputBytes = 0;
    for (const ValueId id : in.inputs) {
        const auto &value = known[static_cast<std::size_t>(id)];
        if (!value)
            return std::nullopt;
        inputBytes += static_cast<double>(value->bytes());
        inputs.push_back(*value);
    }
    const auto *shape = in.attrs.find("shape");
    if (name == "dimension" && !std::get<Shape>(*shape).isConcrete())
        return std::nullopt;
    double outputBytes = 0;
    for (const ValueId id : in.outputs) {
        if (program.type(id).dtype == DType::Unknown || !program.type(id).shape.isConcrete())
            return std::nullopt;
        outputBytes += bytesOf(program.type(id));
    }
    // A splat that grows is better left to broadcasting.
    const bool grows = outputBytes > inputBytes && (outputBytes > kFreeBytes || name == "broadcast_to");
    const Dim flops = costOf(program, in).flops;
    if (outputBytes > kLargestBytes || grows || !flops.isConstant()
        || static_cast<double>(flops.constant()) > kMostFlops)
        return std::nullopt;
    return inputs;
}

} // namespace

Program foldConstants(const Program &program)
{
    Program out = withBodies(program, foldConstants);
    std::vector<std::optional<Tensor>> known(out.values.size());
    std::vector<Instruction> instructions;
    for (Instruction &in : out.instructions) {
        if (in.op->name == "constant")
            known[static_cast<std::size_t>(in.outputs[0])] = in.attrs.tensor("value");
        const auto inputs = foldable(out, in, known);
        if (!inputs) {
            instructions.push_back(std::move(in));
            continue;
        }
        const std::vector<Tensor> values = evaluateInstruction(out, in, *inputs);
        for (std::size_t i = 0; i < values.size(); ++i) {
            known[static_cast<std::size_t>(in.outputs[i])] = values[i];
            instructions.push_back({&op("constant"), {{"value", values[i]}}, {}, {in.outputs[i]}, {}, in.origin});
        }
    }
    out.instructions = std::move(instructions);
    return eliminateDead(out);
}

} // namespace espalier
