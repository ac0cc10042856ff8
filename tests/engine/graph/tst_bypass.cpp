// SPDX-License-Identifier: Apache-2.0
// Bypassed nodes pass what comes in; disabled ones are not there; a Reroute changes nothing.
#include "engine/graph/lower.h"
#include "engine/graph/resolve.h"
#include "engine/protocol/change.h"
#include "tests/support/drawing.h"

#include <QtTest>

using namespace espalier;

namespace {

Lowered check(const Document &document, Mode mode = Mode::Train)
{
    LowerOptions options;
    options.everything = true;
    options.mode = mode;
    return lower(document, options);
}

QString all(const std::vector<Error> &problems)
{
    QString text;
    for (const Error &e : problems)
        text += QString::fromStdString(e.code + " @" + e.where.node + ": " + e.message() + "\n");
    return text;
}

DocumentNode &named(Document &document, std::string_view name)
{
    return *document.graph.findNode(Drawing::idOf(name));
}

std::string typeAt(const Lowered &lowered, std::string_view node, std::string_view port)
{
    for (const PortType &type : lowered.ports)
        if (type.node == Drawing::idOf(node) && type.port == port)
            return type.type.toString();
    return "none";
}

/// in [8] → fc → act → out
Drawing chain(std::string_view denseParams)
{
    Drawing d;
    d.node("in", "Input", R"({"shape": [8]})")
        .node("fc", "Dense", denseParams)
        .node("act", "Tanh")
        .node("out", "Output");
    d.wire("in.x", "fc.x").wire("fc.y", "act.x").wire("act.y", "out.x");
    return d;
}

} // namespace

