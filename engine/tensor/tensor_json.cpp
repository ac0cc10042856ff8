// SPDX-License-Identifier: Apache-2.0
#include "engine/tensor/tensor_json.h"

#include <cmath>

namespace espalier {
namespace {

constexpr std::size_t kDeepest = 32;

/// The length of each level along the first entries.
Result<Dims> dimsOf(const JsonValue &json)
{
    Dims dims;
    const JsonValue *at = &json;
    while (at->isArray()) {
        if (dims.size() == kDeepest)
            return fail("tensor.rank", "A tensor can't have more than {0} axes.", kDeepest);
        dims.push_back(static_cast<std::int64_t>(at->items().size()));
        if (at->items().empty())
            break;
        at = &at->items().front();
    }
    return dims;
}

Result<void> flatten(const JsonValue &json, const Dims &dims, std::size_t level, std::vector<const JsonValue *> &out)
{
    if (level == dims.size()) {
        if (!json.isNumber() && !json.isBool())
            return fail("tensor.value", "A tensor holds numbers, not {0}.",
                        json.isArray() ? "lists of different depth" : "texts or objects");
        out.push_back(&json);
        return {};
    }
    if (!json.isArray() || static_cast<std::int64_t>(json.items().size()) != dims[level])
        return fail("tensor.ragged", "The lists of a tensor's axis {0} must be equally long ({1}).", level,
                    dims[level]);
    for (const JsonValue &item : json.items())
        ESPALIER_CHECK(flatten(item, dims, level + 1, out));
    return {};
}

DType naturalDtype(const std::vector<const JsonValue *> &values)
{
    bool allBool = !values.empty();
    bool allWhole = !values.empty();
    for (const JsonValue *v : values) {
        allBool &= v->isBool();
        allWhole &= v->isInteger();
    }
    return allBool ? DType::Bool : allWhole ? DType::Int64 : DType::Float32;
}

JsonValue levelToJson(const Tensor &tensor, std::size_t level, std::int64_t &at)
{
    if (level == tensor.dims().size()) {
        const std::int64_t i = at++;
        if (tensor.dtype() == DType::Bool)
            return tensor.at(i) != 0;
        if (tensor.dtype() == DType::Int64)
            return tensor.span<std::int64_t>()[static_cast<std::size_t>(i)];
        return isInteger(tensor.dtype()) ? JsonValue(static_cast<std::int64_t>(tensor.at(i))) : JsonValue(tensor.at(i));
    }
    JsonValue::Array list;
    for (std::int64_t i = 0; i < tensor.dims()[level]; ++i)
        list.push_back(levelToJson(tensor, level + 1, at));
    return JsonValue(std::move(list));
}

} // namespace

Result<Tensor> tensorFromJson(const JsonValue &json, DType dtype)
{
    ESPALIER_TRY(const Dims dims, dimsOf(json));
    std::vector<const JsonValue *> values;
    ESPALIER_CHECK(flatten(json, dims, 0, values));
    Tensor tensor(dtype == DType::Unknown ? naturalDtype(values) : dtype, dims);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const JsonValue &v = *values[i];
        const double number = v.isBool() ? static_cast<double>(v.boolean()) : v.number();
        if (isInteger(tensor.dtype()) && number != std::floor(number))
            return fail("tensor.whole", "A tensor of {0} holds whole numbers, not {1}.", name(tensor.dtype()), number);
        if (tensor.dtype() == DType::Int32 && std::abs(number) > 2147483647.0)
            return fail("tensor.range", "{0} is too large for int32.", number);
        if (tensor.dtype() == DType::Int64 && v.isInteger())
            tensor.span<std::int64_t>()[i] = v.integer();
        else
            tensor.set(static_cast<std::int64_t>(i), number);
    }
    return tensor;
}

JsonValue tensorToJson(const Tensor &tensor)
{
    std::int64_t at = 0;
    return levelToJson(tensor, 0, at);
}

} // namespace espalier
