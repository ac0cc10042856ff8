// SPDX-License-Identifier: Apache-2.0
// Turns one program into one ONNX graph, op by op. Private to this library.
#pragma once

#include "engine/ops/op.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

namespace onnx {
class GraphProto;
class TensorProto;
class ValueInfoProto;
} // namespace onnx

namespace espalier::onnx_export {

struct Subgraph {
    std::function<void(onnx::GraphProto &graph)> fill;
};
using Attribute
    = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<std::string>, Subgraph>;
using Attributes = std::vector<std::pair<std::string_view, Attribute>>;
using Names = std::vector<std::string>;

/// A value that is known when the file is written.
struct Known {
    Tensor tensor;
    std::string name; ///< what its initializer is called: the weight's name path
};

class GraphWriter;

/// What all graphs of one file share.
struct Shared {
    int opset = 0;
    bool foldBatchNorm = false;
    std::function<std::string(const std::string &origin)> nameOf; ///< id path -> name path
    std::set<std::string> taken; ///< names of tensors and nodes
    std::vector<std::pair<std::string, Tensor>> initializers;
    std::map<std::string, std::pair<std::string, int>> symbols; ///< "batch" -> an input and the axis of that size
    std::map<std::string, std::string> dims; ///< text of an expression -> name of an int64[1] tensor with its value
    std::map<std::string, std::string> smallConstants; ///< by dtype, dims and bytes
    onnx::GraphProto *root = nullptr;
    GraphWriter *rootWriter = nullptr; ///< where sizes are worked out: the bodies of loops see them
    std::vector<Error> problems;
};

/// One instruction while it is written.
struct OnnxCall {
    GraphWriter &w;
    const Program &program;
    const Instruction &instruction;
    const TensorType &input(std::size_t i) const { return program.type(instruction.inputs[i]); }
    const TensorType &output(std::size_t i = 0) const { return program.type(instruction.outputs[i]); }
    const Attrs &attrs() const { return instruction.attrs; }
    int opset() const;
    std::string in(std::size_t i) const; ///< name of the tensor
    const Known *known(std::size_t i) const; ///< nullptr: computed when the model runs
    bool isUsed(std::size_t output) const;
};

/// Names of the outputs ("" for one that nobody reads); empty: this call can't be said so, take expand().
using Converter = Names (*)(const OnnxCall &call);
/// nullptr: the op's own ONNX name with the same inputs and no attributes, or expand().
Converter findConverter(std::string_view op);

class GraphWriter {
public:
    GraphWriter(Shared &shared, onnx::GraphProto &graph)
        : m_shared(shared)
        , m_graph(graph)
    {
    }

    Shared &shared() { return m_shared; }
    int opset() const { return m_shared.opset; }

    /// Appends a node; all of its outputs get names. `wanted` names the first output if that is free.
    Names nodes(std::string_view type, Names inputs, std::size_t outputs, const Attributes &attributes = {});
    std::string node(std::string_view type, Names inputs, const Attributes &attributes = {})
    {
        return nodes(type, std::move(inputs), 1, attributes).front();
    }
    /// A node that gives exactly this name.
    void copy(const std::string &from, const std::string &to);

    std::string initializer(const Known &known); ///< the same name twice gives two tensors with different names
    std::string integers(const std::vector<std::int64_t> &values); ///< int64[n]
    std::string scalar(double value, DType dtype);
    std::string dim(const Dim &dim); ///< int64[1]
    std::string shape(const Shape &shape); ///< int64[rank]

    // Common nodes, whatever the opset.
    std::string unsqueeze(const std::string &x, std::int64_t axis) { return node("Unsqueeze", {x, integers({axis})}); }
    std::string squeeze(const std::string &x, std::int64_t axis) { return node("Squeeze", {x, integers({axis})}); }
    std::string transpose(const std::string &x, std::vector<std::int64_t> permutation)
    {
        return node("Transpose", {x}, {{"perm", std::move(permutation)}});
    }
    std::string cast(const std::string &x, DType to);

    // Values of the program being written.
    void give(ValueId value, std::string name) { m_names[value] = std::move(name); }
    void giveKnown(ValueId value, Known known) { m_known[value] = std::move(known); }
    std::string nameOf(ValueId value); ///< writes an initializer where the value is known
    const Known *known(ValueId value) const;
    bool isGiven(ValueId value) const { return m_names.contains(value) || m_known.contains(value); }
    std::int32_t uses(ValueId value) const { return m_uses[static_cast<std::size_t>(value)]; }
    /// The only instruction that reads `value`; nullptr where there are others or it is an output.
    const Instruction *onlyUser(const Program &program, ValueId value) const;

    /// Inputs must be given. Afterwards the outputs are.
    void write(const Program &program);

private:
    void fold(const Program &program);
    void writeInstruction(const Program &program, const Instruction &instruction);
    void expand(const Program &program, const Instruction &instruction);
    std::string freeName(std::string wanted);

    Shared &m_shared;
    onnx::GraphProto &m_graph;
    std::unordered_map<ValueId, std::string> m_names;
    std::unordered_map<ValueId, Known> m_known;
    std::vector<std::int32_t> m_uses;
    std::unordered_map<ValueId, std::vector<const Instruction *>> m_users;
    std::string m_origin;
    std::string m_place; ///< name path of the node that is being written
};

/// Conv with its bias, Dense as Gemm, and, where asked for, batch norm folded into either. True: it wrote the
/// instruction and those behind it.
bool writeFused(GraphWriter &w, const Program &program, const Instruction &instruction);

int elementType(DType dtype); ///< ONNX's number
void fillTensor(onnx::TensorProto &proto, const std::string &name, const Tensor &tensor);
void fillValue(onnx::ValueInfoProto &proto, const std::string &name, const TensorType &type);

} // namespace espalier::onnx_export
