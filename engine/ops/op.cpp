// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/op.h"

#include "engine/base/assert.h"

#include <algorithm>

namespace espalier {

const Op *findOp(std::string_view name)
{
    const auto ops = allOps();
    const auto found = std::lower_bound(ops.begin(), ops.end(), name,
                                        [](const Op *o, std::string_view key) { return o->name < key; });
    return found != ops.end() && (*found)->name == name ? *found : nullptr;
}

const Op &op(std::string_view name)
{
    const Op *found = findOp(name);
    ESPALIER_ASSERT(found, std::string(name).c_str());
    return *found;
}

Result<Attrs> completeAttrs(const Op &op, const Attrs &attrs)
{
    Attrs full = attrs;
    for (const auto &[name, value] : attrs.all()) {
        const auto spec = std::find_if(op.attrs.begin(), op.attrs.end(),
                                       [&wanted = name](const AttrSpec &s) { return s.name == wanted; });
        if (spec == op.attrs.end())
            return fail("op.attribute", "The op {0} has no attribute {1}.", op.name, name);
        if (spec->example.index() != value.index())
            return fail("op.attribute-type", "Attribute {0} of the op {1} has the wrong type: {2}.", name, op.name,
                        attrToString(value));
    }
    for (const AttrSpec &spec : op.attrs) {
        if (attrs.find(spec.name))
            continue;
        if (spec.required)
            return fail("op.attribute-missing", "The op {0} needs its attribute {1}.", op.name, spec.name);
        full.set(spec.name, spec.example);
    }
    return full;
}

std::size_t outputCount(const Op &op, std::span<const std::shared_ptr<const Program>> bodies)
{
    return bodies.empty() ? op.outputNames.size() : bodies.front()->outputs.size();
}

Result<std::vector<TensorType>> inferTypes(const Op &op, const Attrs &attrs, std::span<const TensorType> inputs,
                                           std::span<const std::shared_ptr<const Program>> bodies)
{
    const int count = static_cast<int>(inputs.size());
    if (count < op.minInputs || (op.maxInputs >= 0 && count > op.maxInputs))
        return fail("op.arity", "The op {0} takes {1} inputs, got {2}.", op.name, op.minInputs, count);
    ESPALIER_TRY(const Attrs full, completeAttrs(op, attrs));
    const bool unknown = std::any_of(inputs.begin(), inputs.end(), [](const TensorType &t) { return t.isUnknown(); });
    if (unknown)
        return std::vector<TensorType>(outputCount(op, bodies));
    return op.infer({op, full, inputs, bodies});
}

Cost costOf(const Program &program, const Instruction &instruction)
{
    std::vector<TensorType> in;
    std::vector<TensorType> out;
    for (const ValueId id : instruction.inputs)
        in.push_back(program.type(id));
    for (const ValueId id : instruction.outputs)
        out.push_back(program.type(id));
    const auto isUnknown = [](const TensorType &t) { return t.isUnknown(); };
    if (std::any_of(in.begin(), in.end(), isUnknown) || std::any_of(out.begin(), out.end(), isUnknown))
        return {Dim::unknown(), Dim::unknown()}; // a broken drawing: costs are written for what infer let through
    const OpCall call{*instruction.op, instruction.attrs, in, instruction.bodies};
    if (instruction.op->cost)
        return instruction.op->cost(call, out);
    Cost cost;
    for (const TensorType &t : out) {
        cost.flops = cost.flops + t.shape.elements();
        cost.bytes = cost.bytes + t.shape.elements() * Dim(static_cast<std::int64_t>(byteSize(t.dtype)));
    }
    for (const TensorType &t : in)
        cost.bytes = cost.bytes + t.shape.elements() * Dim(static_cast<std::int64_t>(byteSize(t.dtype)));
    return cost;
}

} // namespace espalier
