// SPDX-License-Identifier: Apache-2.0
#include "engine/exchange/onnx/graph_writer.h"

#include "engine/backends/reference/evaluate.h"
#include "engine/base/assert.h"
#include "engine/base/hash.h"
#include "engine/ops/builder.h"

#include <onnx.pb.h>

#include <algorithm>
#include <cctype>

namespace espalier::onnx_export {
namespace {

constexpr std::int64_t kMostFolded = 1 << 18; ///< elements that folding may add beyond those it reads

struct SetAttribute {
    onnx::AttributeProto &proto;
    void operator()(std::int64_t v) const
    {
        proto.set_type(onnx::AttributeProto::INT);
        proto.set_i(v);
    }
    void operator()(float v) const
    {
        proto.set_type(onnx::AttributeProto::FLOAT);
        proto.set_f(v);
    }
    void operator()(const std::string &v) const
    {
        proto.set_type(onnx::AttributeProto::STRING);
        proto.set_s(v);
    }
    void operator()(const std::vector<std::int64_t> &v) const
    {
        proto.set_type(onnx::AttributeProto::INTS);
        for (const std::int64_t i : v)
            proto.add_ints(i);
    }
    void operator()(const std::vector<std::string> &v) const
    {
        proto.set_type(onnx::AttributeProto::STRINGS);
        for (const std::string &s : v)
            proto.add_strings(s);
    }
    void operator()(const Subgraph &v) const
    {
        proto.set_type(onnx::AttributeProto::GRAPH);
        v.fill(*proto.mutable_g());
    }
};

bool isRandom(const Instruction &instruction)
{
    return instruction.op->name.starts_with("random_");
}

/// Known inputs, concrete results of a sensible size.
bool canFold(const GraphWriter &w, const Program &program, const Instruction &instruction)
{
    if (isRandom(instruction) || !instruction.bodies.empty())
        return false;
    std::int64_t read = kMostFolded;
    for (const ValueId value : instruction.inputs) {
        const Known *known = w.known(value);
        if (!known)
            return false;
        read += known->tensor.elements();
    }
    if (instruction.op->name == "dimension" && !instruction.attrs.shape("shape").isConcrete())
        return false;
    return std::all_of(instruction.outputs.begin(), instruction.outputs.end(), [&](ValueId value) {
        const TensorType &type = program.type(value);
        return type.shape.isConcrete() && elementCount(type.shape.concrete()) <= read;
    });
}

std::vector<bool> liveInstructions(const Program &program)
{
    std::vector<bool> needed(program.values.size());
    std::vector<bool> live(program.instructions.size());
    for (const ProgramOutput &output : program.outputs)
        needed[static_cast<std::size_t>(output.value)] = true;
    for (std::size_t i = program.instructions.size(); i-- > 0;) {
        const Instruction &instruction = program.instructions[i];
        for (const ValueId value : instruction.outputs)
            live[i] = live[i] || needed[static_cast<std::size_t>(value)];
        for (const ValueId value : instruction.inputs)
            if (live[i])
                needed[static_cast<std::size_t>(value)] = true;
    }
    return live;
}

std::string lowerCase(std::string_view text)
{
    std::string out(text);
    for (char &c : out)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

} // namespace

int OnnxCall::opset() const
{
    return w.opset();
}

std::string OnnxCall::in(std::size_t i) const
{
    return w.nameOf(instruction.inputs[i]);
}

const Known *OnnxCall::known(std::size_t i) const
{
    return w.known(instruction.inputs[i]);
}

bool OnnxCall::isUsed(std::size_t output) const
{
    return w.uses(instruction.outputs[output]) > 0;
}

int elementType(DType dtype)
{
    switch (dtype) {
    case DType::Float64:
        return onnx::TensorProto::DOUBLE;
    case DType::BFloat16:
        return onnx::TensorProto::BFLOAT16;
    case DType::Int64:
        return onnx::TensorProto::INT64;
    case DType::Int32:
        return onnx::TensorProto::INT32;
    case DType::Bool:
        return onnx::TensorProto::BOOL;
    case DType::Float32:
    case DType::Unknown:
        break;
    }
    return onnx::TensorProto::FLOAT;
}

void fillTensor(onnx::TensorProto &proto, const std::string &name, const Tensor &tensor)
{
    proto.set_name(name);
    proto.set_data_type(elementType(tensor.dtype()));
    for (const std::int64_t size : tensor.dims())
        proto.add_dims(size);
    proto.set_raw_data(tensor.data(), tensor.bytes());
}

void fillValue(onnx::ValueInfoProto &proto, const std::string &name, const TensorType &type)
{
    proto.set_name(name);
    auto &tensor = *proto.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(elementType(type.dtype));
    auto &shape = *tensor.mutable_shape();
    for (const Dim &dim : type.shape.dims()) {
        auto &d = *shape.add_dim();
        if (dim.isConstant())
            d.set_dim_value(dim.constant());
        else if (!dim.isUnknown())
            d.set_dim_param(dim.toString());
    }
}

std::string GraphWriter::freeName(std::string wanted)
{
    std::string name = wanted;
    for (int i = 2; !m_shared.taken.insert(name).second; ++i)
        name = wanted + "_" + std::to_string(i);
    return name;
}

Names GraphWriter::nodes(std::string_view type, Names inputs, std::size_t outputs, const Attributes &attributes)
{
    onnx::NodeProto proto; // a loop's body may put sizes into the outer graph, before the loop
    const std::string place = m_place.empty() ? std::string() : m_place + "/";
    proto.set_op_type(std::string(type));
    for (std::string &input : inputs)
        proto.add_input(std::move(input));
    for (const auto &[name, value] : attributes) {
        auto &attribute = *proto.add_attribute();
        attribute.set_name(std::string(name));
        std::visit(SetAttribute{attribute}, value);
    }
    Names names;
    for (std::size_t i = 0; i < outputs; ++i)
        names.push_back(freeName(place + lowerCase(type)));
    proto.set_name(names.front());
    for (const std::string &name : names)
        proto.add_output(name);
    m_graph.add_node()->Swap(&proto);
    return names;
}

void GraphWriter::copy(const std::string &from, const std::string &to)
{
    auto &proto = *m_graph.add_node();
    proto.set_op_type("Identity");
    proto.set_name(freeName(to + "/identity"));
    proto.add_input(from);
    proto.add_output(to);
}

std::string GraphWriter::initializer(const Known &known)
{
    std::string name = freeName(known.name.empty() ? "constant" : known.name);
    m_shared.initializers.emplace_back(name, known.tensor);
    return name;
}

std::string GraphWriter::integers(const std::vector<std::int64_t> &values)
{
    std::string key = "ints";
    for (const std::int64_t value : values)
        key += "_" + std::to_string(value);
    std::string &name = m_shared.smallConstants[key];
    if (name.empty())
        name = initializer({Tensor::of<std::int64_t>({static_cast<std::int64_t>(values.size())}, values), key});
    return name;
}

std::string GraphWriter::scalar(double value, DType dtype)
{
    Tensor tensor(dtype, {});
    tensor.set(0, value);
    std::string &name = m_shared.smallConstants[std::string(espalier::name(dtype)) + std::to_string(value)
                                                + std::to_string(hash64(std::string_view(
                                                    static_cast<const char *>(tensor.data()), tensor.bytes())))];
    if (name.empty())
        name = initializer({tensor, "constant"});
    return name;
}

std::string GraphWriter::cast(const std::string &x, DType to)
{
    return node("Cast", {x}, {{"to", std::int64_t{elementType(to)}}});
}

std::string GraphWriter::nameOf(ValueId value)
{
    std::string &name = m_names[value];
    if (name.empty()) {
        const Known *found = known(value);
        ESPALIER_ASSERT(found != nullptr, "a value that is defined before its use");
        name = initializer(*found);
    }
    return name;
}

const Known *GraphWriter::known(ValueId value) const
{
    const auto found = m_known.find(value);
    return found == m_known.end() ? nullptr : &found->second;
}

const Instruction *GraphWriter::onlyUser(const Program &program, ValueId value) const
{
    const auto users = m_users.find(value);
    if (users == m_users.end() || users->second.size() != 1)
        return nullptr;
    const bool isOutput = std::any_of(program.outputs.begin(), program.outputs.end(),
                                      [&](const ProgramOutput &output) { return output.value == value; });
    return isOutput ? nullptr : users->second.front();
}

void GraphWriter::fold(const Program &program)
{
    for (const Instruction &instruction : program.instructions) {
        if (!canFold(*this, program, instruction))
            continue;
        std::vector<Tensor> inputs;
        std::string name;
        for (const ValueId value : instruction.inputs) {
            inputs.push_back(known(value)->tensor);
            if (name.empty())
                name = known(value)->name;
        }
        const std::vector<Tensor> outputs = evaluateInstruction(program, instruction, inputs);
        for (std::size_t i = 0; i < outputs.size(); ++i)
            giveKnown(instruction.outputs[i], {outputs[i], name});
    }
}

void GraphWriter::expand(const Program &program, const Instruction &instruction)
{
    const Op &op = *instruction.op;
    if (!op.expand) {
        m_shared.problems.push_back(
            error("export.no-operator", "ONNX has no operator for '{0}' of the node '{1}'.", op.name, m_place));
        for (const ValueId value : instruction.outputs)
            give(value, "?");
        return;
    }
    Builder b;
    std::vector<TensorType> types;
    std::vector<ValueId> inputs;
    for (std::size_t i = 0; i < instruction.inputs.size(); ++i) {
        types.push_back(program.type(instruction.inputs[i]));
        inputs.push_back(b.input("in" + std::to_string(i), types.back()));
    }
    b.setOrigin(m_origin);
    const auto outputs = op.expand(b, {op, instruction.attrs, types, instruction.bodies}, inputs);
    for (std::size_t i = 0; i < outputs.size(); ++i)
        if (uses(instruction.outputs[i]) > 0)
            b.output("out" + std::to_string(i), outputs[i]);
    GraphWriter inner(m_shared, m_graph);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (const Known *k = known(instruction.inputs[i]))
            inner.giveKnown(inputs[i], *k);
        else
            inner.give(inputs[i], nameOf(instruction.inputs[i]));
    }
    inner.write(b.program());
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        if (uses(instruction.outputs[i]) == 0)
            continue;
        if (const Known *k = inner.known(outputs[i]))
            giveKnown(instruction.outputs[i], *k);
        else
            give(instruction.outputs[i], inner.nameOf(outputs[i]));
    }
}

