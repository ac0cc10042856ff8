// SPDX-License-Identifier: Apache-2.0
// A reader that passes over damage shows all that can be read of a file, whatever happened to it.
#include "engine/io/event_encoding.h"
#include "engine/protocol/event_reader.h"

#include <QtTest>

#include <algorithm>
#include <random>

using namespace espalier;

namespace {

constexpr int kRecords = 40;

std::string numbered(int count, int from = 0)
{
    std::string out;
    for (int i = from; i < from + count; ++i)
        putScalarRecord(out, {100.0 + i, i}, i % 3 == 0 ? "loss" : "accuracy/validation", 0.5F);
    return out;
}

class Steps : public EventSink {
public:
    void scalar(const EventStamp &stamp, std::string_view, double) override { seen.push_back(stamp.step); }
    std::vector<std::int64_t> seen;
};

/// Bytes fed in pieces of random length; each piece is gone when the next one comes.
std::vector<std::int64_t> readInPieces(EventReader &reader, const std::string &bytes, std::mt19937 &random,
                                       std::size_t longest)
{
    Steps steps;
    for (std::size_t at = 0; at < bytes.size();) {
        const std::string piece = bytes.substr(at, 1 + random() % longest);
        if (!reader.feed(piece, steps))
            return {-1};
        at += piece.size();
    }
    return steps.seen;
}

EventReader passingOver()
{
    return EventReader("events", 0, OnDamage::PassOver);
}

/// The records of numbered(kRecords) that contain none of the bytes [from, to).
std::vector<std::int64_t> untouched(std::size_t from, std::size_t to)
{
    std::vector<std::int64_t> steps;
    for (int i = 0; i < kRecords; ++i) {
        const std::size_t begin = numbered(i).size();
        const std::size_t end = numbered(i + 1).size();
        if (end <= from || begin >= to)
            steps.push_back(i);
    }
    return steps;
}

std::string damagedAtRandom(std::string bytes, std::mt19937 &random)
{
    for (auto times = 1 + random() % 4; times > 0; --times) {
        const std::size_t at = random() % bytes.size();
        const std::size_t length = std::min<std::size_t>(1 + random() % 90, bytes.size() - at);
        switch (random() % 6) {
        case 0:
            bytes[at] = static_cast<char>(random());
            break;
        case 1:
            bytes.erase(at, length);
            break;
        case 2:
            bytes.replace(at, length, std::string(length, '\0'));
            break;
        case 3:
            bytes.insert(at, std::string(length, '\0'));
            break;
        case 4:
            bytes.insert(at, bytes.substr(random() % bytes.size(), length));
            break;
        default:
            bytes.resize(std::max<std::size_t>(at, 1));
        }
    }
    return bytes;
}

} // namespace

