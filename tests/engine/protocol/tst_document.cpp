// SPDX-License-Identifier: Apache-2.0
// The document: round trip, what survives, migrations, and what is refused or reported.
#include "engine/protocol/document_text.h"
#include "tests/support/drawing.h"

#include <QFile>
#include <QtTest>

using namespace espalier;

namespace {

QString say(const Error &e)
{
    return QString::fromStdString(e.code + ": " + e.message());
}

std::string fileText(const QString &name)
{
    QFile file(QStringLiteral(ESPALIER_SOURCE_DIR "/tests/engine/protocol/data/") + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string();
}

constexpr const char *kText = R"({"format": "espalier", "version": 1, "colour": "green", "graph": {"notes": ["hm"],
 "nodes": [{"id": "aaaaaaaaaa", "kind": "Future", "version": 3, "name": "a", "at": [10.6, -20], "params": {"q": [1, {"r": null}], "big": 9007199254740993}, "halo": true}],
 "wires": [{"id": "bbbbbbbbbb", "from": ["aaaaaaaaaa", "y"], "to": ["aaaaaaaaaa", "x"], "style": "thick"}]},
 "blocks": [{"id": "cccccccccc", "name": "cell", "nodes": [], "wires": [], "exposed": [1]}],
 "data": {"sources": []}, "training": {"epochs": 3}})";

} // namespace

