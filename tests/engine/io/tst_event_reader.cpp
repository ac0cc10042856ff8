// SPDX-License-Identifier: Apache-2.0
// The decoder on files of PyTorch and TensorBoard, cut at every byte, damaged at random, and hostile.
#include "engine/base/crc32c.h"
#include "engine/base/protobuf_wire.h"
#include "engine/io/event_encoding.h"
#include "engine/io/histogram.h"
#include "tests/engine/io/event_log.h"

#include <QtTest>

#include <cmath>
#include <cstring>
#include <random>

using namespace espalier;

namespace {

using Lines = std::vector<std::string>;

/// A file with every kind of event that we write.
std::string everyKind()
{
    std::string out;
    putVersionRecord(out, 100, "test");
    putGraphRecord(out, 100, std::vector<GraphNode>{{"in", "Input", {}, {{-1, 4}}}, {"out", "Dense", {"in"}, {}}});
    putHyperParametersRecord(out, 100, {{"rate", 0.1}, {"name", std::string("adam")}, {"nesterov", true}}, "g");
    putScalarRecord(out, {100.5, 0}, "loss", 0.5F);
    putHistogramRecord(out, {101, 1}, "w", histogramOf(std::vector<float>{0, 1, 1, 2}, 2), true);
    putHistogramRecord(out, {102, 2}, "w", histogramOf(std::vector<float>{5, 5}, 2), false);
    putHistogramRecord(out, {102, 3}, "w", histogramOf(std::span<const float>()), false);
    putImageRecord(out, {103, 2}, "pixels", "png", 4, 3, true);
    putTextRecord(out, {104, 2}, "note", "**bold**", true);
    putScalarRecord(out, {105, std::int64_t{1} << 40}, "loss", std::nanf(""));
    putSessionRecord(out, {106, 7}, SessionStatus::Start);
    putSessionEndRecord(out, 107, SessionEnd::Success);
    return out;
}
const Lines kEveryKind{"0: version brain.Event:2",
                       "0: graph of 76 bytes",
                       "0: _hparams_/session_start_info",
                       "0: loss = 0.5",
                       "1: w n 4 in 0..2 [0 1 1] [1 2 3]",
                       "2: w n 2 in 5..5 [5 5 2]",
                       "3: w n 0 in 0..0",
                       "2: pixels image 4x3 png",
                       "2: note '**bold**'",
                       "1099511627776: loss = nan",
                       "7: session 1",
                       "0: _hparams_/session_end_info"};

std::string record(const std::string &body)
{
    std::string out;
    appendRecord(out, [&](std::string &to) { to += body; });
    return out;
}

/// An Event whose summary has the one value `value`.
std::string eventOf(const std::string &value, double wallTime = 1)
{
    std::string summary;
    wire::putBytes(summary, 1, value);
    std::string event;
    wire::putDouble(event, 1, wallTime);
    wire::putBytes(event, 5, summary);
    return event;
}

} // namespace