class TstEventDamage : public QObject {
    Q_OBJECT
private slots:
    void aChangedByteCostsOneRecord()
    {
        const std::string whole = numbered(kRecords);
        const std::size_t last = numbered(kRecords - 1).size();
        std::mt19937 random(1);
        for (std::size_t at = 0; at < last; ++at) {
            std::string bad = whole;
            bad[at] = static_cast<char>(bad[at] ^ static_cast<char>(1u << (random() % 8)));
            EventReader reader = passingOver();
            QCOMPARE(readInPieces(reader, bad, random, 200), untouched(at, at + 1));
            QCOMPARE(reader.damage().size(), std::size_t(1));
            QVERIFY(reader.damage().front().from <= at && reader.damage().front().to > at);
            QCOMPARE(reader.offset(), whole.size());
        }
    }
    void zeroedPagesArePassedOver()
    {
        std::mt19937 random(2);
        for (int i = 0; i < 300; ++i) {
            const std::string whole = numbered(kRecords);
            std::size_t from = random() % (numbered(kRecords - 1).size() - 200);
            std::size_t to = from + 1 + random() % 200;
            while (from < to && whole[from] == 0)
                ++from;
            while (from < to && whole[to - 1] == 0)
                --to;
            if (from == to)
                continue;
            std::string bad = whole;
            bad.replace(from, to - from, std::string(to - from, '\0'));
            EventReader reader = passingOver();
            QCOMPARE(readInPieces(reader, bad, random, 1 + random() % 300), untouched(from, to));
            QVERIFY(!reader.damage().empty());
        }
    }
    void zerosAtTheEndMayStillBeFilled()
    {
        const std::string whole = numbered(kRecords);
        const std::size_t end = numbered(kRecords / 2).size();
        EventReader reader = passingOver();
        Steps steps;
        QVERIFY(reader.feed(whole.substr(0, end) + std::string(5000, '\0'), steps));
        QCOMPARE(reader.offset(), std::uint64_t(end)); // read again from here
        QVERIFY(reader.damage().back().areZeros);
        reader.goBack();
        QVERIFY(reader.damage().empty());
        QVERIFY(reader.feed(whole.substr(end), steps));
        QCOMPARE(steps.seen.size(), std::size_t(kRecords));
        QCOMPARE(reader.offset(), std::uint64_t(whole.size()));
    }
    void aLastRecordThatIsNotWholeWaits()
    {
        std::string bytes = numbered(3);
        bytes[bytes.size() - 10] ^= 1; // a page of it has not come yet
        EventReader reader = passingOver();
        Steps steps;
        QVERIFY(reader.feed(bytes, steps));
        QCOMPARE(steps.seen.size(), std::size_t(2));
        QCOMPARE(reader.offset(), std::uint64_t(numbered(2).size()));
        QVERIFY(reader.damage().empty());
        QVERIFY(reader.feed(std::string(1000, '\0'), steps)); // pages that come with nothing yet
        QCOMPARE(reader.offset(), std::uint64_t(numbered(2).size()));
        reader.goBack();
        QVERIFY(reader.feed(bytes.substr(numbered(2).size()), steps));
        QVERIFY(reader.feed(numbered(1, 3), steps)); // something follows: it was damage
        QCOMPARE(steps.seen.back(), std::int64_t(3));
        QCOMPARE(reader.damage().size(), std::size_t(1));
    }
    void anyDamageIsSurvivedAlikeInAnyPieces()
    {
        std::mt19937 random(3);
        for (int i = 0; i < 3000; ++i) {
            const std::string bad = damagedAtRandom(numbered(kRecords), random);
            EventReader atOnce = passingOver();
            EventReader inPieces = passingOver();
            Steps steps;
            QVERIFY(atOnce.feed(bad, steps));
            QCOMPARE(readInPieces(inPieces, bad, random, 1 + random() % 400), steps.seen);
            QVERIFY(atOnce.offset() <= bad.size());
            for (const DamagedBytes &damage : atOnce.damage())
                QVERIFY(damage.from < damage.to && damage.to <= bad.size());
        }
    }
    void aFileOfGarbageHasNoEnd()
    {
        std::mt19937 random(4);
        std::string garbage(1 << 20, '\0');
        for (char &c : garbage)
            c = static_cast<char>(random());
        EventReader reader = passingOver();
        QCOMPARE(readInPieces(reader, garbage + numbered(2), random, 50000), (std::vector<std::int64_t>{0, 1}));
        QCOMPARE(reader.damage().size(), std::size_t(1));
        QCOMPARE(reader.damage().front().to, std::uint64_t(garbage.size()));
    }
    void damageIsCountedInBounds()
    {
        std::string bytes;
        for (int i = 0; i < 1000; ++i) {
            const std::size_t at = bytes.size();
            bytes += numbered(1, i);
            if (i % 2 == 0)
                bytes[at + 15] ^= 1;
        }
        EventReader reader = passingOver();
        Steps steps;
        QVERIFY(reader.feed(bytes, steps));
        QCOMPARE(steps.seen.size(), std::size_t(500));
        QVERIFY(reader.damage().size() <= 101);
    }
};

QTEST_GUILESS_MAIN(TstEventDamage)
#include "tst_event_damage.moc"
