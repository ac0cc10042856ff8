// SPDX-License-Identifier: Apache-2.0
// The heavy ops, their gradients and the optimizer steps against PyTorch: values in float64, written by
// tests/support/make_op_goldens.py.
#include "engine/backends/reference/interpreter.h"
#include "engine/io/safetensors.h"
#include "engine/ops/autodiff.h"

#include <QtTest>

using namespace espalier;

namespace {

using Ints = std::vector<std::int64_t>;

struct Case {
    const char *name; ///< in the golden file
    const char *op;
    Attrs attrs;
};

Attrs convAttrs(Ints stride, Ints padding, Ints dilation, std::int64_t groups)
{
    return {{"stride", stride}, {"padding", padding}, {"dilation", dilation}, {"groups", groups}};
}

Attrs transposed(const Shape &size)
{
    Attrs attrs = convAttrs({2, 3}, {1, 0, 1, 0}, {1, 2}, 1);
    attrs.set("input_size", size);
    return attrs;
}

Attrs poolAttrs(Ints size, Ints stride, Ints padding, bool ceilMode)
{
    return {{"kernel_size", size}, {"stride", stride}, {"padding", padding}, {"ceil_mode", ceilMode}};
}

Attrs averageAttrs(bool ceilMode, bool countPadding)
{
    Attrs attrs = poolAttrs({3, 3}, {2, 3}, {1, 1, 1, 1}, ceilMode);
    attrs.set("count_include_pad", countPadding);
    return attrs;
}

std::vector<Case> cases()
{
    const Attrs axis1{{"axis", std::int64_t(1)}};
    const Attrs eps{{"eps", 1e-3}};
    return {
        {"conv", "conv2d", convAttrs({2, 1}, {1, 0, 2, 1}, {1, 2}, 1)},
        {"conv groups", "conv2d", convAttrs({1, 2}, {1, 1, 1, 1}, {1, 1}, 2)},
        {"conv depthwise", "conv2d", convAttrs({1, 1}, {1, 1, 1, 1}, {2, 1}, 3)},
        {"conv transpose", "conv2d_backward_data", transposed({6, 13})},
        {"max pool", "max_pool2d", poolAttrs({3, 2}, {2, 1}, {1, 1, 1, 1}, false)},
        {"max pool ceil", "max_pool2d", poolAttrs({3, 3}, {2, 3}, {1, 0, 1, 0}, true)},
        {"max pool ties", "max_pool2d", poolAttrs({2, 2}, {2, 2}, {0, 0, 0, 0}, false)},
        {"avg pool", "avg_pool2d", averageAttrs(false, false)},
        {"avg pool all", "avg_pool2d", averageAttrs(false, true)},
        {"avg pool ceil", "avg_pool2d", averageAttrs(true, false)},
        {"avg pool ceil all", "avg_pool2d", averageAttrs(true, true)},
        {"batch norm", "batch_norm", eps},
        {"batch norm inference", "batch_norm_inference", eps},
        {"layer norm", "layer_norm", {{"axis", std::int64_t(-1)}, {"eps", 1e-3}}},
        {"layer norm two axes", "layer_norm", {{"axis", std::int64_t(1)}, {"eps", 1e-3}}},
        {"softmax", "softmax", axis1},
        {"log softmax", "log_softmax", {}},
        {"log sum exp", "log_sum_exp", axis1},
        {"cross entropy", "softmax_cross_entropy", {}},
        {"embedding", "embedding", {}},
        {"lstm", "lstm", {}},
        {"sgd plain", "sgd_plain_update", {{"weight_decay", 0.2}}},
        {"sgd momentum", "sgd_update", {{"momentum", 0.9}, {"weight_decay", 0.2}}},
        {"sgd nesterov", "sgd_update", {{"momentum", 0.9}, {"nesterov", true}}},
        {"adam", "adam_update", {{"beta1", 0.8}, {"beta2", 0.95}, {"eps", 1e-3}, {"weight_decay", 0.2}}},
        {"adamw",
         "adam_update",
         {{"beta1", 0.8}, {"beta2", 0.95}, {"eps", 1e-3}, {"weight_decay", 0.2}, {"decoupled", true}}},
        {"rmsprop", "rmsprop_update", {{"alpha", 0.9}, {"eps", 1e-3}, {"weight_decay", 0.2}}},
        {"rmsprop all", "rmsprop_update", {{"alpha", 0.9}, {"eps", 1e-3}, {"momentum", 0.7}, {"centered", true}}},
    };
}

class Golden {
public:
    Golden()
    {
        auto file = SafetensorsFile::open(ESPALIER_SOURCE_DIR "/tests/engine/ops/data/torch_ops.safetensors");
        if (!file)
            qFatal("%s", file.error().message().c_str());
        auto all = file->readAll();
        if (!all)
            qFatal("%s", all.error().message().c_str());
        for (NamedTensor &t : *all)
            m_tensors.emplace(t.name, std::move(t.tensor));
    }
    const Tensor *find(const Case &c, const char *kind, std::size_t index) const
    {
        const auto found = m_tensors.find(std::string(c.name) + "/" + kind + std::to_string(index));
        return found == m_tensors.end() ? nullptr : &found->second;
    }
    std::vector<Tensor> inputs(const Case &c) const
    {
        std::vector<Tensor> list;
        while (const Tensor *t = find(c, "in", list.size()))
            list.push_back(*t);
        return list;
    }

private:
    std::map<std::string, Tensor> m_tensors;
};

/// Empty if they agree to 1e-9.
QString difference(const Tensor &ours, const Tensor &theirs)
{
    if (!(ours.type() == theirs.type()))
        return QString::fromStdString(ours.type().toString() + " instead of " + theirs.type().toString());
    for (std::int64_t i = 0; i < ours.elements(); ++i)
        if (!(std::abs(ours.at(i) - theirs.at(i)) <= 1e-9 * (1 + std::abs(theirs.at(i)))))
            return QStringLiteral("element %1 is %2 instead of %3").arg(i).arg(ours.at(i)).arg(theirs.at(i));
    return {};
}

} // namespace

