// SPDX-License-Identifier: Apache-2.0
// Random drawings of all kinds and ops, mostly senseless: check and lower tell problems and never crash, and what they
// call sound is.
#include "engine/graph/lower.h"
#include "tests/support/drawing.h"

#include <QtTest>

using namespace espalier;

namespace {

class Random {
public:
    explicit Random(std::uint32_t seed)
        : m_state(seed * 2654435761u + 1)
    {
    }
    std::uint32_t below(std::size_t n)
    {
        m_state = m_state * 1664525u + 1013904223u;
        return (m_state >> 8) % static_cast<std::uint32_t>(n);
    }

private:
    std::uint32_t m_state;
};

JsonValue randomValue(Random &r)
{
    static const std::vector<const char *> kTexts{"0",
                                                  "1",
                                                  "2",
                                                  "-1",
                                                  "3",
                                                  "7",
                                                  "1e9",
                                                  "0.5",
                                                  "true",
                                                  "\"same\"",
                                                  "\"x\"",
                                                  "\"int64\"",
                                                  "[]",
                                                  "[1]",
                                                  "[2, 2]",
                                                  "[-1]",
                                                  "[0, 1]",
                                                  "[3, 1, 2]",
                                                  "null",
                                                  "{}",
                                                  "\"relu\"",
                                                  "\"x @ y\"",
                                                  "[\"a\", \"b\"]",
                                                  "1e300",
                                                  "9007199254740993",
                                                  "[[1], [2]]"};
    return JsonValue::parse(kTexts[r.below(kTexts.size())], "t").value();
}

/// Wires go to the nodes drawn before, so that much of it fits.
Document randomDrawing(Random &r, const std::vector<const LayerKind *> &kinds)
{
    static const std::vector<const char *> kInputs{R"({"shape": [4]})",
                                                   R"({"shape": [3, 8, 8]})",
                                                   R"({"shape": [5, 4]})",
                                                   R"({"shape": [], "dtype": "int64"})",
                                                   R"({"shape": [6], "dtype": "bool"})",
                                                   R"({"shape": [-1, 3]})",
                                                   R"({"batch": false, "value": [[1, 2], [3, 4]]})"};
    Drawing d;
    const std::uint32_t count = 2 + r.below(8);
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::string name = "n" + std::to_string(i);
        if (i < 2) {
            d.node(name, "Input", kInputs[r.below(kInputs.size())]);
            continue;
        }
        const LayerKind &kind = *kinds[r.below(kinds.size())];
        d.node(name, kind.id);
        DocumentNode &node = d.graph().nodes.back();
        node.params = completeParams(kind, {});
        for (const ParamSpec &spec : kind.params)
            if (r.below(4) == 0)
                node.params.set(spec.name, randomValue(r));
        for (const NodePort &port : portsOf(kind, node.params).inputs) {
            if (r.below(12) == 0)
                continue;
            const std::uint32_t from = r.below(r.below(40) == 0 ? count : i);
            const DocumentNode *source = from < d.graph().nodes.size() ? &d.graph().nodes[from] : nullptr;
            const LayerKind *sourceKind = source ? findLayer(source->kind) : nullptr;
            const auto outputs = sourceKind ? portsOf(*sourceKind, completeParams(*sourceKind, source->params)).outputs
                                            : std::vector<NodePort>();
            d.wire("n" + std::to_string(from) + "." + (outputs.empty() ? "y" : outputs[r.below(outputs.size())].name),
                   name + "." + port.name);
        }
    }
    return d.document;
}

} // namespace

class TstRandomDrawings : public QObject {
    Q_OBJECT
private slots:
    void nothingCrashes()
    {
        std::vector<const LayerKind *> kinds(allLayers().begin(), allLayers().end());
        const std::size_t layers = kinds.size();
        for (const Op *op : allOps())
            if (const LayerKind *kind = findLayer("op." + std::string(op->name)))
                kinds.push_back(kind);
        QVERIFY(kinds.size() > layers + 90);
        int sound = 0;
        for (std::uint32_t seed = 0; seed < 6000; ++seed) {
            Random r(seed);
            const Document document = randomDrawing(r, kinds);
            LowerOptions options;
            options.everything = true;
            options.mode = static_cast<Mode>(seed % 3);
            options.batchSizes = {4, 1};
            const Lowered lowered = lower(document, options);
            for (const Error &e : lowered.problems)
                QVERIFY2(!e.code.empty() && e.message().size() > 5 && !e.where.graph.empty(),
                         qPrintable(QString::number(seed)));
            (void)checkDocument(document, options);
            if (!lowered.problems.empty())
                continue;
            ++sound;
            const std::string problem = verify(lowered.program);
            QVERIFY2(problem.empty(), problem.c_str());
        }
        QVERIFY2(sound > 200, qPrintable(QString::number(sound)));
    }
};

QTEST_GUILESS_MAIN(TstRandomDrawings)
#include "tst_random_drawings.moc"
