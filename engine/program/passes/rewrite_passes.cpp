// SPDX-License-Identifier: Apache-2.0
// The passes that are tables of rules.
#include "engine/program/passes/rule.h"

namespace espalier {

Program canonicalise(const Program &program, const RewriteOptions &options)
{
    static const RuleSet rules{algebraRules(), shapeRules(), reduceRules(), sumRules()};
    return rewrite(program, rules, options);
}

/// With the canonical forms, because one rule's result is often another's pattern once a double negation is gone.
Program stabilise(const Program &program, const RewriteOptions &options)
{
    static const RuleSet rules{stabiliseRules(), algebraRules(), shapeRules(), reduceRules(), sumRules()};
    return rewrite(program, rules, options);
}

Program specialise(const Program &program, const RewriteOptions &options)
{
    static const RuleSet rules{specialiseRules()};
    return rewrite(program, rules, options);
}

} // namespace espalier
