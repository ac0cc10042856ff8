// SPDX-License-Identifier: Apache-2.0
// Layers against PyTorch's modules: each is drawn between Inputs and an Output, lowered, differentiated and run.
#include "engine/graph/lower.h"
#include "engine/ops/autodiff.h"
#include "engine/program/pipeline.h"
#include "tests/catalog/golden.h"
#include "tests/support/drawing.h"
#include "tests/support/run_program.h"

#include <QtTest>

using namespace espalier;
using namespace espalier::golden;

namespace {

/// The layer of the case with an Input for each of its tensors and an Output; in `dtype`.
Document draw(const File &golden, const JsonValue &goldenCase, DType dtype)
{
    const std::string prefix = goldenCase["name"].string();
    Drawing drawing;
    drawing.node("layer", goldenCase["kind"].string(), goldenCase["params"].dump()).node("out", "Output");
    for (const auto &[port, tensor] : golden.under(prefix + "/in/")) {
        JsonValue params = JsonValue::object();
        JsonValue::Array shape(tensor.dims().begin(), tensor.dims().end());
        params.set("shape", JsonValue(std::move(shape)));
        params.set("dtype", JsonValue(name(isFloating(tensor.dtype()) ? dtype : tensor.dtype())));
        params.set("batch", false);
        drawing.node(port, "Input", params.dump()).wire(port + ".x", "layer." + port);
    }
    const std::string port = golden.under(prefix + "/out/").front().first;
    return drawing.wire("layer." + port, "out.x").document;
}

struct Differentiated {
    Program program; ///< outputs: the layer's, then its gradients in the order of `names`
    std::vector<std::string> names; ///< of golden gradients
    std::vector<Tensor> inputs;
    std::vector<Tensor> states;
};

Differentiated differentiate(const File &golden, const JsonValue &goldenCase, DType dtype, Lowered lowered)
{
    const std::string prefix = goldenCase["name"].string() + "/";
    Differentiated d;
    Builder builder(std::move(lowered.program));
    const ValueId output = builder.program().outputs.front().value;
    std::map<std::string, ValueId> sources;
    for (const LoweredInput &input : lowered.inputs) {
        const std::string port = input.name.substr(0, input.name.find('.'));
        sources["in." + port] = input.value;
        d.inputs.push_back(inType(golden.at(prefix + "in/" + port), dtype));
    }
    for (std::size_t i = 0; i < lowered.states.size(); ++i) {
        const std::string &path = lowered.states[i].name;
        const std::string state = path.substr(path.find('.') + 1);
        sources["state." + state] = builder.program().states[i].value;
        d.states.push_back(inType(golden.at(prefix + "state/" + state), lowered.states[i].type.dtype));
    }
    const auto seeds = golden.under(prefix + "seed/");
    const ValueId seed = builder.input("seed", builder.type(output));
    d.inputs.push_back(inType(seeds.front().second, builder.dtype(output)));
    std::vector<ValueId> wanted;
    for (const auto &[source, gradient] : golden.under(prefix + "grad/")) {
        wanted.push_back(sources.at(source));
        d.names.push_back(source);
    }
    const std::vector<ValueId> gradients = backpropagate(builder, std::vector{output}, std::vector{seed}, wanted);
    for (std::size_t i = 0; i < wanted.size(); ++i)
        builder.output(d.names[i], gradients[i] == kNoValue ? builder.zerosLike(wanted[i]) : gradients[i]);
    d.program = builder.take();
    return d;
}

/// What differs from PyTorch; empty where all agrees.
QString run(const Run &row)
{
    const auto &[golden, goldenCase, device, dtype] = row;
    const std::string prefix = goldenCase["name"].string() + "/";
    LowerOptions options;
    options.mode = goldenCase["mode"].string() == "train" ? Mode::Train : Mode::Evaluate;
    options.observe = false;
    Lowered lowered = lower(draw(golden, goldenCase, dtype), options);
    for (const Error &problem : lowered.problems)
        return QString::fromStdString(problem.message());
    std::vector<std::string> stateNames;
    for (const StateInfo &state : lowered.states)
        stateNames.push_back(state.name.substr(state.name.find('.') + 1));
    if (stateNames.size() != golden.under(prefix + "state/").size())
        return "the layer has other states than PyTorch's module";
    const Differentiated d = differentiate(golden, goldenCase, dtype, std::move(lowered));
    const auto backend = makeBackend(device, {});
    if (!backend)
        return QString::fromStdString(backend.error().message());
    const auto result = test::runOnBackend(**backend, optimise(d.program), d.inputs, d.states);
    if (!result)
        return QString::fromStdString(result.error().message());
    const DType precision = result->outputs.front().dtype(); // an Embedding is float32 whatever comes in
    QStringList found
        = {difference("output", result->outputs.front(), golden.under(prefix + "out/").front().second, precision)};
    for (std::size_t i = 0; i < d.names.size(); ++i)
        found.append(difference("gradient of " + d.names[i], result->outputs[i + 1],
                                golden.at(prefix + "grad/" + d.names[i]), precision));
    for (std::size_t i = 0; i < stateNames.size(); ++i)
        if (const auto kept = golden.tensors.find(prefix + "final/" + stateNames[i]); kept != golden.tensors.end())
            found.append(difference("final " + stateNames[i], result->states[i], kept->second, precision));
    found.removeAll(QString());
    return found.join("; ");
}

} // namespace

class TstGoldenLayers : public QObject {
    Q_OBJECT
private slots:
    void layers_data() { addRows({"layers.safetensors"}); }
    void layers()
    {
        const QString found = run(currentRow());
        QVERIFY2(found.isEmpty(), qPrintable(found));
    }
};

QTEST_GUILESS_MAIN(TstGoldenLayers)
#include "tst_golden_layers.moc"
