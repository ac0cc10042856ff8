// SPDX-License-Identifier: Apache-2.0
// Fast steps give fewer points, and no spike is lost.
#include "engine/io/scalar_recorder.h"
#include "tests/engine/io/event_log.h"

#include <QtTest>

#include <cmath>

using namespace espalier;
using namespace std::chrono_literals;

class TstScalarRecorder : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;
    std::unique_ptr<EventWriter> m_writer;
    std::chrono::nanoseconds m_now{0};

    ScalarRecorder recorder()
    {
        m_now = 0ns;
        m_writer = EventWriter::create(m_dir.path().toStdString()).value();
        return ScalarRecorder(*m_writer, 1ms, [this] { return m_now; });
    }
    /// The scalars written so far.
    QString scalars()
    {
        EventLog log;
        if (!m_writer->close() || !EventFile::open(m_writer->path())->poll(log))
            return "failed";
        log.lines.erase(log.lines.begin(), log.lines.begin() + 2); // version, start
        return log.all();
    }

private slots:
    void slowStepsAreWrittenAsTheyAre()
    {
        auto r = recorder();
        for (int step = 0; step < 3; ++step, m_now += 1ms)
            r.record("loss", step, step);
        QCOMPARE(scalars(), "0: loss = 0\n1: loss = 1\n2: loss = 2\n");
    }
    void fastStepsShareAPointWithTheirExtremes()
    {
        auto r = recorder();
        const double values[] = {1, 2, 99, -3, 2};
        for (int step = 0; step < 5; ++step, m_now += 250us)
            r.record("loss", values[step], step);
        QCOMPARE(scalars(), "0: loss = 1\n4: loss = 25\n4: loss/min = -3\n4: loss/max = 99\n");
    }
    void whatWaitsIsWrittenOnFlush()
    {
        auto r = recorder();
        for (int step = 0; step < 3; ++step)
            r.record("loss", step, step);
        r.record("rate", 0.5, 3);
        r.flush();
        r.flush(); // nothing waits any more
        QCOMPARE(scalars(), "0: loss = 0\n3: rate = 0.5\n2: loss = 1.5\n2: loss/min = 1\n2: loss/max = 2\n");
    }
    void aNanShowsInTheMean()
    {
        auto r = recorder();
        r.record("loss", 0, 0);
        r.record("loss", std::nan(""), 1);
        r.record("loss", 5, 2);
        r.flush();
        QCOMPARE(scalars().replace("-nan", "nan"), "0: loss = 0\n2: loss = nan\n2: loss/min = 5\n2: loss/max = 5\n");
    }
    void aThousandPointsASecondAtMost()
    {
        auto r = recorder();
        for (int step = 0; step < 100000; ++step, m_now += 10us)
            r.record("loss", 1, step);
        QCOMPARE(scalars().count("loss = 1\n"), 1000);
    }
};

QTEST_GUILESS_MAIN(TstScalarRecorder)
#include "tst_scalar_recorder.moc"
