// SPDX-License-Identifier: Apache-2.0
// The schema as JSON: complete, and enough to fill in and check parameters elsewhere.
#include "engine/layers/describe.h"

#include <QtTest>

using namespace espalier;

class TstDescribe : public QObject {
    Q_OBJECT
private slots:
    void everyKindIsThere()
    {
        const JsonValue all = describeLayers();
        QCOMPARE(all.items().size(), allLayers().size());
        QCOMPARE(describeOpLayers().items().size(), allOps().size() - 1); // scan is drawn
        QVERIFY(describeFunctions().items().size() > 50);
        QVERIFY(JsonValue::parse(all.dump(), "t").value() == all);
        for (const JsonValue &kind : all.items()) {
            const LayerKind *found = findLayer(kind["id"].string());
            QVERIFY(found);
            QCOMPARE(kind["params"].items().size(), found->params.size());
        }
    }
    void aParameterSaysAll()
    {
        const JsonValue dense = describeLayer(*findLayer("Dense"));
        const JsonValue &first = dense["params"].items().front();
        QCOMPARE(first["name"].string(), std::string("out_features"));
        QCOMPARE(first["type"].string(), std::string("integer"));
        QCOMPARE(first["default"].integer(), std::int64_t{64});
        QCOMPARE(first["minimum"].number(), 1.0);
        QVERIFY(!first["help"].string().empty() && !first["label"].string().empty());
        QCOMPARE(dense["inputs"].items()[0]["name"].string(), std::string("x"));
        const JsonValue conv = describeLayer(*findLayer("Conv2D"));
        QCOMPARE(conv["params"].items()[1]["max_length"].integer(), std::int64_t{2});
        const JsonValue formula = describeLayer(*findLayer("Formula"));
        QVERIFY(formula["dynamic_ports"].boolean());
        QCOMPARE(formula["inputs"].items().size(), std::size_t{1}); // those of the default expression
        QCOMPARE(formula["outputs"].items()[0]["name"].string(), std::string("y"));
        QCOMPARE(describeLayer(*findLayer("Input"))["outputs_from"].string(), std::string("columns"));
    }
};

QTEST_GUILESS_MAIN(TstDescribe)
#include "tst_describe.moc"
