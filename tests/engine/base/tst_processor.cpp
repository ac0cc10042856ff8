// SPDX-License-Identifier: Apache-2.0
#include "engine/base/processor.h"

#include <QtTest>

#include <cstdio>
#include <cstdlib>

using namespace espalier;

class TstProcessor : public QObject {
    Q_OBJECT
private slots:
    void saysWhatItIs()
    {
        QVERIFY(!processorName().empty());
        const QStringList known{"avx512_bf16", "avx512", "avx2", "baseline"};
        QVERIFY(known.contains(QString::fromStdString(processorClass())));
        QVERIFY(!processorSet().empty());
    }
    void writesAndReadsSets_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QList<int>>("processors");
        QTest::newRow("one") << "3" << QList<int>{3};
        QTest::newRow("runs") << "0-2,5,7-8" << QList<int>{0, 1, 2, 5, 7, 8};
    }
    void writesAndReadsSets()
    {
        QFETCH(QString, text);
        QFETCH(QList<int>, processors);
        const std::vector<int> expected(processors.begin(), processors.end());
        QCOMPARE(QString::fromStdString(processorSetText(expected)), text);
        QCOMPARE(parseProcessorSet(text.toStdString()), expected);
    }
    void refusesDamagedSets()
    {
        for (const char *text : {"", "x", "1-", "3-1", "1,", "1;2", "-1", "0-99999999999", "0-1000000"})
            QVERIFY2(parseProcessorSet(text).empty(), text);
    }
    void startsAnewOnceAndKeepsTheSet()
    {
        const QByteArray set = QByteArray::fromStdString(processorSetText(processorSet()));
        QProcess child;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.remove("OMP_PROC_BIND");
        environment.remove(kBoundVariable);
        child.setProcessEnvironment(environment);
        child.start(QCoreApplication::applicationFilePath(), {"--bound"});
        QVERIFY(child.waitForFinished());
        QCOMPARE(child.exitCode(), 0);
        QCOMPARE(child.readAllStandardOutput(), "true " + set + "\n");

        // A child of a bound process is on one core until it asks for the set back.
        environment.insert("OMP_PROC_BIND", "true");
        environment.insert(kBoundVariable, QString::fromLatin1("1:" + set));
        child.setProcessEnvironment(environment);
        child.start("taskset",
                    {"-c", QString::number(processorSet().back()), QCoreApplication::applicationFilePath(), "--bound"});
        if (!child.waitForStarted())
            QSKIP("no taskset here");
        QVERIFY(child.waitForFinished());
        QCOMPARE(child.readAllStandardOutput(), "true " + set + "\n");
    }
    void leavesAPersonsBindingAlone()
    {
        QProcess child;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("OMP_PROC_BIND", "false");
        environment.remove(kBoundVariable);
        child.setProcessEnvironment(environment);
        child.start(QCoreApplication::applicationFilePath(), {"--bound"});
        QVERIFY(child.waitForFinished());
        QVERIFY(child.readAllStandardOutput().startsWith("false "));
    }
};

int main(int argc, char **argv)
{
    if (argc > 1 && std::string(argv[1]) == "--bound") {
        reexecBound(argc, argv);
        std::printf("%s %s\n", std::getenv("OMP_PROC_BIND"), processorSetText(processorSet()).c_str());
        return 0;
    }
    QCoreApplication application(argc, argv);
    TstProcessor test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_processor.moc"
