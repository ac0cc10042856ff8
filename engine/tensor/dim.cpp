// SPDX-License-Identifier: Apache-2.0
#include "engine/tensor/dim.h"

#include "engine/base/assert.h"

#include <algorithm>
#include <limits>

namespace espalier {

Dim::Dim(std::int64_t value)
{
    if (value != 0)
        m_terms.push_back({value, {}});
}

Dim Dim::symbol(std::string_view name)
{
    Dim d;
    d.m_terms.push_back({1, {{std::string(name), nullptr, 1}}});
    return d;
}

Dim Dim::unknown()
{
    Dim d;
    d.m_unknown = true;
    return d;
}

bool Dim::isConstant() const
{
    return !m_unknown && (m_terms.empty() || (m_terms.size() == 1 && m_terms[0].factors.empty()));
}

std::int64_t Dim::constant() const
{
    ESPALIER_ASSERT(isConstant(), "the dimension is symbolic");
    return m_terms.empty() ? 0 : m_terms[0].coefficient;
}

bool Dim::sameFactors(const Term &a, const Term &b)
{
    return std::equal(a.factors.begin(), a.factors.end(), b.factors.begin(), b.factors.end(),
                      [](const Factor &x, const Factor &y) { return x.key == y.key; });
}

void Dim::add(Term term)
{
    if (term.coefficient == 0 || m_unknown)
        return;
    for (std::size_t i = 0; i < m_terms.size(); ++i) {
        if (!sameFactors(m_terms[i], term))
            continue;
        if (__builtin_add_overflow(m_terms[i].coefficient, term.coefficient, &m_terms[i].coefficient)) {
            *this = unknown();
            return;
        }
        if (m_terms[i].coefficient == 0)
            m_terms.erase(m_terms.begin() + static_cast<std::ptrdiff_t>(i));
        return;
    }
    const auto before = [](const Term &a, const Term &b) { // symbols first, the constant last
        if (a.factors.size() != b.factors.size())
            return a.factors.size() > b.factors.size();
        for (std::size_t i = 0; i < a.factors.size(); ++i)
            if (a.factors[i].key != b.factors[i].key)
                return a.factors[i].key < b.factors[i].key;
        return false;
    };
    m_terms.insert(std::upper_bound(m_terms.begin(), m_terms.end(), term, before), std::move(term));
}

Dim operator+(const Dim &a, const Dim &b)
{
    if (a.m_unknown || b.m_unknown)
        return Dim::unknown();
    Dim sum = a;
    for (const auto &term : b.m_terms)
        sum.add(term);
    return sum;
}

Dim operator-(const Dim &a, const Dim &b)
{
    return a + b * Dim(-1);
}

Dim operator*(const Dim &a, const Dim &b)
{
    if (a.isConstant(0) || b.isConstant(0))
        return Dim(0);
    if (a.m_unknown || b.m_unknown)
        return Dim::unknown();
    Dim product;
    for (const auto &x : a.m_terms) {
        for (const auto &y : b.m_terms) {
            Dim::Term term{0, x.factors};
            if (__builtin_mul_overflow(x.coefficient, y.coefficient, &term.coefficient))
                return Dim::unknown();
            term.factors.insert(term.factors.end(), y.factors.begin(), y.factors.end());
            std::sort(term.factors.begin(), term.factors.end(),
                      [](const auto &p, const auto &q) { return p.key < q.key; });
            product.add(std::move(term));
        }
    }
    return product;
}

Dim floorDiv(const Dim &a, std::int64_t divisor)
{
    ESPALIER_ASSERT(divisor > 0, "floorDiv needs a positive divisor");
    if (a.m_unknown || divisor == 1)
        return a;
    // floor((k*d*x + r) / d) = k*x + floor(r / d): take out what divides exactly.
    Dim whole;
    Dim rest;
    for (const auto &term : a.m_terms) {
        if (term.coefficient % divisor == 0)
            whole.add({term.coefficient / divisor, term.factors});
        else
            rest.add(term);
    }
    if (rest.isConstant()) {
        const std::int64_t r = rest.constant();
        return whole + Dim(r / divisor - (r % divisor < 0 ? 1 : 0));
    }
    Dim quotient;
    quotient.m_terms.push_back({1,
                                {{"floor((" + rest.toString() + ")/" + std::to_string(divisor) + ")",
                                  std::make_shared<const Dim>(rest), divisor}}});
    return whole + quotient;
}

Dim exactDiv(const Dim &a, const Dim &b)
{
    if (a.m_unknown || b.m_unknown || b.isConstant(0))
        return Dim::unknown();
    if (a == b)
        return Dim(1);
    if (b.m_terms.size() != 1)
        return Dim::unknown();
    const auto &divisor = b.m_terms[0];
    Dim quotient;
    for (auto term : a.m_terms) {
        if (term.coefficient == std::numeric_limits<std::int64_t>::min() || term.coefficient % divisor.coefficient != 0)
            return Dim::unknown();
        term.coefficient /= divisor.coefficient;
        for (const auto &factor : divisor.factors) {
            const auto found = std::find_if(term.factors.begin(), term.factors.end(),
                                            [&](const auto &f) { return f.key == factor.key; });
            if (found == term.factors.end())
                return Dim::unknown();
            term.factors.erase(found);
        }
        quotient.add(std::move(term));
    }
    return quotient;
}

Dim Dim::bind(const Bindings &bindings) const
{
    if (m_unknown || isConstant())
        return *this;
    Dim sum;
    for (const auto &term : m_terms) {
        Dim product(term.coefficient);
        for (const auto &factor : term.factors) {
            if (factor.numerator) {
                product = product * floorDiv(factor.numerator->bind(bindings), factor.divisor);
                continue;
            }
            const auto bound = bindings.find(factor.key);
            product = product * (bound == bindings.end() ? symbol(factor.key) : Dim(bound->second));
        }
        sum = sum + product;
    }
    return sum;
}

std::string Dim::toString() const
{
    if (m_unknown)
        return "?";
    if (m_terms.empty())
        return "0";
    std::string text;
    for (const auto &term : m_terms) {
        std::string product;
        const auto bits = static_cast<std::uint64_t>(term.coefficient); // negating the lowest number would overflow
        const std::uint64_t magnitude = term.coefficient < 0 ? std::uint64_t{0} - bits : bits;
        if (magnitude != 1 || term.factors.empty())
            product = std::to_string(magnitude);
        for (const auto &factor : term.factors)
            product += (product.empty() ? "" : "*") + factor.key;
        if (text.empty())
            text = (term.coefficient < 0 ? "-" : "") + product;
        else
            text += (term.coefficient < 0 ? " - " : " + ") + product;
    }
    return text;
}

bool operator==(const Dim &a, const Dim &b)
{
    return a.m_unknown == b.m_unknown
        && std::equal(
               a.m_terms.begin(), a.m_terms.end(), b.m_terms.begin(), b.m_terms.end(),
               [](const auto &x, const auto &y) { return x.coefficient == y.coefficient && Dim::sameFactors(x, y); });
}

} // namespace espalier
