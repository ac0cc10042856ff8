// SPDX-License-Identifier: Apache-2.0
// The walk over every layer kind: schema, cases, shapes inferred equal shapes produced, gradients, backends, round
// trip.
#include "engine/backends/reference/interpreter.h"
#include "engine/graph/lower.h"
#include "engine/ops/autodiff.h"
#include "tests/support/layer_case.h"
#include "tests/support/op_case.h"
#include "tests/support/run_program.h"
#include "tests/support/tolerance.h"

#include <QtTest>

#include <set>

using namespace espalier;
using namespace espalier::test;

namespace {

/// Kinds that only have a meaning inside a drawing; tst_lower, tst_blocks and tst_scan test them.
const std::set<std::string_view> kWithoutCases{"Input", "Output", "BlockInput", "BlockOutput", "Scan"};

const LayerKind &kindAt(int index)
{
    return *allLayers()[static_cast<std::size_t>(index)];
}

QString problemsOf(const BuiltCase &built)
{
    QString text;
    for (const Error &e : built.lowered.problems)
        text += QString::fromStdString(e.code + ": " + e.message()) + "\n";
    return text;
}

class LayerGradient {
public:
    LayerGradient(const BuiltCase &built, std::vector<Tensor> inputs, std::vector<Tensor> states)
        : m_built(built)
        , m_inputs(std::move(inputs))
        , m_states(std::move(states))
    {
    }
    QStringList run()
    {
        Builder b(m_built.program);
        std::vector<ValueId> outputs;
        std::vector<ValueId> seeds;
        std::vector<Tensor> given = m_inputs;
        for (std::size_t o = 0; o < m_built.program.outputs.size(); ++o) {
            const ValueId value = m_built.program.outputs[o].value;
            m_seeds.emplace_back();
            if (!isFloating(b.dtype(value)))
                continue;
            m_seeds.back() = randomTensor(b.type(value), Domain::Normal, 1, 50 + o);
            outputs.push_back(value);
            seeds.push_back(b.input("d" + std::to_string(o), b.type(value)));
            given.push_back(m_seeds.back());
        }
        std::vector<ValueId> wrt;
        for (std::size_t i = 0; i < m_inputs.size(); ++i)
            if (isFloating(m_inputs[i].dtype()))
                add(wrt, m_built.program.inputs[i].value, m_inputs[i]);
        for (std::size_t i = 0; i < m_states.size(); ++i)
            if (m_built.lowered.states[i].trainable)
                add(wrt, m_built.program.states[i].value, m_states[i]);
        if (wrt.empty() || outputs.empty())
            return {};
        const auto gradients = backpropagate(b, outputs, seeds, wrt);
        b.program().outputs.clear();
        for (const ValueId g : gradients)
            if (g != kNoValue)
                b.output("g", g);
        if (const std::string problem = verify(b.program()); !problem.empty())
            return {"the gradient's program is unsound: " + QString::fromStdString(problem)};
        const auto result = interpret(b.program(), given, m_states);
        if (!result)
            return {QString::fromStdString(result.error().message())};
        std::size_t at = 0;
        for (std::size_t i = 0; i < gradients.size(); ++i)
            compare(i, gradients[i] == kNoValue ? Tensor() : result->outputs[at++]);
        return m_found;
    }

private:
    const BuiltCase &m_built;
    std::vector<Tensor> m_inputs;
    std::vector<Tensor> m_states;
    std::vector<Tensor> m_seeds;
    std::vector<Tensor *> m_moved;
    QStringList m_found;

