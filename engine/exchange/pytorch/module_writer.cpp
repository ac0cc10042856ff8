// SPDX-License-Identifier: Apache-2.0
#include "engine/exchange/pytorch/module_writer.h"

#include "engine/exchange/pytorch/node_writer.h"

#include <fmt/format.h>

#include <algorithm>

namespace espalier::pytorch {
namespace {

/// What stands in one class at one place of its forward: a node, or all nodes of a block.
struct Item {
    std::string group; ///< "<instance id>/<repeat>/"; empty: a node
    std::vector<std::size_t> nodes; ///< indices into Lowered::nodes
};

bool isInside(std::string_view path, std::string_view prefix)
{
    return path.starts_with(prefix);
}

class ModuleWriter {
public:
    ModuleWriter(const Lowered &lowered, const Document &document, Source &source)
        : m_lowered(lowered)
        , m_document(document)
        , m_source(source)
    {
    }

    void run(const std::string &name)
    {
        std::vector<std::size_t> nodes;
        for (std::size_t i = 0; i < m_lowered.nodes.size(); ++i)
            if (!m_lowered.nodes[i].isInBody)
                nodes.push_back(i);
        std::vector<ValueId> inputs;
        for (const LoweredInput &input : m_lowered.inputs)
            inputs.push_back(input.value);
        std::vector<ValueId> outputs;
        for (const LoweredOutput &output : m_lowered.outputs)
            outputs.push_back(output.value);
        Scope scope{m_lowered.program, {}, "", nullptr, {}, {}};
        for (const LoweredInput &input : m_lowered.inputs)
            scope.argumentNames[input.value] = argumentName(input);
        write(scope, name, nodes, inputs, outputs);
        for (const ValueId input : inputs)
            m_source.arguments.push_back(scope.argumentNames[input]);
    }

private:
    const Lowered &m_lowered;
    const Document &m_document;
    Source &m_source;

    /// The port ("image"), or the node where several have that port.
    std::string argumentName(const LoweredInput &input) const
    {
        const std::size_t dot = input.name.rfind('.');
        const std::string port = input.name.substr(dot + 1);
        const auto same = std::count_if(m_lowered.inputs.begin(), m_lowered.inputs.end(), [&](const LoweredInput &i) {
            return i.name.substr(i.name.rfind('.') + 1) == port;
        });
        return same == 1 || dot == std::string::npos ? port : input.name.substr(0, dot);
    }

    const LoweredNode &node(std::size_t i) const { return m_lowered.nodes[i]; }

    std::vector<Item> itemsOf(const std::vector<std::size_t> &nodes, std::string_view prefix) const
    {
        std::vector<Item> items;
        for (const std::size_t i : nodes) {
            const std::string_view rest = std::string_view(node(i).path).substr(prefix.size());
            const std::size_t first = rest.find('/');
            std::string group;
            if (first != std::string_view::npos)
                group = std::string(prefix) + std::string(rest.substr(0, rest.find('/', first + 1) + 1));
            const auto same = std::find_if(items.begin(), items.end(),
                                           [&](const Item &item) { return !group.empty() && item.group == group; });
            if (same != items.end())
                same->nodes.push_back(i);
            else
                items.push_back({group, {i}});
        }
        return items;
    }

    /// Values that the nodes' instructions read and don't make.
    std::vector<ValueId> inputsOf(const Program &program, const std::vector<std::size_t> &nodes) const
    {
        std::set<std::string_view> paths;
        for (const std::size_t i : nodes)
            paths.insert(node(i).path);
        std::set<ValueId> made;
        for (const ProgramState &state : program.states)
            made.insert(state.value);
        std::vector<ValueId> read;
        const auto take = [&](ValueId value) {
            if (value != kNoValue && made.insert(value).second)
                read.push_back(value);
        };
        for (const Instruction &instruction : program.instructions)
            if (paths.contains(instruction.origin))
                made.insert(instruction.outputs.begin(), instruction.outputs.end());
        for (const std::size_t i : nodes)
            for (const auto &port : node(i).inputs)
                std::for_each(port.begin(), port.end(), take);
        return read;
    }

    std::vector<ValueId> outputsOf(const std::vector<std::size_t> &nodes, const std::vector<std::size_t> &all,
                                   const std::vector<ValueId> &returned) const
    {
        std::vector<ValueId> given;
        for (const std::size_t i : nodes) {
            for (const ValueId value : node(i).outputs) {
                bool isRead = std::find(returned.begin(), returned.end(), value) != returned.end();
                for (const std::size_t other : all) {
                    if (isRead || std::find(nodes.begin(), nodes.end(), other) != nodes.end())
                        continue;
                    for (const auto &port : node(other).inputs)
                        isRead = isRead || std::find(port.begin(), port.end(), value) != port.end();
                }
                if (isRead && value != kNoValue && std::find(given.begin(), given.end(), value) == given.end())
                    given.push_back(value);
            }
        }
        return given;
    }

    /// Moves items behind what they read. False: blocks that feed each other in a circle.
    bool sort(const Program &program, std::vector<Item> &items) const
    {
        std::vector<Item> sorted;
        std::vector<Item> left = std::move(items);
        while (!left.empty()) {
            const auto ready = std::find_if(left.begin(), left.end(), [&](const Item &item) {
                const auto reads = inputsOf(program, item.nodes);
                return std::none_of(left.begin(), left.end(), [&](const Item &other) {
                    if (&other == &item)
                        return false;
                    for (const std::size_t i : other.nodes)
                        for (const ValueId value : node(i).outputs)
                            if (std::find(reads.begin(), reads.end(), value) != reads.end())
                                return true;
                    return false;
                });
            });
            if (ready == left.end())
                return false;
            sorted.push_back(std::move(*ready));
            left.erase(ready);
        }
        items = std::move(sorted);
        return true;
    }

