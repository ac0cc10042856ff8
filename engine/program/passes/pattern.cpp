// SPDX-License-Identifier: Apache-2.0
#include "engine/program/passes/pattern.h"

#include "engine/base/assert.h"
#include "engine/ops/attr_text.h"

#include <algorithm>
#include <charconv>

namespace espalier {
namespace {

int indexOf(std::vector<std::string> &names, std::string_view name)
{
    const auto index = std::find(names.begin(), names.end(), name) - names.begin();
    if (index == static_cast<std::ptrdiff_t>(names.size()))
        names.emplace_back(name);
    return static_cast<int>(index);
}

class TermParser {
public:
    TermParser(std::string_view text, std::vector<std::string> &names, std::vector<std::string> &attrNames)
        : m_scanner(text)
        , m_names(names)
        , m_attrNames(attrNames)
    {
    }

    Term parse()
    {
        Term t = term();
        ESPALIER_ASSERT(m_scanner.atEnd(), "a pattern has more than one term");
        return t;
    }

private:
    Term term()
    {
        Term t;
        const char first = m_scanner.peek();
        if (first == '-' || (first >= '0' && first <= '9')) {
            t.kind = Term::Kind::Number;
            const std::string_view text = m_scanner.rest();
            const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), t.number);
            ESPALIER_ASSERT(code == std::errc(), "a number of a pattern");
            m_scanner.skip(static_cast<std::size_t>(end - text.data()));
            return t;
        }
        const std::string_view word = m_scanner.word();
        ESPALIER_ASSERT(!word.empty(), "a term of a pattern");
        if (m_scanner.accept("(")) {
            t.kind = Term::Kind::Call;
            t.op = &op(word);
            call(t);
            return t;
        }
        t.kind = word[0] == 'c' ? Term::Kind::Constant : Term::Kind::Variable;
        t.variable = indexOf(m_names, word);
        return t;
    }

    void call(Term &t)
    {
        while (!m_scanner.accept(")")) {
            if (m_scanner.accept(";")) {
                attributes(t);
                return;
            }
            t.operands.push_back(term());
            m_scanner.accept(",");
        }
    }

    void attributes(Term &t)
    {
        do {
            Term::AttrTerm attr;
            attr.key = m_scanner.word();
            const auto spec = std::find_if(t.op->attrs.begin(), t.op->attrs.end(),
                                           [&](const AttrSpec &s) { return s.name == attr.key; });
            ESPALIER_ASSERT(spec != t.op->attrs.end() && m_scanner.accept("="), "an attribute of a pattern");
            const std::size_t from = m_scanner.position();
            if (auto value = parseAttr(m_scanner, spec->example)) {
                attr.value = std::move(*value);
            } else {
                m_scanner.rewind(from);
                attr.variable = indexOf(m_attrNames, m_scanner.word());
            }
            t.attrs.push_back(std::move(attr));
        } while (m_scanner.accept(","));
        ESPALIER_ASSERT(m_scanner.accept(")"), "the end of a pattern");
    }

    Scanner m_scanner;
    std::vector<std::string> &m_names;
    std::vector<std::string> &m_attrNames;
};

/// The exact number in the type of the constant: 0.1 matches float32(0.1).
bool sameNumber(double number, double value, DType dtype)
{
    Tensor rounded(dtype, {});
    rounded.set(0, number);
    return rounded.at(0) == value;
}

/// A term that a value must match; the root is given as its instruction.
struct Goal {
    const Term *term = nullptr;
    ValueId value = kNoValue;
    const Instruction *root = nullptr;
};

class Matcher {
public:
    Matcher(Graph &graph, bool once, Match &match)
        : m_graph(graph)
        , m_once(once)
        , m_match(match)
    {
    }

    /// Whether all goals hold together. Goes back to the other order of a commutative op when a later goal fails.
    bool solve(std::vector<Goal> goals)
    {
        while (!goals.empty()) {
            const Goal goal = goals.back();
            goals.pop_back();
            if (goal.term->kind != Term::Kind::Call) {
                if (!leaf(*goal.term, goal.value))
                    return false;
                continue;
            }
            const Instruction *in = goal.root ? goal.root : inner(goal.value);
            if (!in || in->op != goal.term->op || in->inputs.size() != goal.term->operands.size()
                || !attributes(*goal.term, *in))
                return false;
            if (in->op->traits.commutative && in->inputs.size() == 2) {
                const Match before = m_match;
                std::vector<Goal> straight = goals;
                addOperands(straight, *goal.term, *in, false);
                if (solve(std::move(straight)))
                    return true;
                m_match = before;
                addOperands(goals, *goal.term, *in, true);
                continue;
            }
            addOperands(goals, *goal.term, *in, false);
        }
        return true;
    }

private:
    static void addOperands(std::vector<Goal> &goals, const Term &term, const Instruction &in, bool crossed)
    {
        for (const bool calls : {false, true}) // calls are looked at first: they fail fast
            for (std::size_t i = 0; i < term.operands.size(); ++i)
                if ((term.operands[i].kind == Term::Kind::Call) == calls)
                    goals.push_back({&term.operands[i], in.inputs[crossed ? 1 - i : i], nullptr});
    }

