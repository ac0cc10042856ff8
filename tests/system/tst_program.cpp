// SPDX-License-Identifier: Apache-2.0
// The command line as a person uses it: the four classic programs, real data, interruption, and wrong input.
#include "tests/support/program_run.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>

#include <csignal>

namespace {

QStringList words(const char *line)
{
    return QString::fromUtf8(line).split(QLatin1Char(' '), Qt::SkipEmptyParts);
}

QList<QJsonObject> events(const QByteArray &out)
{
    QList<QJsonObject> list;
    for (const QByteArray &line : out.split('\n'))
        if (!line.isEmpty())
            list.append(QJsonDocument::fromJson(line).object());
    return list;
}

QJsonObject lastEvent(const QByteArray &out)
{
    const auto all = events(out);
    return all.isEmpty() ? QJsonObject() : all.last();
}

} // namespace

class TstProgram : public QObject {
    Q_OBJECT
private slots:
    void theanoLogistic()
    {
        const ProgramRun program;
        const QByteArray expected = "[[0.5, 0.73105858], [0.26894142, 0.11920292]]";
        const ProgramResult typed = program.run({QStringLiteral("eval"), QStringLiteral("1 / (1 + exp(-x))"),
                                                 QStringLiteral("x=[[0, 1], [-1, -2]]"), QStringLiteral("--dtype"),
                                                 QStringLiteral("float64")});
        QVERIFY2(typed.code == 0, typed.err);
        QVERIFY2(typed.out.contains(expected), typed.out);
        const ProgramResult sample = program.run(words("eval theano-logistic"));
        QVERIFY2(sample.out.contains(expected), sample.out + sample.err);
        const ProgramResult dump = program.run(words("eval theano-logistic --dump"));
        QVERIFY2(dump.out.contains("sigmoid("), dump.out);
        QVERIFY2(!dump.out.mid(dump.out.lastIndexOf("program ")).contains("exp("), "the last program is one sigmoid");
    }
    void tensorflowMultiply()
    {
        const ProgramResult result = ProgramRun().run(words("eval tensorflow-multiply"));
        QVERIFY2(result.code == 0 && result.out.contains("[5, 12, 21, 32]"), result.out + result.err);
    }
    void kerasSequential()
    {
        const ProgramRun program;
        const ProgramResult summary = program.run(words("summary keras-sequential"));
        QVERIFY2(summary.code == 0, summary.err);
        for (const char *number : {"5,374 parameters", "3,264", "1,820", "290"})
            QVERIFY2(summary.out.contains(number), summary.out);
        const ProgramResult trained = program.run(words("train keras-sequential --json"));
        QVERIFY2(trained.code == 0, trained.err + trained.out);
        double first = 0;
        for (const QJsonObject &event : events(trained.out)) {
            if (event[QStringLiteral("event")] == QStringLiteral("epoch") && first == 0)
                first = event[QStringLiteral("train")][QStringLiteral("loss")].toDouble();
        }
        QVERIFY(lastEvent(trained.out)[QStringLiteral("train")][QStringLiteral("loss")].toDouble() < first);
    }
    void pytorchTwoLayer()
    {
        const ProgramResult result = ProgramRun().run(words("train pytorch-two-layer --json"));
        QVERIFY2(result.code == 0, result.err + result.out);
        double first = 0;
        for (const QJsonObject &event : events(result.out))
            if (event[QStringLiteral("event")] == QStringLiteral("epoch")
                && event[QStringLiteral("epoch")].toInt() == 1)
                first = event[QStringLiteral("train")][QStringLiteral("loss")].toDouble();
        const QJsonObject end = lastEvent(result.out);
        QVERIFY2(first > 2e7 && first < 6e7, qPrintable(QString::number(first)));
        QVERIFY2(end[QStringLiteral("train")][QStringLiteral("loss")].toDouble() < 1e-3, result.out.right(600));
        QCOMPARE(end[QStringLiteral("step")].toInt(), 500);
    }

    void samplesReachTheirAccuracy_data()
    {
        QTest::addColumn<QString>("sample");
        QTest::addColumn<double>("accuracy");
        QTest::newRow("digits-cnn") << QStringLiteral("digits-cnn") << 0.97;
        QTest::newRow("digits-mlp") << QStringLiteral("digits-mlp") << 0.93;
        QTest::newRow("iris-mlp") << QStringLiteral("iris-mlp") << 0.88;
        QTest::newRow("spirals") << QStringLiteral("spirals") << 0.9;
    }
    void samplesReachTheirAccuracy()
    {
        QFETCH(QString, sample);
        QFETCH(double, accuracy);
        const ProgramRun program;
        const QString run = program.path(QStringLiteral("run"));
        const ProgramResult result
            = program.run({QStringLiteral("train"), sample, QStringLiteral("--json"), QStringLiteral("--run"), run});
        QVERIFY2(result.code == 0, result.err + result.out);
        const QJsonObject end = lastEvent(result.out);
        QCOMPARE(end[QStringLiteral("event")].toString(), QStringLiteral("finished"));
        QCOMPARE(end[QStringLiteral("run")].toString(), run);
        const double reached = end[QStringLiteral("test")][QStringLiteral("accuracy")].toDouble();
        QVERIFY2(reached >= accuracy, qPrintable(QString::number(reached)));
        const ProgramResult again = program.run({QStringLiteral("evaluate"), run, QStringLiteral("--json")});
        QCOMPARE(lastEvent(again.out)[QStringLiteral("metrics")][QStringLiteral("accuracy")].toDouble(), reached);
        const ProgramResult exported
            = program.run({QStringLiteral("export"), run, program.path(QStringLiteral("w.safetensors"))});
        QVERIFY2(exported.code == 0 && QFile::exists(program.path(QStringLiteral("w.safetensors"))), exported.err);
        const ProgramResult predicted
            = program.run({QStringLiteral("predict"), run, QStringLiteral("--limit"), QStringLiteral("3")});
        QCOMPARE(predicted.out.count('\n'), 3);
    }

