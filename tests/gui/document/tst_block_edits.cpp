// SPDX-License-Identifier: GPL-3.0-or-later
// Copies as text, and blocks: made, unpacked, made unique, exposed, kept in a library.
#include "engine/protocol/document_text.h"
#include "gui/document/block_edits.h"
#include "gui/document/block_library.h"
#include "gui/document/clipboard.h"
#include "gui/document/frame_edits.h"
#include "tests/gui/document/edit_support.h"

#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

using namespace espalier;
using namespace espalier::test;

namespace {

std::string id(std::string_view name)
{
    return Drawing::idOf(name);
}

/// data → conv → relu → sum ← conv, with a frame.
Document diamond()
{
    Drawing d;
    d.node("data", "Input", R"({"source": "", "columns": ["image", "label"]})");
    d.node("conv", "Conv2D", R"({"out_channels": 8})").node("relu", "ReLU").node("sum", "Add").node("out", "Output");
    d.wire("data.image", "conv.x").wire("relu.y", "sum.x").wire("conv.y", "sum.x").wire("conv.y", "relu.x");
    d.wire("sum.y", "out.x");
    int x = 0;
    for (DocumentNode &node : d.document.graph.nodes)
        node.x = 200 * x++;
    return d.document;
}

std::string blockIn(const Document &document, std::size_t index = 0)
{
    return document.blocks.at(index).id;
}

/// diamond() with conv, relu and sum in a block "stem".
Document withBlock()
{
    Document document = diamond();
    doIt(document, makeBlock(contextOf(document), {id("conv"), id("relu"), id("sum")}, "stem"));
    return document;
}

} // namespace

class TstBlockEdits : public QObject {
    Q_OBJECT
private slots:
    void copiesWithTheWiresBetween();
    void pastesAtAPlace();
    void pastesWithInputs();
    void pastesDocumentsAndRefusesTheRest();
    void pastesBlocksOnce();
    void duplicates();
    void makesABlock();
    void aBlockHasAPortForEachWireThatCrosses();
    void ungroups();
    void writesRepeatsOut();
    void makesUnique();
    void tellsWhereItIs();
    void refusesRecursion();
    void exposesParameters();
    void passesParametersOn();
    void deletingAPortClearsItsWires();
    void renamingAPortMovesItsWires();
    void deletesUnusedBlocks();
    void keepsBlocksInALibrary();
};

void TstBlockEdits::copiesWithTheWiresBetween()
{
    Document document = diamond();
    const std::string text = copyText(contextOf(document), {id("conv"), id("relu")});
    QVERIFY(isClipboardText(text));
    doIt(document, pasteText(contextOf(document), text));
    QVERIFY(wiresText(document.graph).ends_with("sum.y > out.x\nconv1.y > relu1.x\n"));
    const DocumentNode *copy = nodeNamed(document.graph, "conv1");
    QVERIFY(copy->id != id("conv"));
    QVERIFY(copy->params == document.graph.findNode(id("conv"))->params);
    QVERIFY(copy->x != document.graph.findNode(id("conv"))->x);
    QVERIFY(copyText(contextOf(document), {}).empty());
}

void TstBlockEdits::pastesAtAPlace()
{
    Document document = diamond();
    doIt(document, addFrame(contextOf(document), {{}, "stem", 190, -30, 400, 100, 2}));
    const std::string frame = framesOf(document.graph).front().id;
    const std::string text = copyText(contextOf(document), {id("conv"), id("relu")}, {frame});
    Document other;
    const Edit edit = doIt(other, pasteText(contextOf(other), text, Position{1000, 500}));
    QCOMPARE(edit.selected.size(), std::size_t{2});
    QCOMPARE(framesOf(other.graph).size(), std::size_t{1});
    QCOMPARE(framesOf(other.graph)[0].x, 1000); // the frame is the corner
    QVERIFY(framesOf(other.graph)[0].id != frame);
    QCOMPARE(nodeNamed(other.graph, "conv")->x, 1010);
    QCOMPARE(nodeNamed(other.graph, "conv")->y, 530);
    QCOMPARE(nodeNamed(other.graph, "relu")->x, 1210);
}

