// SPDX-License-Identifier: Apache-2.0
// Exports every case of every layer and every sample into a folder, with inputs and our own results beside, for the
// judges (check_exports.py): write_exports FOLDER.
#include "engine/backends/reference/interpreter.h"
#include "engine/base/file.h"
#include "engine/exchange/onnx/export.h"
#include "engine/exchange/pytorch/export.h"
#include "engine/io/safetensors.h"
#include "engine/server/train_job.h"
#include "tests/support/drawing.h"
#include "tests/support/layer_case.h"
#include "tests/support/op_case.h"

#include <cstdio>
#include <filesystem>

using namespace espalier;
using namespace espalier::test;

namespace {

/// One thing to export, with what goes in.
struct Subject {
    std::string layer; ///< or "sample"
    std::string name;
    ExportModel model;
    std::vector<Tensor> inputs;
    bool isFolded = false; ///< batch norm folded, an old opset and external data: the other way round
};

class Writer {
public:
    explicit Writer(std::string folder)
        : m_folder(std::move(folder))
    {
    }

    void add(const Subject &subject)
    {
        const std::string name = "case" + std::to_string(m_cases.items().size());
        const std::string folder = m_folder + "/" + name;
        JsonValue entry = JsonValue::object();
        entry.set("folder", name).set("layer", subject.layer).set("name", subject.name);
        std::filesystem::create_directories(folder);
        writeValues(folder, subject);
        JsonValue gaps = JsonValue::object();
        OnnxOptions options;
        if (subject.isFolded)
            options = {.opset = kOldestOpset, .foldBatchNorm = true, .inlineBytes = 0};
        note(gaps, "onnx", writeOnnx(folder + "/model.onnx", subject.model, options));
        note(gaps, "pytorch", writePyTorch(folder, subject.model, {}));
        m_cases.append(std::move(entry.set("gaps", std::move(gaps))));
    }

    int finish()
    {
        const auto written = writeFileAtomically(m_folder + "/cases.json", m_cases.dump());
        return written ? 0 : 1;
    }

private:
    std::string m_folder;
    JsonValue m_cases = JsonValue::array();

    static void note(JsonValue &gaps, std::string_view format, const Result<std::vector<std::string>> &result)
    {
        if (!result)
            gaps.set(format, result.error().message());
    }

