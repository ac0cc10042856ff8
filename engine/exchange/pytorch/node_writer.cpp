// SPDX-License-Identifier: Apache-2.0
// This file is long because one node is written in one of four ways, and all of them share the names of the class.
#include "engine/exchange/pytorch/node_writer.h"

#include "engine/graph/resolve.h"
#include "engine/ops/builder.h"

#include <fmt/format.h>

#include <algorithm>

namespace espalier::pytorch {
namespace {

constexpr std::size_t kLongestInline = 60; ///< characters of an expression that stands inside of another

void replaceAll(std::string &text, std::string_view what, const std::string &by)
{
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
}

std::string joined(const std::vector<std::string> &parts)
{
    std::string text;
    for (const std::string &part : parts)
        text += (text.empty() ? "" : ", ") + part;
    return text;
}

/// The first `count` parts of a path, each with its slash.
std::string_view leading(std::string_view path, std::ptrdiff_t count)
{
    std::size_t end = 0;
    for (; count > 0; --count)
        end = path.find('/', end) + 1;
    return path.substr(0, end);
}

} // namespace

std::string Scope::stateOf(ValueId value) const
{
    for (const ProgramState &state : program.states)
        if (state.value == value)
            return state.path;
    const auto found = lifted.find(value);
    return found == lifted.end() ? "" : found->second;
}

NodeWriter::NodeWriter(const Lowered &lowered, const Document &document, Source &source, Scope &scope,
                       const std::vector<ValueId> &inputs)
    : m_lowered(lowered)
    , m_document(document)
    , m_source(source)
    , m_scope(scope)
    , m_inputs(inputs)
{
    for (const ValueId value : inputs) {
        std::string wanted = scope.argumentNames[value];
        for (const LoweredNode &node : lowered.nodes)
            for (std::size_t port = 0; wanted.empty() && port < node.outputs.size(); ++port)
                if (node.outputs[port] == value)
                    wanted = nameFor(node, port);
        const std::string name = variable(wanted.empty() ? "x" : wanted);
        scope.argumentNames[value] = name;
        m_values[value] = {name};
    }
}

std::string NodeWriter::variable(std::string_view wanted)
{
    const std::string base = identifier(wanted);
    std::string name = base;
    for (int i = 2; !m_names.insert(name).second; ++i)
        name = base + "_" + std::to_string(i);
    return name;
}

std::string NodeWriter::attributeOf(const LoweredNode &node)
{
    std::string &name = m_attributes[node.path];
    if (!name.empty())
        return name;
    const std::string base = identifier(node.name);
    std::string free = base;
    const auto isTaken = [&] {
        return std::any_of(m_attributes.begin(), m_attributes.end(), [&](const auto &a) { return a.second == free; });
    };
    for (int i = 2; isTaken(); ++i)
        free = base + "_" + std::to_string(i);
    return name = free;
}

std::string NodeWriter::nameFor(const LoweredNode &node, std::size_t port) const
{
    if (node.kind->id == "Input")
        return node.ports[port];
    return node.ports.size() == 1 ? node.name : node.name + "_" + node.ports[port];
}

std::vector<StateInfo> NodeWriter::statesOf(const LoweredNode &node) const
{
    std::vector<StateInfo> states;
    for (const StateInfo &info : m_lowered.states) {
        const std::string prefix = node.statePath + ".";
        if (info.path.starts_with(prefix) && info.path.find('/', prefix.size()) == std::string::npos)
            states.push_back(info);
    }
    return states;
}

Expression NodeWriter::valueOf(ValueId value)
{
    if (const auto found = m_values.find(value); found != m_values.end())
        return found->second;
    const std::string path = m_scope.stateOf(value);
    const std::size_t dot = path.rfind('.');
    for (const LoweredNode &node : m_lowered.nodes)
        if (dot != std::string::npos && node.statePath == path.substr(0, dot))
            return {fmt::format("self.{}[\"{}\"]", attributeOf(node), path.substr(dot + 1))};
    m_source.problems.push_back(error("export.value", "A value of the drawing can't be told as Python source."));
    return {"None"};
}

Expression NodeWriter::read(Part &part, ValueId value)
{
    const auto found = part.values.find(value);
    return found != part.values.end() ? found->second : valueOf(value);
}

void NodeWriter::write(const LoweredNode &node)
{
    const std::string_view id = node.kind->id;
    if (id == "Input" || id == "Output" || id == "BlockInput" || id == "BlockOutput")
        return;
    if (!writeSpelled(node))
        writeOps(node);
}

bool NodeWriter::writeSpelled(const LoweredNode &node)
{
    if (!node.kind->pytorch || node.inputs.empty() || node.inputs.front().empty())
        return false;
    std::vector<TensorType> types;
    for (const auto &port : node.inputs)
        types.push_back(port.empty() ? TensorType() : m_scope.program.type(port.front()));
    const auto spelling = node.kind->pytorch({node.params, types});
    if (!spelling)
        return false;
    if (m_values.contains(node.outputs.front()))
        return true; // it passes its input on
    std::string call = spelling->call;
    if (!spelling->module.empty()) {
        const std::string name = attributeOf(node);
        m_init.push_back(fmt::format("self.{} = {}", name, spelling->module));
        replaceAll(call, "{m}", "self." + name);
        for (const StateInfo &info : statesOf(node))
            m_source.keys[info.path] = attribute(node) + info.path.substr(node.statePath.size());
        for (const auto &[buffer, value] : spelling->buffers)
            m_source.buffers.insert_or_assign(attribute(node) + "." + buffer, value);
    }
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
        if (!node.inputs[i].empty())
            replaceAll(call, fmt::format("{{{}}}", i), valueOf(node.inputs[i].front()).text);
    if (spelling->results.empty()) {
        const std::string name = variable(nameFor(node, 0));
        line(name + " = " + call);
        m_values[node.outputs.front()] = {name};
        return true;
    }
    const std::string result = variable(node.name);
    line(result + " = " + call);
    for (std::size_t port = 0; port < node.outputs.size(); ++port) {
        if (node.outputs[port] == kNoValue || !node.used[port] || m_values.contains(node.outputs[port]))
            continue;
        std::string text = spelling->results[port];
        replaceAll(text, "{r}", result);
        const std::string name = variable(nameFor(node, port));
        line(name + " = " + text);
        m_values[node.outputs[port]] = {name};
    }
    return true;
}

void NodeWriter::declareParameters(const LoweredNode &node)
{
    std::vector<std::string> entries;
    for (const StateInfo &info : statesOf(node)) {
        std::set<std::string> none;
        const std::string name = info.path.substr(node.statePath.size() + 1);
        const Shape &shape = info.type.shape;
        const std::string dtype = info.type.dtype == DType::Float32 ? "" : ", dtype=" + dtypeText(info.type.dtype);
        entries.push_back(fmt::format("\"{}\": nn.Parameter(torch.zeros({}{}))", name,
                                      shape.rank() == 0 ? "()" : shapeText(shape, none), dtype));
        m_source.keys[info.path] = attribute(node) + "." + name;
    }
    if (!entries.empty())
        m_init.push_back(fmt::format("self.{} = nn.ParameterDict({{{}}})", attributeOf(node), joined(entries)));
}

void NodeWriter::writeOps(const LoweredNode &node)
{
    declareParameters(node);
    std::vector<const Instruction *> instructions;
    for (const Instruction &instruction : m_scope.program.instructions)
        if (instruction.origin == node.path)
            instructions.push_back(&instruction);
    std::map<ValueId, std::string> wanted;
    for (std::size_t port = 0; port < node.outputs.size(); ++port)
        if (node.outputs[port] != kNoValue && !m_values.contains(node.outputs[port]))
            wanted[node.outputs[port]] = nameFor(node, port);
    Part part{m_scope.program, m_values, useCounts(m_scope.program)};
    writeInstructions(part, instructions, wanted);
}

void NodeWriter::writeInstructions(Part &part, const std::vector<const Instruction *> &instructions,
                                   const std::map<ValueId, std::string> &wanted)
{
    const auto readsOf = [&](ValueId value) {
        std::ptrdiff_t count = 0;
        for (const Instruction *i : instructions)
            count += std::count(i->inputs.begin(), i->inputs.end(), value);
        return count;
    };
    std::set<ValueId> needed; // from the end: what nobody reads is not written
    for (const auto &[value, name] : wanted)
        needed.insert(value);
    std::vector<const Instruction *> live;
    for (auto at = instructions.rbegin(); at != instructions.rend(); ++at) {
        const auto &outputs = (*at)->outputs;
        if (std::none_of(outputs.begin(), outputs.end(), [&](ValueId v) { return needed.contains(v); }))
            continue;
        needed.insert((*at)->inputs.begin(), (*at)->inputs.end());
        live.push_back(*at);
    }
    for (auto at = live.rbegin(); at != live.rend(); ++at) {
        const Instruction &instruction = **at;
        for (std::size_t i = 0; i < instruction.outputs.size(); ++i)
            part.uses[static_cast<std::size_t>(instruction.outputs[i])]
                = needed.contains(instruction.outputs[i]) ? 1 : 0;
        std::vector<Expression> results = expressionsOf(part, instruction);
        for (std::size_t i = 0; i < instruction.outputs.size() && i < results.size(); ++i) {
            const ValueId value = instruction.outputs[i];
            if (results[i].text.empty())
                continue;
            const auto name = wanted.find(value);
            const bool isInline = name == wanted.end()
                && (results[i].isNumber || (readsOf(value) == 1 && results[i].text.size() <= kLongestInline));
            if (isInline) {
                part.values[value] = results[i];
                continue;
            }
            if (results[i].isNumber)
                results[i].text = fmt::format("torch.tensor({}, dtype={})", results[i].text,
                                              dtypeText(part.program.type(value).dtype));
            const std::string made = variable(name == wanted.end() ? std::string(instruction.op->name) : name->second);
            line(made + " = " + results[i].text);
            part.values[value] = {made};
        }
    }
}

std::vector<Expression> NodeWriter::expressionsOf(Part &part, const Instruction &instruction)
{
    ExpressionCall call{part.program, instruction, {}, m_symbols, {}};
    for (const ValueId value : instruction.inputs)
        call.inputs.push_back(read(part, value));
    for (const ValueId value : instruction.outputs)
        call.used.push_back(part.uses[static_cast<std::size_t>(value)] > 0);
    if (instruction.op->name == "scan") {
        const Program &body = *instruction.bodies.front();
        return loop(instruction, call.inputs, [&](const std::vector<std::string> &arguments) {
            Values values;
            for (std::size_t i = 0; i < body.inputs.size(); ++i)
                values[body.inputs[i].value] = i < arguments.size() ? Expression{arguments[i]} : call.inputs[i];
            std::vector<const Instruction *> all;
            for (const Instruction &i : body.instructions)
                all.push_back(&i);
            std::map<ValueId, std::string> wanted;
            for (const ProgramOutput &output : body.outputs)
                if (!values.contains(output.value))
                    wanted[output.value] = output.name + "_next";
            Part inner{body, values, useCounts(body)};
            writeInstructions(inner, all, wanted);
            std::vector<std::string> names;
            for (const ProgramOutput &output : body.outputs)
                names.push_back(read(inner, output.value).text);
            return names;
        });
    }
    if (auto found = expressionOf(call))
        return *found;
    return expand(part, instruction, call.inputs);
}

std::vector<Expression> NodeWriter::expand(Part &part, const Instruction &instruction,
                                           const std::vector<Expression> &inputs)
{
    const Op &op = *instruction.op;
    if (!op.expand) {
        m_source.problems.push_back(error("export.no-operator", "PyTorch has no function for '{0}'.", op.name));
        return std::vector<Expression>(instruction.outputs.size(), Expression{"None"});
    }
    Builder b;
    Values values;
    std::vector<TensorType> types;
    std::vector<ValueId> ids;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        types.push_back(part.program.type(instruction.inputs[i]));
        ids.push_back(b.input("in" + std::to_string(i), types.back()));
        Expression value = inputs[i];
        if (!value.isAtom || value.text.size() > 24) { // it may be read several times
            const std::string name = variable("x");
            line(name + " = " + value.text);
            value.text = name;
            value.isAtom = true;
        }
        values[ids.back()] = value;
    }
    const auto outputs = op.expand(b, {op, instruction.attrs, types, instruction.bodies}, ids);
    std::map<ValueId, std::string> wanted;
    for (std::size_t i = 0; i < outputs.size(); ++i)
        if (part.uses[static_cast<std::size_t>(instruction.outputs[i])] > 0 && !values.contains(outputs[i]))
            wanted[outputs[i]] = op.name;
    std::vector<const Instruction *> all;
    for (const Instruction &i : b.program().instructions)
        all.push_back(&i);
    Part inner{b.program(), values, useCounts(b.program())};
    writeInstructions(inner, all, wanted);
    std::vector<Expression> results;
    for (const ValueId output : outputs)
        results.push_back(values.contains(output) ? values[output] : Expression{""});
    return results;
}

