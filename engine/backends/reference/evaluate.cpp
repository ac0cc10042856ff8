// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/reference/evaluate.h"

#include "engine/backends/reference/kernels.h"
#include "engine/base/assert.h"

#include <string>

namespace espalier {

std::vector<Tensor> evaluateInstruction(const Program &program, const Instruction &instruction,
                                        std::span<const Tensor> inputs)
{
    const RefKernel kernel = findReferenceKernel(instruction.op->name);
    ESPALIER_ASSERT(kernel, std::string(instruction.op->name).c_str());
    std::vector<Tensor> outputs;
    outputs.reserve(instruction.outputs.size());
    for (const ValueId id : instruction.outputs) {
        const TensorType &type = program.type(id);
        outputs.emplace_back(type.dtype, type.shape.concrete());
    }
    kernel({instruction, inputs, outputs});
    return outputs;
}

} // namespace espalier
