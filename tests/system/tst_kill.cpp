// SPDX-License-Identifier: Apache-2.0
// Runs that are killed at any moment resume and end with the same bits as a run that was left alone; and looking
// changes nothing.
#include "tests/support/program_run.h"

#include <QCryptographicHash>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QRandomGenerator>
#include <QtTest>

#include <csignal>

namespace {

QByteArray hashOf(const QString &file)
{
    QFile f(file);
    if (!f.open(QIODevice::ReadOnly))
        return {};
    return QCryptographicHash::hash(f.readAll(), QCryptographicHash::Sha256).toHex();
}

/// Dropout, batch norm, momentum, a schedule and a short last batch: everything that has to be remembered.
const QStringList kSettings{
    QStringLiteral("--set"),     QStringLiteral("training.epochs=14"),
    QStringLiteral("--set"),     QStringLiteral("training.checkpoint.seconds=0.004"),
    QStringLiteral("--set"),     QStringLiteral("training.schedule.kind=cosine"),
    QStringLiteral("--set"),     QStringLiteral("training.record.histograms_every=7"),
    QStringLiteral("--threads"), QStringLiteral("1"),
};

QString checkpoint(const QString &run)
{
    return run + QStringLiteral("/checkpoints/last.safetensors");
}

} // namespace

class TstKill : public QObject {
    Q_OBJECT
private slots:
    void killedRunsResumeBitForBit()
    {
        const ProgramRun program;
        const QString whole = program.path(QStringLiteral("whole"));
        QElapsedTimer timer;
        timer.start();
        const ProgramResult reference = program.run(
            QStringList{QStringLiteral("train"), QStringLiteral("digits-cnn"), QStringLiteral("--run"), whole}
            + kSettings);
        QVERIFY2(reference.code == 0, reference.err);
        const auto wholeMs = static_cast<quint32>(timer.elapsed());
        const QByteArray expected = hashOf(checkpoint(whole));
        QVERIFY(!expected.isEmpty());

        QRandomGenerator random(20261124);
        int kills = 0;
        for (int round = 0; kills < 20 && round < 60; ++round) { // a run that ended before its kill does not count
            const QString run = program.path(QStringLiteral("killed%1").arg(round));
            QStringList arguments
                = QStringList{QStringLiteral("train"), QStringLiteral("digits-cnn"), QStringLiteral("--run"), run}
                + kSettings;
            QProcess process;
            program.start(process, arguments);
            QVERIFY(process.waitForStarted());
            // Not before there is something to resume; then anywhere in the run.
            QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(checkpoint(run)) || process.state() == QProcess::NotRunning, 20000);
            if (!process.waitForFinished(static_cast<int>(random.bounded(wholeMs * 3 / 4 + 1)))) {
                ::kill(static_cast<pid_t>(process.processId()), SIGKILL);
                process.waitForFinished();
                ++kills;
            }
            const ProgramResult resumed = program.run({QStringLiteral("train"), QStringLiteral("--resume"), run,
                                                       QStringLiteral("--threads"), QStringLiteral("1")});
            if (resumed.code != 0)
                QVERIFY2(resumed.err.contains("is finished"), resumed.err); // it was quicker than the kill
            QCOMPARE(hashOf(checkpoint(run)), expected);
            QDir(run).removeRecursively();
        }
        QCOMPARE(kills, 20);
    }

    void watchingChangesNoBit()
    {
        const ProgramRun program;
        QByteArray hashes[2];
        for (int watched = 0; watched < 2; ++watched) {
            const QString run = program.path(QStringLiteral("run%1").arg(watched));
            const QString every = QString::number(watched);
            const ProgramResult result
                = program.run({QStringLiteral("train"), QStringLiteral("digits-cnn"), QStringLiteral("--run"), run,
                               QStringLiteral("--set"), QStringLiteral("training.epochs=2"), QStringLiteral("--set"),
                               QStringLiteral("training.record.scalars_every=") + every, QStringLiteral("--set"),
                               QStringLiteral("training.record.histograms_every=") + every});
            QVERIFY2(result.code == 0, result.err);
            hashes[watched] = hashOf(checkpoint(run));
        }
        QVERIFY(!hashes[0].isEmpty());
        QCOMPARE(hashes[0], hashes[1]);
    }
};

QTEST_GUILESS_MAIN(TstKill)
#include "tst_kill.moc"
