// SPDX-License-Identifier: GPL-3.0-or-later
// Random sequences of all edits on random documents: each applies, leaves ids and names sound, can be undone and redone
// to equal documents, and survives saving.
#include "engine/protocol/document_diff.h"
#include "engine/protocol/document_text.h"
#include "gui/document/block_edits.h"
#include "gui/document/clipboard.h"
#include "gui/document/layout_edits.h"
#include "gui/document/studio_document.h"
#include "tests/gui/document/edit_support.h"

#include <QtTest/QtTest>

#include <array>
#include <random>

using namespace espalier;
using namespace espalier::test;

namespace {

constexpr int kSequences = 60;
constexpr int kEditsEach = 70;

constexpr std::array<const char *, 12> kKinds{"Input", "Output", "Dense",   "Conv2D", "ReLU", "Add",
                                              "LSTM",  "MSE",    "Reroute", "Concat", "Scan", "Formula"};

class Monkey {
public:
    explicit Monkey(unsigned seed)
        : m_engine(seed)
    {
    }
    std::size_t below(std::size_t n)
    {
        return n == 0 ? 0 : std::uniform_int_distribution<std::size_t>(0, n - 1)(m_engine);
    }
    int pixel() { return static_cast<int>(below(2000)) - 500; }
    Position place() { return {pixel(), pixel()}; }

    std::string graphOf(const Document &document)
    {
        const std::size_t at = below(document.blocks.size() + 2);
        return at < document.blocks.size() ? document.blocks[at].id : "root";
    }
    /// Mostly nodes that are there.
    std::string node(const DocumentGraph &graph)
    {
        return graph.nodes.empty() || below(30) == 0 ? "nothing" : graph.nodes[below(graph.nodes.size())].id;
    }
    std::string wire(const DocumentGraph &graph)
    {
        return graph.wires.empty() || below(30) == 0 ? "nothing" : graph.wires[below(graph.wires.size())].id;
    }
    std::string frame(const DocumentGraph &graph)
    {
        const auto frames = framesOf(graph);
        return frames.empty() ? "nothing" : frames[below(frames.size())].id;
    }
    Ids nodes(const DocumentGraph &graph)
    {
        Ids ids;
        for (std::size_t i = 1 + below(5); i > 0; --i)
            ids.push_back(node(graph));
        return ids;
    }
    Endpoint end(const EditContext &context, const DocumentGraph &graph, bool isOutput)
    {
        const DocumentNode *found = graph.findNode(node(graph));
        if (!found)
            return {"nothing", "y"};
        const PortList ports = portsOf(context, *found);
        const auto &list = isOutput ? ports.outputs : ports.inputs;
        return {found->id, list.empty() || below(20) == 0 ? "z" : list[below(list.size())].name};
    }
    JsonValue value()
    {
        const std::array<JsonValue, 5> values{1, 2.5, true, "relu", JsonValue(JsonValue::Array{3, 3})};
        return values[below(values.size())];
    }
    std::string param(const DocumentGraph &graph)
    {
        const DocumentNode *found = graph.findNode(node(graph));
        if (!found || found->params.members().empty())
            return "out_features";
        return found->params.members()[below(found->params.members().size())].first;
    }
    std::string kind(const Document &document)
    {
        const std::size_t at = below(kKinds.size() + document.blocks.size());
        return at < kKinds.size() ? kKinds[at] : "block:" + document.blocks[at - kKinds.size()].id;
    }
    std::string name()
    {
        const std::array<const char *, 6> names{"x", "y", "stem", "head", "bad.name", ""};
        return names[below(names.size())];
    }

