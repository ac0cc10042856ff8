// SPDX-License-Identifier: Apache-2.0
// Ten steps of each optimizer against PyTorch's.
#include "engine/program/compile.h"
#include "engine/train/optimizer.h"
#include "tests/catalog/golden.h"

#include <QtTest>

using namespace espalier;
using namespace espalier::golden;

namespace {

OptimizerSettings settingsOf(const JsonValue &goldenCase)
{
    const JsonValue &given = goldenCase["settings"];
    OptimizerSettings s;
    s.kind = goldenCase["kind"].string();
    s.momentum = given["momentum"].number(s.momentum);
    s.nesterov = given["nesterov"].boolean(s.nesterov);
    s.beta1 = given["beta1"].number(s.beta1);
    s.beta2 = given["beta2"].number(s.beta2);
    s.eps = given["eps"].number(s.eps);
    s.alpha = given["alpha"].number(s.alpha);
    s.centered = given["centered"].boolean(s.centered);
    s.weightDecay = given["weight_decay"].number(s.weightDecay);
    s.clipNorm = given["clip_norm"].number(s.clipNorm);
    return s;
}

/// One step of the optimizer over parameters "w" and "b", whose gradients are inputs "grad/w" and "grad/b".
Program stepProgram(const File &golden, const JsonValue &goldenCase, DType dtype)
{
    Builder builder;
    std::vector<TrainedParameter> parameters;
    for (const auto &[path, start] : golden.under(goldenCase["name"].string() + "/start/")) {
        TrainedParameter p;
        p.info.path = p.info.name = path;
        p.info.type = {dtype, Shape(start.dims())};
        p.value = builder.state(path, p.info.type);
        p.gradient = builder.input("grad/" + path, p.info.type);
        parameters.push_back(std::move(p));
    }
    StepScalars scalars;
    scalars.rate = builder.input("rate", {dtype, Shape()});
    scalars.step = builder.input("step", {DType::Int64, Shape()});
    scalars.gate = builder.input("gate", {DType::Bool, Shape()});
    const OptimizerSettings settings = settingsOf(goldenCase);
    if (settings.clipNorm > 0)
        clipGradients(builder, settings, parameters);
    appendUpdates(builder, settings, "main", parameters, scalars);
    return builder.take();
}

/// Row `step` of a tensor whose first axis counts steps.
Tensor atStep(const Tensor &all, std::int64_t step)
{
    Tensor row(all.dtype(), Dims(all.dims().begin() + 1, all.dims().end()));
    for (std::int64_t i = 0; i < row.elements(); ++i)
        row.set(i, all.at(step * row.elements() + i));
    return row;
}

QString optimize(const Run &row)
{
    const auto &[golden, goldenCase, device, dtype] = row;
    const std::string prefix = goldenCase["name"].string();
    const auto backend = makeBackend(device, {});
    if (!backend)
        return QString::fromStdString(backend.error().message());
    StateStore store(**backend);
    const Program program = stepProgram(golden, goldenCase, dtype);
    const auto executable = compile(program, **backend, store, std::make_shared<Arena>(**backend));
    if (!executable)
        return QString::fromStdString(executable.error().message());
    const auto starts = golden.under(prefix + "/start/");
    for (const auto &[path, start] : starts)
        if (!store.write(path, inType(start, dtype)))
            return "a state can't be written";
    const std::int64_t steps = golden.at(prefix + "/after/" + starts[0].first).dims()[0];
    for (std::int64_t step = 0; step < steps; ++step) {
        for (const auto &[path, start] : starts)
            (*executable)->setInput("grad/" + path, inType(atStep(golden.at(prefix + "/grad/" + path), step), dtype));
        (*executable)->setInput("rate", Tensor::scalar(goldenCase["rate"].number()).cast(dtype));
        if ((*executable)->hasInput("step"))
            (*executable)->setInput("step", Tensor::scalar(step + 1));
        (*executable)->setInput("gate", Tensor::scalar(true));
        (*executable)->run();
        for (const auto &[path, start] : starts) {
            const auto value = store.read(path);
            if (!value)
                return QString::fromStdString(value.error().message());
            const QString found = difference(path, *value, atStep(golden.at(prefix + "/after/" + path), step), dtype);
            if (!found.isEmpty())
                return QStringLiteral("after step %1: ").arg(step + 1) + found;
        }
    }
    return {};
}

} // namespace

class TstGoldenOptimizers : public QObject {
    Q_OBJECT
private slots:
    void tenSteps_data() { addRows({"optimizers.safetensors"}); }
    void tenSteps()
    {
        const QString found = optimize(currentRow());
        QVERIFY2(found.isEmpty(), qPrintable(found));
    }
};

QTEST_GUILESS_MAIN(TstGoldenOptimizers)
#include "tst_golden_optimizers.moc"
