// SPDX-License-Identifier: Apache-2.0
// Changes: each operation, its inverse, and that any sequence of them can be undone to an equal document.
#include "engine/protocol/change.h"
#include "engine/protocol/document_diff.h"
#include "engine/protocol/document_text.h"
#include "tests/support/drawing.h"

#include <QtTest>

#include <algorithm>

using namespace espalier;

namespace {

Document start()
{
    Drawing d;
    d.node("a", "Input").node("b", "Dense", R"({"out_features": 3, "bias": true})").node("c", "Output");
    d.wire("a.x", "b.x").wire("b.y", "c.x");
    d.block("cell").node("x", "BlockInput").node("y", "BlockOutput").wire("x.y", "y.x");
    d.document.training = JsonValue::parse(R"({"epochs": 3, "optimizer": {"lr": 0.1, "kind": "SGD"}})", "").value();
    return d.document;
}

class Random {
public:
    explicit Random(std::uint32_t seed)
        : m_state(seed * 2654435761u + 1)
    {
    }
    std::uint32_t below(std::size_t n)
    {
        m_state = m_state * 1664525u + 1013904223u;
        return static_cast<std::uint32_t>((m_state >> 8) % n);
    }
    template <typename T>
    T pick(std::initializer_list<T> list)
    {
        return *(list.begin() + below(list.size()));
    }

private:
    std::uint32_t m_state;
};

JsonValue randomValue(Random &r)
{
    return r.pick<JsonValue>({1, 2.5, "text", true, JsonValue::array(), JsonValue(JsonValue::Array{40, 60}),
                              JsonValue(JsonValue::Object{{"p", 1}}), JsonValue()});
}

/// Sensible and senseless operations alike.
Operation randomOperation(Random &r, const Document &document, int round)
{
    using What = Operation::What;
    Operation op;
    op.kind = static_cast<Operation::Kind>(r.below(4));
    op.what = static_cast<What>(r.below(5));
    const DocumentGraph &graph = document.blocks.empty() || r.below(3) ? document.graph : document.blocks.front();
    op.graph = graph.id;
    op.index = static_cast<int>(r.below(4)) - 1;
    op.value = randomValue(r);
    const std::string fresh = Drawing::idOf("fresh" + std::to_string(round));
    if (op.what == What::Node && !graph.nodes.empty()) {
        op.id = graph.nodes[r.below(graph.nodes.size())].id;
        op.field = r.pick<const char *>({"params/out_features", "params/new", "params/deep/er", "name", "at", "kind",
                                         "halo", "params", "version", "id"});
        if (op.kind == Operation::Kind::Insert)
            op.value = nodeToJson({.id = fresh, .kind = "ReLU", .name = "n" + std::to_string(round)});
    } else if (op.what == What::Wire && !graph.wires.empty()) {
        op.id = graph.wires[r.below(graph.wires.size())].id;
        op.field = r.pick<const char *>({"to", "style", "from"});
        if (op.kind == Operation::Kind::Insert)
            op.value = wireToJson({.id = fresh, .from = {"aaaaaaaaaa", "y"}, .to = {"bbbbbbbbbb", "x"}});
    } else if (op.what == What::Block) {
        op.id = document.blocks.empty() ? "none" : document.blocks.front().id;
        if (op.kind == Operation::Kind::Insert)
            op.value = graphToJson({.id = fresh, .name = "block"});
    } else {
        op.field = r.pick<const char *>({"training/epochs", "training/optimizer/lr", "training", "data", "data/sources",
                                         "description", "name", "notes", "notes/p", "graph"});
    }
    return op;
}

} // namespace