    /// Writes one class; gives its name, the old one where the text is the same.
    std::string write(Scope &scope, const std::string &wanted, const std::vector<std::size_t> &nodes,
                      const std::vector<ValueId> &inputs, const std::vector<ValueId> &outputs)
    {
        std::vector<Item> items = itemsOf(nodes, scope.prefix);
        NodeWriter writer(m_lowered, m_document, m_source, scope, inputs);
        if (!sort(scope.program, items)) {
            m_source.problems.push_back(error("export.block-circle",
                                              "The blocks of '{0}' feed each other in a circle, which modules can't.",
                                              wanted));
            return wanted;
        }
        for (const Item &item : items) {
            if (item.group.empty())
                writeNode(writer, scope, item.nodes.front());
            else
                writeGroup(writer, scope, item, nodes, outputs);
        }
        const std::string body = writer.finish(outputs);
        for (const auto &[name, text] : m_source.classes)
            if (text == body && name.starts_with(wanted))
                return name;
        std::string name = wanted;
        const auto isTaken = [&] {
            return std::any_of(m_source.classes.begin(), m_source.classes.end(),
                               [&](const auto &c) { return c.first == name; });
        };
        for (int i = 2; isTaken(); ++i)
            name = wanted + std::to_string(i);
        m_source.classes.emplace_back(name, body);
        return name;
    }

    void writeNode(NodeWriter &writer, const Scope &scope, std::size_t at)
    {
        if (node(at).kind->id != "Scan") {
            writer.write(node(at));
            return;
        }
        const auto instruction
            = std::find_if(scope.program.instructions.begin(), scope.program.instructions.end(),
                           [&](const Instruction &i) { return i.op->name == "scan" && i.origin == node(at).path; });
        const Program &body = *instruction->bodies.front();
        std::vector<std::size_t> nodes;
        for (std::size_t i = 0; i < m_lowered.nodes.size(); ++i)
            if (isInside(node(i).path, node(at).path + "/"))
                nodes.push_back(i);
        const auto slices
            = static_cast<std::size_t>(instruction->attrs.integer("carries") + instruction->attrs.integer("sequences"));
        std::vector<ValueId> inputs;
        std::vector<ValueId> outputs;
        Scope inner{body, node(at).path + "/0/", writer.attribute(node(at)) + ".", nullptr, {}, {}};
        for (std::size_t i = 0; i < body.inputs.size(); ++i) {
            if (i < slices) {
                inputs.push_back(body.inputs[i].value);
                inner.argumentNames[inputs.back()] = body.inputs[i].name;
            } else {
                inner.lifted[body.inputs[i].value] = scope.stateOf(instruction->inputs[i]);
            }
        }
        for (const ProgramOutput &output : body.outputs)
            outputs.push_back(output.value);
        const std::string type = write(inner, className(node(at).name), nodes, inputs, outputs);
        writer.writeScan(node(at), *instruction, type);
    }

    void writeGroup(NodeWriter &writer, const Scope &scope, const Item &item, const std::vector<std::size_t> &all,
                    const std::vector<ValueId> &returned)
    {
        const auto inputs = inputsOf(scope.program, item.nodes);
        const auto outputs = outputsOf(item.nodes, all, returned);
        const GroupName name = writer.groupName(item.group);
        Scope inner{scope.program, item.group, scope.attribute + name.attribute + ".", &scope, {}, {}};
        for (const ValueId value : inputs) // names of its own, so that equal blocks are one class
            inner.argumentNames[value] = inputs.size() == 1 && !name.onlyInput.empty() ? name.onlyInput : "x";
        const std::string type = write(inner, className(name.title), item.nodes, inputs, outputs);
        writer.writeGroup(name, type, inputs, outputs);
    }
};

} // namespace

std::string identifier(std::string_view name)
{
    std::string out;
    for (const char c : name)
        out += std::isalnum(static_cast<unsigned char>(c)) || c == '_' ? c : '_';
    if (out.empty() || std::isdigit(static_cast<unsigned char>(out.front())))
        out = "n" + out;
    static const std::set<std::string_view> reserved{
        "and",     "as",      "assert",   "async",      "await",   "break", "class",  "continue", "def",    "del",
        "elif",    "else",    "except",   "finally",    "for",     "from",  "global", "if",       "import", "in",
        "is",      "lambda",  "nonlocal", "not",        "or",      "pass",  "raise",  "return",   "try",    "while",
        "with",    "yield",   "None",     "True",       "False",   "self",  "torch",  "nn",       "F",      "train",
        "eval",    "forward", "modules",  "parameters", "float",   "type",  "to",     "half",     "double", "children",
        "buffers", "apply",   "reversed", "range",      "training"};
    return reserved.contains(out) ? out + "_" : out;
}

std::string className(std::string_view name)
{
    std::string out;
    bool isStart = true;
    for (const char c : name) {
        if (!std::isalnum(static_cast<unsigned char>(c))) {
            isStart = true;
            continue;
        }
        out += isStart ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
        isStart = false;
    }
    return identifier(out.empty() ? "Model" : out);
}

Source writeModules(const Lowered &lowered, const Document &document, const std::string &name)
{
    Source source;
    ModuleWriter(lowered, document, source).run(className(name));
    return source;
}

} // namespace espalier::pytorch