    void add(std::vector<ValueId> &wrt, ValueId value, Tensor &tensor)
    {
        wrt.push_back(value);
        m_moved.push_back(&tensor);
    }
    double weighted()
    {
        const auto result = interpret(m_built.program, m_inputs, m_states);
        if (!result)
            qFatal("%s", result.error().message().c_str());
        double sum = 0;
        for (std::size_t o = 0; o < m_seeds.size(); ++o)
            for (std::int64_t k = 0; !m_seeds[o].isEmpty() && k < m_seeds[o].elements(); ++k)
                sum += m_seeds[o].at(k) * result->outputs[o].at(k);
        return sum;
    }
    void compare(std::size_t i, const Tensor &gradient)
    {
        Tensor &tensor = *m_moved[i];
        const Tensor original = tensor;
        const std::int64_t stride = std::max<std::int64_t>(1, tensor.elements() / 12);
        for (std::int64_t e = 0; e < original.elements() && m_found.size() < 3; e += stride) {
            const auto at = [&](double moved) {
                tensor = original.clone();
                tensor.set(e, moved);
                return weighted();
            };
            const double expected
                = (at(original.at(e) + kDifferenceStep) - at(original.at(e) - kDifferenceStep)) / (2 * kDifferenceStep);
            const double got = gradient.isEmpty() ? 0 : gradient.at(e);
            if (std::abs(got - expected) > 1e-5 * std::max(1.0, std::abs(expected)))
                m_found += QStringLiteral("value %1, element %2: gradient %3, differences %4")
                               .arg(i)
                               .arg(e)
                               .arg(got)
                               .arg(expected);
        }
        tensor = original;
    }
};

} // namespace

class TstCatalogLayers : public QObject {
    Q_OBJECT

    void rows()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("at");
        for (std::size_t k = 0; k < allLayers().size(); ++k) {
            const auto cases = allLayers()[k]->cases();
            for (std::size_t i = 0; i < cases.size(); ++i)
                QTest::addRow("%s: %s", std::string(allLayers()[k]->id).c_str(), cases[i].name.c_str())
                    << static_cast<int>(k) << static_cast<int>(i);
        }
    }