class TstHeavyOpsPeer : public QObject {
    Q_OBJECT
private slots:
    void agreesWithPyTorch_data()
    {
        QTest::addColumn<int>("index");
        const auto all = cases();
        for (std::size_t i = 0; i < all.size(); ++i)
            QTest::newRow(all[i].name) << static_cast<int>(i);
    }
    void agreesWithPyTorch()
    {
        QFETCH(int, index);
        const Case c = cases()[static_cast<std::size_t>(index)];
        const std::vector<Tensor> values = m_golden.inputs(c);
        QVERIFY(!values.empty());
        Builder b;
        std::vector<ValueId> inputs;
        for (const Tensor &t : values)
            inputs.push_back(b.input("", t.type()));
        const auto outputs = b.emitAll(c.op, inputs, c.attrs);
        std::vector<ValueId> seeded;
        std::vector<ValueId> seeds;
        std::vector<std::pair<QString, const Tensor *>> wanted;
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            if (const Tensor *out = m_golden.find(c, "out", i)) {
                wanted.emplace_back(QStringLiteral("output %1").arg(i), out);
                b.output("", outputs[i]);
            }
            if (const Tensor *seed = m_golden.find(c, "seed", i)) {
                seeded.push_back(outputs[i]);
                seeds.push_back(b.constant(*seed));
            }
        }
        QVERIFY(!wanted.empty());
        const auto gradients = backpropagate(b, seeded, seeds, inputs);
        for (std::size_t i = 0; i < inputs.size(); ++i)
            if (const Tensor *gradient = m_golden.find(c, "grad", i)) {
                QVERIFY(gradients[i] != kNoValue);
                wanted.emplace_back(QStringLiteral("gradient %1").arg(i), gradient);
                b.output("", gradients[i]);
            }
        QVERIFY2(b.errors().empty(), b.errors().empty() ? "" : b.errors()[0].message().c_str());
        const auto run = interpret(b.program(), values);
        QVERIFY2(run, run ? "" : run.error().message().c_str());
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            const QString problem = difference(run->outputs[i], *wanted[i].second);
            QVERIFY2(problem.isEmpty(), qPrintable(wanted[i].first + ": " + problem));
        }
    }

private:
    Golden m_golden;
};

QTEST_GUILESS_MAIN(TstHeavyOpsPeer)
#include "tst_heavy_ops_peer.moc"