void GraphWriter::writeInstruction(const Program &program, const Instruction &instruction)
{
    const OnnxCall call{*this, program, instruction};
    Names names;
    if (const Converter convert = findConverter(instruction.op->name)) {
        names = convert(call);
    } else if (!instruction.op->onnx.empty() && instruction.attrs.isEmpty() && instruction.outputs.size() == 1) {
        Names inputs;
        for (std::size_t i = 0; i < instruction.inputs.size(); ++i)
            inputs.push_back(call.in(i));
        names = {node(instruction.op->onnx, std::move(inputs))};
    }
    if (names.empty())
        expand(program, instruction);
    for (std::size_t i = 0; i < names.size(); ++i)
        give(instruction.outputs[i], names[i]);
}

void GraphWriter::write(const Program &program)
{
    const std::vector<bool> live = liveInstructions(program);
    m_uses.assign(program.values.size(), 0);
    const auto use = [&](ValueId value) { ++m_uses[static_cast<std::size_t>(value)]; };
    for (std::size_t i = 0; i < live.size(); ++i) {
        for (const ValueId value : program.instructions[i].inputs) {
            if (!live[i])
                continue;
            use(value);
            m_users[value].push_back(&program.instructions[i]);
        }
    }
    for (const ProgramOutput &output : program.outputs)
        use(output.value);
    fold(program);
    for (std::size_t i = 0; i < live.size(); ++i) {
        const Instruction &instruction = program.instructions[i];
        const bool isDone = std::any_of(instruction.outputs.begin(), instruction.outputs.end(),
                                        [&](ValueId value) { return isGiven(value); });
        if (!live[i] || isDone)
            continue;
        if (m_origin != instruction.origin || m_place.empty()) {
            m_origin = instruction.origin;
            m_place = m_shared.nameOf(m_origin);
        }
        if (!writeFused(*this, program, instruction))
            writeInstruction(program, instruction);
    }
}

} // namespace espalier::onnx_export