class TstBypass : public QObject {
    Q_OBJECT
private slots:
    void passesWhatComesIn()
    {
        Document document = chain(R"({"out_features": 8})").document;
        named(document, "fc").extra.set("bypass", true);
        const Lowered lowered = check(document);
        QVERIFY2(lowered.problems.empty(), qPrintable(all(lowered.problems)));
        QVERIFY(lowered.states.empty()); // its weights are not there
        QCOMPARE(typeAt(lowered, "fc", "y"), typeAt(lowered, "in", "x"));
        QCOMPARE(lowered.program.instructions.size(), std::size_t{1}); // the tanh
    }
    void refusesWhereTypesDiffer()
    {
        Document document = chain(R"({"out_features": 3})").document;
        named(document, "fc").extra.set("bypass", true);
        const Lowered lowered = check(document);
        QCOMPARE(lowered.problems.size(), std::size_t{1}); // and no cascade behind it
        const Error &e = lowered.problems.front();
        QCOMPARE(e.code, std::string("graph.bypass"));
        QCOMPARE(e.where.node, Drawing::idOf("fc"));
        QCOMPARE(e.where.port, std::string("y"));
        QCOMPARE(e.fixes.size(), std::size_t{1});
        QVERIFY(apply(document, changeFromJson(*JsonValue::parse(e.fixes[0].change, "fix")).value()));
        QVERIFY(check(document).problems.empty());
    }
    void takesTheFirstInputThatFits()
    {
        Drawing d;
        d.node("a", "Input", R"({"shape": [1]})").node("b", "Input", R"({"shape": [8]})").node("sum", "Subtract");
        d.node("out", "Output").wire("a.x", "sum.a").wire("b.x", "sum.b").wire("sum.y", "out.x");
        named(d.document, "sum").extra.set("bypass", true);
        const Lowered lowered = check(d.document);
        QVERIFY2(lowered.problems.empty(), qPrintable(all(lowered.problems)));
        QCOMPARE(typeAt(lowered, "sum", "y"), typeAt(lowered, "b", "x"));
        QCOMPARE(lowered.outputs.front().value, lowered.inputs.back().value);
    }
    void aHalfWiredNodePassesWhatItHas()
    {
        Drawing d;
        d.node("a", "Input", R"({"shape": [4]})").node("sum", "Subtract").node("out", "Output");
        d.wire("a.x", "sum.b").wire("sum.y", "out.x");
        QCOMPARE(check(d.document).problems.size(), std::size_t{1});
        named(d.document, "sum").extra.set("bypass", true);
        const Lowered lowered = check(d.document);
        QVERIFY2(lowered.problems.empty(), qPrintable(all(lowered.problems)));
        QCOMPARE(typeAt(lowered, "sum", "y"), typeAt(lowered, "a", "x"));
    }
    void aSourceCantBeBypassed()
    {
        Document document = chain(R"({"out_features": 8})").document;
        named(document, "in").extra.set("bypass", true);
        const Lowered lowered = check(document);
        QCOMPARE(all(lowered.problems).count(QStringLiteral("graph.bypass-source")), 1);
        QCOMPARE(lowered.problems.size(), std::size_t{1});
    }
    void aLossCanBeBypassed()
    {
        Drawing d = chain(R"({"out_features": 8})");
        d.node("loss", "MSE").wire("act.y", "loss.prediction").wire("in.x", "loss.target");
        QCOMPARE(check(d.document).losses.size(), std::size_t{1});
        named(d.document, "loss").extra.set("bypass", true);
        const Lowered lowered = check(d.document);
        QVERIFY2(lowered.problems.empty(), qPrintable(all(lowered.problems)));
        QVERIFY(lowered.losses.empty());
    }
    void aBlockCanBeBypassed()
    {
        for (const int width : {8, 5}) {
            Drawing d;
            d.block("layer").node("x", "BlockInput").node("inner", "Dense").node("y", "BlockOutput");
            d.graph().nodes[1].params.set("out_features", width);
            d.wire("x.y", "inner.x").wire("inner.y", "y.x");
            d.root().node("in", "Input", R"({"shape": [8]})").node("stack", "block:" + Drawing::blockId("layer"));
            d.node("out", "Output").wire("in.x", "stack.x").wire("stack.y", "out.x");
            named(d.document, "stack").params.set("repeat", 3);
            named(d.document, "stack").extra.set("bypass", true);
            const Lowered lowered = check(d.document);
            QVERIFY(lowered.states.empty());
            if (width == 8) {
                QVERIFY2(lowered.problems.empty(), qPrintable(all(lowered.problems)));
                QCOMPARE(lowered.outputs.front().value, lowered.inputs.front().value);
            } else {
                QCOMPARE(lowered.problems.size(), std::size_t{1});
                QCOMPARE(lowered.problems.front().code, std::string("graph.bypass"));
            }
        }
    }
    void aDisabledNodeIsNotThere()
    {
        Document document = chain(R"({"out_features": 8})").document;
        named(document, "act").extra.set("disabled", true);
        Lowered lowered = check(document);
        QCOMPARE(lowered.problems.size(), std::size_t{1}); // the Output has no wire now
        QCOMPARE(lowered.problems.front().code, std::string("graph.missing-wire"));
        QCOMPARE(lowered.problems.front().where.node, Drawing::idOf("out"));
        QCOMPARE(typeAt(lowered, "act", "y"), std::string("none"));
        named(document, "out").extra.set("disabled", true);
        lowered = check(document);
        QVERIFY2(lowered.problems.empty(), qPrintable(all(lowered.problems)));
        Document unknown = chain(R"({"out_features": 8})").document;
        unknown.graph.nodes.push_back({.id = Drawing::idOf("new"), .kind = "FromTheFuture", .name = "new"});
        QCOMPARE(check(unknown).problems.size(), std::size_t{1});
        named(unknown, "new").extra.set("disabled", true);
        QVERIFY(check(unknown).problems.empty());
    }
    void aDisabledPortOfABlockIsGone()
    {
        Drawing d;
        d.block("pair").node("a", "BlockInput").node("b", "BlockInput").node("y", "BlockOutput").wire("a.y", "y.x");
        d.root().node("in", "Input", R"({"shape": [8]})").node("p", "block:" + Drawing::blockId("pair"));
        d.node("out", "Output").wire("in.x", "p.a").wire("in.x", "p.b").wire("p.y", "out.x");
        QVERIFY(check(d.document).problems.empty());
        d.document.blocks[0].nodes[1].extra.set("disabled", true);
        QCOMPARE(portsOf(d.document, named(d.document, "p")).inputs.size(), std::size_t{1});
        QCOMPARE(check(d.document).problems.front().code, std::string("graph.port"));
    }
    void aRerouteChangesNothing()
    {
        Drawing d = chain(R"({"out_features": 8})");
        const std::size_t before = check(d.document).program.instructions.size();
        d.node("bend", "Reroute").wire("fc.y", "bend.x");
        d.document.graph.wires[1].from = {Drawing::idOf("bend"), "y"};
        const Lowered lowered = check(d.document);
        QVERIFY2(lowered.problems.empty(), qPrintable(all(lowered.problems)));
        QCOMPARE(lowered.program.instructions.size(), before);
        QCOMPARE(typeAt(lowered, "bend", "y"), typeAt(lowered, "fc", "y"));
    }
};

QTEST_GUILESS_MAIN(TstBypass)
#include "tst_bypass.moc"
