// SPDX-License-Identifier: Apache-2.0
// Attributes of an op: what is fixed when the program is built (kernel sizes, axes), as opposed to tensors.
#pragma once

#include "engine/tensor/tensor.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace espalier {

/// A Shape may hold symbols; binding a program binds them too.
using AttrValue
    = std::variant<bool, std::int64_t, double, std::string, std::vector<std::int64_t>, DType, Shape, Tensor>;

class Attrs {
public:
    Attrs() = default;
    Attrs(std::initializer_list<std::pair<std::string_view, AttrValue>> values);

    void set(std::string_view name, AttrValue value);
    const AttrValue *find(std::string_view name) const; ///< nullptr if absent

    // Typed readers; asserted to exist with that type (the op's schema fills defaults first).
    bool boolean(std::string_view name) const;
    std::int64_t integer(std::string_view name) const;
    double real(std::string_view name) const;
    const std::string &string(std::string_view name) const;
    const std::vector<std::int64_t> &integers(std::string_view name) const;
    DType dtype(std::string_view name) const;
    const Shape &shape(std::string_view name) const;
    const Tensor &tensor(std::string_view name) const;

    const std::vector<std::pair<std::string, AttrValue>> &all() const { return m_values; } ///< sorted by name
    bool isEmpty() const { return m_values.empty(); }
    std::string toString() const; ///< "axis=1, keepdims=true"
    /// Tensors compare by bits.
    friend bool operator==(const Attrs &a, const Attrs &b);

private:
    std::vector<std::pair<std::string, AttrValue>> m_values;
};

std::string attrToString(const AttrValue &value);
bool sameAttr(const AttrValue &a, const AttrValue &b);

} // namespace espalier
