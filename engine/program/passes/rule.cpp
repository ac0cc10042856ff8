// SPDX-License-Identifier: Apache-2.0
#include "engine/program/passes/rule.h"

namespace espalier {
namespace {

constexpr int kRewritesPerInstruction = 8; ///< Theano's limit; real programs need less than one

bool touchesFloats(const Graph &graph, const Instruction &in)
{
    for (const ValueId id : in.inputs)
        if (isFloating(graph.dtype(id)))
            return true;
    return false;
}

} // namespace

RuleSet::RuleSet(std::initializer_list<std::span<const Rule>> tables)
{
    for (const auto table : tables) {
        for (const Rule &rule : table) {
            if (rule.apply) {
                for (const std::string_view name : rule.ops)
                    m_rules[&op(name)].push_back({&rule, nullptr});
                continue;
            }
            auto pattern = std::make_shared<const RulePattern>(rule.from, rule.to);
            m_rules[&pattern->root()].push_back({&rule, pattern});
        }
    }
}

bool RuleSet::applyOne(Graph &graph, std::int32_t index, const Compiled &compiled, const RewriteOptions &options) const
{
    const Rule &rule = *compiled.rule;
    const Instruction &in = graph.instruction(index);
    if (((rule.flags & kAfter) && !options.afterAutodiff) || ((rule.flags & kUnsafe) && !options.unsafe)
        || (!(rule.flags & kAnyType) && !touchesFloats(graph, in)))
        return false;
    const std::int32_t mark = graph.instructionCount();
    const ValueId root = in.outputs[0];
    ValueId replacement = kNoValue;
    if (rule.apply) {
        replacement = rule.apply(graph, in, options);
    } else {
        Match match;
        if (!compiled.pattern->match(graph, index, rule.flags & kOnce, match)
            || (rule.when && !rule.when(graph, match)))
            return false;
        replacement = compiled.pattern->build(graph, match, root);
    }
    const bool done = graph.replace(root, replacement);
    graph.discardUnused(mark);
    return done;
}

int RuleSet::apply(Graph &graph, const RewriteOptions &options) const
{
    const int limit = kRewritesPerInstruction * graph.instructionCount() + kRewritesPerInstruction;
    int done = 0;
    for (std::int32_t index = graph.next(); index >= 0 && done < limit; index = graph.next()) {
        if (graph.mergeWithTwin(index))
            continue;
        const auto found = m_rules.find(graph.instruction(index).op);
        if (found == m_rules.end())
            continue;
        for (const Compiled &compiled : found->second) {
            if (!applyOne(graph, index, compiled, options))
                continue;
            ++done;
            break; // the instruction may be gone; what is new is in the work list
        }
    }
    if (options.rewrites)
        *options.rewrites += done;
    return done;
}

Program withBodies(Program program, const std::function<Program(const Program &)> &pass)
{
    std::map<const Program *, std::shared_ptr<const Program>> done; // a body that is shared stays shared
    for (Instruction &in : program.instructions) {
        for (auto &body : in.bodies) {
            auto &result = done[body.get()];
            if (!result)
                result = std::make_shared<const Program>(pass(*body));
            body = result;
        }
    }
    return program;
}

Program rewrite(const Program &program, const RuleSet &rules, const RewriteOptions &options)
{
    Graph graph(withBodies(program, [&](const Program &body) { return rewrite(body, rules, options); }));
    rules.apply(graph, options);
    return eliminateDead(graph.finish());
}

} // namespace espalier
