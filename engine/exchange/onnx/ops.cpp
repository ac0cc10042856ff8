// SPDX-License-Identifier: Apache-2.0
// Which converter writes which op, and sizes that are known only when the model runs.
#include "engine/exchange/onnx/ops.h"

#include <charconv>
#include <utility>

namespace espalier::onnx_export {
namespace {

/// Writes "2*batch + floor((time - 1)/2)" as nodes: the text that Dim::toString gives.
class DimWriter {
public:
    DimWriter(GraphWriter &w, std::string_view text)
        : m_w(w)
        , m_text(text)
    {
    }
    std::string sum()
    {
        std::string total = take("-") ? m_w.node("Neg", {product()}) : product();
        for (;;) {
            if (take(" + "))
                total = m_w.node("Add", {total, product()});
            else if (take(" - "))
                total = m_w.node("Sub", {total, product()});
            else
                return total;
        }
    }

private:
    GraphWriter &m_w;
    std::string_view m_text;

    bool take(std::string_view what)
    {
        if (!m_text.starts_with(what))
            return false;
        m_text.remove_prefix(what.size());
        return true;
    }
    std::int64_t number()
    {
        std::int64_t value = 0;
        const auto end = std::from_chars(m_text.data(), m_text.data() + m_text.size(), value);
        m_text.remove_prefix(static_cast<std::size_t>(end.ptr - m_text.data()));
        return value;
    }
    std::string product()
    {
        std::string total = factor();
        while (take("*"))
            total = m_w.node("Mul", {total, factor()});
        return total;
    }
    std::string factor()
    {
        if (take("floor((")) { // sizes are not negative, so truncating is rounding down
            const std::string inner = sum();
            take(")/");
            std::string quotient = m_w.node("Div", {inner, m_w.integers({number()})});
            take(")");
            return quotient;
        }
        if (!m_text.empty() && m_text.front() >= '0' && m_text.front() <= '9')
            return m_w.integers({number()});
        const std::size_t end = m_text.find_first_of("*+-)/ ");
        const std::string symbol(m_text.substr(0, end));
        m_text.remove_prefix(symbol.size());
        return m_w.dim(Dim::symbol(symbol));
    }
};

} // namespace

std::string GraphWriter::dim(const Dim &dim)
{
    if (dim.isConstant())
        return integers({dim.constant()});
    if (m_shared.rootWriter != this)
        return m_shared.rootWriter->dim(dim);
    const std::string text = dim.toString();
    if (const auto known = m_shared.dims.find(text); known != m_shared.dims.end())
        return known->second;
    const std::string place = std::exchange(m_place, "size");
    std::string name;
    if (const auto symbol = m_shared.symbols.find(text); symbol != m_shared.symbols.end())
        name = node("Gather", {node("Shape", {symbol->second.first}), integers({symbol->second.second})},
                    {{"axis", std::int64_t{0}}});
    else
        name = DimWriter(*this, text).sum();
    m_place = place;
    return m_shared.dims[text] = name;
}

std::string GraphWriter::shape(const Shape &shape)
{
    Names parts;
    std::vector<std::int64_t> fixed;
    const auto flush = [&] {
        if (!fixed.empty())
            parts.push_back(integers(fixed));
        fixed.clear();
    };
    for (const Dim &d : shape.dims()) {
        if (d.isConstant()) {
            fixed.push_back(d.constant());
            continue;
        }
        flush();
        parts.push_back(dim(d));
    }
    flush();
    if (parts.empty())
        return integers({});
    return parts.size() == 1 ? parts.front() : node("Concat", parts, {{"axis", std::int64_t{0}}});
}

Converter findConverter(std::string_view op)
{
    for (const auto table : {elementwiseConverters(), shapeConverters(), heavyConverters()})
        for (const ConverterRow &row : table)
            if (row.op == op)
                return row.convert;
    return nullptr;
}

} // namespace espalier::onnx_export
