// SPDX-License-Identifier: Apache-2.0
// Programs from text: what print gives, and for people also nested calls and bare numbers as operands, as in
// `output y = log(add(1, exp(x)))`. A number has the type of the first value beside it, or float32.
#include "engine/ops/attr_text.h"
#include "engine/ops/op.h"
#include "engine/tensor/dim_text.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace espalier {
namespace {

constexpr int kDeepestBody = 16;
constexpr int kDeepestCall = 64;

using Lines = std::vector<std::string_view>;

Lines splitLines(std::string_view text)
{
    Lines lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

Arg snippet(std::string_view text)
{
    return Arg(Arg::Kind::Text, std::string(text.substr(0, 60)));
}

/// An operand: a value, or a number whose type the others decide.
struct Operand {
    ValueId value = kNoValue;
    double literal = 0;
};

class ProgramParser {
public:
    ProgramParser(const Lines &lines, std::size_t &at, int depth)
        : m_lines(lines)
        , m_at(at)
        , m_depth(depth)
    {
    }

    /// Until the end of the text, or a line that begins with "}", which stays.
    Result<Program> run()
    {
        for (; m_at < m_lines.size(); ++m_at) {
            Scanner scanner(m_lines[m_at]);
            if (scanner.atEnd() || scanner.peek() == '#')
                continue;
            if (scanner.peek() == '}')
                break;
            const std::size_t number = m_at + 1;
            const auto done = statement(scanner);
            if (!done) {
                Error e = done.error();
                if (e.where.line == 0) {
                    e.args.insert(e.args.begin(), Arg(number));
                    e.text = "Line {0}: " + shifted(e.text);
                    e.where.line = static_cast<std::int64_t>(number);
                }
                return fail(std::move(e));
            }
        }
        return std::move(m_program);
    }

private:
    /// {0} → {1}, ...: room for one argument more.
    static std::string shifted(const std::string &text)
    {
        std::string out;
        for (std::size_t i = 0; i < text.size(); ++i) {
            out += text[i];
            if (text[i] == '{' && i + 2 < text.size() && text[i + 1] >= '0' && text[i + 1] < '9' && text[i + 2] == '}')
                out += static_cast<char>(text[++i] + 1);
        }
        return out;
    }

    tl::unexpected<Error> expected(std::string_view what, const Scanner &scanner) const
    {
        return fail("program.text", "{0} is missing before \"{1}\".", Arg(Arg::Kind::Text, std::string(what)),
                    snippet(scanner.rest()));
    }

    Result<void> statement(Scanner &scanner)
    {
        const std::size_t from = scanner.position();
        const std::string_view first = scanner.word();
        const char next = scanner.peek();
        if (next == '=' || next == ',') {
            scanner.rewind(from);
            return definition(scanner);
        }
        if (first == "program")
            return header(scanner);
        if (first == "input" || first == "state")
            return declaration(scanner, first == "state");
        if (first == "final" || first == "output" || first == "observe")
            return result(scanner, first);
        return fail("program.text",
                    "\"{0}\" is neither program, input, state, final, output, observe nor a value with an =.",
                    snippet(m_lines[m_at]));
    }

    Result<void> header(Scanner &scanner)
    {
        if (!scanner.atEnd()) {
            ESPALIER_TRY(m_program.name, name(scanner));
        }
        return end(scanner);
    }

    Result<std::string> name(Scanner &scanner) const
    {
        if (auto text = scanner.quoted())
            return std::move(*text);
        const std::string_view word = scanner.word();
        if (word.empty())
            return expected("A name", scanner);
        return std::string(word);
    }

    Result<void> end(Scanner &scanner) const
    {
        if (scanner.atEnd() || scanner.peek() == '#')
            return {};
        return fail("program.text", "The line has more than expected: \"{0}\".", snippet(scanner.rest()));
    }

    Result<void> declaration(Scanner &scanner, bool isState)
    {
        const std::string_view alias = scanner.word();
        if (alias.empty())
            return expected("A name", scanner);
        std::string full(alias);
        if (scanner.peek() == '"') {
            ESPALIER_TRY(full, name(scanner));
        }
        if (!scanner.accept(":"))
            return expected("A colon and a type", scanner);
        ESPALIER_TRY(const TensorType type, readType(scanner));
        ESPALIER_CHECK(end(scanner));
        ESPALIER_TRY(const ValueId id, define(alias, type));
        if (isState)
            m_program.states.push_back({std::move(full), id, id});
        else
            m_program.inputs.push_back({std::move(full), id});
        return {};
    }

    Result<TensorType> readType(Scanner &scanner) const
    {
        scanner.peek();
        const auto text = scanner.through(']');
        if (!text)
            return expected("A type such as float32[2, 3]", scanner);
        return parseTensorType(std::string(*text) + "]");
    }

    Result<void> result(Scanner &scanner, std::string_view what)
    {
        ESPALIER_TRY(std::string target, name(scanner));
        if (!scanner.accept("="))
            return expected("An =", scanner);
        ESPALIER_TRY(const ValueId id, operandValue(scanner));
        ESPALIER_CHECK(end(scanner));
        if (what == "output") {
            m_program.outputs.push_back({std::move(target), id});
            return {};
        }
        if (what == "observe") {
            m_program.observations.push_back({std::move(target), id});
            return {};
        }
        const auto value = m_names.find(target);
        const auto state = std::find_if(m_program.states.begin(), m_program.states.end(), [&](const ProgramState &s) {
            return value != m_names.end() && s.value == value->second;
        });
        if (state == m_program.states.end())
            return fail("program.state", "There is no state {0}.", target);
        state->finalValue = id;
        return {};
    }

    Result<ValueId> define(std::string_view name, const TensorType &type)
    {
        const auto id = static_cast<ValueId>(m_program.values.size());
        if (!name.empty() && !m_names.emplace(name, id).second)
            return fail("program.twice", "{0} is defined twice.", name);
        m_program.values.push_back({type});
        return id;
    }

    Result<void> definition(Scanner &scanner)
    {
        std::vector<std::string> names;
        do {
            ESPALIER_TRY(std::string each, name(scanner));
            names.push_back(std::move(each));
        } while (scanner.accept(","));
        if (!scanner.accept("="))
            return expected("An =", scanner);
        Instruction in;
        ESPALIER_CHECK(call(scanner, in, 0));
        std::vector<TensorType> stated;
        if (scanner.accept(":")) {
            do {
                ESPALIER_TRY(TensorType type, readType(scanner));
                stated.push_back(std::move(type));
            } while (scanner.accept(","));
        }
        const bool hasBodies = scanner.accept("{");
        ESPALIER_CHECK(origin(scanner, in));
        if (hasBodies)
            ESPALIER_CHECK(bodies(in));
        ESPALIER_TRY(const auto types, infer(in));
        if (types.size() != names.size())
            return fail("program.outputs", "{0} gives {1} values, the line names {2}.", in.op->name, types.size(),
                        names.size());
        if (!stated.empty() && stated != types)
            return fail("program.type", "{0} gives {1}, the line says {2}.", in.op->name, typeArg(types[0]),
                        typeArg(stated[0]));
        for (std::size_t i = 0; i < names.size(); ++i) {
            ESPALIER_TRY(const ValueId id, define(names[i], types[i]));
            in.outputs.push_back(id);
        }
        m_program.instructions.push_back(std::move(in));
        return {};
    }

    Result<void> origin(Scanner &scanner, Instruction &in) const
    {
        if (!scanner.accept("#"))
            return end(scanner);
        if (scanner.peek() == '"') {
            ESPALIER_TRY(in.origin, name(scanner));
            return end(scanner);
        }
        in.origin = scanner.rest();
        while (!in.origin.empty() && (in.origin.back() == ' ' || in.origin.back() == '\r'))
            in.origin.pop_back();
        return {};
    }

    Result<void> bodies(Instruction &in)
    {
        if (m_depth >= kDeepestBody)
            return fail("program.depth", "Programs are nested deeper than {0}.", kDeepestBody);
        while (true) {
            ++m_at;
            ESPALIER_TRY(Program body, ProgramParser(m_lines, m_at, m_depth + 1).run());
            in.bodies.push_back(std::make_shared<const Program>(std::move(body)));
            if (m_at >= m_lines.size())
                return fail("program.text", "The } at the end of a body is missing.");
            Scanner scanner(m_lines[m_at]);
            scanner.accept("}");
            if (!scanner.accept("{"))
                return end(scanner);
        }
    }

    Result<std::vector<TensorType>> infer(const Instruction &in) const
    {
        std::vector<TensorType> inputs;
        for (const ValueId id : in.inputs)
            inputs.push_back(m_program.type(id));
        ESPALIER_TRY(auto types, inferTypes(*in.op, in.attrs, inputs, in.bodies));
        for (const TensorType &type : types)
            if (!hasSaneSize(type.shape))
                return fail("shape.size", "The shape {0} has too many elements.", shapeArg(type.shape));
        return types;
    }

    /// op(operands; attributes), without outputs.
    Result<void> call(Scanner &scanner, Instruction &in, int depth)
    {
        if (depth > kDeepestCall)
            return fail("program.depth", "Calls are nested deeper than {0}.", kDeepestCall);
        const std::string_view opName = scanner.word();
        in.op = findOp(opName);
        if (!in.op)
            return fail("program.op", "There is no op \"{0}\".", snippet(opName));
        if (!scanner.accept("("))
            return expected("A (", scanner);
        std::vector<Operand> operands;
        bool attributes = false;
        while (!attributes && !scanner.accept(")")) {
            if (scanner.accept(";") || atAttribute(scanner)) {
                attributes = true;
                break;
            }
            if (!operands.empty() && !scanner.accept(","))
                return expected("A comma", scanner);
            ESPALIER_TRY(const Operand operand, this->operand(scanner, depth));
            operands.push_back(operand);
        }
        if (attributes)
            ESPALIER_CHECK(readAttrs(scanner, in));
        ESPALIER_TRY(in.attrs, completeAttrs(*in.op, in.attrs));
        return settle(operands, in);
    }

    static bool atAttribute(Scanner &scanner)
    {
        const std::size_t from = scanner.position();
        const bool found = !scanner.word().empty() && scanner.peek() == '=';
        scanner.rewind(from);
        return found;
    }

    Result<void> readAttrs(Scanner &scanner, Instruction &in)
    {
        do {
            const std::string_view key = scanner.word();
            const auto spec = std::find_if(in.op->attrs.begin(), in.op->attrs.end(),
                                           [&](const AttrSpec &s) { return s.name == key; });
            if (spec == in.op->attrs.end())
                return fail("op.attribute", "The op {0} has no attribute \"{1}\".", in.op->name, snippet(key));
            if (!scanner.accept("="))
                return expected("An =", scanner);
            ESPALIER_TRY(AttrValue value, parseAttr(scanner, spec->example));
            in.attrs.set(key, std::move(value));
        } while (scanner.accept(","));
        return scanner.accept(")") ? Result<void>() : expected("A )", scanner);
    }

    Result<Operand> operand(Scanner &scanner, int depth)
    {
        const char first = scanner.peek();
        if ((first >= '0' && first <= '9') || first == '-' || first == '.') {
            Operand number;
            const std::string_view text = scanner.rest();
            const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number.literal);
            if (code != std::errc())
                return expected("A number", scanner);
            scanner.skip(static_cast<std::size_t>(end - text.data()));
            return number;
        }
        const std::size_t from = scanner.position();
        const std::string_view word = scanner.word();
        if (scanner.peek() == '(') {
            scanner.rewind(from);
            Instruction in;
            ESPALIER_CHECK(call(scanner, in, depth + 1));
            ESPALIER_TRY(const ValueId id, append(std::move(in)));
            return Operand{id, 0};
        }
        const auto found = m_names.find(word);
        if (found == m_names.end())
            return fail("program.value", "\"{0}\" is not defined.", snippet(word));
        return Operand{found->second, 0};
    }

    /// A nested call: it must give one value.
    Result<ValueId> append(Instruction in)
    {
        ESPALIER_TRY(const auto types, infer(in));
        if (types.size() != 1)
            return fail("program.outputs", "{0} gives {1} values and can't be an operand: give it a line.", in.op->name,
                        types.size());
        ESPALIER_TRY(const ValueId id, define({}, types[0]));
        in.outputs = {id};
        m_program.instructions.push_back(std::move(in));
        return id;
    }

    Result<ValueId> operandValue(Scanner &scanner)
    {
        ESPALIER_TRY(const Operand read, operand(scanner, 0));
        return read.value != kNoValue ? Result<ValueId>(read.value) : literal(read.literal, DType::Float32);
    }

    Result<ValueId> literal(double value, DType dtype)
    {
        Tensor tensor(dtype, {});
        tensor.set(0, value);
        Instruction in{&espalier::op("constant"), {{"value", tensor}}, {}, {}, {}, {}};
        return append(std::move(in));
    }

    Result<void> settle(const std::vector<Operand> &operands, Instruction &in)
    {
        DType dtype = DType::Float32;
        for (const Operand &each : operands) {
            if (each.value == kNoValue || m_program.type(each.value).dtype == DType::Unknown)
                continue;
            dtype = m_program.type(each.value).dtype;
            break;
        }
        for (const Operand &each : operands) {
            ValueId id = each.value;
            if (id == kNoValue) {
                ESPALIER_TRY(id, literal(each.literal, dtype));
            }
            in.inputs.push_back(id);
        }
        return {};
    }

    const Lines &m_lines;
    std::size_t &m_at;
    int m_depth;
    Program m_program;
    std::map<std::string, ValueId, std::less<>> m_names;
};

} // namespace

Result<Program> parseProgram(std::string_view text)
{
    const Lines lines = splitLines(text);
    std::size_t at = 0;
    ESPALIER_TRY(Program program, ProgramParser(lines, at, 0).run());
    if (at < lines.size())
        return fail(error("program.text", "Line {0}: a } without a body.", at + 1)
                        .at({.line = static_cast<std::int64_t>(at + 1)}));
    return program;
}

} // namespace espalier