std::vector<Expression> NodeWriter::loop(const Instruction &scan, const std::vector<Expression> &inputs,
                                         const Body &body)
{
    const auto carries = static_cast<std::size_t>(scan.attrs.integer("carries"));
    const auto sequences = static_cast<std::size_t>(scan.attrs.integer("sequences"));
    const std::int64_t axis = scan.attrs.integer("axis");
    const bool isReverse = scan.attrs.boolean("reverse");
    const Program &program = *scan.bodies.front();
    std::vector<std::string> arguments;
    for (std::size_t i = 0; i < carries; ++i) {
        arguments.push_back(variable(program.inputs[i].name));
        line(arguments[i] + " = " + inputs[i].text);
    }
    std::vector<std::string> lists;
    for (std::size_t i = carries; i < scan.outputs.size(); ++i) {
        lists.push_back(variable(program.outputs[i].name + "_steps"));
        line(lists.back() + " = []");
    }
    const std::string t = variable("t");
    const std::string sequence = inputs[carries].isAtom ? inputs[carries].text : "(" + inputs[carries].text + ")";
    const std::string steps = fmt::format("range({}.shape[{}])", sequence, axis);
    line(fmt::format("for {} in {}:", t, isReverse ? "reversed(" + steps + ")" : steps));
    m_indent += "    ";
    for (std::size_t i = carries; i < carries + sequences; ++i) {
        const std::string from = inputs[i].isAtom ? inputs[i].text : "(" + inputs[i].text + ")";
        arguments.push_back(fmt::format("{}.select({}, {})", from, axis, t));
    }
    const std::vector<std::string> results = body(arguments);
    for (std::size_t i = 0; i < lists.size(); ++i)
        line(fmt::format("{}.append({})", lists[i], results[carries + i]));
    if (carries > 0)
        line(joined({arguments.begin(), arguments.begin() + static_cast<std::ptrdiff_t>(carries)}) + " = "
             + joined({results.begin(), results.begin() + static_cast<std::ptrdiff_t>(carries)}));
    m_indent.resize(m_indent.size() - 4);
    std::vector<Expression> outputs;
    for (std::size_t i = 0; i < carries; ++i)
        outputs.push_back({arguments[i]});
    for (const std::string &list : lists)
        outputs.push_back({fmt::format("torch.stack({}{}, dim={})", list, isReverse ? "[::-1]" : "", axis)});
    return outputs;
}