void TstBlockEdits::pastesWithInputs()
{
    Document document = diamond();
    const std::string text = copyText(contextOf(document), {id("relu"), id("sum")});
    doIt(document, pasteText(contextOf(document), text, std::nullopt, true));
    QVERIFY(wiresText(document.graph).ends_with("relu1.y > sum1.x\nconv.y > sum1.x\nconv.y > relu1.x\n"));
    Document other;
    doIt(other, pasteText(contextOf(other), text, std::nullopt, true)); // the sources are not there
    QCOMPARE(wiresText(other.graph), std::string("relu.y > sum.x\n"));
}

void TstBlockEdits::pastesDocumentsAndRefusesTheRest()
{
    Document other;
    doIt(other, pasteText(contextOf(other), writeDocument(diamond())));
    QCOMPARE(wiresText(other.graph), wiresText(diamond().graph));
    for (const char *text : {"", "hello", "{}", R"({"format": "espalier"})",
                             R"({"format": "espalier", "version": 1, "graph": {"nodes": [], "wires": []}})",
                             R"({"format": "espalier", "version": 1, "graph": {"nodes": [{"id": 3)"})
        QVERIFY2(!pasteText(contextOf(other), text), text);
    // damaged parts are left out, unusable names replaced
    const auto edit = pasteText(contextOf(other), R"({"format": "espalier", "version": 1, "graph": {"nodes": [
        {"id": "aaaaaaaaaa", "kind": "ReLU", "name": "a/b"}, {"kind": "ReLU"}, 7], "wires": [{}]}})");
    doIt(other, edit);
    QVERIFY(nodeNamed(other.graph, "relu1"));
}

void TstBlockEdits::pastesBlocksOnce()
{
    Document document = withBlock();
    const std::string instance = nodeNamed(document.graph, "stem1")->id;
    const std::string text = copyText(contextOf(document), {instance});
    doIt(document, pasteText(contextOf(document), text));
    QCOMPARE(document.blocks.size(), std::size_t{1});
    Document other;
    doIt(other, pasteText(contextOf(other), text));
    doIt(other, pasteText(contextOf(other), text));
    QCOMPARE(other.blocks.size(), std::size_t{1});
    QCOMPARE(other.graph.nodes.size(), std::size_t{2});
    // another definition of the same id: the pasted one gets its own
    doIt(other, renameNode(contextOf(other, blockIn(other)), id("relu"), "act"));
    doIt(other, pasteText(contextOf(other), text));
    QCOMPARE(other.blocks.size(), std::size_t{2});
    QCOMPARE(other.blocks[1].name, std::string("stem1"));
    // where the nodes of the definition lie in the document already
    Document before = diamond();
    doIt(before, pasteText(contextOf(before), text));
    QCOMPARE(before.blocks.size(), std::size_t{1});
}

void TstBlockEdits::duplicates()
{
    Document document = diamond();
    doIt(document, duplicate(contextOf(document), {id("relu")}, true, {10, 20}));
    QVERIFY(wiresText(document.graph).ends_with("sum.y > out.x\nconv.y > relu1.x\n"));
    QCOMPARE(nodeNamed(document.graph, "relu1")->y, document.graph.findNode(id("relu"))->y + 20);
    doIt(document, duplicate(contextOf(document), {nodeNamed(document.graph, "relu1")->id}, false, {10, 20}));
    QVERIFY(nodeNamed(document.graph, "relu2"));
    QVERIFY(must(duplicate(contextOf(document), {"nothing"}, false, {})).isEmpty());
}

void TstBlockEdits::makesABlock()
{
    const Document document = withBlock();
    QCOMPARE(wiresText(document.graph), std::string("stem1.y > out.x\ndata.image > stem1.x\n"));
    QCOMPARE(document.graph.wires[0].id, diamond().graph.wires[4].id); // the wire kept its place and id
    const DocumentGraph &block = document.blocks[0];
    QCOMPARE(block.name, std::string("stem"));
    QVERIFY(block.findNode(id("conv"))); // ids stay, and states with them
    QCOMPARE(wiresText(block),
             std::string("x.y > conv.x\nrelu.y > sum.x\nconv.y > sum.x\nconv.y > relu.x\nsum.y > y.x\n"));
    const DocumentNode *instance = nodeNamed(document.graph, "stem1");
    QCOMPARE(instance->params["repeat"].integer(), 1);
    QCOMPARE(instance->x, 200);
    Document empty = diamond();
    QVERIFY(!makeBlock(contextOf(empty), {}, "stem"));
    QVERIFY(!makeBlock(contextOf(empty), {id("conv")}, "a/b"));
}