    void interruptSavesAndSaysHowToGoOn()
    {
        const ProgramRun program;
        const QString run = program.path(QStringLiteral("run"));
        QProcess process;
        program.start(process,
                      QStringList{QStringLiteral("train"), QStringLiteral("digits-cnn"), QStringLiteral("--run"), run}
                          + words("--set training.epochs=100000"));
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(run + QStringLiteral("/checkpoints/last.safetensors")), 20000);
        ::kill(static_cast<pid_t>(process.processId()), SIGINT);
        QVERIFY(process.waitForFinished(20000));
        QCOMPARE(process.exitCode(), 0);
        const QByteArray out = process.readAllStandardOutput();
        QVERIFY2(out.contains("--resume"), out);
        const ProgramResult resumed = program.run({QStringLiteral("train"), QStringLiteral("--resume"), run,
                                                   QStringLiteral("--set"), QStringLiteral("training.epochs=1")});
        QVERIFY2(resumed.code == 0, resumed.err);
    }

    void aForeignCheckpointIsRefused()
    {
        const ProgramRun program;
        const QString run = program.path(QStringLiteral("run"));
        const QString other = program.path(QStringLiteral("other"));
        const auto train = [&](const char *sample, const QString &into) {
            return program
                .run(QStringList{QStringLiteral("train"), QString::fromLatin1(sample), QStringLiteral("--run"), into}
                     + words("--set training.epochs=1"))
                .code;
        };
        QCOMPARE(train("spirals", run), 0);
        QCOMPARE(train("iris-mlp", other), 0);
        const QString last = QStringLiteral("/checkpoints/last.safetensors");
        QVERIFY(QFile::remove(run + last));
        QVERIFY(QFile::copy(other + last, run + last));
        QFile record(run + QStringLiteral("/run.json"));
        QVERIFY(record.open(QIODevice::ReadOnly));
        const QByteArray before = record.readAll();
        const ProgramResult resumed = program.run(QStringList{QStringLiteral("train"), QStringLiteral("--resume"), run}
                                                  + words("--set training.epochs=3"));
        QCOMPARE(resumed.code, 2);
        QVERIFY2(resumed.err.contains("another model"), resumed.err);
        QVERIFY(record.seek(0));
        QCOMPARE(record.readAll(), before);
    }

    void wrongInputGetsOneSentence_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QByteArray>("part");
        const auto row = [](const char *name, const char *line, const char *part) {
            QTest::newRow(name) << words(line) << QByteArray(part);
        };
        row("missing file", "train nothing.espalier", "nothing.espalier");
        row("unknown sample", "train digits-cn", "digits-cnn");
        row("unknown setting", "train digits-mlp --set training.epoch=3", "training.epochs");
        row("wrong type", "train digits-mlp --set training.epochs=many", "training.epochs");
        row("out of range", "train digits-mlp --set training.batch_size=0", "training.batch_size");
        row("unknown layer parameter", "train digits-mlp --set nosuch.x=3", "nosuch.x");
        row("unknown device", "train digits-mlp --device tpu", "tpu");
        row("resume nothing", "train --resume nowhere", "nowhere");
        row("export nothing", "export nowhere out.safetensors", "nowhere");
        row("no command", "", "");
        row("unknown command", "trian digits-mlp", "");
    }
    void wrongInputGetsOneSentence()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QByteArray, part);
        const ProgramRun program;
        const ProgramResult result = program.run(arguments);
        QCOMPARE(result.code, 2);
        QVERIFY2(result.err.contains(part), result.err);
        QVERIFY2(!QDir(program.folder()).exists(QStringLiteral("runs")), "a refused run must leave no trace");
    }
    void garbageIsRefused()
    {
        const ProgramRun program;
        QFile file(program.path(QStringLiteral("garbage.espalier")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QByteArray block(1 << 20, '\0');
        for (int i = 0; i < block.size(); ++i)
            block[i] = static_cast<char>((i * 2654435761u) >> 11);
        for (int i = 0; i < 50; ++i)
            file.write(block);
        file.close();
        for (const char *command : {"train", "check", "summary", "compile"}) {
            const ProgramResult result
                = program.run({QString::fromLatin1(command), QStringLiteral("garbage.espalier")}, 20);
            QCOMPARE(result.code, 2);
            QVERIFY2(result.err.contains("garbage.espalier") && result.err.size() < 600, result.err.left(600));
        }
    }
    void lossThatExplodesNamesTheTensor()
    {
        const ProgramResult result = ProgramRun().run(words("train pytorch-two-layer --set training.optimizer.lr=1"));
        QCOMPARE(result.code, 2);
        QVERIFY2(result.err.contains("NaN or Inf") && result.err.contains("step"), result.err);
    }
};

QTEST_GUILESS_MAIN(TstProgram)
#include "tst_program.moc"
