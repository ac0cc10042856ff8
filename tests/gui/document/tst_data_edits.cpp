// SPDX-License-Identifier: GPL-3.0-or-later
// Edits of the data section: each is one step with its inverse, and leaves what it is not about alone.
#include "tests/gui/document/edit_support.h"

#include "gui/document/data_edits.h"

#include <QtTest/QtTest>

using namespace espalier;
using namespace espalier::test;

class TstDataEdits : public QObject {
    Q_OBJECT
private slots:
    void aSourceComesWithItsSectionAndGoesWithIt();
    void namesStayUnique();
    void inputsFollowANewName();
    void normalisationIsOnePerColumn();
    void aProposalLeavesWhatThePersonChose();
};

namespace {

Document withSources(std::initializer_list<const char *> names)
{
    Document document;
    for (const char *name : names)
        doIt(document, addSource(contextOf(document), name, "builtin", JsonValue::object().set("name", "iris")));
    return document;
}

std::string idOf(const Document &document, std::size_t index)
{
    return document.data["sources"].items().at(index)["id"].string();
}

JsonValue proposal()
{
    return JsonValue::parse(R"({"nodes": [{"name": "data", "kind": "Input", "column": 0, "params": {"source": "iris",
        "columns": ["features", "label"]}}, {"name": "out", "kind": "Dense", "column": 1, "params": {"out_features": 3}}],
        "wires": [{"from": ["data", "features"], "to": ["out", "x"]}, {"from": ["data", "label"], "to": ["nosuch", "x"]}],
        "split": {"stratify": "label", "in_order": false},
        "normalize": [{"column": "features", "method": "standard"}]})",
                            "test")
        .value();
}

} // namespace

void TstDataEdits::aSourceComesWithItsSectionAndGoesWithIt()
{
    Document document = withSources({"iris"});
    QCOMPARE(document.data["split"]["train"].number(), 0.8);
    QVERIFY(document.data["normalize"].isArray());
    doIt(document, removeSource(contextOf(document), idOf(document, 0)));
    QVERIFY(document.data.isNull());
}

void TstDataEdits::namesStayUnique()
{
    Document document = withSources({"iris", "iris"});
    QVERIFY(document.data["sources"].items()[0]["name"] != document.data["sources"].items()[1]["name"]);
    QVERIFY(!renameSource(contextOf(document), idOf(document, 1), "iris"));
    QVERIFY(!renameSource(contextOf(document), idOf(document, 1), ""));
}

void TstDataEdits::inputsFollowANewName()
{
    Document document = withSources({"iris"});
    doIt(document, addProposal(contextOf(document), idOf(document, 0), proposal()));
    doIt(document, renameSource(contextOf(document), idOf(document, 0), "flowers"));
    QCOMPARE(nodeNamed(document.graph, "data")->params["source"].string(), std::string("flowers"));
}

void TstDataEdits::normalisationIsOnePerColumn()
{
    Document document = withSources({"iris"});
    const std::string id = idOf(document, 0);
    doIt(document, setNormalization(contextOf(document), id, "features", "standard"));
    doIt(document, setNormalization(contextOf(document), id, "features", "minmax"));
    QCOMPARE(document.data["normalize"].items().size(), std::size_t(1));
    QCOMPARE(normalizationOf(document, id, "features"), std::string("minmax"));
    doIt(document, setNormalization(contextOf(document), id, "features", "none"));
    QVERIFY(document.data["normalize"].items().empty());
}

void TstDataEdits::aProposalLeavesWhatThePersonChose()
{
    Document document = withSources({"iris"});
    const std::string id = idOf(document, 0);
    doIt(document, setSplitField(contextOf(document), "in_order", true));
    doIt(document, setNormalization(contextOf(document), id, "features", "minmax"));
    doIt(document, addProposal(contextOf(document), id, proposal()));
    QCOMPARE(document.graph.nodes.size(), std::size_t(2));
    QCOMPARE(wiresText(document.graph), std::string("data.features > out.x\n"));
    QCOMPARE(document.data["split"]["stratify"].string(), std::string());
    QCOMPARE(normalizationOf(document, id, "features"), std::string("minmax"));
    QVERIFY(!addProposal(contextOf(document), id, JsonValue()));
}

QTEST_APPLESS_MAIN(TstDataEdits)
#include "tst_data_edits.moc"