private slots:
    void schemasAreSane()
    {
        std::set<std::string_view> ids;
        for (const LayerKind *kind : allLayers()) {
            const QByteArray id = QByteArray::fromStdString(std::string(kind->id));
            QVERIFY2(ids.insert(kind->id).second, id);
            QVERIFY2(!kind->title.empty() && !kind->category.empty() && !kind->aliases.empty(), id);
            QVERIFY2(kind->help.size() > 10 && kind->help.back() == '.', id);
            QVERIFY2(findLayer(kind->id) == kind, id);
            QVERIFY2(checkParams(*kind, completeParams(*kind, {}), "n").empty(), id);
            std::set<std::string_view> names;
            for (const ParamSpec &spec : kind->params) {
                const QByteArray name = id + "." + QByteArray::fromStdString(std::string(spec.name));
                QVERIFY2(names.insert(spec.name).second, name);
                QVERIFY2(!spec.fallback.isNull() && !spec.label.empty() && spec.help.size() > 8, name);
                QVERIFY2((spec.type == ParamType::Choice) == !spec.choices.empty(), name);
                const bool isNumber = spec.type == ParamType::Integer || spec.type == ParamType::Real;
                QVERIFY2(!isNumber || (spec.minimum && spec.maximum), name);
            }
            for (const PortSpec &port : kind->inputs)
                QVERIFY2(!port.name.empty() && !port.help.empty(), id);
        }
        QVERIFY(ids.size() > 45);
    }
    void everyParameterIsTried()
    {
        for (const LayerKind *kind : allLayers()) {
            const auto cases = kind->cases();
            QCOMPARE(cases.empty(), kWithoutCases.contains(kind->id));
            for (const ParamSpec &spec : kind->params) {
                const bool isTried = std::any_of(cases.begin(), cases.end(), [&](const LayerCase &c) {
                    return c.params.has(spec.name) && c.params[spec.name] != spec.fallback;
                });
                QVERIFY2(isTried || cases.empty(),
                         qPrintable(QString::fromStdString(std::string(kind->id) + "." + std::string(spec.name))));
            }
        }
    }
    void everyOpIsALayer()
    {
        for (const Op *op : allOps()) {
            const LayerKind *kind = findLayer("op." + std::string(op->name));
            QCOMPARE(kind == nullptr, op->name == "scan");
            if (kind)
                QVERIFY(checkParams(*kind, completeParams(*kind, {}), "n").empty());
        }
        QVERIFY(!findLayer("op.nothing"));
    }

    void shapesAreThoseProduced_data() { rows(); }
    void shapesAreThoseProduced()
    {
        QFETCH(int, kind);
        QFETCH(int, at);
        const LayerCase c = kindAt(kind).cases()[static_cast<std::size_t>(at)];
        for (const Mode mode : {Mode::Train, Mode::Evaluate}) {
            const BuiltCase built = buildCase(kindAt(kind), c, DType::Float32, mode);
            QVERIFY2(built.lowered.problems.empty(), qPrintable(problemsOf(built)));
            QCOMPARE(verify(built.program), std::string());
            const auto result = interpret(built.program, inputsOf(built, c, DType::Float32), statesOf(built));
            QVERIFY2(result.has_value(), result ? "" : result.error().message().c_str());
            QCOMPARE(result->outputs.size(), built.ports.size());
            for (std::size_t o = 0; o < built.ports.size(); ++o) {
                const auto port
                    = std::find_if(built.lowered.ports.begin(), built.lowered.ports.end(),
                                   [&](const PortType &p) { return p.name == "layer" && p.port == built.ports[o]; });
                QCOMPARE(result->outputs[o].type().toString(), port->type.toString());
            }
        }
    }
    void gradientsEqualDifferences_data() { rows(); }
    void gradientsEqualDifferences()
    {
        QFETCH(int, kind);
        QFETCH(int, at);
        const LayerCase c = kindAt(kind).cases()[static_cast<std::size_t>(at)];
        if (!c.checkGradient)
            QSKIP(c.reason.c_str());
        const BuiltCase built = buildCase(kindAt(kind), c, DType::Float64, Mode::Train);
        QVERIFY2(built.lowered.problems.empty(), qPrintable(problemsOf(built)));
        const QStringList found = LayerGradient(built, inputsOf(built, c, DType::Float64), statesOf(built)).run();
        QVERIFY2(found.isEmpty(), qPrintable(found.join('\n')));
    }
    void backendsAgree_data() { rows(); }
    void backendsAgree()
    {
        QFETCH(int, kind);
        QFETCH(int, at);
        const LayerCase c = kindAt(kind).cases()[static_cast<std::size_t>(at)];
        const BuiltCase exact = buildCase(kindAt(kind), c, DType::Float64, Mode::Train);
        const auto expected = interpret(exact.program, inputsOf(exact, c, DType::Float64), statesOf(exact));
        QVERIFY(expected.has_value());
        const BuiltCase built = buildCase(kindAt(kind), c, DType::Float32, Mode::Train);
        for (const std::string &name : backendNames()) {
            auto backend = makeBackend(name, {.threads = 2, .deterministic = true});
            QVERIFY(backend.has_value());
            const auto result
                = runOnBackend(**backend, built.program, inputsOf(built, c, DType::Float32), statesOf(built));
            QVERIFY2(result.has_value(), result ? "" : result.error().message().c_str());
            for (std::size_t o = 0; o < expected->outputs.size(); ++o) {
                const Tensor wanted = expected->outputs[o].cast(result->outputs[o].dtype());
                const auto found = differences(wanted, result->outputs[o], tolerance(DType::Float32, 64));
                QVERIFY2(found.empty(), found.empty() ? "" : (name + ": " + found.front()).c_str());
            }
        }
    }
    void documentsSurvive_data() { rows(); }
    void documentsSurvive()
    {
        QFETCH(int, kind);
        QFETCH(int, at);
        const LayerCase c = kindAt(kind).cases()[static_cast<std::size_t>(at)];
        const BuiltCase built = buildCase(kindAt(kind), c, DType::Float32, Mode::Train);
        const auto again = readDocument(writeDocument(built.document), "t");
        QVERIFY(again.has_value());
        QVERIFY(*again == built.document);
    }
};

QTEST_GUILESS_MAIN(TstCatalogLayers)
#include "tst_catalog_layers.moc"