    EditResult edit(const Document &document)
    {
        const EditContext context = contextOf(document, graphOf(document));
        const DocumentGraph &graph = *document.findGraph(context.graph);
        const bool flag = below(2) == 0;
        switch (below(36)) {
        case 0:
        case 1:
            return addNode(context, kind(document), place());
        case 2:
            return addNodeWired(context, kind(document), place(), {end(context, graph, flag), flag});
        case 3:
            return addNodeOnWire(context, kind(document), place(), wire(graph), flag ? Shift::No : Shift::Neighbours);
        case 4:
            return insertOnWire(context, node(graph), place(), wire(graph), flag ? Shift::No : Shift::Neighbours);
        case 5:
            return deleteNodes(context, nodes(graph));
        case 6:
            return deleteAndReconnect(context, nodes(graph));
        case 7:
            return deleteSelection(context, {node(graph)}, {wire(graph)}, {frame(graph)});
        case 8:
            return renameNode(context, node(graph), name());
        case 9:
            return setFlag(context, nodes(graph), static_cast<NodeFlag>(below(5)), flag);
        case 10:
            return toggleFlag(context, nodes(graph), static_cast<NodeFlag>(below(5)));
        case 11:
            return setParam(context, nodes(graph), param(graph), value());
        case 12:
            return resetParam(context, nodes(graph), param(graph));
        case 13:
        case 14:
        case 15:
            return connectPorts(context, end(context, graph, true), end(context, graph, false));
        case 16:
            return disconnectWires(context, {wire(graph), wire(graph)});
        case 17:
            return clearPort(context, end(context, graph, flag), flag);
        case 18:
            return rewire(context, wire(graph), {end(context, graph, flag), flag});
        case 19:
            return moveWires(context, {end(context, graph, flag), flag}, end(context, graph, flag));
        case 20:
            return addReroute(context, {wire(graph)}, place());
        case 21:
            return connectSelected(context, nodes(graph));
        case 22:
            return moveNodes(context, {{node(graph), place()}, {node(graph), place()}});
        case 23:
            return alignNodes(context, nodes(graph), static_cast<Alignment>(below(6)));
        case 24:
            return distributeNodes(context, nodes(graph), flag ? Qt::Horizontal : Qt::Vertical);
        case 25:
            return straightenNodes(context, nodes(graph));
        case 26:
            return addFrame(context, {{}, "frame", pixel(), pixel(), 300, 200, 1});
        case 27:
            return flag ? setFrameTitle(context, frame(graph), name()) : setFrameColour(context, frame(graph), 4);
        case 28:
            return flag ? setFrameRect(context, {frame(graph), {}, pixel(), pixel(), 10, 10, 0})
                        : deleteFrames(context, {frame(graph)});
        case 29:
            return duplicate(context, nodes(graph), flag, place(), {frame(graph)});
        case 30: {
            const EditContext from = contextOf(document, graphOf(document));
            return pasteText(context, copyText(from, nodes(*document.findGraph(from.graph))), place(), flag);
        }
        case 31:
            return makeBlock(context, nodes(graph), flag ? "block" : name());
        case 32:
            return flag ? ungroup(context, nodes(graph)) : makeUnique(context, node(graph));
        case 33:
            return flag ? expose(context, node(graph), param(graph)) : unexpose(context, node(graph), param(graph));
        case 34:
            return document.blocks.empty()
                ? Edit()
                : renameBlock(context, document.blocks[below(document.blocks.size())].id, name());
        default:
            return below(4) == 0 ? deleteUnusedBlocks(context) : addNode(context, kind(document), place());
        }
    }

private:
    std::mt19937 m_engine;
};

Document randomDocument(Monkey &monkey)
{
    Document document;
    for (int i = 0; i < 25; ++i)
        if (const auto edit = monkey.edit(document))
            (void)apply(document, edit->change);
    return document;
}

QString problemsOf(const Document &document)
{
    QString text;
    for (const Error &problem : documentProblems(document))
        text += QString::fromStdString(problem.message()) + QLatin1Char('\n');
    return text;
}

/// What a graph is but for its ids, names and place.
std::string shapeOf(const DocumentGraph &graph, const Ids &nodes)
{
    std::string text;
    std::vector<const DocumentNode *> chosen;
    for (const DocumentNode &node : graph.nodes)
        if (std::find(nodes.begin(), nodes.end(), node.id) != nodes.end())
            chosen.push_back(&node);
    const auto indexOf = [&](const std::string &id) {
        for (std::size_t i = 0; i < chosen.size(); ++i)
            if (chosen[i]->id == id)
                return static_cast<int>(i);
        return -1;
    };
    for (const DocumentNode *node : chosen)
        text += node->kind + node->params.dump() + node->extra.dump() + std::to_string(node->x - chosen[0]->x) + ","
            + std::to_string(node->y - chosen[0]->y) + "\n";
    for (const DocumentWire &wire : graph.wires)
        if (indexOf(wire.from.node) >= 0 && indexOf(wire.to.node) >= 0)
            text += std::to_string(indexOf(wire.from.node)) + wire.from.port + ">"
                + std::to_string(indexOf(wire.to.node)) + wire.to.port + "\n";
    return text;
}

} // namespace

class TstEditProperties : public QObject {
    Q_OBJECT
private slots:
    void anySequenceCanBeUndoneAndRedone();
    void whatIsPastedIsWhatWasCopied();
    void manyNodesAreQuick();
};

