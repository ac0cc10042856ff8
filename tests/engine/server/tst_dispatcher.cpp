// SPDX-License-Identifier: Apache-2.0
// The dispatcher: lanes that don't delay each other, cancelling what runs and what waits, progress, and exceptions.
#include "engine/protocol/frame.h"
#include "engine/server/dispatcher.h"

#include <QtTest>

#include <condition_variable>
#include <map>
#include <stdexcept>

using namespace espalier;

namespace {

/// Keeps what was sent; waits for answers.
class Kept : public FrameSink {
public:
    Response answer(std::int64_t id)
    {
        std::unique_lock lock(m_mutex);
        m_came.wait_for(lock, std::chrono::seconds(20), [&] { return m_answers.contains(id); });
        return m_answers[id];
    }
    int answers(std::int64_t id)
    {
        const std::lock_guard lock(m_mutex);
        return m_counts[id];
    }
    std::vector<Notification> notes()
    {
        const std::lock_guard lock(m_mutex);
        return m_notes;
    }
    std::vector<Frame> binary()
    {
        const std::lock_guard lock(m_mutex);
        return m_binary;
    }

protected:
    void write(std::string_view frames) override
    {
        const std::lock_guard lock(m_mutex);
        m_reader.feed(frames);
        for (auto frame = m_reader.next(); frame && *frame; frame = m_reader.next()) {
            if ((*frame)->kind == Frame::Kind::Binary) {
                m_binary.push_back(**frame);
                continue;
            }
            const auto message = readMessage((*frame)->text);
            if (const auto *response = std::get_if<Response>(&*message)) {
                m_answers[response->id.integer()] = *response;
                ++m_counts[response->id.integer()];
            } else if (const auto *note = std::get_if<Notification>(&*message)) {
                m_notes.push_back(*note);
            }
        }
        m_came.notify_all();
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_came;
    FrameReader m_reader;
    std::map<std::int64_t, Response> m_answers;
    std::map<std::int64_t, int> m_counts;
    std::vector<Notification> m_notes;
    std::vector<Frame> m_binary;
};

Result<JsonValue> untilStopped(Call &call)
{
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    wake.wait(lock, call.stop(), [] { return false; });
    return fail("rpc.cancelled", "Stopped.");
}

} // namespace

class TestDispatcher : public QObject {
    Q_OBJECT

    Kept m_sink;
    MethodTable m_table;
    std::unique_ptr<Dispatcher> m_dispatcher;

    void send(const Message &message) { m_dispatcher->receive({Frame::Kind::Json, writeMessage(message), {}}); }
    static JsonValue idParams(std::int64_t id) { return JsonValue::object().set("id", id); }

private slots:
    void initTestCase()
    {
        const auto done = [](Call &) { return Result<JsonValue>(JsonValue("done")); };
        m_table.addAlways("initialize", Lane::Now, done);
        m_table.add("check", Lane::Check, done);
        for (const Lane lane : {Lane::Work, Lane::Estimate})
            m_table.add(lane == Lane::Work ? "work" : "estimate", lane, untilStopped);
        m_table.add("throws", Lane::Work,
                    [](Call &) -> Result<JsonValue> { throw std::runtime_error("the roof fell in"); });
        m_table.add("large", Lane::Work, [](Call &) -> Result<JsonValue> { throw std::bad_alloc(); });
        m_table.add("wrong", Lane::Work,
                    [](Call &) -> Result<JsonValue> { return fail("rpc.params", "No {0}.", "x"); });
        m_table.add("counts", Lane::Work, [](Call &call) {
            for (int i = 0; i <= 1000; ++i)
                call.progress(i, 1000, "Counting");
            call.sendBinary(JsonValue::object().set("name", "n"), "bytes");
            return Result<JsonValue>(JsonValue(1000));
        });
        m_dispatcher = std::make_unique<Dispatcher>(m_table, m_sink);
    }

    void initializeComesFirst()
    {
        send(Request{1, "check", {}});
        QCOMPARE(m_sink.answer(1).error->code, int(kNotInitialized));
        send(Request{2, "initialize", {}});
        QVERIFY(!m_sink.answer(2).error);
    }

    void nothingDelaysACheck()
    {
        for (std::int64_t id = 10; id < 30; ++id)
            send(Request{id, id % 2 ? "work" : "estimate", {}});
        send(Request{30, "check", {}});
        QCOMPARE(m_sink.answer(30).result, JsonValue("done"));
        for (std::int64_t id = 10; id < 30; ++id)
            QCOMPARE(m_sink.answers(id), 0);
        // what runs, what waits, what is done already, and what never was
        for (std::int64_t id = 10; id < 32; ++id)
            send(Notification{"$/cancel", idParams(id)});
        for (std::int64_t id = 10; id < 30; ++id)
            QCOMPARE(m_sink.answer(id).error->code, int(kCancelled));
        for (std::int64_t id = 10; id <= 30; ++id)
            QCOMPARE(m_sink.answers(id), 1);
    }

    void exceptionsBecomeAnswers()
    {
        send(Request{40, "throws", {}});
        QCOMPARE(m_sink.answer(40).error->code, int(kInternalError));
        QVERIFY(m_sink.answer(40).error->message.find("the roof fell in") != std::string::npos);
        send(Request{41, "large", {}});
        QCOMPARE(m_sink.answer(41).error->code, int(kInternalError));
        send(Request{42, "wrong", {}});
        QCOMPARE(m_sink.answer(42).error->code, int(kInvalidParams));
        QCOMPARE(m_sink.answer(42).error->message, std::string("No x."));
    }

    void progressIsBoundedAndComesToItsEnd()
    {
        send(Request{50, "counts", {}});
        QCOMPARE(m_sink.answer(50).result, JsonValue(1000));
        std::vector<Notification> notes;
        for (const Notification &note : m_sink.notes())
            if (note.method == "$/progress" && note.params["id"].integer() == 50)
                notes.push_back(note);
        QVERIFY(!notes.empty() && notes.size() < 500);
        QCOMPARE(notes.back().params["done"].number(), 1000.0);
        QCOMPARE(notes.back().params["text"].string(), std::string("Counting"));
        QCOMPARE(m_sink.binary().size(), std::size_t{1});
        QCOMPARE(m_sink.binary()[0].bytes, std::string("bytes"));
        QVERIFY(m_sink.binary()[0].text.find("\"id\": 50") != std::string::npos);
    }

    void oneIdOneAnswer()
    {
        send(Request{60, "work", {}});
        send(Request{60, "check", {}});
        QCOMPARE(m_sink.answer(60).error->code, int(kInvalidRequest));
        send(Notification{"$/cancel", idParams(60)});
        QTRY_COMPARE(m_sink.answers(60), 2); // the refusal, and the first one's own
        QCOMPARE(m_sink.answer(60).error->code, int(kCancelled));
    }

    void aNotificationHasNoAnswer()
    {
        send(Notification{"check", {}});
        send(Notification{"nonsense", {}});
        send(Request{70, "check", {}});
        QVERIFY(!m_sink.answer(70).error);
        QCOMPARE(m_sink.answers(0), 0);
    }

    void theEndStopsWhatRuns()
    {
        send(Request{80, "work", {}});
        send(Request{81, "estimate", {}});
        send(Request{82, "estimate", {}});
        m_dispatcher.reset(); // would hang if it did not
        for (const std::int64_t id : {80, 81, 82})
            QCOMPARE(m_sink.answer(id).error->code, int(kCancelled));
    }
};

QTEST_APPLESS_MAIN(TestDispatcher)
#include "tst_dispatcher.moc"
