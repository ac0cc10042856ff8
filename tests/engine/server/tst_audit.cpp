// SPDX-License-Identifier: Apache-2.0
// No sample runs a kernel on a slow path that nobody accepted, and each compiles in time.
#include "engine/program/audit.h"
#include "engine/server/train_job.h"

#include <QtTest>

#include <chrono>

using namespace espalier;

class TstAudit : public QObject {
    Q_OBJECT
private slots:
    void samplesRunOnFastPaths_data()
    {
        QTest::addColumn<QString>("sample");
        QTest::addColumn<QString>("precision");
        for (const char *name : {"digits-cnn", "digits-mlp", "iris-mlp", "keras-sequential", "pytorch-two-layer",
                                 "spirals", "letters-recurrent"})
            for (const char *precision : {"float32", "bfloat16"})
                QTest::addRow("%s in %s", name, precision)
                    << QString::fromLatin1(name) << QString::fromLatin1(precision);
    }
    void samplesRunOnFastPaths()
    {
        QFETCH(QString, sample);
        QFETCH(QString, precision);
        if (precision == QStringLiteral("bfloat16") && !makeBackend("cpu", {}).value()->supports(DType::BFloat16))
            QSKIP("this processor doesn't multiply bfloat16 itself, so training in it is refused");
        ModelRequest request;
        request.model = sample.toStdString();
        request.sets = {"training.precision=" + precision.toStdString()};
        auto model = loadModel(request);
        QVERIFY2(model.has_value(), model ? "" : model.error().message().c_str());
        std::vector<Error> problems;
        auto prepared = prepareModel(std::move(*model), problems);
        QVERIFY2(prepared.has_value(), prepared ? "" : prepared.error().message().c_str());
        const TrainingSettings settings = prepared->model.settings;
        auto backend = openDevice(settings, 1, true);
        QVERIFY(backend.has_value());
        const std::string processorClass = (*backend)->device().processorClass;
        auto plan = TrainingPlan::create(std::move(prepared->train), std::move(prepared->evaluate), settings,
                                         std::move(*backend));
        QVERIFY2(plan.has_value(), plan ? "" : plan.error().message().c_str());
        const auto step = (*plan)->step(0, settings.batchSize);
        QVERIFY(step.has_value());
        const auto findings = auditFindings((*step)->audit(), processorClass);
        QVERIFY2(findings.empty(), findings.empty() ? "" : findings.front().c_str());
    }
    void aSlowPathIsFound()
    {
        KernelReport slow{"conv2d", "", "dnnl:ref:any", "", "float32[64, 6, 28, 28]", 1e6, 1e6};
        QCOMPARE(auditFindings({slow}, "avx2").size(), std::size_t(1));
        slow.implementation = "dnnl:jit:avx2";
        QVERIFY(auditFindings({slow}, "avx2").empty());
        const KernelReport reorder{"reorder", "", "dnnl:jit:uni", "", "float32[8]", 0, 64};
        QCOMPARE(auditFindings(std::vector<KernelReport>(6, reorder), "avx2").size(), std::size_t(1));
        KernelReport large{"broadcast_to", "", "ref", "", "float32[1000000]", 0, 4e6};
        QCOMPARE(auditFindings({large}, "avx2").size(), std::size_t(1)); // accepted only while small
    }
    void everyAcceptanceHasAReason()
    {
        for (const AcceptedKernel &entry : acceptedKernels())
            QVERIFY(findOp(entry.op) && entry.reason.size() > 10);
    }
};

QTEST_GUILESS_MAIN(TstAudit)
#include "tst_audit.moc"
