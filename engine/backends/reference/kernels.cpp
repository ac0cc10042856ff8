// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/reference/kernels.h"

#include <algorithm>
#include <unordered_map>

namespace espalier {

RefKernel findReferenceKernel(std::string_view op)
{
    static const auto table = [] {
        std::unordered_map<std::string_view, RefKernel> all;
        for (const auto family : {elementwiseKernels(), reduceKernels(), shapeKernels(), matmulKernels(),
                                  randomKernels(), controlKernels(), convKernels(), poolKernels(), normKernels(),
                                  softmaxKernels(), indexKernels(), rnnKernels(), updateKernels()})
            for (const RefEntry &entry : family)
                all.emplace(entry.op, entry.kernel);
        return all;
    }();
    const auto found = table.find(op);
    return found == table.end() ? nullptr : found->second;
}

std::vector<std::pair<int, int>> aliases(const Instruction &instruction, std::span<const TensorType> inputs,
                                         std::span<const TensorType> outputs)
{
    const Traits &traits = instruction.op->traits;
    std::vector<std::pair<int, int>> pairs;
    if (!traits.elementwise && !traits.update)
        return pairs;
    const auto inputName = [&](std::size_t i) {
        return i < instruction.op->inputNames.size() ? instruction.op->inputNames[i] : std::string_view();
    };
    for (std::size_t o = 0; o < outputs.size(); ++o)
        for (std::size_t i = 0; i < inputs.size(); ++i)
            if (outputs[o] == inputs[i] && (traits.elementwise || inputName(i) == instruction.op->outputNames[o]))
                pairs.emplace_back(static_cast<int>(o), static_cast<int>(i));
    return pairs;
}

AxisView axisView(const Dims &dims, std::int64_t axis)
{
    const auto at = static_cast<std::size_t>(normalizeAxis(axis, static_cast<int>(dims.size())).value_or(0));
    AxisView view;
    for (std::size_t i = 0; i < dims.size(); ++i)
        (i < at ? view.outer : i == at ? view.size : view.inner) *= dims[i];
    return view;
}

Dims broadcastStrides(const Dims &from, const Dims &to)
{
    const Dims own = rowMajorStrides(from);
    const std::size_t extra = to.size() - from.size();
    Dims strides(to.size(), 0);
    for (std::size_t i = 0; i < from.size(); ++i)
        strides[extra + i] = from[i] == 1 ? 0 : own[i];
    return strides;
}

} // namespace espalier
