// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/models/focus.h"

#include <QtTest/QtTest>

using namespace espalier;

class TstFocus : public QObject {
    Q_OBJECT
private slots:
    void aNewRunIsLookedAtLive()
    {
        Focus focus;
        QSignalSpy run(&focus, &Focus::runChanged);
        QSignalSpy time(&focus, &Focus::timeChanged);
        QSignalSpy any(&focus, &Focus::changed);
        focus.setRun(QStringLiteral("a"));
        focus.setRun(QStringLiteral("a"));
        QCOMPARE(run.size(), 1);
        QVERIFY(focus.isLive());
        focus.setStep(7);
        QVERIFY(!focus.isLive());
        QCOMPARE(focus.step(), 7);
        focus.setStep(7);
        QCOMPARE(time.size(), 1);
        focus.setRun(QStringLiteral("b"));
        QVERIFY(focus.isLive());
        QCOMPARE(time.size(), 2);
        QCOMPARE(any.size(), 3);
    }
    void theStepOfBeforeIsKeptWhileLive()
    {
        Focus focus;
        focus.setStep(9);
        focus.setLive();
        QCOMPARE(focus.step(), 9);
        focus.setStep(9);
        QVERIFY(!focus.isLive());
    }
    void sampleAndSelectionAreTold()
    {
        Focus focus;
        QSignalSpy sample(&focus, &Focus::sampleChanged);
        QSignalSpy selection(&focus, &Focus::selectionChanged);
        focus.setSample({QString(), 3});
        focus.setSample({QString(), 3});
        focus.setSelection({QStringLiteral("a/0/b"), QStringLiteral("weight")});
        focus.setSelection({QStringLiteral("a/0/b"), QStringLiteral("bias")});
        QCOMPARE(sample.size(), 1);
        QCOMPARE(selection.size(), 2);
    }
};

QTEST_GUILESS_MAIN(TstFocus)
#include "tst_focus.moc"
