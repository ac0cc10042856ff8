// SPDX-License-Identifier: GPL-3.0-or-later
// Each edit of nodes and wires does what its gesture says, in one step that can be taken back.
#include "gui/document/edits.h"
#include "gui/document/layout_edits.h"
#include "tests/gui/document/edit_support.h"

#include <QtTest/QtTest>

using namespace espalier;
using namespace espalier::test;

namespace {

std::string id(std::string_view name)
{
    return Drawing::idOf(name);
}

std::string wireId(const Document &document, std::size_t index)
{
    return document.graph.wires[index].id;
}

/// data → conv → relu → out, with a label column.
Document chain()
{
    Drawing d;
    d.node("data", "Input", R"({"source": "", "columns": ["image", "label"]})");
    d.node("conv", "Conv2D", R"({"out_channels": 8})").node("relu", "ReLU").node("out", "Output");
    d.wire("data.image", "conv.x").wire("conv.y", "relu.x").wire("relu.y", "out.x");
    int x = 0;
    for (DocumentNode &node : d.document.graph.nodes)
        node.x = 200 * x++;
    return d.document;
}

} // namespace

class TstEdits : public QObject {
    Q_OBJECT
private slots:
    void addsANodeWithItsDefaults();
    void aLossFindsItsTarget();
    void addsANodeOnADraggedWire();
    void addsANodeOnAWire();
    void insertsANodeThatIsThere();
    void neighboursMakeRoom();
    void connects();
    void rewires();
    void movesAllWiresOfAPort();
    void deletes();
    void deletesAndReconnects();
    void reroutes();
    void setsFlags();
    void setsParameters();
    void renames();
    void connectsTheSelected();
    void aligns();
    void distributes();
    void straightens();
    void editsFrames();
    void movesInOneStep();
};

void TstEdits::addsANodeWithItsDefaults()
{
    Document document = chain();
    doIt(document, addNode(contextOf(document), "Conv2D", {10, 20}));
    doIt(document, addNode(contextOf(document), "Conv2D", {10, 20}));
    const DocumentNode *node = nodeNamed(document.graph, "conv2");
    QVERIFY(node && nodeNamed(document.graph, "conv1"));
    QCOMPARE(node->x, 10);
    QCOMPARE(node->y, 20);
    const LayerInfo *layer = catalogue().find("Conv2D");
    QCOMPARE(node->params.members().size(), layer->params.size());
    QVERIFY(node->params["kernel_size"] == layer->findParam("kernel_size")->fallback);
    QVERIFY(!addNode(contextOf(document), "Nothing", {}));
}

void TstEdits::aLossFindsItsTarget()
{
    Document document = chain();
    doIt(document, addNode(contextOf(document), "CrossEntropy", {}));
    QVERIFY(wiresText(document.graph).ends_with("data.label > crossentropy1.target\n"));
    document = Drawing().node("data", "Input", R"({"columns": ["a", "b", "species"]})").document;
    doIt(document, addNode(contextOf(document), "MSE", {}));
    QCOMPARE(wiresText(document.graph), std::string("data.species > mse1.target\n"));
    document = Drawing().node("data", "Input", R"({"columns": ["x"]})").document;
    doIt(document, addNode(contextOf(document), "MSE", {})); // the only column is no answer
    QVERIFY(document.graph.wires.empty());
}

void TstEdits::addsANodeOnADraggedWire()
{
    Document document = chain();
    doIt(document, addNodeWired(contextOf(document), "Dense", {}, {{id("relu"), "y"}, true}));
    QVERIFY(wiresText(document.graph).ends_with("relu.y > dense1.x\n"));
    doIt(document, addNodeWired(contextOf(document), "Sigmoid", {}, {{id("out"), "x"}, false}));
    QVERIFY(wiresText(document.graph).ends_with("sigmoid1.y > out.x\n"));
    QVERIFY(wiresText(document.graph).find("relu.y > out.x") == std::string::npos); // the input takes one wire
    doIt(document, addNodeWired(contextOf(document), "MSE", {}, {{id("relu"), "y"}, true}));
    QVERIFY(wiresText(document.graph).ends_with("data.label > mse1.target\nrelu.y > mse1.prediction\n"));
    QVERIFY(!addNodeWired(contextOf(document), "Constant", {}, {{id("relu"), "y"}, true}));
}

