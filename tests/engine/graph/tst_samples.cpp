// SPDX-License-Identifier: Apache-2.0
// The samples as documents: in normal form, complete, without problems, and with the facts that they are known by.
#include "engine/backends/reference/interpreter.h"
#include "engine/graph/lower.h"

#include <QDir>
#include <QFile>
#include <QtTest>

using namespace espalier;

namespace {

std::string textOf(const QString &name)
{
    QFile file(QStringLiteral(ESPALIER_SOURCE_DIR "/resources/samples/") + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string();
}

/// The columns that engine/data offers for the sources of the samples.
LowerOptions optionsFor(const Document &document)
{
    const TensorType label{DType::Int64, Shape{}};
    LowerOptions options;
    options.hasData = !document.data.isNull();
    for (const JsonValue &source : document.data["sources"].items()) {
        const JsonValue &p = source["parameters"];
        const std::string &kind = source["kind"].string();
        BoundSource bound{source["id"].string(), source["name"].string(), {}};
        if (kind == "text") {
            const TensorType window{DType::Int64, Shape{p["window"].integer()}};
            bound.columns = {{"text", window, 50}, {"target", window, 50}};
        } else if (p["name"].string() == "digits") {
            bound.columns = {{"image", {DType::Float32, Shape{1, 8, 8}}, 0}, {"label", label, 10}};
        } else if (kind == "idx") {
            bound.columns = {{"image", {DType::Float32, Shape{1, 28, 28}}, 0}, {"label", label, 10}};
        } else if (p["target"].string() == "regression") {
            bound.columns = {{"features", {DType::Float32, Shape{p["features"].integer()}}, 0},
                             {"target", {DType::Float32, Shape{p["outputs"].integer()}}, 0}};
        } else {
            const std::int64_t width = p["name"].string() == "iris" ? 4 : p["features"].integer(2);
            bound.columns
                = {{"features", {DType::Float32, Shape{width}}, 0}, {"label", label, p["classes"].integer(3)}};
        }
        options.sources.push_back(std::move(bound));
    }
    return options;
}

Document sample(const QString &name)
{
    return readDocument(textOf(name + ".espalier"), name.toStdString()).value();
}

std::string evaluate(const QString &name)
{
    const Document document = sample(name);
    LowerOptions options;
    options.mode = Mode::Predict;
    const Lowered lowered = lower(document, options);
    std::vector<Tensor> inputs;
    for (const LoweredInput &input : lowered.inputs)
        inputs.push_back(input.given);
    const auto result = interpret(lowered.program, inputs);
    return result ? result->outputs.front().toString() : result.error().message();
}

} // namespace

class TstSamples : public QObject {
    Q_OBJECT
private slots:
    void eachIsSound_data()
    {
        QTest::addColumn<QString>("name");
        const QDir folder(QStringLiteral(ESPALIER_SOURCE_DIR "/resources/samples"));
        const QStringList names = folder.entryList({"*.espalier"});
        QVERIFY(names.size() >= 10);
        for (const QString &name : names)
            QTest::newRow(qPrintable(name)) << name;
    }
    void eachIsSound()
    {
        QFETCH(QString, name);
        const std::string text = textOf(name);
        const auto document = readDocument(text, name.toStdString());
        QVERIFY2(document.has_value(), document ? "" : document.error().message().c_str());
        QCOMPARE(writeDocument(*document), text);
        QVERIFY(document->extra["description"].string().size() > 20);
        std::vector<const DocumentGraph *> graphs{&document->graph};
        for (const DocumentGraph &block : document->blocks)
            graphs.push_back(&block);
        for (const DocumentGraph *graph : graphs)
            for (const DocumentNode &node : graph->nodes)
                QVERIFY2(completeParams(*findLayer(node.kind), node.params) == node.params, node.name.c_str());
        const auto problems = checkDocument(*document, optionsFor(*document));
        QVERIFY2(problems.empty(), problems.empty() ? "" : problems.front().message().c_str());
        const Lowered lowered = lower(*document, optionsFor(*document));
        QCOMPARE(verify(lowered.program), std::string());
        QCOMPARE(lowered.losses.empty(), document->training.isNull());
    }
    void parametersOfKerasSequential()
    {
        const Document document = sample("keras-sequential");
        const Lowered lowered = lower(document, optionsFor(document));
        std::int64_t count = 0;
        std::map<std::string, std::int64_t> byNode;
        for (const StateInfo &s : lowered.states) {
            count += s.type.shape.elements().constant();
            byNode[s.name.substr(0, s.name.find('.'))] += s.type.shape.elements().constant();
        }
        QCOMPARE(count, std::int64_t{5374});
        QCOMPARE(byNode["dense1"], std::int64_t{3264});
        QCOMPARE(byNode["dense2"], std::int64_t{1820});
        QCOMPARE(byNode["dense3"], std::int64_t{290});
    }
    void valuesOfTheFirstPrograms()
    {
        QCOMPARE(evaluate("theano-logistic"), std::string("[[0.5, 0.73105858], [0.26894142, 0.11920292]]"));
        QCOMPARE(evaluate("tensorflow-multiply"), std::string("[5, 12, 21, 32]"));
    }
    void weightsOfPytorchTwoLayer()
    {
        const Document document = sample("pytorch-two-layer");
        const Lowered lowered = lower(document, optionsFor(document));
        QCOMPARE(lowered.states.size(), std::size_t{2});
        QCOMPARE(lowered.states[0].type.toString(), std::string("float32[100, 1000]"));
        QCOMPARE(lowered.states[1].type.toString(), std::string("float32[10, 100]"));
        QCOMPARE(lowered.states[0].initializer.scheme, std::string("normal"));
        QCOMPARE(document.training["optimizer"]["lr"].number(), 1e-6);
    }
};

QTEST_GUILESS_MAIN(TstSamples)
#include "tst_samples.moc"
