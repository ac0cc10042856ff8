// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/window/digits_drawing.h"

#include "engine/protocol/document_text.h"
#include "gui/document/edits.h"
#include "gui/document/studio_document.h"
#include "gui/engine_client/text.h"
#include "tests/gui/window/action_scenarios.h"

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

QString labelOf(const DocumentGraph &graph, const DocumentNode &node, int depth)
{
    QString label = qString(node.kind) + qString(node.params.dump());
    if (depth > 40)
        return label;
    QStringList inputs;
    for (const DocumentWire &wire : graph.wires)
        if (wire.to.node == node.id)
            if (const DocumentNode *from = graph.findNode(wire.from.node))
                inputs.append(qString(wire.to.port) + u'<' + qString(wire.from.port) + u' '
                              + labelOf(graph, *from, depth + 1));
    inputs.sort();
    return label + u'(' + inputs.join(u';') + u')';
}

} // namespace

const std::vector<LayerToDraw> &digitsChain()
{
    static const std::vector<LayerToDraw> chain{{"input", "Input", "data"},
                                                {"conv2d", "Conv2D", "conv1"},
                                                {"batchnorm", "BatchNorm", "norm1"},
                                                {"relu", "ReLU", "relu1"},
                                                {"maxpool2d", "MaxPool2D", "pool1"},
                                                {"conv2d", "Conv2D", "conv2"},
                                                {"batchnorm", "BatchNorm", "norm2"},
                                                {"relu", "ReLU", "relu2"},
                                                {"maxpool2d", "MaxPool2D", "pool2"},
                                                {"flatten", "Flatten", "flatten"},
                                                {"dense", "Dense", "fc1"},
                                                {"dropout", "Dropout", "dropout"},
                                                {"dense", "Dense", "fc2"}};
    return chain;
}

const Document &digitsSample()
{
    static const Document sample = [] {
        QFile file(QStringLiteral(ESPALIER_SOURCE_DIR "/resources/samples/digits-cnn.espalier"));
        if (!file.open(QIODevice::ReadOnly))
            qFatal("The sample is not there.");
        return readDocument(file.readAll().toStdString(), "digits-cnn").value();
    }();
    return sample;
}

bool openEmptyDigits(Studio &studio)
{
    Document empty = digitsSample();
    empty.graph.nodes.clear();
    empty.graph.wires.clear();
    const QString path = scratch(u"empty.espalier"_s);
    QFile file(path);
    const std::string text = writeDocument(empty);
    if (!file.open(QIODevice::WriteOnly) || file.write(text.data(), static_cast<qint64>(text.size())) < 0)
        return false;
    file.close();
    if (!studio.window().documents().open(path))
        return false;
    studio.view().setFocus();
    return studio.waitForAnswers() && studio.graph().nodes.empty();
}

void setParamsLike(Studio &studio, const QString &node, const char *like)
{
    const DocumentNode *wanted = nullptr;
    for (const DocumentNode &each : digitsSample().graph.nodes)
        if (each.name == like)
            wanted = &each;
    QVERIFY(wanted);
    for (const auto &[name, value] : wanted->params.members())
        if (studio.nodeById(node)->params[name] != value)
            studio.page()->run(setParam(studio.page()->editContext(), {node.toStdString()}, name, value), false);
    studio.document().endMerge();
}

QStringList shapeOf(const DocumentGraph &graph)
{
    QStringList labels;
    for (const DocumentNode &node : graph.nodes)
        labels.append(labelOf(graph, node, 0));
    labels.sort();
    return labels;
}

void checkIsDigits(Studio &studio)
{
    QVERIFY(studio.waitForAnswers());
    for (const Error &problem : studio.answers().problems)
        QVERIFY2(false, qPrintable(text(problem)));
    QCOMPARE(studio.answers().total.parameters, 13754.0);
    QCOMPARE(studio.graph().wires.size(), digitsSample().graph.wires.size());
    QCOMPARE(shapeOf(studio.graph()), shapeOf(digitsSample().graph));
}

} // namespace espalier