class TstEventReader : public QObject {
    Q_OBJECT
    static QString readFileOf(const char *name)
    {
        auto file = EventFile::open(std::string(ESPALIER_SOURCE_DIR "/tests/engine/io/data/") + name);
        EventLog log;
        if (!file || !file->poll(log) || file->skipped() > 0)
            return "failed";
        return log.all();
    }

private slots:
    void filesOfPyTorchAreRead()
    {
        QCOMPARE(readFileOf("pytorch.tfevents"),
                 EventLog::joined(
                     {"0: version brain.Event:2", "0: loss = 0.5", "1: loss = 0.25",
                      "1: weights n 4 in -1..2 sum 2 squares 5.5 [-1 -0.917246 1] [0.470692 0.517762 2] [1.9662 2 1]",
                      "1: note/text_summary 'hello'", "1: picture image 4x2 PNG"}));
    }
    void filesOfTensorBoardAreRead()
    {
        QCOMPARE(readFileOf("tensorboard.tfevents"),
                 EventLog::joined({"0: version brain.Event:2", "3: a = 1.5", "3: b = -2",
                                   "4: weights n 4 in 0..4 [0 1 1] [1 2 2] [3 4 1]", "4: session 1"}));
    }
    void everyKindOfOursIsRead()
    {
        EventReader reader("t");
        EventLog log;
        QCOMPARE(reader.feed(everyKind(), log).value(), kEveryKind.size());
        QCOMPARE(log.all(), EventLog::joined(kEveryKind));
        QCOMPARE(reader.skipped(), std::uint64_t(0));
        QCOMPARE(reader.offset(), everyKind().size());
    }
    void aScalarHasTheDocumentedBytes()
    {
        std::string out;
        putScalarRecord(out, {1.5, 300}, "train/loss", 0.25F);
        const std::string body("\x09\0\0\0\0\0\0\xf8\x3f"
                               "\x10\xac\x02"
                               "\x2a\x13\x0a\x11"
                               "\x0a\x0atrain/loss"
                               "\x15\0\0\x80\x3e",
                               33);
        QCOMPARE(out.substr(12, out.size() - 16), body);
        QCOMPARE(out.size(), std::size_t(49));
        std::uint32_t crc = 0;
        std::memcpy(&crc, out.data() + 8, 4);
        QCOMPARE(crc, maskedCrc(crc32c(std::string("\x21\0\0\0\0\0\0\0", 8))));
    }
    void aCutAtAnyByteMeansWait()
    {
        const std::string whole = everyKind();
        for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
            EventReader reader("t");
            EventLog log;
            const auto before = reader.feed(whole.substr(0, cut), log);
            QVERIFY(before);
            QVERIFY(reader.offset() <= cut);
            QVERIFY(reader.feed(whole.substr(cut), log));
            QCOMPARE(log.all(), EventLog::joined(kEveryKind));
        }
    }
    void bytesMayComeOneByOne()
    {
        EventReader reader("t");
        EventLog log;
        for (const char c : everyKind())
            QVERIFY(reader.feed({&c, 1}, log));
        QCOMPARE(log.all(), EventLog::joined(kEveryKind));
    }
    void readingStartsAtAnyRecord()
    {
        EventLog whole;
        EventReader first("t");
        QVERIFY(first.feed(everyKind(), whole));
        for (std::size_t i = 0; i < whole.offsets.size(); ++i) {
            if (whole.lines[i].find("image") != std::string::npos
                || whole.lines[i].find("hparams") != std::string::npos)
                continue; // their later values can't be told from others
            EventReader reader("t", whole.offsets[i]);
            EventLog log;
            QVERIFY(reader.feed(everyKind().substr(whole.offsets[i]), log));
            QCOMPARE(log.lines.front(), whole.lines[i]);
            QCOMPARE(log.offsets.front(), whole.offsets[i]);
        }
    }
    void anyChangedByteIsFoundWithItsOffset()
    {
        const std::string whole = everyKind();
        EventLog starts;
        EventReader first("t");
        QVERIFY(first.feed(whole, starts));
        std::mt19937 random(3);
        for (std::size_t at = 0; at < whole.size(); ++at) {
            std::string bad = whole;
            bad[at] = static_cast<char>(bad[at] ^ static_cast<char>(1u << (random() % 8)));
            EventReader reader("file.tfevents");
            EventLog log;
            const auto result = reader.feed(bad, log);
            QVERIFY(!result);
            QCOMPARE(result.error().code, std::string("events.damaged"));
            QCOMPARE(result.error().where.file, std::string("file.tfevents"));
            const auto record = std::upper_bound(starts.offsets.begin(), starts.offsets.end(), at) - 1;
            QCOMPARE(reader.offset(), *record);
            QCOMPARE(static_cast<std::uint64_t>(result.error().args[1].number), *record);
            QCOMPARE(log.lines.size(), static_cast<std::size_t>(record - starts.offsets.begin()));
            QVERIFY(!reader.feed("", log)); // and it stays
        }
    }
    void nonsenseInSoundRecordsIsPassedOver()
    {
        const std::string whole = everyKind();
        std::mt19937 random(5);
        EventLog log;
        std::uint64_t skipped = 0;
        for (int i = 0; i < 20000; ++i) { // damage that the checksum does not see: a hostile writer
            RecordReader records("t");
            records.feed(whole);
            std::string file;
            for (auto next = records.next(); next && *next; next = records.next()) {
                std::string body((*next)->bytes);
                if (random() % 4 == 0)
                    body[random() % body.size()] = static_cast<char>(random());
                if (random() % 16 == 0)
                    body.resize(random() % body.size());
                file += record(body);
            }
            EventReader reader("t");
            QVERIFY(reader.feed(file, log));
            skipped += reader.skipped();
            log.lines.clear();
            log.offsets.clear();
        }
        QVERIFY(skipped > 1000);
    }
    void claimsWithoutBytesAllocateNothing()
    {
        std::string shape;
        for (const std::int64_t size : {std::int64_t{1} << 60, std::int64_t{3}}) {
            std::string dim;
            wire::putInteger(dim, 1, size);
            wire::putBytes(shape, 2, dim);
        }
        std::string tensor;
        wire::putInteger(tensor, 1, 2);
        wire::putBytes(tensor, 2, shape);
        std::string value;
        wire::putBytes(value, 1, "w");
        wire::putBytes(value, 8, tensor);
        EventReader reader("t");
        EventLog log;
        QVERIFY(reader.feed(record(eventOf(value)), log));
        QCOMPARE(reader.skipped(), std::uint64_t(1));
        QVERIFY(log.lines.empty());
        std::string endless(12, '\0'); // a record of 2^40 bytes, rightly signed
        putRecordHeader(endless.data(), std::uint64_t{1} << 40);
        QVERIFY(!reader.feed(endless, log));
    }
    void eventsWithoutATimeAreDropped()
    {
        std::string value;
        wire::putBytes(value, 1, "loss");
        wire::putFloat(value, 2, 1.F);
        EventReader reader("t");
        EventLog log;
        QVERIFY(reader.feed(record(eventOf(value, std::nan(""))) + record(eventOf(value)), log));
        QCOMPARE(log.lines, Lines{"0: loss = 1"});
    }
    void eventFilesAreKnownByTheirName()
    {
        QVERIFY(isEventFileName("events.out.tfevents.1.host"));
        QVERIFY(!isEventFileName("events.out.tfevents.1.host.profile-empty"));
        QVERIFY(!isEventFileName("run.json"));
    }
};

QTEST_GUILESS_MAIN(TstEventReader)
#include "tst_event_reader.moc"
