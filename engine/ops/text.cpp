// SPDX-License-Identifier: Apache-2.0
// Programs as text. Values are numbered in the order of their definition: inputs, states, instructions.
#include "engine/ops/attr_text.h"
#include "engine/ops/op.h"
#include "engine/ops/program.h"

#include <algorithm>
#include <set>

namespace espalier {
namespace {

class ProgramPrinter {
public:
    ProgramPrinter(const Program &program, int depth)
        : m_program(program)
        , m_names(program.values.size())
        , m_indent(static_cast<std::size_t>(2 * depth + 2), ' ')
        , m_depth(depth)
    {
    }

    std::string run()
    {
        m_text = m_indent.substr(2) + "program" + (m_program.name.empty() ? "" : " " + nameText(m_program.name)) + "\n";
        for (const ProgramInput &input : m_program.inputs)
            named("input", input.name, input.name, input.value);
        for (const ProgramState &state : m_program.states)
            named("state", state.path.substr(state.path.rfind('.') + 1), state.path, state.value);
        for (const Instruction &in : m_program.instructions)
            instruction(in);
        for (const ProgramState &state : m_program.states)
            if (state.finalValue != state.value)
                line("final " + name(state.value) + " = " + name(state.finalValue));
        for (const ProgramOutput &out : m_program.outputs)
            line("output " + nameText(out.name) + " = " + name(out.value));
        for (const ProgramOutput &out : m_program.observations)
            line("observe " + quotedText(out.name) + " = " + name(out.value));
        return std::move(m_text);
    }

private:
    void line(const std::string &text) { m_text += m_indent + text + "\n"; }

    const std::string &name(ValueId id) const
    {
        static const std::string undefined = "%undefined"; // only in programs that verify() refuses
        return id >= 0 && static_cast<std::size_t>(id) < m_names.size()
                && !m_names[static_cast<std::size_t>(id)].empty()
            ? m_names[static_cast<std::size_t>(id)]
            : undefined;
    }

    void define(ValueId id, std::string alias)
    {
        ++m_defined;
        m_used.insert(alias);
        m_names[static_cast<std::size_t>(id)] = std::move(alias);
    }

    /// An input or state: its name where that is a word and still free, else its number and the name in quotes.
    void named(const char *what, const std::string &alias, const std::string &full, ValueId id)
    {
        const bool free = isPlainName(alias) && !m_used.contains(alias);
        define(id, free ? alias : "%" + std::to_string(m_defined));
        line(std::string(what) + " " + name(id) + (free && alias == full ? "" : " " + quotedText(full)) + " : "
             + m_program.type(id).toString());
    }

    std::string attributes(const Instruction &in) const
    {
        std::string text;
        for (const auto &[key, value] : in.attrs.all()) {
            const auto &specs = in.op->attrs;
            const auto spec
                = std::find_if(specs.begin(), specs.end(), [&, k = key](const AttrSpec &s) { return s.name == k; });
            if (spec != specs.end() && !spec->required && sameAttr(spec->example, value))
                continue;
            text += (text.empty() ? "" : ", ") + key + "=" + attrText(value);
        }
        return text;
    }

    void instruction(const Instruction &in)
    {
        std::string inputs;
        for (const ValueId id : in.inputs)
            inputs += (inputs.empty() ? "" : ", ") + name(id);
        std::string outputs;
        std::string types;
        for (const ValueId id : in.outputs) {
            define(id, "%" + std::to_string(m_defined));
            outputs += (outputs.empty() ? "" : ", ") + name(id);
            types += (types.empty() ? "" : ", ") + m_program.type(id).toString();
        }
        const std::string attrs = attributes(in);
        std::string text = outputs + " = " + std::string(in.op->name) + "(" + inputs
            + (inputs.empty() || attrs.empty() ? "" : "; ") + attrs + ") : " + types;
        if (!in.bodies.empty())
            text += " {";
        if (!in.origin.empty())
            text += "  # " + (isPlainName(in.origin) ? in.origin : quotedText(in.origin));
        line(text);
        for (std::size_t i = 0; i < in.bodies.size(); ++i) {
            m_text += ProgramPrinter(*in.bodies[i], m_depth + 2).run();
            line(i + 1 < in.bodies.size() ? "} {" : "}");
        }
    }

    const Program &m_program;
    std::vector<std::string> m_names; ///< by value
    std::set<std::string, std::less<>> m_used;
    int m_defined = 0;
    std::string m_text;
    std::string m_indent;
    int m_depth;
};

} // namespace

std::string print(const Program &program)
{
    return ProgramPrinter(program, 0).run();
}

} // namespace espalier
