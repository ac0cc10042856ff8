// SPDX-License-Identifier: Apache-2.0
// Plants a fault in every gradient rule and every kernel's output and expects the catalogue's checks to report it.
#include "engine/ops/builder.h"
#include "tests/catalog/op_checks.h"
#include "tests/support/op_case.h"

#include <QtTest>

#include <cmath>

using namespace espalier;
using namespace espalier::test;

namespace {

/// Changes the largest element of output `index` by a hundredth (an integer by one, a bool to its opposite). Does
/// nothing to an empty output.
Tamper spoil(std::size_t index)
{
    return [index](std::vector<Tensor> &outputs) {
        Tensor &t = outputs[index];
        std::int64_t largest = -1;
        for (std::int64_t i = 0; i < t.elements(); ++i)
            if (std::isfinite(t.at(i)) && (largest < 0 || std::abs(t.at(i)) > std::abs(t.at(largest))))
                largest = i;
        if (largest < 0)
            return;
        t = t.clone();
        const double value = t.at(largest);
        if (t.dtype() == DType::Bool)
            t.set(largest, value == 0 ? 1 : 0);
        else if (isInteger(t.dtype()))
            t.set(largest, value + 1);
        else
            t.set(largest, value == 0 ? 0.01 : value * 1.01);
    };
}

/// The op's rule with its answer for input `index` scaled or left out.
GradientRule spoiled(const Op &op, std::size_t index, bool drop)
{
    return [&op, index, drop](const GradientCall &call) {
        auto parts = op.gradient(call);
        if (index < parts.size() && parts[index] != kNoValue)
            parts[index] = drop ? kNoValue : call.builder.mulScalar(parts[index], 1.01);
        return parts;
    };
}

void opRows(bool (*wanted)(const Op &))
{
    QTest::addColumn<QString>("name");
    for (const Op *op : allOps())
        if (wanted(*op))
            QTest::newRow(std::string(op->name).c_str()) << QString::fromStdString(std::string(op->name));
}

const Op &fetchOp()
{
    QFETCH(QString, name);
    return op(name.toStdString());
}

/// Whether the rule answers for this input in the case.
bool answersFor(const Op &op, const OpCase &c, std::size_t index)
{
    bool answers = false;
    checkGradient(op, c, [&](const GradientCall &call) {
        auto parts = op.gradient(call);
        answers |= index < parts.size() && parts[index] != kNoValue;
        return parts;
    });
    return answers;
}

} // namespace

class TstCatalogFaults : public QObject {
    Q_OBJECT
private slots:
    void gradientFaultsAreFound_data()
    {
        opRows([](const Op &op) { return op.gradient != nullptr; });
    }
    void gradientFaultsAreFound()
    {
        const Op &op = fetchOp();
        std::size_t inputs = 0;
        for (const OpCase &c : op.cases())
            inputs = std::max(inputs, c.inputs.size());
        for (std::size_t i = 0; i < inputs; ++i) {
            bool answers = false;
            bool scaled = false;
            bool dropped = false;
            for (const OpCase &c : op.cases()) {
                if (!hasGradient(op, c) || i >= c.inputs.size() || !isFloating(c.inputs[i].dtype))
                    continue;
                answers = answers || answersFor(op, c, i);
                scaled = scaled || !checkGradient(op, c, spoiled(op, i, false)).empty();
                dropped = dropped || !checkGradient(op, c, spoiled(op, i, true)).empty();
                if (scaled && dropped)
                    break;
            }
            QVERIFY2(!answers || (scaled && dropped),
                     qPrintable(QString("a fault in the gradient of input %1 goes unnoticed").arg(i)));
        }
    }
    void kernelFaultsAreFound_data()
    {
        QTest::addColumn<QString>("backend");
        QTest::addColumn<QString>("name");
        for (const std::string &backend : backendNames())
            for (const Op *op : allOps())
                QTest::newRow((backend + " " + std::string(op->name)).c_str())
                    << QString::fromStdString(backend) << QString::fromStdString(std::string(op->name));
    }
    void kernelFaultsAreFound()
    {
        QFETCH(QString, backend);
        const Op &op = fetchOp();
        const auto made = makeBackend(backend.toStdString(), {});
        QVERIFY(made);
        for (std::size_t o = 0; o < op.outputNames.size(); ++o) {
            bool found = false;
            for (const OpCase &c : op.cases())
                found = found || !checkBackend(**made, op, c, DType::Float32, spoil(o)).empty();
            QVERIFY2(found, qPrintable(QString("a fault in output %1 goes unnoticed").arg(o)));
        }
    }
    void expansionFaultsAreFound_data()
    {
        opRows([](const Op &op) { return op.expand != nullptr; });
    }
    void expansionFaultsAreFound()
    {
        const Op &op = fetchOp();
        for (std::size_t o = 0; o < op.outputNames.size(); ++o) {
            bool found = false;
            for (const OpCase &c : op.cases())
                found = found || !checkExpansion(op, c, DType::Float64, spoil(o)).empty();
            QVERIFY2(found, qPrintable(QString("a fault in output %1 of expand() goes unnoticed").arg(o)));
        }
    }
    void precisionFaultsAreFound_data()
    {
        opRows([](const Op &op) {
            for (const OpCase &c : op.cases())
                if (hasFloats(c))
                    return true;
            return false;
        });
    }
    void precisionFaultsAreFound()
    {
        const Op &op = fetchOp();
        for (std::size_t o = 0; o < op.outputNames.size(); ++o) {
            bool found = false;
            for (const OpCase &c : op.cases())
                found = found || (hasFloats(c) && !checkPrecision(op, c, DType::Float32, spoil(o)).empty());
            QVERIFY2(found, qPrintable(QString("a fault in output %1 goes unnoticed").arg(o)));
        }
    }
};

QTEST_GUILESS_MAIN(TstCatalogFaults)
#include "tst_catalog_faults.moc"