void TstBlockEdits::aBlockHasAPortForEachWireThatCrosses()
{
    Document document = diamond();
    doIt(document, makeBlock(contextOf(document), {id("conv"), id("sum")}, "odd"));
    const PortList ports = blockPorts(document.blocks[0], false);
    QCOMPARE(ports.inputs.size(), std::size_t{2});
    QCOMPARE(ports.inputs[0].name, std::string("image"));
    QCOMPARE(ports.inputs[1].name, std::string("relu"));
    QCOMPARE(ports.outputs.size(), std::size_t{2});
    QVERIFY(wiresText(document.graph).find("odd1.conv > relu.x") != std::string::npos);
    QVERIFY(wiresText(document.graph).find("relu.y > odd1.relu") != std::string::npos);
    QCOMPARE(wiresText(document.blocks[0]),
             std::string("image.y > conv.x\nrelu.y > sum.x\nconv.y > sum.x\nconv.y > conv.x\nsum.y > sum.x\n"));
}

void TstBlockEdits::ungroups()
{
    Document document = withBlock();
    const std::string instance = nodeNamed(document.graph, "stem1")->id;
    doIt(document, setParam(contextOf(document, blockIn(document)), {id("conv")}, "out_channels", 5));
    doIt(document, expose(contextOf(document, blockIn(document)), id("conv"), "out_channels"));
    doIt(document, setParam(contextOf(document), {instance}, "out_channels", 7));
    doIt(document, ungroup(contextOf(document), {instance}));
    QVERIFY(document.blocks.empty());
    QCOMPARE(nodeNamed(document.graph, "conv")->params["out_channels"].integer(), 7);
    QCOMPARE(nodeNamed(document.graph, "conv")->x, 200);
    QCOMPARE(wiresText(document.graph),
             std::string("sum.y > out.x\ndata.image > conv.x\nrelu.y > sum.x\nconv.y > sum.x\nconv.y > relu.x\n"));
}

void TstBlockEdits::writesRepeatsOut()
{
    Document document = withBlock();
    const std::string instance = nodeNamed(document.graph, "stem1")->id;
    doIt(document, duplicate(contextOf(document), {instance}, false, {0, 300})); // the definition stays in use
    doIt(document, setParam(contextOf(document), {instance}, "repeat", 3));
    Document shared = document;
    doIt(shared, setParam(contextOf(shared), {instance}, "shared", true));
    QVERIFY(!ungroup(contextOf(shared), {instance}));
    doIt(document, ungroup(contextOf(document), {instance}));
    QCOMPARE(document.blocks.size(), std::size_t{1});
    QVERIFY(wiresText(document.graph).starts_with("sum2.y > out.x\ndata.image > conv.x\n"));
    QVERIFY(wiresText(document.graph).find("sum.y > conv1.x\n") != std::string::npos);
    QVERIFY(wiresText(document.graph).find("sum1.y > conv2.x\n") != std::string::npos);
    doIt(document, setParam(contextOf(document), {nodeNamed(document.graph, "stem2")->id}, "repeat", 5000));
    QVERIFY(!ungroup(contextOf(document), {nodeNamed(document.graph, "stem2")->id}));
}

void TstBlockEdits::makesUnique()
{
    Document document = withBlock();
    const std::string instance = nodeNamed(document.graph, "stem1")->id;
    QVERIFY(must(makeUnique(contextOf(document), instance)).isEmpty()); // it is the only one
    doIt(document, expose(contextOf(document, blockIn(document)), id("conv"), "out_channels"));
    doIt(document, duplicate(contextOf(document), {instance}, true, {0, 300}));
    doIt(document, makeUnique(contextOf(document), instance));
    QCOMPARE(document.blocks.size(), std::size_t{2});
    QCOMPARE(document.blocks[1].name, std::string("stem1"));
    QCOMPARE(document.graph.findNode(instance)->kind, "block:" + blockIn(document, 1));
    QCOMPARE(wiresText(document.blocks[1]), wiresText(document.blocks[0]));
    QCOMPARE(exposedOf(document.blocks[1]).size(), std::size_t{1});
    QCOMPARE(exposedOf(document.blocks[1])[0].node, nodeNamed(document.blocks[1], "conv")->id);
}