void TstEdits::addsANodeOnAWire()
{
    Document document = chain();
    doIt(document, addNodeOnWire(contextOf(document), "BatchNorm", {400, 0}, wireId(document, 1)));
    QCOMPARE(wiresText(document.graph),
             std::string("data.image > conv.x\nbatchnorm1.y > relu.x\nrelu.y > out.x\nconv.y > batchnorm1.x\n"));
    QVERIFY(!addNodeOnWire(contextOf(document), "Output", {}, wireId(document, 1)));
}

void TstEdits::insertsANodeThatIsThere()
{
    Document document = chain();
    doIt(document, addNode(contextOf(document), "Dropout", {0, 300}));
    const std::string dropout = document.graph.nodes.back().id;
    doIt(document, insertOnWire(contextOf(document), dropout, {500, 0}, wireId(document, 2), Shift::No));
    QVERIFY(wiresText(document.graph).ends_with("dropout1.y > out.x\nrelu.y > dropout1.x\n"));
    QCOMPARE(document.graph.findNode(dropout)->x, 500);
    QCOMPARE(document.graph.findNode(id("out"))->x, 600);
    QVERIFY(!insertOnWire(contextOf(document), id("out"), {}, wireId(document, 2)));
}

void TstEdits::neighboursMakeRoom()
{
    Document document = chain();
    doIt(document, addNodeOnWire(contextOf(document), "BatchNorm", {350, 0}, wireId(document, 1)));
    QCOMPARE(document.graph.nodes.back().x, 400); // beside conv, not on it
    QCOMPARE(document.graph.findNode(id("relu"))->x, 600);
    QCOMPARE(document.graph.findNode(id("out"))->x, 800);
    QCOMPARE(document.graph.findNode(id("conv"))->x, 200);
}

void TstEdits::connects()
{
    Document document = chain();
    const auto looped = connectPorts(contextOf(document), {id("conv"), "y"}, {id("conv"), "x"});
    QVERIFY(!looped);
    QCOMPARE(looped.error().code, std::string("edit.self-loop"));
    QVERIFY(must(connectPorts(contextOf(document), {id("conv"), "y"}, {id("relu"), "x"})).isEmpty());
    doIt(document, connectPorts(contextOf(document), {id("data"), "image"}, {id("relu"), "x"}));
    QCOMPARE(wiresText(document.graph), std::string("data.image > conv.x\nrelu.y > out.x\ndata.image > relu.x\n"));
    doIt(document, addNode(contextOf(document), "Add", {}));
    const std::string add = document.graph.nodes.back().id;
    doIt(document, connectPorts(contextOf(document), {id("relu"), "y"}, {add, "x"}));
    doIt(document, connectPorts(contextOf(document), {id("conv"), "y"}, {add, "x"}));
    QVERIFY(wiresText(document.graph).ends_with("relu.y > add1.x\nconv.y > add1.x\n"));
    doIt(document, disconnectWires(contextOf(document), {wireId(document, 0), wireId(document, 1)}));
    QCOMPARE(document.graph.wires.size(), std::size_t{3});
    doIt(document, clearPort(contextOf(document), {add, "x"}, false));
    QCOMPARE(wiresText(document.graph), std::string("data.image > relu.x\n"));
}

void TstEdits::rewires()
{
    Document document = chain();
    const std::string wire = wireId(document, 1);
    doIt(document, rewire(contextOf(document), wire, {{id("data"), "image"}, true}));
    QCOMPARE(document.graph.wires[1].id, wire);
    QVERIFY((document.graph.wires[1].from == Endpoint{id("data"), "image"}));
    doIt(document, rewire(contextOf(document), wire, {{id("out"), "x"}, false}));
    QCOMPARE(wiresText(document.graph), std::string("data.image > conv.x\ndata.image > out.x\n"));
    QVERIFY(!rewire(contextOf(document), wire, {{id("out"), "y"}, true}));
}

void TstEdits::movesAllWiresOfAPort()
{
    Document document = chain();
    doIt(document, connectPorts(contextOf(document), {id("relu"), "y"}, {id("out"), "x"}));
    doIt(document, moveWires(contextOf(document), {{id("relu"), "y"}, true}, {id("conv"), "y"}));
    QVERIFY(wiresText(document.graph).ends_with("conv.y > relu.x\nconv.y > out.x\n"));
    doIt(document, moveWires(contextOf(document), {{id("relu"), "x"}, false}, {id("out"), "x"}));
    QCOMPARE(wiresText(document.graph), std::string("data.image > conv.x\nconv.y > out.x\n"));
}