    static void writeValues(const std::string &folder, const Subject &subject)
    {
        const Program &program = subject.model.predict.program;
        Bindings bindings;
        for (std::size_t i = 0; i < program.inputs.size(); ++i) {
            const Shape &shape = program.type(program.inputs[i].value).shape;
            for (int axis = 0; axis < shape.rank(); ++axis)
                if (!shape[axis].isConstant())
                    bindings[shape[axis].toString()] = subject.inputs[i].dims()[static_cast<std::size_t>(axis)];
        }
        std::vector<Tensor> states;
        for (const ProgramState &state : program.states)
            states.push_back(subject.model.state(state.path));
        const auto result = interpret(espalier::bind(program, bindings), subject.inputs, states);
        if (!result) {
            std::fprintf(stderr, "%s: %s\n", subject.name.c_str(), result.error().message().c_str());
            std::exit(1);
        }
        std::vector<NamedTensor> values;
        for (std::size_t i = 0; i < program.inputs.size(); ++i)
            values.push_back({"in:" + program.inputs[i].name, subject.inputs[i]});
        for (std::size_t i = 0; i < program.outputs.size(); ++i)
            values.push_back({"out:" + program.outputs[i].name, result->outputs[i]});
        (void)writeSafetensors(folder + "/values.safetensors", values);
        JsonValue inputs = JsonValue::array();
        JsonValue outputs = JsonValue::array();
        for (const LoweredInput &input : subject.model.predict.inputs)
            inputs.append(input.name);
        for (const LoweredOutput &output : subject.model.predict.outputs)
            outputs.append(output.name);
        (void)writeFileAtomically(
            folder + "/order.json",
            JsonValue::object().set("inputs", std::move(inputs)).set("outputs", std::move(outputs)).dump());
    }
};

[[noreturn]] void stop(const std::string &what, const Error &error)
{
    std::fprintf(stderr, "%s: %s\n", what.c_str(), error.message().c_str());
    std::exit(1);
}

void addLayers(Writer &writer)
{
    for (const LayerKind *kind : allLayers()) {
        for (const LayerCase &c : kind->cases()) {
            const std::string name = std::string(kind->id) + ": " + c.name;
            const BuiltCase built = buildCase(*kind, c, DType::Float32, Mode::Predict);
            const std::vector<Tensor> values = statesOf(built);
            std::map<std::string, Tensor> states;
            for (std::size_t i = 0; i < values.size(); ++i)
                states.emplace(built.lowered.states[i].path, values[i]);
            LowerOptions options;
            for (std::size_t i = 0; i < c.inputs.size(); ++i)
                options.inputTypes.emplace("in" + std::to_string(i),
                                           TensorType{c.inputs[i].dtype, Shape(c.inputs[i].dims)});
            auto model = makeExportModel(std::string(kind->id), built.document, options, std::move(states));
            if (!model)
                stop(name, model.error());
            writer.add({std::string(kind->id), name, std::move(*model), inputsOf(built, c, DType::Float32)});
        }
    }
}

/// Two layers with a skip around them, several times: own weights, shared weights, two different instances.
Document blocks(bool isShared)
{
    Drawing d;
    d.node("rows", "Input", R"({"columns": ["x"], "shape": [5]})").node("out", "Output");
    const std::string kind = "block:" + Drawing::blockId("residual step");
    d.node("body", kind, isShared ? R"({"repeat": 3, "shared": true})" : R"({"repeat": 3})").node("head", kind);
    d.wire("rows.x", "body.x").wire("body.y", "head.x").wire("head.y", "out.x");
    d.block("residual step").node("x", "BlockInput").node("fc 1", "Dense", R"({"out_features": 5})");
    d.node("norm", "BatchNorm").node("sum", "Add").node("y", "BlockOutput");
    d.wire("x.y", "fc 1.x").wire("fc 1.y", "norm.x").wire("norm.y", "sum.x").wire("x.y", "sum.x").wire("sum.y", "y.x");
    return d.document;
}

/// Values for the inputs of a program, three samples at once.
std::vector<Tensor> sampleInputs(const Lowered &lowered)
{
    std::vector<Tensor> inputs;
    for (const LoweredInput &input : lowered.inputs) {
        TensorType type = lowered.program.type(input.value);
        type.shape = type.shape.bind({{"batch", 3}, {"time", 5}});
        const bool isIndex = isInteger(type.dtype);
        inputs.push_back(randomTensor(type, isIndex ? Domain::Index : Domain::Normal, 8, inputs.size() + 1));
    }
    return inputs;
}

/// Of the whole drawing, moved a little from where they start.
std::map<std::string, Tensor> freshStates(const Document &document, const LowerOptions &options)
{
    BuiltCase built;
    LowerOptions evaluate = options;
    evaluate.mode = Mode::Evaluate;
    built.lowered = lower(document, evaluate);
    const std::vector<Tensor> values = statesOf(built);
    std::map<std::string, Tensor> states;
    for (std::size_t i = 0; i < values.size(); ++i)
        states.emplace(built.lowered.states[i].path, values[i]);
    return states;
}

void addBlocks(Writer &writer, bool isShared)
{
    const std::string name = isShared ? "blocks, shared" : "blocks";
    const Document document = blocks(isShared);
    const LowerOptions options;
    auto model = makeExportModel(name, document, options, freshStates(document, options));
    if (!model)
        stop(name, model.error());
    std::vector<Tensor> inputs = sampleInputs(model->predict);
    writer.add({"sample", name, std::move(*model), std::move(inputs)});
}

void addSample(Writer &writer, const SampleInfo &sample)
{
    ModelRequest request;
    request.model = sample.name;
    auto loaded = loadModel(request);
    if (!loaded)
        stop(sample.name, loaded.error());
    LowerOptions options;
    const auto feed = DataFeed::open(loaded->document.data, loaded->folder, loaded->settings);
    if (!feed) {
        std::printf("%s: %s\n", sample.name.c_str(), feed.error().message().c_str());
        return; // its data are not here
    }
    options.hasData = !(*feed)->sources().empty();
    options.sources = (*feed)->sources();
    options.mode = Mode::Predict;
    const Lowered lowered = lower(loaded->document, options);
    for (const bool isFolded : {false, true}) {
        auto model = makeExportModel(sample.name, loaded->document, options, freshStates(loaded->document, options));
        if (!model)
            stop(sample.name, model.error());
        const std::string name = "sample " + sample.name + (isFolded ? ", folded" : "");
        writer.add({"sample", name, std::move(*model), sampleInputs(lowered), isFolded});
    }
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    Writer writer(argv[1]);
    addLayers(writer);
    addBlocks(writer, false);
    addBlocks(writer, true);
    for (const SampleInfo &sample : listSamples())
        addSample(writer, sample);
    return writer.finish();
}
