// SPDX-License-Identifier: Apache-2.0
// Ops against PyTorch: forward values and gradients, as the program is written and after all passes.
#include "engine/ops/autodiff.h"
#include "engine/program/pipeline.h"
#include "tests/catalog/golden.h"
#include "tests/support/run_program.h"

#include <QDir>
#include <QtTest>

#include <cmath>

using namespace espalier;
using namespace espalier::golden;

namespace {

/// The case's program in `dtype`, with its gradients as outputs "grad/..." for seeds that are inputs "seed/...".
Program withGradients(const File &golden, const JsonValue &goldenCase, DType dtype)
{
    QString text = QString::fromStdString(goldenCase["program"].string());
    text.replace("float64[", QString::fromStdString(std::string(name(dtype))) + '[');
    Result<Program> parsed = parseProgram(text.toStdString());
    if (!parsed)
        qFatal("%s\n%s", qPrintable(text), parsed.error().message().c_str());
    const std::string prefix = goldenCase["name"].string();
    Builder builder(std::move(*parsed));
    std::vector<ValueId> outputs;
    std::vector<ValueId> seeds;
    for (const ProgramOutput &out : builder.program().outputs)
        outputs.push_back(out.value);
    for (std::size_t i = 0; i < outputs.size(); ++i)
        seeds.push_back(builder.input("seed/" + builder.program().outputs[i].name, builder.type(outputs[i])));
    std::vector<ValueId> wanted;
    std::vector<std::string> names;
    for (const auto &[input, tensor] : golden.under(prefix + "/grad/")) {
        for (const ProgramInput &in : builder.program().inputs)
            if (in.name == input)
                wanted.push_back(in.value);
        names.push_back("grad/" + input);
    }
    const std::vector<ValueId> gradients = backpropagate(builder, outputs, seeds, wanted);
    for (std::size_t i = 0; i < gradients.size(); ++i)
        builder.output(names[i], gradients[i]);
    return builder.take();
}

/// Expected and computed outputs differ here; empty where all agree.
QString run(const Run &row, bool optimised)
{
    const auto &[golden, goldenCase, device, dtype] = row;
    const std::string prefix = goldenCase["name"].string() + "/";
    Program program = withGradients(golden, goldenCase, dtype);
    if (optimised)
        program = optimise(program);
    if (const std::string broken = verify(program); !broken.empty())
        return QString::fromStdString(broken);
    const auto backend = makeBackend(device, {});
    if (!backend)
        return QString::fromStdString(backend.error().message());
    std::vector<Tensor> inputs;
    for (const ProgramInput &input : program.inputs)
        inputs.push_back(
            inType(golden.at(prefix + (input.name.starts_with("seed/") ? "" : "in/") + input.name), dtype));
    const auto result = test::runOnBackend(**backend, program, inputs);
    if (!result)
        return QString::fromStdString(result.error().message());
    QStringList found;
    for (std::size_t i = 0; i < program.outputs.size(); ++i) {
        const std::string &output = program.outputs[i].name;
        const std::string key = prefix + (output.starts_with("grad/") ? "" : "out/") + output;
        found.append(difference(output, result->outputs[i], golden.at(key), dtype));
    }
    found.removeAll(QString());
    return found.join("; ");
}

} // namespace

class TstGoldenOps : public QObject {
    Q_OBJECT
private slots:
    void aWrongNumberIsNoticed()
    {
        const Tensor right = Tensor::of<double>({2}, {1, -4});
        QVERIFY(difference("x", right, right, DType::Float64).isEmpty());
        QVERIFY(difference("x", Tensor::of<double>({2}, {1.00001, -4}), right, DType::Float32).isEmpty());
        QVERIFY(!difference("x", Tensor::of<double>({2}, {1.0001, -4}), right, DType::Float32).isEmpty());
        QVERIFY(!difference("x", Tensor::of<double>({2}, {1.00001, -4}), right, DType::Float64).isEmpty());
        QVERIFY(!difference("x", Tensor::of<double>({2}, {std::nan(""), -4}), right, DType::Float32).isEmpty());
        QVERIFY(!difference("x", Tensor::of<double>({1, 2}, {1, -4}), right, DType::Float32).isEmpty());
    }
    void asWritten_data() { addRows(kFiles); }
    void asWritten()
    {
        const QString found = run(currentRow(), false);
        QVERIFY2(found.isEmpty(), qPrintable(found));
    }
    void optimised_data() { addRows(kFiles); }
    void optimised()
    {
        const QString found = run(currentRow(), true);
        QVERIFY2(found.isEmpty(), qPrintable(found));
    }
    void everyFileIsRead()
    {
        const QStringList others = {"layers.safetensors", "optimizers.safetensors", "ops.safetensors"};
        const QStringList all = QDir(ESPALIER_SOURCE_DIR "/tests/support/golden").entryList({"*.safetensors"});
        for (const QString &file : all)
            QVERIFY2(kFiles.contains(file) || others.contains(file), qPrintable(file));
    }

private:
    const QStringList kFiles
        = {"activations.safetensors", "arithmetic.safetensors", "linear.safetensors", "convolutions.safetensors",
           "pools.safetensors",       "norms.safetensors",      "losses.safetensors"};
};

QTEST_GUILESS_MAIN(TstGoldenOps)
#include "tst_golden_ops.moc"