void TstBlockEdits::tellsWhereItIs()
{
    Document document = withBlock();
    const std::string instance = nodeNamed(document.graph, "stem1")->id;
    for (int i = 0; i < 2; ++i)
        doIt(document, duplicate(contextOf(document), {instance}, true, {0, 300}));
    const auto crumbs = breadcrumb(document, {instance, "nothing"}, QStringLiteral("digits"));
    QCOMPARE(crumbs.size(), std::size_t{2});
    QCOMPARE(crumbText(crumbs[0]), QStringLiteral("digits"));
    QCOMPARE(crumbText(crumbs[1]), QStringLiteral("stem, used 3 times"));
    QCOMPARE(crumbs[1].graph, blockIn(document));
    QCOMPARE(instanceCount(document, blockIn(document)), 3);
    doIt(document, renameBlock(contextOf(document), blockIn(document), "head"));
    QCOMPARE(breadcrumb(document, {instance}, {})[1].text, QStringLiteral("head"));
    QVERIFY(!renameBlock(contextOf(document), blockIn(document), ""));
}

void TstBlockEdits::refusesRecursion()
{
    Document document = withBlock();
    const std::string stem = blockIn(document);
    const auto itself = addNode(contextOf(document, stem), "block:" + stem, {});
    QVERIFY(!itself);
    QCOMPARE(itself.error().code, std::string("edit.recursion"));
    const std::string instance = nodeNamed(document.graph, "stem1")->id;
    doIt(document, makeBlock(contextOf(document), {instance}, "outer"));
    const std::string outer = blockIn(document, 1);
    QVERIFY(!addNode(contextOf(document, stem), "block:" + outer, {}));
    const std::string text = copyText(contextOf(document), {nodeNamed(document.graph, "outer1")->id});
    QVERIFY(!pasteText(contextOf(document, stem), text));
    QVERIFY(addNode(contextOf(document, outer), "block:" + stem, {}).has_value());
    QVERIFY(!addNode(contextOf(document), "block:nothing", {}));
}

void TstBlockEdits::exposesParameters()
{
    Document document = withBlock();
    const std::string block = blockIn(document);
    const std::string instance = nodeNamed(document.graph, "stem1")->id;
    QVERIFY(!expose(contextOf(document), id("data"), "source")); // not in a block
    QVERIFY(!expose(contextOf(document, block), id("conv"), "nothing"));
    doIt(document, expose(contextOf(document, block), id("conv"), "out_channels"));
    QVERIFY(must(expose(contextOf(document, block), id("conv"), "out_channels")).isEmpty());
    const auto params = instanceParams(document, catalogue(), block);
    QCOMPARE(params.size(), std::size_t{3});
    QCOMPARE(params[2].name, std::string("out_channels"));
    QVERIFY(params[2].form == ParamForm::Integer);
    QCOMPARE(params[2].fallback.integer(), 8); // what the definition says
    doIt(document, setParam(contextOf(document), {instance}, "out_channels", 12));
    doIt(document, resetParam(contextOf(document), {instance}, "out_channels"));
    QVERIFY(!document.graph.findNode(instance)->params.has("out_channels"));
    doIt(document, setParam(contextOf(document), {instance}, "out_channels", 12));
    doIt(document, deleteNodes(contextOf(document, block), {id("conv")}));
    QVERIFY(exposedOf(document.blocks[0]).empty());
    QVERIFY(!document.graph.findNode(instance)->params.has("out_channels"));
}

void TstBlockEdits::passesParametersOn()
{
    Document document = withBlock();
    const std::string stem = blockIn(document);
    doIt(document, expose(contextOf(document, stem), id("conv"), "out_channels"));
    const std::string inner = nodeNamed(document.graph, "stem1")->id;
    doIt(document, makeBlock(contextOf(document), {inner}, "outer"));
    const std::string outer = blockIn(document, 1);
    doIt(document, expose(contextOf(document, outer), inner, "out_channels"));
    QCOMPARE(instanceParams(document, catalogue(), outer)[2].fallback.integer(), 8);
    const std::string instance = nodeNamed(document.graph, "outer1")->id;
    doIt(document, setParam(contextOf(document), {instance}, "out_channels", 3));
    // made from nodes that are exposed: the new block passes them on
    doIt(document, makeBlock(contextOf(document, stem), {id("conv")}, "core"));
    QCOMPARE(exposedOf(*document.findGraph(stem))[0].param, std::string("out_channels"));
    QCOMPARE(instanceParams(document, catalogue(), outer)[2].fallback.integer(), 8);
    doIt(document,
         unexpose(contextOf(document, stem), nodeNamed(*document.findGraph(stem), "core1")->id, "out_channels"));
    QVERIFY(exposedOf(*document.findGraph(outer)).empty());
    QVERIFY(!document.graph.findNode(instance)->params.has("out_channels"));
}

