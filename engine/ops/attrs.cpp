// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/attrs.h"

#include "engine/base/assert.h"

#include <fmt/format.h>

#include <algorithm>

namespace espalier {
namespace {

template <typename T>
const T &get(const Attrs &attrs, std::string_view name)
{
    const AttrValue *value = attrs.find(name);
    ESPALIER_ASSERT(value && std::holds_alternative<T>(*value), "an attribute is missing or has another type");
    return std::get<T>(*value);
}

struct Printer {
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(std::int64_t v) const { return std::to_string(v); }
    std::string operator()(double v) const { return fmt::format("{:#.17g}", v); }
    std::string operator()(const std::string &v) const { return fmt::format("\"{}\"", v); }
    std::string operator()(const std::vector<std::int64_t> &v) const { return fmt::format("({})", fmt::join(v, ", ")); }
    std::string operator()(DType v) const { return std::string(name(v)); }
    std::string operator()(const Shape &v) const { return v.toString(); }
    std::string operator()(const Tensor &v) const { return v.type().toString() + v.toString(16); }
};

} // namespace

Attrs::Attrs(std::initializer_list<std::pair<std::string_view, AttrValue>> values)
{
    for (const auto &[name, value] : values)
        set(name, value);
}

void Attrs::set(std::string_view name, AttrValue value)
{
    const auto at = std::lower_bound(m_values.begin(), m_values.end(), name,
                                     [](const auto &entry, std::string_view key) { return entry.first < key; });
    if (at != m_values.end() && at->first == name)
        at->second = std::move(value);
    else
        m_values.emplace(at, std::string(name), std::move(value));
}

const AttrValue *Attrs::find(std::string_view name) const
{
    for (const auto &entry : m_values)
        if (entry.first == name)
            return &entry.second;
    return nullptr;
}

bool Attrs::boolean(std::string_view name) const
{
    return get<bool>(*this, name);
}
std::int64_t Attrs::integer(std::string_view name) const
{
    return get<std::int64_t>(*this, name);
}
double Attrs::real(std::string_view name) const
{
    return get<double>(*this, name);
}
const std::string &Attrs::string(std::string_view name) const
{
    return get<std::string>(*this, name);
}
const std::vector<std::int64_t> &Attrs::integers(std::string_view name) const
{
    return get<std::vector<std::int64_t>>(*this, name);
}
DType Attrs::dtype(std::string_view name) const
{
    return get<DType>(*this, name);
}
const Shape &Attrs::shape(std::string_view name) const
{
    return get<Shape>(*this, name);
}
const Tensor &Attrs::tensor(std::string_view name) const
{
    return get<Tensor>(*this, name);
}

std::string attrToString(const AttrValue &value)
{
    return std::visit(Printer{}, value);
}

bool sameAttr(const AttrValue &a, const AttrValue &b)
{
    if (a.index() != b.index())
        return false;
    return std::visit(
        [&](const auto &x) {
            using T = std::decay_t<decltype(x)>;
            if constexpr (std::is_same_v<T, Tensor>)
                return sameBits(x, std::get<T>(b));
            else
                return x == std::get<T>(b);
        },
        a);
}

std::string Attrs::toString() const
{
    std::string text;
    for (const auto &[name, value] : m_values)
        text += (text.empty() ? "" : ", ") + name + "=" + attrToString(value);
    return text;
}

bool operator==(const Attrs &a, const Attrs &b)
{
    return std::equal(a.m_values.begin(), a.m_values.end(), b.m_values.begin(), b.m_values.end(),
                      [](const auto &x, const auto &y) { return x.first == y.first && sameAttr(x.second, y.second); });
}

} // namespace espalier
