// SPDX-License-Identifier: Apache-2.0
#include "engine/exchange/onnx/export.h"

#include "engine/base/file.h"
#include "engine/base/version.h"
#include "engine/exchange/onnx/graph_writer.h"
#include "engine/ops/builder.h"

#include <onnx.pb.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

namespace espalier {
namespace {

using namespace onnx_export;

constexpr std::size_t kAlignment = 4096; ///< of external tensors, so that they can be mapped

/// The version of the file format that came out with the opset: an older runtime takes it.
std::int64_t formatVersion(int opset)
{
    if (opset <= 18)
        return 8;
    if (opset <= 20)
        return 9;
    if (opset <= 22)
        return 10;
    return std::min(opset - 12, 13);
}

class ModelWriter {
public:
    ModelWriter(const ExportModel &model, const OnnxOptions &options)
        : m_model(model)
        , m_options(options)
    {
        m_shared.opset = options.opset;
        m_shared.foldBatchNorm = options.foldBatchNorm;
        m_shared.nameOf = [&model](const std::string &origin) { return model.nameOf(origin); };
        m_shared.root = m_proto.mutable_graph();
    }

    Result<std::vector<std::string>> run(const std::string &path)
    {
        const Program &program = m_model.predict.program;
        GraphWriter w(m_shared, *m_shared.root);
        m_shared.rootWriter = &w;
        m_shared.root->set_name(m_model.name);
        for (const ProgramOutput &output : program.outputs)
            m_shared.taken.insert(output.name);
        addInputs(w, program);
        addStates(w, program);
        w.write(program);
        if (!m_shared.problems.empty())
            return fail(m_shared.problems.front());
        for (const ProgramOutput &output : program.outputs) {
            w.copy(w.nameOf(output.value), output.name);
            fillValue(*m_shared.root->add_output(), output.name, program.type(output.value));
        }
        addHeader();
        return save(path);
    }

private:
    const ExportModel &m_model;
    const OnnxOptions &m_options;
    onnx::ModelProto m_proto;
    Shared m_shared;

    const InputScaling *scaling(const std::string &input) const
    {
        const auto found = m_model.scalings.find(input);
        return found == m_model.scalings.end() ? nullptr : &found->second;
    }

    /// Each symbol is the size of an axis of some input.
    void addSymbols(const std::string &name, const Shape &shape)
    {
        for (int axis = 0; axis < shape.rank(); ++axis) {
            const std::string symbol = shape[axis].toString();
            const bool isSymbol = !shape[axis].isConstant() && !shape[axis].isUnknown()
                && symbol.find_first_of(" *(/") == std::string::npos;
            if (isSymbol)
                m_shared.symbols.try_emplace(symbol, name, axis);
        }
    }

    void addInputs(GraphWriter &w, const Program &program)
    {
        for (const ProgramInput &input : program.inputs) {
            m_shared.taken.insert(input.name);
            fillValue(*m_shared.root->add_input(), input.name, program.type(input.value));
        }
        for (const ProgramInput &input : program.inputs) {
            const TensorType &type = program.type(input.value);
            addSymbols(input.name, type.shape);
            const InputScaling *scale = scaling(input.name);
            const bool isInGraph = scale && m_options.normalization == Preprocessing::Graph;
            w.give(input.value, isInGraph ? normalized(w, input.name, type, *scale) : input.name);
        }
    }

    std::string normalized(GraphWriter &w, const std::string &name, const TensorType &type, const InputScaling &scale)
    {
        const auto row = [&](const std::vector<float> &values, const char *what) {
            const bool isOne = std::all_of(values.begin(), values.end(), [&](float v) { return v == values.front(); });
            Dims dims;
            for (int axis = 1; !isOne && axis < type.shape.rank(); ++axis)
                dims.push_back(type.shape[axis].constant());
            const Tensor tensor = Tensor::of<float>(dims, isOne ? std::vector{values.front()} : values);
            return w.initializer({tensor.cast(type.dtype), name + "." + what});
        };
        const std::string centred = w.node("Sub", {name, row(scale.shift, "shift")});
        return w.node("Mul", {centred, row(scale.factor, "factor")});
    }

    void addStates(GraphWriter &w, const Program &program)
    {
        for (std::size_t i = 0; i < program.states.size(); ++i)
            w.giveKnown(program.states[i].value,
                        {m_model.state(program.states[i].path), m_model.predict.states[i].name});
    }

    void addProperty(const std::string &key, const std::string &value)
    {
        auto &property = *m_proto.add_metadata_props();
        property.set_key(key);
        property.set_value(value);
    }

    static JsonValue numbers(const std::vector<float> &values)
    {
        JsonValue::Array list;
        for (const float value : values)
            list.emplace_back(static_cast<double>(value));
        return JsonValue(std::move(list));
    }