void NodeWriter::writeScan(const LoweredNode &node, const Instruction &scan, const std::string &type)
{
    Part part{m_scope.program, m_values, useCounts(m_scope.program)};
    std::vector<const Instruction *> before; // zeros that states start from
    for (const Instruction &instruction : m_scope.program.instructions)
        if (instruction.origin == node.path && &instruction != &scan)
            before.push_back(&instruction);
    std::map<ValueId, std::string> wanted;
    for (const ValueId value : scan.inputs)
        for (const Instruction *instruction : before)
            if (instruction->outputs.front() == value)
                wanted[value] = node.name + "_start";
    writeInstructions(part, before, wanted);
    const std::string name = attributeOf(node);
    m_init.push_back(fmt::format("self.{} = {}()", name, type));
    const auto slices = static_cast<std::size_t>(scan.attrs.integer("carries") + scan.attrs.integer("sequences"));
    std::vector<Expression> inputs;
    for (std::size_t i = 0; i < slices; ++i)
        inputs.push_back(read(part, scan.inputs[i]));
    const auto results = loop(scan, inputs, [&](const std::vector<std::string> &arguments) {
        std::vector<std::string> names;
        for (const ProgramOutput &output : scan.bodies.front()->outputs)
            names.push_back(variable(output.name + "_next"));
        line(fmt::format("{} = self.{}({})", joined(names), name, joined(arguments)));
        return names;
    });
    for (std::size_t i = 0; i < scan.outputs.size(); ++i) {
        const auto port = std::find(node.outputs.begin(), node.outputs.end(), scan.outputs[i]);
        const auto at = static_cast<std::size_t>(port - node.outputs.begin());
        if (port == node.outputs.end() || !node.used[at])
            continue;
        const std::string made = variable(nameFor(node, at));
        line(made + " = " + results[i].text);
        m_values[scan.outputs[i]] = {made};
    }
}

