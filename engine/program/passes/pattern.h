// SPDX-License-Identifier: Apache-2.0
// Patterns of ops written as text: "log(add(1, exp(x)))".
#pragma once

#include "engine/program/passes/graph.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

/// A term of the little language:
///   x, y, ...     any value; the same name is the same value
///   c, c1, ...    (names that begin with c) a constant whose elements are all equal
///   0.5, -1       such a constant with that number
///   op(a, b; k=axis, flag=true)   an application; an attribute is a value, or a name that binds or repeats one.
///                 On the left attributes that are not mentioned may be anything but must not matter to the rule.
/// Operands of commutative ops match in either order.
struct Term {
    enum class Kind { Variable, Constant, Number, Call };
    struct AttrTerm {
        std::string key;
        int variable = -1; ///< index of the bound attribute, or -1: `value`
        AttrValue value;
    };
    Kind kind = Kind::Variable;
    int variable = -1;
    double number = 0;
    const Op *op = nullptr;
    std::vector<Term> operands;
    std::vector<AttrTerm> attrs;
};

/// What the names of a pattern stand for.
struct Match {
    std::vector<ValueId> values;
    std::vector<const AttrValue *> attrs;
};

/// A rule's two sides over common names.
class RulePattern {
public:
    /// Asserts that the text is sound: it is ours.
    RulePattern(std::string_view from, std::string_view to);

    const Op &root() const { return *m_from.op; }
    const Term &from() const { return m_from; }
    const Term &to() const { return m_to; }
    const std::vector<std::string> &names() const { return m_names; }
    /// Whether the instruction is `from`. `once`: inner values must have no other use.
    bool match(Graph &graph, std::int32_t instruction, bool once, Match &match) const;
    /// Emits `to`, broadcast to the shape of `root` where the rule lost a broadcast. kNoValue: does not fit.
    ValueId build(Graph &graph, const Match &match, ValueId root) const;

private:
    std::vector<std::string> m_names; // before the terms, whose parsing fills them
    std::vector<std::string> m_attrNames;
    Term m_from;
    Term m_to;
};

} // namespace espalier
