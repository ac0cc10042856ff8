// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/window/digits_drawing.h"

#include "engine/protocol/document_text.h"
#include "gui/engine_client/text.h"

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

const std::vector<LayerToDraw> &digitsPictureChain()
{
    static const std::vector<LayerToDraw> chain{{"conv2d", "Conv2D", "conv1"}, {"batchnorm", "BatchNorm", "norm1"},
                                                {"relu", "ReLU", "relu1"},     {"maxpool2d", "MaxPool2D", "pool1"},
                                                {"conv2d", "Conv2D", "conv2"}, {"batchnorm", "BatchNorm", "norm2"},
                                                {"relu", "ReLU", "relu2"},     {"maxpool2d", "MaxPool2D", "pool2"}};
    return chain;
}

const std::vector<LayerToDraw> &digitsVectorChain()
{
    static const std::vector<LayerToDraw> chain{{"dense", "Dense", "fc1"}, {"dropout", "Dropout", "dropout"}};
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

JsonValue paramsToType(const LayerInfo &layer, const char *like)
{
    JsonValue typed = JsonValue::object();
    for (const DocumentNode &each : digitsSample().graph.nodes)
        if (each.name == like)
            for (const ParamInfo &param : layer.params)
                if (each.params[param.name] != param.fallback)
                    typed.set(param.name, each.params[param.name]);
    return typed;
}

QString typedText(const JsonValue &value)
{
    if (value.isString())
        return qString(value.string());
    if (!value.isArray())
        return qString(value.dump());
    QStringList parts;
    for (const JsonValue &item : value.items())
        parts.append(typedText(item));
    return parts.join(u", "_s);
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
