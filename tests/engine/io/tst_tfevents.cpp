// SPDX-License-Identifier: Apache-2.0
// The writer: names, batches, offsets, a killed process, a full disk, and going on in the same file.
#include "engine/io/histogram.h"
#include "engine/io/tfevents.h"
#include "tests/engine/io/event_log.h"

#include <QtTest>

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

using namespace espalier;
namespace fs = std::filesystem;

namespace {

/// Without waiting for the disk: the mutation tests write thousands of files.
void writeBytes(const std::string &path, const std::string &bytes)
{
    std::filesystem::remove(path); // some file systems flush a file that is cut and written again
    std::ofstream(path, std::ios::binary) << bytes;
}

using Lines = std::vector<std::string>;

EventLog read(const std::string &path)
{
    EventLog log;
    auto file = EventFile::open(path);
    if (!file || !file->poll(log, ~std::size_t{0}) || file->skipped() > 0)
        log.lines = {"failed"};
    return log;
}

EventWriterOptions rare()
{
    EventWriterOptions options;
    options.interval = std::chrono::hours(1); // only on request
    return options;
}

} // namespace

class TstTfevents : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;
    std::string m_folder;

private slots:
    void init()
    {
        m_folder = m_dir.filePath("run").toStdString();
        fs::remove_all(m_folder);
        fs::create_directory(m_folder);
    }
    void theFileIsNamedAsTensorBoardExpects()
    {
        EventWriterOptions options;
        options.suffix = ".v2";
        const auto writer = EventWriter::create(m_folder, options);
        QVERIFY(writer);
        const QRegularExpression form("^events\\.out\\.tfevents\\.\\d{10}\\..+\\.\\d+\\.\\d+\\.v2$");
        QVERIFY(form.match(QString::fromStdString(fs::path((*writer)->path()).filename())).hasMatch());
        const auto other = EventWriter::create(m_folder, options);
        QVERIFY((*other)->path() != (*writer)->path());
    }
    void aMissingFolderIsRefused()
    {
        QCOMPARE(EventWriter::create(m_folder + "/none").error().code, std::string("file.noFolder"));
    }
    void offsetsAndBatchesMatchTheFile()
    {
        std::string forwarded;
        EventWriterOptions options = rare();
        options.written = [&](const std::string &, std::uint64_t offset, std::string_view records) {
            QCOMPARE(offset, std::uint64_t(forwarded.size()));
            forwarded += records;
        };
        auto writer = EventWriter::create(m_folder, options).value();
        std::vector<std::uint64_t> offsets;
        for (int step = 0; step < 100; ++step) {
            offsets.push_back(writer->scalar("loss", 1.0 / (1 + step), step).value());
            if (step % 10 == 0)
                offsets.push_back(writer->histogram("w", histogramOf(std::vector<float>{1, 2}, 2), step).value());
            if (step % 33 == 0)
                QVERIFY(writer->flush());
        }
        QVERIFY(writer->close());
        QVERIFY(!writer->scalar("loss", 1, 1)); // closed
        QCOMPARE(writer->dropped(), std::uint64_t(1));
        const EventLog log = read(writer->path());
        QCOMPARE(log.lines.size(), std::size_t(112));
        QCOMPARE(std::vector<std::uint64_t>(log.offsets.begin() + 2, log.offsets.end()), offsets);
        QCOMPARE(log.lines[4], std::string("1: loss = 0.5"));
        QCOMPARE(forwarded, readFile(writer->path()).value());
    }
    void metadataIsWrittenOnceATag()
    {
        auto writer = EventWriter::create(m_folder, rare()).value();
        const HistogramData data = histogramOf(std::vector<float>{1, 2});
        const auto a = writer->histogram("w", data, 1).value();
        const auto b = writer->histogram("w", data, 2).value();
        const auto c = writer->histogram("v", data, 3).value();
        const auto d = writer->text("t", "x", 3).value();
        QVERIFY(b - a > c - b);
        QCOMPARE(b - a, d - c);
    }
    void recordsAppearWithoutAFlush()
    {
        EventWriterOptions options;
        options.interval = std::chrono::milliseconds(5);
        auto writer = EventWriter::create(m_folder, options).value();
        writer->scalar("loss", 1, 1);
        QTRY_COMPARE(read(writer->path()).lines.size(), std::size_t(3));
    }
    void aKillLeavesWholeRecordsUpToTheLastInterval()
    {
        std::string program = QCoreApplication::applicationFilePath().toStdString();
        std::string option = "--write-until-killed";
        char *arguments[] = {program.data(), option.data(), m_folder.data(), nullptr};
        pid_t writer = 0; // not fork: thread sanitizers refuse to start threads after one
        QCOMPARE(posix_spawn(&writer, program.c_str(), nullptr, nullptr, arguments, environ), 0);
        const auto lines
            = [&] { return fs::is_empty(m_folder) ? Lines() : read(fs::directory_iterator(m_folder)->path()).lines; };
        QTRY_VERIFY_WITH_TIMEOUT(lines().size() > 5000, 30000);
        QCOMPARE(kill(writer, SIGKILL), 0);
        QCOMPARE(waitpid(writer, nullptr, 0), writer);
        const Lines left = lines();
        for (std::size_t i = 2; i < left.size(); ++i)
            QCOMPARE(left[i], std::to_string(i - 2) + ": loss = 0.5");
    }
    void resumingCutsAtEveryByteBackToWholeRecords()
    {
        std::string whole;
        EventLog wholeLog;
        {
            auto writer = EventWriter::create(m_folder, rare()).value();
            writer->scalar("loss", 1, 1);
            writer->text("note", "hello", 2);
            QVERIFY(writer->close());
            whole = readFile(writer->path()).value();
            wholeLog = read(writer->path());
            fs::remove(writer->path());
        }
        const std::string path = m_folder + "/events.out.tfevents.1.host.1.0";
        for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
            writeBytes(path, whole.substr(0, cut));
            {
                auto writer = EventWriter::resume(m_folder, 2, rare()).value();
                QCOMPARE(writer->path(), path);
                writer->scalar("loss", 2, 2);
                QVERIFY(writer->flush());
            }
            std::size_t kept = 0;
            while (kept < wholeLog.offsets.size()
                   && (kept + 1 < wholeLog.offsets.size() ? wholeLog.offsets[kept + 1] : whole.size()) <= cut)
                ++kept;
            Lines expected(wholeLog.lines.begin(), wholeLog.lines.begin() + static_cast<std::ptrdiff_t>(kept));
            if (kept == 0)
                expected = {"0: version brain.Event:2", "0: session 1"};
            expected.push_back("2: session 1");
            expected.push_back("2: loss = 2");
            QCOMPARE(read(path).all(), EventLog::joined(expected));
        }
    }
    void resumingTakesTheLastFileAndStartsOneIfThereIsNone()
    {
        const auto fresh = EventWriter::resume(m_folder, 5).value();
        QVERIFY(fresh->close());
        QCOMPARE(read(fresh->path()).all(), EventLog::joined({"0: version brain.Event:2", "0: session 1"}));
        QVERIFY(
            writeFileAtomically(m_folder + "/events.out.tfevents.9999999999.host.1.0", "garbage that is no record"));
        const auto writer = EventWriter::resume(m_folder, 5).value();
        QVERIFY(writer->close());
        QCOMPARE(read(m_folder + "/events.out.tfevents.9999999999.host.1.0").all(),
                 EventLog::joined({"0: version brain.Event:2", "0: session 1", "5: session 1"}));
    }
    void aFullDiskLosesNothingUntilTheMemoryIsSpent()
    {
        std::signal(SIGXFSZ, SIG_IGN);
        rlimit old = {};
        getrlimit(RLIMIT_FSIZE, &old);
        EventWriterOptions options = rare();
        options.capacity = 10000;
        auto writer = EventWriter::create(m_folder, options).value();
        for (int step = 0; step < 20; ++step)
            writer->scalar("loss", 1, step);
        QVERIFY(writer->flush());
        const rlimit limit{fs::file_size(writer->path()) + 60, old.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
        std::size_t taken = 20;
        for (int step = 20; step < 1000; ++step)
            taken += writer->scalar("loss", 1, step).has_value() ? 1 : 0;
        const auto failed = writer->flush();
        setrlimit(RLIMIT_FSIZE, &old);
        QVERIFY(!failed);
        QCOMPARE(failed.error().code, std::string("file.tooBig"));
        QVERIFY(writer->error().has_value());
        QVERIFY(writer->dropped() > 0);
        QCOMPARE(writer->dropped() + taken, std::uint64_t(1000));
        QVERIFY(writer->flush()); // there is room again
        QVERIFY(!writer->error().has_value());
        writer->scalar("loss", 1, 1000);
        QVERIFY(writer->close());
        QCOMPARE(read(writer->path()).lines.size(), taken + 3);
    }
    void manyThreadsMayWrite()
    {
        EventWriterOptions options;
        options.interval = std::chrono::milliseconds(1);
        auto writer = EventWriter::create(m_folder, options).value();
        std::vector<std::thread> threads;
        threads.reserve(4);
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&, t] {
                for (int step = 0; step < 2000; ++step)
                    writer->scalar("thread/" + std::to_string(t), step, step);
            });
        for (std::thread &thread : threads)
            thread.join();
        QVERIFY(writer->close());
        QCOMPARE(read(writer->path()).lines.size(), std::size_t(8002));
    }
};

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (argc == 3 && app.arguments().at(1) == "--write-until-killed") {
        EventWriterOptions options;
        options.interval = std::chrono::milliseconds(2);
        const auto writer = EventWriter::create(argv[2], options);
        for (int step = 0; writer && step < 10'000'000; ++step) {
            (*writer)->scalar("loss", 0.5, step);
            if (step % 20 == 0)
                std::this_thread::sleep_for(std::chrono::microseconds(200));
        }
        return 1;
    }
    TstTfevents test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_tfevents.moc"