class TstDocument : public QObject {
    Q_OBJECT
private slots:
    void oneObjectALine()
    {
        Document document = readDocument(kText, "t").value();
        document.graph.extra.set("frames",
                                 *JsonValue::parse(R"([{"id": "f", "rect": [1, 2, 3, 4]}, {"id": "g"}])", "t"));
        document.graph.nodes[0].extra.set("bypass", true);
        const std::string text = writeDocument(document);
        QVERIFY(text.find("\n      {\"id\": \"f\", \"rect\": [1, 2, 3, 4]},\n      {\"id\": \"g\"}\n")
                != std::string::npos);
        const Document read = readDocument(text, "t").value();
        QVERIFY(read == document);
        QVERIFY(read.graph.nodes[0].isBypassed() && !read.graph.nodes[0].isDisabled());
        QCOMPARE(read.findGraph("cccccccccc"), &read.blocks[0]);
        QCOMPARE(read.findGraph("root"), &read.graph);
        QVERIFY(!read.findGraph("nothing"));
    }
    void everythingSurvives()
    {
        const auto first = readDocument(kText, "t");
        QVERIFY2(first.has_value(), first ? "" : qPrintable(say(first.error())));
        QCOMPARE(first->graph.nodes[0].x, 11);
        QCOMPARE(first->graph.nodes[0].params["big"].integer(), std::int64_t{9007199254740993});
        const std::string text = writeDocument(*first);
        for (const char *part : {"\"halo\": true", "\"style\": \"thick\"", "\"colour\": \"green\"", "\"notes\"",
                                 "\"exposed\"", "\"version\": 3", "\"r\": null"})
            QVERIFY2(text.find(part) != std::string::npos, part);
        const auto second = readDocument(text, "t");
        QVERIFY(second.has_value());
        QVERIFY(*second == *first);
        QCOMPARE(writeDocument(*second), text);
    }
    void oneNodeIsOneLine()
    {
        Drawing d;
        d.node("a", "Input").node("b", "Dense").wire("a.x", "b.x");
        const std::string before = writeDocument(d.document);
        d.document.graph.nodes[1].params.set("out_features", 7);
        const std::string after = writeDocument(d.document);
        const QStringList a = QString::fromStdString(before).split('\n');
        const QStringList b = QString::fromStdString(after).split('\n');
        QCOMPARE(a.size(), b.size());
        int changed = 0;
        for (int i = 0; i < a.size(); ++i)
            changed += a[i] != b[i] ? 1 : 0;
        QCOMPARE(changed, 1);
    }
    void pastVersionsAreRead()
    {
        const auto document = readDocument(fileText("version0.espalier"), "version0.espalier");
        QVERIFY2(document.has_value(), document ? "" : qPrintable(say(document.error())));
        QCOMPARE(document->version, kDocumentVersion);
        QCOMPARE(document->graph.nodes.size(), std::size_t{3});
        const DocumentNode &dense = document->graph.nodes[1];
        QCOMPARE(dense.kind, std::string("Dense"));
        QCOMPARE(dense.kindVersion, 1);
        QCOMPARE(dense.x, 240);
        QCOMPARE(dense.params["out_features"].integer(), std::int64_t{12});
        QCOMPARE(dense.params["bias"].boolean(true), false);
        QVERIFY(!dense.params.has("units"));
        QCOMPARE(document->graph.wires[0].from.port, std::string("x"));
        QCOMPARE(document->training["epochs"].integer(), std::int64_t{5});
        QVERIFY(documentProblems(*document).empty());
        QVERIFY(*readDocument(writeDocument(*document), "again") == *document);
    }
    void damagedTextIsRefused_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("code");
        QTest::newRow("empty") << QByteArray() << "json.syntax";
        QTest::newRow("not ours") << QByteArray("{\"format\": \"onnx\"}") << "document.format";
        QTest::newRow("a list") << QByteArray("[1, 2]") << "document.format";
        QTest::newRow("newer") << QByteArray("{\"format\": \"espalier\", \"version\": 99}") << "document.newer";
        QTest::newRow("no version") << QByteArray("{\"format\": \"espalier\", \"graph\": {}}") << "document.version";
        QTest::newRow("no graph") << QByteArray("{\"format\": \"espalier\", \"version\": 1}") << "document.graph";
        QTest::newRow("cut off") << QByteArray(kText).left(200) << "json.syntax";
        QTest::newRow("section") << QByteArray(kText).replace("{\"epochs\": 3}", "7") << "document.section";
        QTest::newRow("node without id") << QByteArray(kText).replace("\"id\": \"aaaaaaaaaa\"", "\"id\": 3")
                                         << "document.node";
        QTest::newRow("node without kind") << QByteArray(kText).replace("\"kind\"", "\"kin\"") << "document.node-kind";
        QTest::newRow("wire end") << QByteArray(kText).replace("\"to\": [\"aaaaaaaaaa\", \"x\"]", "\"to\": 7")
                                  << "document.wire-end";
        QTest::newRow("nodes") << QByteArray("{\"format\":\"espalier\",\"version\":1,\"graph\":{\"nodes\":{}}}")
                               << "document.list";
        QTest::newRow("garbage") << QByteArray(50 << 20, 'x') << "json.syntax";
        QTest::newRow("commas") << "[" + QByteArray(50 << 20, ',') << "document.size";
        QTest::newRow("too large") << QByteArray((64 << 20) + 1, ' ') << "document.size";
    }
    void damagedTextIsRefused()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, code);
        QElapsedTimer timer;
        timer.start();
        const auto document = readDocument({text.constData(), static_cast<std::size_t>(text.size())}, "t.espalier");
        QVERIFY(!document);
        QCOMPARE(QString::fromStdString(document.error().code), code);
        QCOMPARE(document.error().where.file, std::string("t.espalier"));
        QVERIFY2(document.error().message().size() < 300, "one sentence");
        QVERIFY(timer.elapsed() < 5000);
    }
    void damageOpensAsFarAsItCanBeRead()
    {
        const std::string text = QByteArray(kText).replace("\"kind\"", "\"kin\"").toStdString();
        const auto opened = openDocument(text, "t");
        QVERIFY(opened.has_value());
        QCOMPARE(opened->problems.size(), std::size_t{1});
        QCOMPARE(opened->document.graph.wires.size(), std::size_t{1});
        QCOMPARE(opened->document.training["epochs"].integer(), std::int64_t{3});
    }
    void whatIsNoJsonIsLeftOut()
    {
        const std::string whole = fileText("../../../../resources/samples/digits-cnn.espalier");
        const auto intact = openDocument(whole, "t");
        QVERIFY(intact && intact->document.graph.nodes.size() == 15);
        // Cut off after each of its lines and within them: what stood before is there.
        std::size_t fewest = 0;
        for (std::size_t cut = 0; cut < whole.size(); cut += 37) {
            const auto opened = openDamagedDocument(std::string_view(whole).substr(0, cut), "t");
            const auto lines = std::string_view(whole).substr(0, cut);
            std::size_t nodes = 0; // whose line is complete
            for (std::size_t at = 0; (at = lines.find("\"kind\"", at)) != lines.npos; ++at)
                nodes += lines.find('\n', at) != lines.npos ? 1 : 0;
            QCOMPARE(opened.has_value(), lines.find("\"graph\": {\n") != lines.npos);
            if (!opened)
                continue;
            const std::size_t kept = opened->document.graph.nodes.size(); // a last one may lack its line's end only
            QVERIFY2(kept >= std::min<std::size_t>(nodes, 15) && kept <= nodes + 1, "a node is lost");
            QVERIFY(!opened->problems.empty());
            QVERIFY(opened->document.graph.nodes.size() >= fewest);
            fewest = opened->document.graph.nodes.size();
        }
        // A line that something else was written over.
        std::string torn = whole;
        const std::size_t at = torn.find("      {\"id\": \"wwbbzaht57\"");
        torn.replace(at + 20, 30, std::string(30, '\x01'));
        const auto opened = openDamagedDocument(torn, "t");
        QVERIFY(opened.has_value());
        QCOMPARE(opened->document.graph.nodes.size(), std::size_t{14});
        QCOMPARE(opened->document.graph.wires.size(), std::size_t{15});
        QCOMPARE(opened->problems.size(), std::size_t{1});
        QCOMPARE(opened->problems.front().where.line,
                 std::int64_t{1 + std::count(torn.begin(), torn.begin() + static_cast<std::ptrdiff_t>(at), '\n')});
        QVERIFY(!openDamagedDocument("", "t") && !openDamagedDocument("<html>", "t")
                && !openDamagedDocument(std::string(100'000, '{'), "t"));
    }
    void identityIsChecked_data()
    {
        QTest::addColumn<int>("which");
        QTest::addColumn<QString>("code");
        QTest::newRow("bad id") << 0 << "document.id";
        QTest::newRow("id twice") << 1 << "document.id-twice";
        QTest::newRow("name twice") << 2 << "document.name-twice";
        QTest::newRow("no name") << 3 << "document.name";
        QTest::newRow("point in a name") << 4 << "document.name";
        QTest::newRow("dangling") << 5 << "document.wire-dangling";
    }
    void identityIsChecked()
    {
        QFETCH(int, which);
        QFETCH(QString, code);
        Drawing d;
        d.node("a", "Input").node("b", "ReLU").node("c", "Output").wire("a.x", "b.x");
        auto &nodes = d.graph().nodes;
        switch (which) {
        case 0:
            nodes[2].id = "Nine!";
            break;
        case 1:
            nodes[2].id = d.graph().wires[0].id;
            break;
        case 2:
            nodes[2].name = "a";
            break;
        case 3:
            nodes[2].name = "";
            break;
        case 4:
            nodes[2].name = "a.b";
            break;
        case 5:
            d.graph().wires[0].from.node = "zzzzzzzzzz";
            break;
        }
        const auto problems = documentProblems(d.document);
        QCOMPARE(problems.size(), std::size_t{1});
        QCOMPARE(QString::fromStdString(problems[0].code), code);
        QCOMPARE(problems[0].where.graph, std::string("root"));
        const bool isOfTheWire = which == 1 || which == 5;
        QCOMPARE(problems[0].where.node, isOfTheWire ? nodes[1].id : nodes[2].id);
    }
    void noBytesCrash()
    {
        std::uint32_t state = 12345;
        const auto random = [&](std::uint32_t below) {
            state = state * 1664525u + 1013904223u;
            return (state >> 8) % below;
        };
        const std::string good = kText;
        for (int round = 0; round < 3000; ++round) {
            std::string text = good;
            for (std::uint32_t i = 0; i <= random(4); ++i) {
                const std::uint32_t at = random(static_cast<std::uint32_t>(text.size()));
                if (random(3) == 0)
                    text.erase(at, random(20));
                else
                    text[at] = "{}[]\",:0a\n\xff-"[random(13)];
                if (text.empty())
                    text = "x";
            }
            if (const auto opened = openDocument(text, "t")) {
                (void)documentProblems(opened->document);
                const auto again = openDocument(writeDocument(opened->document), "t");
                QVERIFY(again.has_value());
                QVERIFY(again->document == opened->document);
            }
        }
    }
};

QTEST_GUILESS_MAIN(TstDocument)
#include "tst_document.moc"