GroupName NodeWriter::groupName(const std::string &group) const
{
    const std::string inside = group.substr(m_scope.prefix.size());
    const std::string instance = inside.substr(0, inside.find('/'));
    const std::string repeat = inside.substr(instance.size() + 1, inside.size() - instance.size() - 2);
    const DocumentNode *node = m_document.graph.findNode(instance);
    for (const DocumentGraph &block : m_document.blocks)
        if (!node)
            node = block.findNode(instance);
    const DocumentGraph *block = node ? m_document.findGraph(blockOf(node->kind)) : nullptr;
    const std::string name = identifier(node ? node->name : instance);
    GroupName out{block && !block->name.empty() ? block->name : name, name, "", "", false};
    std::ptrdiff_t inputs = 0;
    for (const DocumentNode &inner : block ? block->nodes : std::vector<DocumentNode>()) {
        if (inner.kind == "BlockInput" && ++inputs == 1)
            out.onlyInput = inner.name;
    }
    if (inputs != 1)
        out.onlyInput.clear();
    const std::string start = m_scope.prefix + instance + "/";
    const bool isRepeated = std::any_of(m_lowered.nodes.begin(), m_lowered.nodes.end(), [&](const LoweredNode &n) {
        return n.path.starts_with(start) && !n.path.starts_with(start + "0/");
    });
    const bool isSharedList = std::any_of(m_lowered.nodes.begin(), m_lowered.nodes.end(), [&](const LoweredNode &n) {
        return n.path.starts_with(start + "1/")
            && !leading(n.statePath, std::count(group.begin(), group.end(), '/')).ends_with("/1/");
    });
    out.isShared = isSharedList && repeat != "0";
    if (isRepeated && !isSharedList) {
        out.list = name;
        out.attribute = name + "." + repeat;
    }
    return out;
}

