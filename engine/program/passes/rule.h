// SPDX-License-Identifier: Apache-2.0
// Rewrite rules: one table entry each, applied from a work list with a cap.
#pragma once

#include "engine/program/passes/passes.h"
#include "engine/program/passes/pattern.h"

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace espalier {

enum RuleFlags : unsigned {
    kPlain = 0,
    kAnyType = 1, ///< integers and bool too; other rules only look at floating values
    kOnce = 2, ///< only where inner values have no other use, so that nothing is computed twice
    kAfter = 4, ///< only after autodiff: the gradient of the new form would differ
    kUnsafe = 8, ///< off by default
    kFiniteOnly = 16, ///< an infinite operand may give NaN where it did not before
};

/// The promise of a rule (tested for each): where the original is accurate, the new form agrees to a few ulp; where the
/// original is not NaN, nor is the new form, also for zeros, large and infinite operands unless marked kFiniteOnly.
struct Rule {
    std::string_view name;
    std::string_view from; ///< a pattern; empty for rules in code
    std::string_view to;
    unsigned flags = kPlain;
    std::string_view note; ///< how the value may differ: ulp, NaN, infinities, signs of zero
    bool (*when)(Graph &graph, const Match &match) = nullptr; ///< names in order of first appearance in `from`
    /// Rules in code: the replacement of output 0, or kNoValue. Nothing that it emits survives unless it is used.
    std::vector<std::string_view> ops = {};
    ValueId (*apply)(Graph &graph, const Instruction &instruction, const RewriteOptions &options) = nullptr;
};

/// Rules by the op at their root. Built once per table.
class RuleSet {
public:
    explicit RuleSet(std::initializer_list<std::span<const Rule>> tables);

    /// Rewrites to a fixed point, at most 8 times as often as there are instructions. Returns how often.
    int apply(Graph &graph, const RewriteOptions &options) const;

private:
    struct Compiled {
        const Rule *rule = nullptr;
        std::shared_ptr<const RulePattern> pattern;
    };
    bool applyOne(Graph &graph, std::int32_t index, const Compiled &compiled, const RewriteOptions &options) const;

    std::map<const Op *, std::vector<Compiled>> m_rules;
};

/// Applies the rules to a program and its bodies, and drops what died.
Program rewrite(const Program &program, const RuleSet &rules, const RewriteOptions &options);
/// `pass` on each body, equal bodies once.
Program withBodies(Program program, const std::function<Program(const Program &)> &pass);

// The tables, for tests to walk: every rule has a case that it fires on.
std::span<const Rule> algebraRules();
std::span<const Rule> sumRules();
std::span<const Rule> shapeRules();
std::span<const Rule> reduceRules();
std::span<const Rule> stabiliseRules();
std::span<const Rule> specialiseRules();

} // namespace espalier
