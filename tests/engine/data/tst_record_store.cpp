// SPDX-License-Identifier: Apache-2.0
// Row caches: bounded memory, damage, eviction.
#include "engine/data/record_store.h"
#include "tests/engine/data/test_files.h"

#include <QtTest>

#include <filesystem>
#include <fstream>

using namespace espalier;
namespace fs = std::filesystem;

namespace {

Result<RecordStorePointer> build(const std::string &key, std::int64_t records, const DataOptions &options)
{
    RecordWriter writer(sizeof(std::int64_t), key, options);
    for (std::int64_t i = 0; i < records; ++i)
        ESPALIER_CHECK(writer.append(&i, sizeof i));
    return writer.finish("the meta");
}

/// Anonymous memory of this process, in KiB.
std::int64_t anonymousMemory()
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("RssAnon:"))
            return std::stoll(line.substr(8));
    }
    return 0;
}

} // namespace

class TstRecordStore : public QObject {
    Q_OBJECT
private slots:
    void recordsComeBackFromMemoryAndFile()
    {
        TestFolder folder;
        DataOptions options = folder.options();
        for (const std::uint64_t limit : {std::uint64_t{1} << 30, std::uint64_t{100}}) {
            options.memoryLimit = limit;
            const auto store = build("k", 1000, options);
            QVERIFY(store);
            QCOMPARE((*store)->size(), 1000);
            QCOMPARE((*store)->meta(), std::string("the meta"));
            std::vector<std::int64_t> rows{5, 6, 7, 999, 0, 0, 500, 501};
            std::vector<std::int64_t> got(rows.size());
            QVERIFY(visitRecords(**store, rows, [&](std::size_t i, const std::byte *record) {
                std::memcpy(&got[i], record, sizeof got[i]);
            }));
            QCOMPARE(got, rows);
        }
        QVERIFY(openCachedRecords("k", options));
        QVERIFY(!openCachedRecords("other", options));
    }
    void memoryStaysBoundedWhileWriting()
    {
        TestFolder folder;
        DataOptions options = folder.options();
        options.memoryLimit = std::uint64_t{1} << 20;
        const std::int64_t before = anonymousMemory();
        RecordWriter writer(4096, "large", options);
        const std::string block(1 << 18, 'x');
        for (int i = 0; i < 256; ++i) // 64 MiB
            QVERIFY(writer.append(block.data(), block.size()));
        const std::int64_t grown = anonymousMemory() - before;
        QVERIFY2(grown < 16 * 1024, std::to_string(grown).c_str());
        const auto store = writer.finish({});
        QVERIFY(store);
        QCOMPARE((*store)->size(), 64 * 256);
    }
    void aDamagedCacheIsMadeAnew_data()
    {
        QTest::addColumn<int>("cut");
        QTest::addColumn<int>("flip");
        QTest::newRow("cut off") << 5 << -1;
        QTest::newRow("empty") << 8054 << -1;
        QTest::newRow("meta changed") << 0 << 8003;
        QTest::newRow("footer changed") << 0 << 8020;
    }
    void aDamagedCacheIsMadeAnew()
    {
        QFETCH(int, cut);
        QFETCH(int, flip);
        TestFolder folder;
        DataOptions options = folder.options();
        options.memoryLimit = 0;
        QVERIFY(build("k", 1000, options));
        const std::string path = folder.path() + "/cache/k.rows";
        QCOMPARE(fs::file_size(path), std::uintmax_t(8000 + 8 + 40));
        if (cut > 0)
            fs::resize_file(path, std::max(0, 8048 - cut));
        if (flip >= 0) {
            std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
            file.seekp(flip);
            file.put('\x7f');
        }
        QVERIFY(!openCachedRecords("k", options));
        QVERIFY(!fs::exists(path));
    }
    void theLongestUnusedCachesGo()
    {
        TestFolder folder;
        DataOptions options = folder.options();
        options.memoryLimit = 0;
        options.cacheLimit = 20000; // two of 8,048 bytes
        QVERIFY(build("a", 1000, options));
        QVERIFY(build("b", 1000, options));
        const auto old = fs::file_time_type::clock::now() - std::chrono::hours(1);
        fs::last_write_time(folder.path() + "/cache/a.rows", old);
        fs::last_write_time(folder.path() + "/cache/b.rows", old);
        const auto open = openCachedRecords("b", options);
        QVERIFY(open);
        QVERIFY(openCachedRecords("a", options)); // used last
        fs::last_write_time(folder.path() + "/cache/b.rows", old);
        QVERIFY(build("c", 1000, options));
        QVERIFY(!openCachedRecords("b", options));
        QVERIFY(openCachedRecords("a", options));
        std::int64_t value = 0;
        QVERIFY((*open)->read(7, 1, reinterpret_cast<std::byte *>(&value))); // who has it open keeps it
        QCOMPARE(value, 7);
    }
    void anUnwritableCacheIsSaid()
    {
        TestFolder folder;
        DataOptions options = folder.options();
        options.memoryLimit = 0;
        options.cacheDirectory = folder.write("file", "") + "/inner";
        const auto store = build("k", 10, options);
        QVERIFY(!store);
        QVERIFY(store.error().message().find(options.cacheDirectory) != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TstRecordStore)
#include "tst_record_store.moc"