class TstChange : public QObject {
    Q_OBJECT
private slots:
    void anyChangeCanBeUndone()
    {
        int applied = 0;
        for (std::uint32_t seed = 0; seed < 60; ++seed) {
            Random r(seed);
            Document document = start();
            std::vector<Document> states{document};
            std::vector<Change> inverses;
            for (int round = 0; round < 60; ++round) {
                Change change;
                for (std::uint32_t i = 0; i <= r.below(3); ++i)
                    change.operations.push_back(randomOperation(r, document, round * 4 + static_cast<int>(i)));
                const auto json = changeFromJson(JsonValue::parse(changeToJson(change).dump(), "").value());
                QVERIFY(json.has_value());
                const auto inverse = apply(document, *json);
                if (!inverse) {
                    QVERIFY2(document == states.back(), "a change that fails leaves the document as it was");
                    continue;
                }
                ++applied;
                states.push_back(document);
                inverses.push_back(*inverse);
            }
            while (!inverses.empty()) {
                const auto redo = apply(document, inverses.back());
                QVERIFY2(redo.has_value(), redo ? "" : redo.error().message().c_str());
                states.pop_back();
                inverses.pop_back();
                QVERIFY(document == states.back());
            }
            QVERIFY(document == start());
        }
        QVERIFY2(applied > 500, qPrintable(QString::number(applied)));
    }
    void manyOperationsInOneChange()
    {
        for (std::uint32_t seed = 0; seed < 40; ++seed) { // one Change of many is the same as many of one
            Random r(seed);
            Document single = start();
            Change all;
            for (int i = 0; i < 120; ++i) {
                const Change one{{randomOperation(r, single, i)}};
                if (!apply(single, one))
                    continue;
                all.operations.push_back(one.operations.front());
            }
            Document document = start();
            const auto inverse = apply(document, all);
            QVERIFY2(inverse.has_value(), inverse ? "" : inverse.error().message().c_str());
            QVERIFY(document == single);
            QVERIFY(apply(document, *inverse).has_value());
            QVERIFY(document == start());
        }
    }
    void whatDiffersIsAChange()
    {
        for (std::uint32_t seed = 0; seed < 60; ++seed) {
            Random r(seed);
            std::vector<Document> states{start()};
            for (int i = 0; i < 80; ++i) {
                Document next = states.back();
                if (apply(next, {{randomOperation(r, next, i)}}))
                    states.push_back(std::move(next));
            }
            for (std::size_t i = 0; i < states.size(); ++i) {
                const Document &to = states[r.below(states.size())];
                Document document = states[i];
                const auto change = changeBetween(document, to);
                QVERIFY2(change.has_value(), change ? "" : change.error().message().c_str());
                QCOMPARE(change->operations.empty(), document == to);
                QVERIFY(apply(document, *change).has_value());
                QVERIFY(document == to);
            }
        }
        Document moved = start(); // little differs: little is said
        moved.graph.nodes[1].x = 40;
        moved.graph.nodes[1].params.set("out_features", 4);
        std::rotate(moved.graph.wires.begin(), moved.graph.wires.begin() + 1, moved.graph.wires.end());
        QCOMPARE(changeBetween(start(), moved)->operations.size(), std::size_t{4});
        Document twice = start();
        twice.graph.nodes.push_back(twice.graph.nodes.front());
        QVERIFY(!changeBetween(start(), twice));
    }
    void fieldsOfOneNode()
    {
        Document document = start();
        const std::string b = Drawing::idOf("b");
        const auto undo
            = apply(document,
                    {{setNodeField("root", b, "params/out_features", 9), setNodeField("root", b, "name", "big"),
                      setNodeField("root", b, "at", JsonValue(JsonValue::Array{7, 8}))}});
        QVERIFY(undo.has_value());
        QCOMPARE(document.graph.nodes[1].params["out_features"].integer(), std::int64_t{9});
        QCOMPARE(document.graph.nodes[1].name, std::string("big"));
        QCOMPARE(document.graph.nodes[1].y, 8);
        QVERIFY(!apply(document, {{setNodeField("root", b, "name", 7)}}));
        QVERIFY(!apply(document, {{setNodeField("root", "nothere", "name", "x")}}));
        QVERIFY(!apply(document, {{setNodeField("nograph", b, "name", "x")}}));
        QVERIFY(!apply(document, {{setNodeField("root", b, "id", "aaaaaaaaaa")}}));
        QVERIFY(apply(document, *undo).has_value());
        QVERIFY(document == start());
    }
    void aNodeGoesWithItsWires()
    {
        Document document = start();
        const auto undo = apply(document, removeNode(document.graph, Drawing::idOf("b")));
        QVERIFY(undo.has_value());
        QCOMPARE(document.graph.nodes.size(), std::size_t{2});
        QVERIFY(document.graph.wires.empty());
        QVERIFY(apply(document, *undo).has_value());
        QVERIFY(document == start());
    }
    void aNodeComesOntoAWire()
    {
        Document document = start();
        const Change change = insertBefore(document.graph, Drawing::idOf("b"), "x", "Flatten", JsonValue::object());
        QCOMPARE(change, insertBefore(document.graph, Drawing::idOf("b"), "x", "Flatten", JsonValue::object()));
        QVERIFY(apply(document, change).has_value());
        QVERIFY(documentProblems(document).empty());
        QCOMPARE(document.graph.nodes.size(), std::size_t{4});
        QCOMPARE(document.graph.wires.size(), std::size_t{3});
        QVERIFY(
            insertBefore(document.graph, Drawing::idOf("a"), "x", "Flatten", JsonValue::object()).operations.empty());
    }
    void onlyAChangeIsRead()
    {
        for (const char *text : {"{}", "[1]", R"([{"op": "set"}])", R"([{"op": "x", "what": "node"}])"})
            QVERIFY2(!changeFromJson(JsonValue::parse(text, "").value()), text);
    }
};

QTEST_GUILESS_MAIN(TstChange)
#include "tst_change.moc"