    const Instruction *inner(ValueId id) const
    {
        const Instruction *in = m_graph.producer(id);
        return in && in->outputs[0] == id && (!m_once || m_graph.usedOnce(id)) ? in : nullptr;
    }

    bool leaf(const Term &term, ValueId id)
    {
        const auto number = term.kind == Term::Kind::Variable ? std::nullopt : m_graph.splat(id);
        if (term.kind == Term::Kind::Number)
            return number && sameNumber(term.number, *number, m_graph.dtype(id));
        return (term.kind == Term::Kind::Variable || number) && bindValue(term.variable, id);
    }

    bool bindValue(int variable, ValueId id)
    {
        ValueId &bound = m_match.values[static_cast<std::size_t>(variable)];
        if (bound == kNoValue)
            bound = id;
        return bound == id;
    }

    bool attributes(const Term &term, const Instruction &in)
    {
        return std::all_of(term.attrs.begin(), term.attrs.end(), [&](const Term::AttrTerm &attr) {
            const AttrValue *value = in.attrs.find(attr.key);
            if (!value)
                return false;
            if (attr.variable < 0)
                return sameAttr(attr.value, *value);
            const AttrValue *&bound = m_match.attrs[static_cast<std::size_t>(attr.variable)];
            if (!bound)
                bound = value;
            return sameAttr(*bound, *value);
        });
    }

    Graph &m_graph;
    bool m_once;
    Match &m_match;
};

} // namespace

RulePattern::RulePattern(std::string_view from, std::string_view to)
    : m_from(TermParser(from, m_names, m_attrNames).parse())
    , m_to(TermParser(to, m_names, m_attrNames).parse())
{
    ESPALIER_ASSERT(m_from.kind == Term::Kind::Call, "a pattern begins with an op");
}

bool RulePattern::match(Graph &graph, std::int32_t instruction, bool once, Match &match) const
{
    match.values.assign(m_names.size(), kNoValue);
    match.attrs.assign(m_attrNames.size(), nullptr);
    return Matcher(graph, once, match).solve({{&m_from, kNoValue, &graph.instruction(instruction)}});
}

namespace {

ValueId buildTerm(Graph &graph, const Term &term, const Match &match, DType numbers)
{
    if (term.kind == Term::Kind::Number)
        return graph.number(term.number, numbers);
    if (term.kind != Term::Kind::Call)
        return match.values[static_cast<std::size_t>(term.variable)];
    for (const Term &operand : term.operands) // a number has the type of the value beside it
        if (operand.kind == Term::Kind::Variable || operand.kind == Term::Kind::Constant) {
            numbers = graph.dtype(match.values[static_cast<std::size_t>(operand.variable)]);
            break;
        }
    std::vector<ValueId> inputs;
    for (const Term &operand : term.operands)
        inputs.push_back(buildTerm(graph, operand, match, numbers));
    Attrs attrs;
    for (const Term::AttrTerm &attr : term.attrs)
        attrs.set(attr.key, attr.variable < 0 ? attr.value : *match.attrs[static_cast<std::size_t>(attr.variable)]);
    return graph.emit(term.op->name, std::move(inputs), std::move(attrs));
}

} // namespace

ValueId RulePattern::build(Graph &graph, const Match &match, ValueId root) const
{
    // Attributes belong to instructions, which move when new ones are made.
    std::vector<AttrValue> kept;
    kept.reserve(match.attrs.size());
    Match copy{match.values, {}};
    for (const AttrValue *attr : match.attrs) {
        kept.push_back(attr ? *attr : AttrValue());
        copy.attrs.push_back(&kept.back());
    }
    const ValueId built = buildTerm(graph, m_to, copy, graph.dtype(root));
    return graph.fit(built, graph.shape(root));
}

} // namespace espalier
