// SPDX-License-Identifier: Apache-2.0
// One dimension of a shape: an integer, an integer expression over named symbols (batch, time), or unknown.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

/// Values of symbols, such as {"batch", 64}.
using Bindings = std::map<std::string, std::int64_t, std::less<>>;

/// Kept as a canonical sum of products, so that equal expressions compare equal: (b + 1) * 2 == 2 * b + 2.
/// Anything computed with an unknown dimension is unknown, and so is what leaves 64 bits; an unknown equals only an
/// unknown.
class Dim {
public:
    Dim(std::int64_t value = 0);
    static Dim symbol(std::string_view name);
    static Dim unknown();

    bool isUnknown() const { return m_unknown; }
    bool isConstant() const;
    bool isConstant(std::int64_t value) const { return isConstant() && constant() == value; }
    /// Only for constants.
    std::int64_t constant() const;
    /// Replaces the symbols that `bindings` names.
    Dim bind(const Bindings &bindings) const;
    /// "32", "batch", "2*batch + 1", "?"
    std::string toString() const;

    friend Dim operator+(const Dim &a, const Dim &b);
    friend Dim operator-(const Dim &a, const Dim &b);
    friend Dim operator*(const Dim &a, const Dim &b);
    /// Rounds down; `divisor` is positive. Exact where every coefficient divides.
    friend Dim floorDiv(const Dim &a, std::int64_t divisor);
    /// a / b if b divides a exactly as an expression (always for equal ones), else unknown.
    friend Dim exactDiv(const Dim &a, const Dim &b);
    friend bool operator==(const Dim &a, const Dim &b);

private:
    struct Factor {
        std::string key; ///< symbol name, or the text of a floor division
        std::shared_ptr<const Dim> numerator; ///< set for floor(numerator / divisor)
        std::int64_t divisor = 1;
    };
    struct Term {
        std::int64_t coefficient = 0;
        std::vector<Factor> factors; ///< sorted by key
    };
    static bool sameFactors(const Term &a, const Term &b);
    void add(Term term);

    bool m_unknown = false;
    std::vector<Term> m_terms; ///< no zero coefficients, no two with the same factors, sorted
};

} // namespace espalier