void TstBlockEdits::deletingAPortClearsItsWires()
{
    Document document = withBlock();
    const std::string block = blockIn(document);
    doIt(document, deleteNodes(contextOf(document, block), {nodeNamed(document.blocks[0], "y")->id}));
    QCOMPARE(wiresText(document.graph), std::string("data.image > stem1.x\n"));
}

void TstBlockEdits::renamingAPortMovesItsWires()
{
    Document document = withBlock();
    const std::string block = blockIn(document);
    doIt(document, renameNode(contextOf(document, block), nodeNamed(document.blocks[0], "x")->id, "picture"));
    doIt(document, renameNode(contextOf(document, block), nodeNamed(document.blocks[0], "y")->id, "features"));
    QCOMPARE(wiresText(document.graph), std::string("stem1.features > out.x\ndata.image > stem1.picture\n"));
}

void TstBlockEdits::deletesUnusedBlocks()
{
    Document document = withBlock();
    doIt(document, makeBlock(contextOf(document), {nodeNamed(document.graph, "stem1")->id}, "outer"));
    QVERIFY(must(deleteUnusedBlocks(contextOf(document))).isEmpty());
    doIt(document, deleteNodes(contextOf(document), {nodeNamed(document.graph, "outer1")->id}));
    QCOMPARE(document.blocks.size(), std::size_t{2});
    doIt(document, deleteUnusedBlocks(contextOf(document)));
    QVERIFY(document.blocks.empty());
}

void TstBlockEdits::keepsBlocksInALibrary()
{
    const QTemporaryDir folder;
    const QString library = folder.filePath(QStringLiteral("blocks"));
    QVERIFY(listLibrary(library).isEmpty());
    Document document = withBlock();
    doIt(document, makeBlock(contextOf(document), {nodeNamed(document.graph, "stem1")->id}, "outer"));
    const auto path = saveToLibrary(document, blockIn(document, 1), library);
    QVERIFY(path);
    QVERIFY(!saveToLibrary(document, "root", library));
    QFile junk(library + QStringLiteral("/junk.espalier"));
    QVERIFY(junk.open(QIODevice::WriteOnly) && junk.write("{") == 1);
    junk.close();
    const auto blocks = listLibrary(library);
    QCOMPARE(blocks.size(), 1);
    QCOMPARE(blocks[0].name, QStringLiteral("outer"));
    QCOMPARE(blocks[0].ports.inputs.size(), std::size_t{1});
    QCOMPARE(blocks[0].hash, blockHash(document, blockIn(document, 1)));

    Document other;
    doIt(other, addFromLibrary(contextOf(other), *path, {70, 80}));
    QCOMPARE(other.blocks.size(), std::size_t{2});
    const DocumentNode *instance = nodeNamed(other.graph, "outer1");
    QVERIFY(instance && instance->x == 70 && instance->y == 80);
    const DocumentGraph *outer = other.findGraph(blockUsedBy(*instance));
    QCOMPARE(originOf(*outer)->name, std::string("outer"));
    QCOMPARE(originOf(*outer)->hash, blocks[0].hash);
    doIt(other, addFromLibrary(contextOf(other), *path, {70, 180})); // unchanged: used again
    QCOMPARE(other.blocks.size(), std::size_t{2});
    const std::string inner = nodeNamed(*outer, "stem1")->id;
    doIt(other, setParam(contextOf(other, outer->id), {inner}, "repeat", 2));
    doIt(other, addFromLibrary(contextOf(other), *path, {70, 280})); // changed since: another copy
    QCOMPARE(other.blocks.size(), std::size_t{3}); // of the block itself; that inside did not change
    QVERIFY(!addFromLibrary(contextOf(other), library + QStringLiteral("/junk.espalier"), {}));
    QVERIFY(!addFromLibrary(contextOf(other), library + QStringLiteral("/none.espalier"), {}));
}

QTEST_GUILESS_MAIN(TstBlockEdits)
#include "tst_block_edits.moc"