void TstEditProperties::anySequenceCanBeUndoneAndRedone()
{
    int applied = 0;
    int refused = 0;
    for (unsigned seed = 1; seed <= kSequences; ++seed) {
        Monkey monkey(seed);
        const Document start = randomDocument(monkey);
        StudioDocument document(start);
        std::vector<Document> states{start};
        for (int i = 0; i < kEditsEach; ++i) {
            const auto edit = monkey.edit(document.document());
            if (!edit) {
                QVERIFY(!edit.error().message().empty());
                ++refused;
                continue;
            }
            const std::size_t steps = document.history().size();
            const auto done = document.apply(*edit);
            QVERIFY2(
                done,
                done ? ""
                     : qPrintable(edit->label + QLatin1String(": ") + QString::fromStdString(done.error().message())));
            if (edit->isEmpty())
                continue;
            ++applied;
            QVERIFY2(!edit->label.isEmpty(), edit->change.operations.front().field.c_str());
            const QString problems = problemsOf(document.document());
            QVERIFY2(problems.isEmpty(), qPrintable(edit->label + QLatin1String(": ") + problems));
            for (const DocumentGraph &block : document.document().blocks)
                QVERIFY(std::none_of(block.nodes.begin(), block.nodes.end(), [&](const DocumentNode &node) {
                    return blockContains(document.document(), blockUsedBy(node), block.id);
                }));
            if (document.history().size() == steps) // merged
                states.back() = document.document();
            else
                states.push_back(document.document());
            if (monkey.below(10) == 0)
                document.endMerge();
        }
        const auto read = readDocument(writeDocument(document.document()), "saved");
        QVERIFY(read && *read == document.document());
        QCOMPARE(states.size(), document.history().size() + 1);
        for (std::size_t i = states.size(); i-- > 0;) {
            QVERIFY2(document.document() == states[i], qPrintable(QString::number(seed)));
            document.undo();
        }
        QVERIFY(document.document() == start);
        document.jumpTo(static_cast<int>(states.size()));
        QVERIFY(document.document() == states.back());
        const auto back = changeBetween(document.document(), start); // a reload of what was there
        QVERIFY(back && document.apply(*back, QStringLiteral("Reload")));
        QVERIFY(document.document() == start);
        if (!back->operations.empty())
            document.undo();
        QVERIFY(document.document() == states.back());
    }
    QVERIFY2(applied > kSequences * kEditsEach / 4, qPrintable(QString::number(applied)));
    QVERIFY(refused > 100);
}

void TstEditProperties::whatIsPastedIsWhatWasCopied()
{
    for (unsigned seed = 100; seed < 160; ++seed) {
        Monkey monkey(seed);
        const Document document = randomDocument(monkey);
        const Ids chosen = monkey.nodes(document.graph);
        const std::string text = copyText(contextOf(document), chosen);
        if (text.empty())
            continue;
        Document into = document;
        const auto edit = pasteText(contextOf(into), text);
        QVERIFY(edit && apply(into, edit->change));
        QCOMPARE(shapeOf(into.graph, edit->selected), shapeOf(document.graph, chosen));
        QCOMPARE(into.blocks.size(), document.blocks.size());
        Document empty;
        const auto other = pasteText(contextOf(empty), text);
        QVERIFY(other && apply(empty, other->change));
        QCOMPARE(shapeOf(empty.graph, other->selected), shapeOf(document.graph, chosen));
        QVERIFY2(problemsOf(empty).isEmpty(), qPrintable(problemsOf(empty)));
    }
}

/// Not a benchmark: it tells an accidental square of the number of nodes, which takes minutes.
void TstEditProperties::manyNodesAreQuick()
{
    Document big;
    constexpr int kNodes = 10'000;
    for (int i = 0; i < kNodes; ++i) {
        const std::string name = "relu" + std::to_string(i);
        big.graph.nodes.push_back({.id = Drawing::idOf(name), .kind = "ReLU", .name = name});
        for (int from : {i - 1, i - 2})
            if (from >= 0 && big.graph.wires.size() < 15'000)
                big.graph.wires.push_back({.id = Drawing::idOf("w" + std::to_string(i) + "/" + std::to_string(from)),
                                           .from = {big.graph.nodes[static_cast<std::size_t>(from)].id, "y"},
                                           .to = {big.graph.nodes.back().id, "x"}});
    }
    StudioDocument document(big);
    Ids all;
    Positions places;
    for (const DocumentNode &node : big.graph.nodes) {
        all.push_back(node.id);
        places[node.id] = {node.x + 10, 5};
    }
    QElapsedTimer timer;
    const auto told = [&](const char *what) { qInfo("%s: %lld ms", what, timer.restart()); };
    timer.start();
    QVERIFY(document.apply(addNode(contextOf(document.document()), "Dense", {})));
    told("add a node");
    QVERIFY(document.apply(connectPorts(contextOf(document.document()), {all[0], "y"}, {all[5000], "x"})));
    told("connect");
    QVERIFY(document.apply(
        setParam(contextOf(document.document()), {document.document().graph.nodes.back().id}, "out_features", 7)));
    told("set a parameter");
    QVERIFY(document.apply(moveNodes(contextOf(document.document()), places)));
    told("move 10,000 nodes");
    const std::string text = copyText(contextOf(document.document()), Ids(all.begin(), all.begin() + 500));
    told("copy 500 nodes");
    QVERIFY(document.apply(pasteText(contextOf(document.document()), text)));
    told("paste 500 nodes");
    QVERIFY(document.apply(deleteNodes(contextOf(document.document()), all)));
    told("delete 10,000 nodes");
    document.jumpTo(0);
    told("undo all");
    QVERIFY(document.document() == big);
    document.jumpTo(99);
    told("redo all");
    const std::string saved = writeDocument(big);
    told("write");
    QVERIFY(readDocument(saved, "big"));
    told("read");
}

QTEST_GUILESS_MAIN(TstEditProperties)
#include "tst_edit_properties.moc"
