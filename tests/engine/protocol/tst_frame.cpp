// SPDX-License-Identifier: Apache-2.0
// Frames: every way to cut a stream gives the same frames; foreign bytes end it with a sentence.
#include "engine/protocol/frame.h"

#include <QtTest>

using namespace espalier;

namespace {

std::string binaryBytes()
{
    std::string bytes;
    for (int i = 0; i < 300; ++i)
        bytes += static_cast<char>(i);
    return bytes;
}

/// Three frames: JSON, binary, empty.
std::string stream()
{
    std::string out;
    appendFrame(out, R"({"jsonrpc": "2.0", "method": "a"})");
    appendFrame(out, JsonValue::object().set("id", 7), binaryBytes());
    appendFrame(out, "");
    return out;
}

std::vector<Frame> expected()
{
    return {{Frame::Kind::Json, R"({"jsonrpc": "2.0", "method": "a"})", {}},
            {Frame::Kind::Binary, R"({"id": 7})", binaryBytes()},
            {Frame::Kind::Json, {}, {}}};
}

/// All frames that are whole; the code of the error, if any, in `error`.
std::vector<Frame> drain(FrameReader &reader, std::string &error)
{
    std::vector<Frame> frames;
    for (;;) {
        auto frame = reader.next();
        if (!frame) {
            error = frame.error().code;
            return frames;
        }
        if (!*frame)
            return frames;
        frames.push_back(std::move(**frame));
    }
}

std::string errorCodeOf(std::string_view bytes)
{
    FrameReader reader;
    reader.feed(bytes);
    std::string error;
    drain(reader, error);
    return error;
}

} // namespace

class TestFrame : public QObject {
    Q_OBJECT
private slots:
    void everyCutGivesTheSameFrames()
    {
        const std::string bytes = stream();
        for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
            FrameReader reader;
            std::string error;
            reader.feed(std::string_view(bytes).substr(0, cut));
            std::vector<Frame> frames = drain(reader, error);
            reader.feed(std::string_view(bytes).substr(cut));
            for (Frame &frame : drain(reader, error))
                frames.push_back(std::move(frame));
            QVERIFY2(frames == expected() && error.empty(), qPrintable(QString::number(cut)));
            QCOMPARE(reader.pending(), std::size_t{0});
        }
    }

    void oneByteAtATime()
    {
        FrameReader reader;
        std::vector<Frame> frames;
        std::string error;
        for (const char c : stream()) {
            reader.feed(std::string_view(&c, 1));
            for (Frame &frame : drain(reader, error))
                frames.push_back(std::move(frame));
        }
        QVERIFY(frames == expected());
        QVERIFY(error.empty());
    }

    void otherHeadersAndSpellings()
    {
        FrameReader reader;
        reader.feed("content-type: application/vscode-jsonrpc; charset=utf-8\r\nCONTENT-LENGTH:  2 \r\n\r\n{}"
                    "Content-Length: 3\r\nContent-Type: video/quite-new\r\n\r\nabc"
                    "Content-Language: en\r\nContent-Length: 2\r\n\r\n[]");
        std::string error;
        const std::vector<Frame> frames = drain(reader, error);
        QVERIFY(error.empty());
        QCOMPARE(frames.size(), std::size_t{3});
        QVERIFY(frames[0] == (Frame{Frame::Kind::Json, "{}", {}}));
        QVERIFY(frames[1] == (Frame{Frame::Kind::Other, "abc", {}}));
        QVERIFY(frames[2] == (Frame{Frame::Kind::Json, "[]", {}}));
    }

    void foreignBytesAreToldAtOnce_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("code");
        QTest::newRow("a shell's greeting") << QByteArray("Wel") << QByteArray("frame.garbage");
        QTest::newRow("bytes of an image") << QByteArray("\x89PNG") << QByteArray("frame.garbage");
        QTest::newRow("begins well") << QByteArray("Content-Len\x01") << QByteArray("frame.garbage");
        QTest::newRow("no length") << QByteArray("Content-Type: application/json\r\n\r\n{}")
                                   << QByteArray("frame.garbage");
        QTest::newRow("no number") << QByteArray("Content-Length: ten\r\n\r\n") << QByteArray("frame.garbage");
        QTest::newRow("negative") << QByteArray("Content-Length: -1\r\n\r\n") << QByteArray("frame.garbage");
        QTest::newRow("twice") << QByteArray("Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}")
                               << QByteArray("frame.garbage");
        QTest::newRow("too large") << QByteArray("Content-Length: 67108865\r\n\r\n") << QByteArray("frame.size");
        QTest::newRow("beyond 64 bits") << QByteArray("Content-Length: 99999999999999999999999\r\n\r\n")
                                        << QByteArray("frame.size");
        QTest::newRow("endless header") << QByteArray("Content-X: ") + QByteArray(5000, 'x')
                                        << QByteArray("frame.header");
        QTest::newRow("binary header beyond its frame")
            << QByteArray("Content-Length: 6\r\nContent-Type: application/octet-stream\r\n\r\n\xff\xff\xff\xff{}")
            << QByteArray("frame.header");
        QTest::newRow("binary frame without header")
            << QByteArray("Content-Length: 2\r\nContent-Type: application/octet-stream\r\n\r\n{}")
            << QByteArray("frame.header");
    }
    void foreignBytesAreToldAtOnce()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArray, code);
        QCOMPARE(QByteArray::fromStdString(errorCodeOf(bytes.toStdString())), code);
    }

    void damageStays()
    {
        FrameReader reader;
        reader.feed("nonsense");
        QVERIFY(!reader.next());
        reader.feed(stream());
        QVERIFY(!reader.next());
    }

    void wholeFramesBeforeGarbageArrive()
    {
        FrameReader reader;
        reader.feed(stream() + "#!/bin/sh");
        std::string error;
        QVERIFY(drain(reader, error) == expected());
        QCOMPARE(error, std::string("frame.garbage"));
    }

    void anAnnouncedLengthTakesNoMemory()
    {
        FrameReader reader;
        reader.feed("Content-Length: 67108864\r\n\r\n{");
        const auto frame = reader.next();
        QVERIFY(frame && !*frame);
        QVERIFY(reader.pending() <= 1);
    }
};

QTEST_APPLESS_MAIN(TestFrame)
#include "tst_frame.moc"