    void addHeader()
    {
        m_proto.set_ir_version(formatVersion(m_options.opset));
        m_proto.set_producer_name("espalier");
        m_proto.set_producer_version(std::string(kVersion));
        auto &opset = *m_proto.add_opset_import();
        opset.set_domain("");
        opset.set_version(m_options.opset);
        for (const auto &[column, names] : m_model.labels)
            addProperty("labels." + column, JsonValue(JsonValue::Array(names.begin(), names.end())).dump());
        for (const auto &[input, scale] : m_model.scalings)
            if (m_options.normalization == Preprocessing::Metadata)
                addProperty(
                    "normalization." + input,
                    JsonValue::object().set("shift", numbers(scale.shift)).set("factor", numbers(scale.factor)).dump());
    }

    Result<std::vector<std::string>> save(const std::string &path)
    {
        std::uint64_t total = 0;
        for (const auto &[name, tensor] : m_shared.initializers)
            total += tensor.bytes();
        const bool isExternal = total > m_options.inlineBytes;
        if (isExternal) {
            ESPALIER_CHECK(saveExternal(path + ".data"));
        } else {
            for (const auto &[name, tensor] : m_shared.initializers)
                fillTensor(*m_shared.root->add_initializer(), name, tensor);
        }
        std::string bytes;
        if (!m_proto.SerializeToString(&bytes))
            return fail("export.onnx-size", "The model is too large for one ONNX file.");
        ESPALIER_CHECK(writeFileAtomically(path, bytes));
        return isExternal ? std::vector{path, path + ".data"} : std::vector{path};
    }

    /// Small tensors stay in the model: shapes and axes must be readable without the data.
    Result<void> saveExternal(const std::string &path)
    {
        ESPALIER_TRY(AtomicFile file, AtomicFile::open(path));
        std::uint64_t offset = 0;
        for (const auto &[name, tensor] : m_shared.initializers) {
            auto &proto = *m_shared.root->add_initializer();
            if (tensor.bytes() < 1024) {
                fillTensor(proto, name, tensor);
                continue;
            }
            fillTensor(proto, name, Tensor(tensor.dtype(), {0}));
            proto.clear_dims();
            proto.clear_raw_data();
            for (const std::int64_t size : tensor.dims())
                proto.add_dims(size);
            proto.set_data_location(onnx::TensorProto::EXTERNAL);
            const std::string padding((kAlignment - offset % kAlignment) % kAlignment, '\0');
            ESPALIER_CHECK(file.write(padding));
            offset += padding.size();
            const auto entry = [&](const char *key, const std::string &value) {
                auto &e = *proto.add_external_data();
                e.set_key(key);
                e.set_value(value);
            };
            entry("location", std::filesystem::path(path).filename().string());
            entry("offset", std::to_string(offset));
            entry("length", std::to_string(tensor.bytes()));
            ESPALIER_CHECK(file.write({static_cast<const char *>(tensor.data()), tensor.bytes()}));
            offset += tensor.bytes();
        }
        return file.commit();
    }
};

/// Whether the op, or what it expands to, has an operator.
bool canSay(const Program &program, const Instruction &instruction)
{
    const Op &op = *instruction.op;
    for (const auto &body : instruction.bodies)
        for (const Instruction &inner : body->instructions)
            if (!canSay(*body, inner))
                return false;
    if (findConverter(op.name) || (!op.onnx.empty() && instruction.attrs.isEmpty() && instruction.outputs.size() == 1))
        return true;
    if (!op.expand)
        return false;
    Builder b;
    std::vector<TensorType> types;
    std::vector<ValueId> inputs;
    for (const ValueId value : instruction.inputs) {
        types.push_back(program.type(value));
        inputs.push_back(b.input("in" + std::to_string(inputs.size()), types.back()));
    }
    op.expand(b, {op, instruction.attrs, types, instruction.bodies}, inputs);
    const auto &all = b.program().instructions;
    return std::all_of(all.begin(), all.end(), [&](const Instruction &i) { return canSay(b.program(), i); });
}

} // namespace

std::vector<Error> checkOnnx(const Lowered &lowered)
{
    std::vector<Error> problems;
    for (const Instruction &instruction : lowered.program.instructions) {
        if (canSay(lowered.program, instruction))
            continue;
        const auto port = std::find_if(lowered.ports.begin(), lowered.ports.end(),
                                       [&](const PortType &p) { return p.path == instruction.origin; });
        const std::string name = port == lowered.ports.end() ? instruction.origin : port->name;
        Error problem = error("export.no-operator", "ONNX has no operator for '{0}' of the node '{1}'.",
                              instruction.op->name, name);
        if (port != lowered.ports.end())
            problem.where = {.graph = port->graph, .node = port->node};
        problems.push_back(std::move(problem));
    }
    return problems;
}

Result<std::vector<std::string>> writeOnnx(const std::string &path, const ExportModel &model,
                                           const OnnxOptions &options)
{
    if (options.opset < kOldestOpset || options.opset > kNewestOpset)
        return fail("export.opset", "Opset {0} is not one of {1} to {2}, which this version writes.", options.opset,
                    kOldestOpset, kNewestOpset);
    return ModelWriter(model, options).run(path);
}

} // namespace espalier
