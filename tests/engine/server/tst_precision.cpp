// SPDX-License-Identifier: Apache-2.0
// Training in bfloat16: as good as in float32 where the processor has it, and a problem with its way out where not.
#include "engine/protocol/change.h"
#include "engine/server/train_job.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace espalier;

namespace {

/// Mean of the accuracies on the validation and the test part.
double accuracy(const std::string &sample, const char *precision)
{
    const QTemporaryDir folder;
    TrainRequest request;
    request.model.model = sample;
    request.model.sets = {std::string("training.precision=") + precision};
    request.runFolder = folder.filePath(QStringLiteral("run")).toStdString();
    request.threads = 1;
    request.deterministic = true;
    TrainControl control;
    TrainObserver observer;
    std::vector<Error> problems;
    const auto outcome = runTraining(request, control, observer, TrainHooks{}, problems);
    if (!outcome)
        qFatal("%s", outcome.error().message().c_str());
    return (outcome->report.validation.at("accuracy") + outcome->report.test.at("accuracy")) / 2;
}

TrainingSettings inBFloat16()
{
    TrainingSettings settings;
    settings.precision = "bfloat16";
    return settings;
}

} // namespace

class TstPrecision : public QObject {
    Q_OBJECT
private slots:
    void bfloat16TrainsAsWell_data()
    {
        QTest::addColumn<QString>("sample");
        QTest::newRow("digits-cnn") << QStringLiteral("digits-cnn");
        QTest::newRow("digits-mlp") << QStringLiteral("digits-mlp");
    }
    void bfloat16TrainsAsWell()
    {
        if (!makeBackend("cpu", {}).value()->supports(DType::BFloat16))
            QSKIP("this processor doesn't multiply bfloat16 itself, so training in it is refused");
        QFETCH(QString, sample);
        const double full = accuracy(sample.toStdString(), "float32");
        const double half = accuracy(sample.toStdString(), "bfloat16");
        QVERIFY2(half >= full - 0.01, qPrintable(QString("%1 against %2").arg(half).arg(full)));
    }
    void aProcessorWithoutItIsAProblemWithAFix()
    {
        const auto without = makeBackend("cpu", {.nativeBFloat16 = false}).value();
        QVERIFY(!precisionProblem(TrainingSettings{}, *without));
        const auto problem = precisionProblem(inBFloat16(), *without);
        QVERIFY(problem.has_value());
        QVERIFY2(problem->message().find("float32") != std::string::npos, problem->message().c_str());
        QCOMPARE(problem->where.parameter, std::string("training.precision"));
        QCOMPARE(problem->fixes.size(), std::size_t(1));
        Document document;
        document.training = *JsonValue::parse(R"({"precision": "bfloat16"})", "test");
        const auto change = changeFromJson(*JsonValue::parse(problem->fixes[0].change, "fix"));
        QVERIFY(change.has_value());
        QVERIFY(apply(document, *change));
        QCOMPARE(document.training["precision"].string(), std::string("float32"));
    }
    void theReferenceTakesIt() { QVERIFY(!precisionProblem(inBFloat16(), *makeBackend("reference", {}).value())); }
};

QTEST_GUILESS_MAIN(TstPrecision)
#include "tst_precision.moc"
