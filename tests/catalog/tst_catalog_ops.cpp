// SPDX-License-Identifier: Apache-2.0
// Walks every op: declaration, text, reference kernels, gradients, expansions, backends.
#include "tests/catalog/op_checks.h"
#include "tests/support/op_case.h"

#include <QtTest>

using namespace espalier;
using namespace espalier::test;

namespace {

constexpr DType kFloats[] = {DType::Float64, DType::Float32, DType::BFloat16};

void opRows()
{
    QTest::addColumn<QString>("name");
    for (const Op *op : allOps())
        QTest::newRow(std::string(op->name).c_str()) << QString::fromStdString(std::string(op->name));
}

const Op &fetchOp()
{
    QFETCH(QString, name);
    return op(name.toStdString());
}

void verifyNone(const Failures &failures)
{
    QString text;
    for (std::size_t i = 0; i < failures.size() && i < 10; ++i)
        text += "\n" + QString::fromStdString(failures[i]);
    QVERIFY2(failures.empty(), qPrintable(text));
}

void append(Failures &to, const Failures &from)
{
    to.insert(to.end(), from.begin(), from.end());
}

/// Runs `check` for each case in each dtype (once where the case has no floating input).
template <typename Check>
void forEachCase(const Op &op, Check check)
{
    Failures found;
    for (const OpCase &c : op.cases())
        for (const DType floats : kFloats)
            if (hasFloats(c) || floats == DType::Float32)
                append(found, check(c, floats));
    verifyNone(found);
}

} // namespace

class TstCatalogOps : public QObject {
    Q_OBJECT
private slots:
    void namesAreSortedAndUnique()
    {
        const auto ops = allOps();
        QVERIFY(ops.size() > 50);
        for (std::size_t i = 1; i < ops.size(); ++i)
            QVERIFY(ops[i - 1]->name < ops[i]->name);
    }
    void isDeclaredInFull_data() { opRows(); }
    void isDeclaredInFull() { verifyNone(checkDeclaration(fetchOp())); }
    void readsBackFromItsText_data() { opRows(); }
    void readsBackFromItsText()
    {
        const Op &op = fetchOp();
        Failures found;
        for (const OpCase &c : op.cases())
            append(found, checkText(op, c));
        verifyNone(found);
    }
    void kernelWritesWhatTheTypeRuleSays_data() { opRows(); }
    void kernelWritesWhatTheTypeRuleSays()
    {
        const Op &op = fetchOp();
        forEachCase(op, [&](const OpCase &c, DType floats) { return checkKernelWrites(op, c, floats); });
    }
    void agreesWithFloat64_data() { opRows(); }
    void agreesWithFloat64()
    {
        const Op &op = fetchOp();
        Failures found;
        for (const OpCase &c : op.cases())
            for (const DType floats : {DType::Float32, DType::BFloat16})
                if (hasFloats(c))
                    append(found, checkPrecision(op, c, floats));
        verifyNone(found);
    }
    void gradientAgreesWithDifferences_data() { opRows(); }
    void gradientAgreesWithDifferences()
    {
        const Op &op = fetchOp();
        Failures found;
        for (const OpCase &c : op.cases())
            if (hasGradient(op, c))
                append(found, checkGradient(op, c, op.gradient));
        verifyNone(found);
    }
    void expansionAgrees_data() { opRows(); }
    void expansionAgrees()
    {
        const Op &op = fetchOp();
        if (!op.expand)
            return;
        forEachCase(op, [&](const OpCase &c, DType floats) {
            return floats == DType::BFloat16 ? Failures{} : checkExpansion(op, c, floats); // each op rounds there
        });
    }
    void backendsAgree_data()
    {
        QTest::addColumn<QString>("backend");
        QTest::addColumn<QString>("name");
        for (const std::string &backend : backendNames())
            for (const Op *op : allOps())
                QTest::newRow((backend + " " + std::string(op->name)).c_str())
                    << QString::fromStdString(backend) << QString::fromStdString(std::string(op->name));
    }
    void backendsAgree()
    {
        QFETCH(QString, backend);
        const Op &op = fetchOp();
        const auto made = makeBackend(backend.toStdString(), {});
        QVERIFY(made);
        forEachCase(op, [&](const OpCase &c, DType floats) { return checkBackend(**made, op, c, floats); });
    }
    /// bfloat16 where the processor doesn't multiply it, whatever this one does.
    void bfloat16AgreesWithoutTheProcessor_data() { opRows(); }
    void bfloat16AgreesWithoutTheProcessor()
    {
        const Op &op = fetchOp();
        const auto made = makeBackend("cpu", {.nativeBFloat16 = false});
        QVERIFY(made);
        Failures found;
        for (const OpCase &c : op.cases())
            if (hasFloats(c))
                append(found, checkBackend(**made, op, c, DType::BFloat16));
        verifyNone(found);
    }
};

QTEST_GUILESS_MAIN(TstCatalogOps)
#include "tst_catalog_ops.moc"
