// SPDX-License-Identifier: Apache-2.0
// What is said of layers: nothing while all is well, and the right thing, at the right place, when it isn't.
#include "engine/protocol/error_json.h"
#include "engine/train/health.h"
#include "engine/train/layer_statistics.h"

#include <QtTest>

#include <cmath>

using namespace espalier;

namespace {

LayerHealth layer(const char *name, double dead, double gradient, double ratio = 1e-3)
{
    return {name, dead, gradient, 1.0, ratio};
}

std::vector<LayerPlace> places()
{
    return {{"conv", "g/1/aaaaaaaaaa", {"data"}},
            {"relu", "bbbbbbbbbb", {"conv"}},
            {"pool", "cccccccccc", {"relu"}},
            {"fc", "dddddddddd", {"pool"}}};
}

std::vector<std::string> activeOf(const HealthMonitor &monitor)
{
    std::vector<std::string> out;
    for (const HealthFinding &finding : monitor.findings())
        if (finding.isActive)
            out.push_back(finding.code + " " + finding.name);
    return out;
}

} // namespace

class TstHealth : public QObject {
    Q_OBJECT
private slots:
    void aHealthyNetworkIsQuiet()
    {
        HealthMonitor monitor(places());
        for (std::int64_t step = 0; step < 1000; step += 100)
            monitor.observe(step, {layer("conv", 0, 0.01), layer("relu", 0.3, 0.02), layer("fc", 0.1, 0.5, 0.02)});
        QVERIFY(monitor.findings().empty());
        QCOMPARE(monitor.changes(), 0);
    }
    void deadUnitsAreSaidOnceWhereTheyBegin()
    {
        HealthMonitor monitor(places());
        const std::vector<LayerHealth> sick{layer("conv", 0, 1), layer("relu", 0.75, 1), layer("pool", 0.75, 1),
                                            layer("fc", 0, 1)};
        monitor.observe(0, sick);
        monitor.observe(10, sick);
        QVERIFY(monitor.findings().empty()); // one batch proves nothing
        monitor.observe(20, sick);
        QCOMPARE(activeOf(monitor), (std::vector<std::string>{"health.dead relu"})); // the pool only passes it on
        const HealthFinding &finding = monitor.findings().front();
        QCOMPARE(finding.since, std::int64_t(0));
        QCOMPARE(finding.node, std::string("bbbbbbbbbb"));
        QVERIFY(finding.sentence().message().starts_with("75 % of the units of relu"));
        monitor.observe(30, {layer("relu", 0.2, 1)});
        QVERIFY(activeOf(monitor).empty());
        QCOMPARE(monitor.findings().size(), std::size_t(1)); // the past still has it
        QCOMPARE(monitor.changes(), 2);
    }
    void vanishingGradientsNameTheLayer()
    {
        HealthMonitor monitor(places());
        for (std::int64_t step : {0, 10, 20})
            monitor.observe(step, {layer("conv", 0, 1e-6), layer("relu", 0, 0.01), layer("fc", 0, 0.1)});
        QCOMPARE(activeOf(monitor), (std::vector<std::string>{"health.vanishing conv"}));
        QCOMPARE(monitor.findings().front().sentence().where.node, std::string("aaaaaaaaaa"));
        QVERIFY(monitor.findings().front().sentence().message().find("100000 times") != std::string::npos);
        // Behind a layer that lets nothing through there is nothing else to say.
        HealthMonitor cut(places());
        for (std::int64_t step : {0, 10, 20})
            cut.observe(step, {layer("conv", 0, 0), layer("relu", 1, 0.01), layer("fc", 0, 0.1)});
        QCOMPARE(activeOf(cut), (std::vector<std::string>{"health.dead relu"}));
    }
    void anExplosionIsSaidAtOnceWithAFix()
    {
        HealthMonitor monitor(places());
        monitor.observe(0, {layer("fc", 0, 10, 2.5)});
        QCOMPARE(activeOf(monitor), (std::vector<std::string>{"health.exploding fc"}));
        const Error sentence = monitor.findings().front().sentence();
        QVERIFY(sentence.message().find("250 %") != std::string::npos);
        QCOMPARE(sentence.fixes.size(), std::size_t(1));
        QCOMPARE(errorFromJson(errorToJson(sentence)), sentence);
        monitor.observe(1, {layer("fc", 0, NAN, NAN)}); // never a crash
        QVERIFY(activeOf(monitor).empty());
    }
    void aResumeTakesBackWhatCameAfterIt()
    {
        HealthMonitor monitor(places());
        monitor.observe(0, {layer("fc", 0, 1)});
        monitor.observe(50, {layer("fc", 0, 1, 3)});
        QCOMPARE(monitor.findings().size(), std::size_t(1));
        monitor.observe(40, {layer("fc", 0, 1)});
        QVERIFY(monitor.findings().empty());
    }
    void aParameterBelongsToItsLayer()
    {
        QCOMPARE(layerOfParameter("encoder.0.fc1.weight"), std::string("encoder.0.fc1"));
    }
};

QTEST_GUILESS_MAIN(TstHealth)
#include "tst_health.moc"