void TstEdits::deletes()
{
    Document document = chain();
    doIt(document, deleteNodes(contextOf(document), {id("conv"), id("relu"), "nothing"}));
    QCOMPARE(document.graph.nodes.size(), std::size_t{2});
    QVERIFY(document.graph.wires.empty());
}

void TstEdits::deletesAndReconnects()
{
    Document document = chain();
    doIt(document, deleteAndReconnect(contextOf(document), {id("relu"), id("conv")}));
    QCOMPARE(wiresText(document.graph), std::string("data.image > out.x\n"));
    doIt(document, deleteAndReconnect(contextOf(document), {id("data")})); // nothing feeds it
    QVERIFY(document.graph.wires.empty());
}

void TstEdits::reroutes()
{
    Document document = chain();
    doIt(document, connectPorts(contextOf(document), {id("data"), "image"}, {id("relu"), "x"}));
    doIt(document, addReroute(contextOf(document), {wireId(document, 0), wireId(document, 2)}, {100, 50}));
    QCOMPARE(wiresText(document.graph),
             std::string("reroute1.y > conv.x\nrelu.y > out.x\nreroute1.y > relu.x\ndata.image > reroute1.x\n"));
    QVERIFY(!addReroute(contextOf(document), {wireId(document, 0), wireId(document, 1)}, {}));
}

void TstEdits::setsFlags()
{
    Document document = chain();
    const Ids two{id("conv"), id("relu")};
    doIt(document, setFlag(contextOf(document), {id("conv")}, NodeFlag::Bypass, true));
    QVERIFY(document.graph.findNode(id("conv"))->isBypassed());
    doIt(document, toggleFlag(contextOf(document), two, NodeFlag::Bypass)); // one of them is: both are
    QVERIFY(document.graph.findNode(id("relu"))->isBypassed());
    doIt(document, toggleFlag(contextOf(document), two, NodeFlag::Bypass));
    QVERIFY(document.graph.findNode(id("relu"))->extra.isNull()); // written only if true
    for (const NodeFlag flag : {NodeFlag::Disabled, NodeFlag::Collapsed, NodeFlag::HidePorts, NodeFlag::Pinned}) {
        doIt(document, toggleFlag(contextOf(document), two, flag));
        QVERIFY(hasFlag(*document.graph.findNode(id("conv")), flag));
    }
}

void TstEdits::setsParameters()
{
    Document document = chain();
    doIt(document, addNode(contextOf(document), "Conv2D", {}));
    const Ids nodes{id("conv"), id("relu"), document.graph.nodes.back().id};
    const Edit edit = must(setParam(contextOf(document), nodes, "out_channels", 48));
    QCOMPARE(edit.change.operations.size(), std::size_t{2}); // ReLU has no such parameter
    QVERIFY(!edit.mergeKey.empty());
    doIt(document, edit);
    QCOMPARE(document.graph.findNode(id("conv"))->params["out_channels"].integer(), 48);
    QVERIFY(must(setParam(contextOf(document), nodes, "out_channels", 48)).isEmpty());
    doIt(document, resetParam(contextOf(document), nodes, "out_channels"));
    QVERIFY(document.graph.findNode(id("conv"))->params["out_channels"]
            == catalogue().find("Conv2D")->findParam("out_channels")->fallback);
    QVERIFY(!setParam(contextOf(document), nodes, "a/b", 1));
}

void TstEdits::renames()
{
    Document document = chain();
    doIt(document, renameNode(contextOf(document), id("conv"), "stem"));
    QVERIFY(nodeNamed(document.graph, "stem"));
    for (const char *name : {"", "a.b", "a/b", "relu"})
        QVERIFY2(!renameNode(contextOf(document), id("conv"), name), name);
    QVERIFY(must(renameNode(contextOf(document), id("conv"), "stem")).isEmpty());
}

void TstEdits::connectsTheSelected()
{
    Document document = chain();
    document.graph.wires.clear();
    doIt(document, connectSelected(contextOf(document), {id("out"), id("relu"), id("data"), id("conv")}));
    QCOMPARE(wiresText(document.graph), std::string("data.image > conv.x\nconv.y > relu.x\nrelu.y > out.x\n"));
    QVERIFY(must(connectSelected(contextOf(document), {id("out"), id("relu"), id("data"), id("conv")})).isEmpty());
}