void NodeWriter::writeGroup(const GroupName &name, const std::string &type, const std::vector<ValueId> &inputs,
                            const std::vector<ValueId> &outputs)
{
    std::string module = "self." + name.attribute;
    if (!name.list.empty()) {
        module = fmt::format("self.{}[{}]", name.list, name.attribute.substr(name.list.size() + 1));
        if (m_lists.empty() || m_lists.back().first != name.list)
            m_lists.emplace_back(name.list, std::vector<std::string>());
        m_lists.back().second.push_back(type + "()");
    } else if (!name.isShared) {
        m_init.push_back(fmt::format("self.{} = {}()", name.attribute, type));
    }
    std::vector<std::string> arguments;
    for (const ValueId value : inputs)
        arguments.push_back(valueOf(value).text);
    std::vector<std::string> results;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        results.push_back(variable(outputs.size() == 1 ? name.attribute : fmt::format("{}_{}", name.attribute, i)));
        m_values[outputs[i]] = {results.back()};
    }
    line(fmt::format("{} = {}({})", joined(results), module, joined(arguments)));
}

std::string NodeWriter::finish(const std::vector<ValueId> &outputs)
{
    std::string text = "    def __init__(self):\n        super().__init__()\n";
    for (const std::string &made : m_init)
        text += "        " + made + "\n";
    for (const auto &[list, types] : m_lists)
        text += fmt::format("        self.{} = nn.ModuleList([{}])\n", list, joined(types));
    std::vector<std::string> arguments{"self"};
    for (const ValueId value : m_inputs)
        arguments.push_back(m_scope.argumentNames[value]);
    std::vector<std::string> results;
    for (const ValueId value : outputs)
        results.push_back(valueOf(value).text);
    text += fmt::format("\n    def forward({}):\n", joined(arguments));
    for (const std::string &symbol : m_symbols) {
        for (const ValueId value : m_inputs) {
            const Shape &shape = m_scope.program.type(value).shape;
            for (int axis = 0; axis < shape.rank(); ++axis) {
                if (shape[axis] != Dim::symbol(symbol) || text.find("        " + symbol + " = ") != std::string::npos)
                    continue;
                text += fmt::format("        {} = {}.shape[{}]\n", symbol, m_scope.argumentNames[value], axis);
            }
        }
    }
    for (const std::string &made : m_forward)
        text += made + "\n";
    return text + "        return " + joined(results) + "\n";
}

} // namespace espalier::pytorch
