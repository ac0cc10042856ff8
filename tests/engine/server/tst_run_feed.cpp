// SPDX-License-Identifier: Apache-2.0
// The feed of a run: nothing is lost but what a gap names, nobody waits, and the newest state replaces older ones.
#include "engine/server/run_feed.h"

#include <QRandomGenerator>
#include <QtTest>

#include <string>
#include <thread>

using namespace espalier;

namespace {

const std::string kFile = "events.out.tfevents.1";

std::string letters(std::size_t count, std::uint64_t from)
{
    std::string text(count, ' ');
    for (std::size_t i = 0; i < count; ++i)
        text[i] = static_cast<char>('a' + (from + i) % 26);
    return text;
}

std::shared_ptr<RunViewer> subscribe(RunFeed &feed, std::size_t capacity = RunViewer::kCapacity,
                                     RunFeed::Sizes *sizes = nullptr)
{
    return feed.subscribe(capacity, [&](const RunFeed::Sizes &now) {
        if (sizes)
            *sizes = now;
        return JsonValue::object();
    });
}

/// Takes all that is left; the feed must have ended.
std::vector<RunItem> drain(RunViewer &viewer)
{
    std::vector<RunItem> items;
    while (auto item = viewer.next())
        items.push_back(std::move(*item));
    return items;
}

} // namespace

class TstRunFeed : public QObject {
    Q_OBJECT
private slots:
    void whatWasWrittenBeforeIsToBeRead()
    {
        RunFeed feed;
        feed.appended(kFile, 0, letters(100, 0));
        RunFeed::Sizes sizes;
        const auto viewer = subscribe(feed, RunViewer::kCapacity, &sizes);
        QCOMPARE(sizes.at(kFile), std::uint64_t(100));
        feed.appended(kFile, 100, letters(10, 100));
        feed.end();
        const auto items = drain(*viewer);
        QCOMPARE(items.size(), std::size_t(2));
        QCOMPARE(items[0].method, std::string("run.snapshot"));
        QCOMPARE(items[1].from, std::uint64_t(100));
        QCOMPARE(items[1].bytes, letters(10, 100));
    }
    void batchesJoin()
    {
        RunFeed feed;
        const auto viewer = subscribe(feed);
        for (std::uint64_t i = 0; i < 1000; ++i)
            feed.appended(kFile, 10 * i, letters(10, 10 * i));
        feed.end();
        const auto items = drain(*viewer);
        QCOMPARE(items.size(), std::size_t(2));
        QCOMPARE(items[1].bytes, letters(10000, 0));
    }
    void oneGapForAllThatDidNotFit()
    {
        RunFeed feed;
        const auto viewer = subscribe(feed, 1000);
        for (std::uint64_t i = 0; i < 100; ++i)
            feed.appended(kFile, 100 * i, letters(100, 100 * i));
        feed.appended("journal.jsonl", 0, "{}\n"); // another file is not held up
        feed.end();
        const auto items = drain(*viewer);
        QCOMPARE(items.size(), std::size_t(4));
        QCOMPARE(items[1].bytes, letters(1000, 0));
        QVERIFY(items[2].kind == RunItem::Kind::Gap);
        QCOMPARE(items[2].from, std::uint64_t(1000));
        QCOMPARE(items[2].to, std::uint64_t(10000));
        QCOMPARE(items[3].file, std::string("journal.jsonl"));
    }
    void afterTheGapItIsLiveAgain()
    {
        RunFeed feed;
        const auto viewer = subscribe(feed, 100);
        feed.appended(kFile, 0, letters(90, 0));
        feed.appended(kFile, 90, letters(90, 90));
        for (const auto kind : {RunItem::Kind::Notice, RunItem::Kind::Bytes, RunItem::Kind::Gap})
            QVERIFY(viewer->next()->kind == kind);
        feed.appended(kFile, 180, letters(5, 180));
        feed.end();
        const auto items = drain(*viewer);
        QCOMPARE(items.size(), std::size_t(1));
        QCOMPARE(items[0].from, std::uint64_t(180));
    }
    void aJumpForwardIsAGap()
    {
        RunFeed feed;
        const auto viewer = subscribe(feed);
        feed.appended(kFile, 500, "x"); // a resumed file: nobody was told of what is before
        feed.end();
        const auto items = drain(*viewer);
        QCOMPARE(items.size(), std::size_t(2)); // what comes while the gap waits is read with it
        QVERIFY(items[1].kind == RunItem::Kind::Gap);
        QCOMPARE(items[1].from, std::uint64_t(0));
        QCOMPARE(items[1].to, std::uint64_t(501));
    }
    void aViewerThatIsBehindSeesTheNewestState()
    {
        RunFeed feed;
        const auto viewer = subscribe(feed);
        for (int i = 0; i < 1000; ++i)
            feed.notify("run.progress", JsonValue::object().set("step", i));
        feed.notify("run.file", JsonValue::object().set("file", "a"), "a");
        feed.notify("run.file", JsonValue::object().set("file", "b"), "b");
        feed.end();
        const auto items = drain(*viewer);
        QCOMPARE(items.size(), std::size_t(4));
        QCOMPARE(items[1].params["step"].integer(), std::int64_t(999));
    }
    void aClosedOneIsDoneAtOnce()
    {
        RunFeed feed;
        const auto viewer = subscribe(feed);
        std::thread waiting([&] {
            while (viewer->next()) { }
        });
        viewer->close();
        waiting.join();
        feed.appended(kFile, 0, letters(10, 0));
        QVERIFY(!viewer->next());
    }
    void aLateViewerOfARunThatEndedIsDone()
    {
        RunFeed feed;
        feed.end();
        QCOMPARE(drain(*subscribe(feed)).size(), std::size_t(1));
    }
    /// Whatever the speeds: bytes and gaps follow each other without hole or overlap, and the bytes are right.
    void everyByteComesOrIsNamed_data()
    {
        QTest::addColumn<quint32>("seed");
        for (quint32 seed = 1; seed <= 8; ++seed)
            QTest::newRow(QByteArray::number(seed).constData()) << seed;
    }
    void everyByteComesOrIsNamed()
    {
        QFETCH(quint32, seed);
        QRandomGenerator random(seed);
        RunFeed feed;
        const auto viewer = subscribe(feed, 500 + random.bounded(5000));
        std::uint64_t written = 0;
        std::thread writer([&feed, &written, chance = QRandomGenerator(seed + 100)]() mutable {
            for (int i = 0; i < 3000; ++i) {
                const std::size_t size = 1 + chance.bounded(400);
                feed.appended(kFile, written, letters(size, written));
                written += size;
                if (chance.bounded(100) == 0)
                    std::this_thread::yield();
            }
            feed.end();
        });
        std::uint64_t at = 0;
        bool isRight = true;
        while (const auto item = viewer->next()) {
            if (item->kind == RunItem::Kind::Notice)
                continue;
            isRight = isRight && item->from == at && item->to > item->from;
            isRight = isRight
                && (item->kind == RunItem::Kind::Gap || item->bytes == letters(item->to - item->from, item->from));
            at = item->to;
        }
        writer.join();
        QVERIFY(isRight);
        QCOMPARE(at, written);
    }
};

QTEST_GUILESS_MAIN(TstRunFeed)
#include "tst_run_feed.moc"