void TstEdits::aligns()
{
    Document document = chain();
    LayoutGeometry geometry;
    geometry.boxes[id("conv")] = {300, 100};
    geometry.boxes[id("relu")] = {100, 40};
    const Ids nodes{id("conv"), id("relu")}; // at 200 and 400
    const auto xOf = [&](std::string_view name) { return document.graph.findNode(id(name))->x; };
    doIt(document, alignNodes(contextOf(document), nodes, Alignment::Right, geometry));
    QCOMPARE(xOf("relu"), 400);
    doIt(document, alignNodes(contextOf(document), nodes, Alignment::Left, geometry));
    QCOMPARE(xOf("relu"), 200);
    doIt(document, alignNodes(contextOf(document), nodes, Alignment::CentreX, geometry));
    QCOMPARE(xOf("relu"), 300);
    doIt(document, alignNodes(contextOf(document), nodes, Alignment::Bottom, geometry));
    QCOMPARE(document.graph.findNode(id("relu"))->y, 60);
    doIt(document, setFlag(contextOf(document), {id("relu")}, NodeFlag::Pinned, true));
    QVERIFY(must(alignNodes(contextOf(document), nodes, Alignment::Top, geometry)).isEmpty());
}

void TstEdits::distributes()
{
    Document document = chain();
    document.graph.findNode(id("conv"))->x = 10;
    document.graph.findNode(id("relu"))->x = 590;
    doIt(document,
         distributeNodes(contextOf(document), {id("data"), id("conv"), id("relu"), id("out")}, Qt::Horizontal));
    QCOMPARE(document.graph.findNode(id("conv"))->x, 200);
    QCOMPARE(document.graph.findNode(id("relu"))->x, 400);
    QVERIFY(must(distributeNodes(contextOf(document), {id("data"), id("conv")}, Qt::Horizontal)).isEmpty());
}

void TstEdits::straightens()
{
    Document document = chain();
    document.graph.findNode(id("relu"))->y = 77;
    document.graph.findNode(id("out"))->y = -5;
    LayoutGeometry geometry;
    geometry.portY = [](const Endpoint &port, bool isOutput) { return isOutput || port.port == "y" ? 30 : 20; };
    doIt(document, straightenNodes(contextOf(document), {id("conv"), id("relu"), id("out")}, geometry));
    QCOMPARE(document.graph.findNode(id("relu"))->y, 10);
    QCOMPARE(document.graph.findNode(id("out"))->y, 20);
    QCOMPARE(snapped({13, -13}, 10), (Position{10, -10}));
}

void TstEdits::editsFrames()
{
    Document document = chain();
    doIt(document, addFrame(contextOf(document), {{}, "stem", 0, 0, 400, 100, 2}));
    doIt(document, addFrame(contextOf(document), {{}, "head", 400, 0, 400, 100, 3}));
    const std::string frame = framesOf(document.graph).back().id;
    QCOMPARE(framesOf(document.graph).back().title, std::string("stem"));
    doIt(document, setFrameTitle(contextOf(document), frame, "body"));
    doIt(document, setFrameColour(contextOf(document), frame, 5));
    doIt(document, setFrameRect(contextOf(document), {frame, {}, 1, 2, 3, 4, 0}));
    QCOMPARE(framesOf(document.graph).back(), (DocumentFrame{frame, "body", 1, 2, 3, 4, 5}));
    doIt(document, deleteFrames(contextOf(document), {frame}));
    QCOMPARE(framesOf(document.graph).size(), std::size_t{1});
    doIt(document, deleteSelection(contextOf(document), {id("conv")}, {}, {framesOf(document.graph).front().id}));
    QVERIFY(document.graph.extra.isNull());
}

void TstEdits::movesInOneStep()
{
    Document document = chain();
    doIt(document, addFrame(contextOf(document), {{}, "stem", 0, 0, 400, 100, 2}));
    DocumentFrame frame = framesOf(document.graph).front();
    frame.x = 50;
    const Edit edit = must(moveNodes(contextOf(document), {{id("conv"), {5, 6}}, {id("relu"), {7, 8}}}, {frame}));
    QCOMPARE(edit.change.operations.size(), std::size_t{3});
    doIt(document, edit);
    QCOMPARE(document.graph.findNode(id("relu"))->y, 8);
    QCOMPARE(framesOf(document.graph).front().x, 50);
}

QTEST_GUILESS_MAIN(TstEdits)
#include "tst_edits.moc"
