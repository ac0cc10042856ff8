// SPDX-License-Identifier: GPL-3.0-or-later
// The client against engines that answer well, slowly, badly, or not at all.
#include "gui/engine_client/engine_client.h"
#include "gui/engine_client/text.h"

#include <QtTest/QtTest>

using namespace espalier;

namespace {

EngineCommand fake(const QString &mode, int number = 0)
{
    return {
        QStringLiteral(ESPALIER_BINARY_DIR "/tests/bin/fake_engine"),
        {QStringLiteral(ESPALIER_SOURCE_DIR "/tests/support/engine_recording.jsonl"), mode, QString::number(number)}};
}

/// Asks, and waits for the answer.
Result<JsonValue> ask(EngineClient &engine, const QString &method)
{
    std::optional<Result<JsonValue>> got;
    engine.request(method, JsonValue::object(), &engine, [&](const Result<JsonValue> &result) { got = result; });
    if (!QTest::qWaitFor([&] { return got.has_value(); }, 10'000))
        return fail("test.silent", "no answer");
    return *got;
}

bool waitForState(EngineClient &engine, EngineClient::State state)
{
    return QTest::qWaitFor([&] { return engine.state() == state; }, 10'000);
}

} // namespace

class TstEngineClient : public QObject {
    Q_OBJECT
private slots:
    void asksAndAnswers_data();
    void asksAndAnswers();
    void aMissingProgramIsASentence();
    void aCrashIsToldAndMended();
    void fallingOverAgainAndAgainEnds();
    void garbageIsToldAndMended();
    void aHangIsTold();
    void aHangEndsByItself();
    void longWorkIsNoHang();
    void cutAtEveryByte();
    void anOwnersEndSilencesAnswers();
    void stopFailsWhatWaits();
};

void TstEngineClient::asksAndAnswers_data()
{
    QTest::addColumn<QString>("mode");
    for (const char *mode : {"normal", "split", "slow", "older", "newer", "root"})
        QTest::newRow(mode) << QString::fromLatin1(mode);
}

void TstEngineClient::asksAndAnswers()
{
    QFETCH(const QString, mode);
    EngineClient engine(fake(mode, 5));
    engine.start();
    QVERIFY(waitForState(engine, EngineClient::State::Ready));
    const auto described = ask(engine, QStringLiteral("describe"));
    QVERIFY(described);
    QVERIFY((*described)["layers"].items().size() > 40);
}

void TstEngineClient::aMissingProgramIsASentence()
{
    EngineClient engine({QStringLiteral("/nowhere/espalier"), {}});
    engine.start();
    QVERIFY(waitForState(engine, EngineClient::State::Failed));
    QVERIFY(engine.complaint().contains(QStringLiteral("/nowhere/espalier")));
    const auto result = ask(engine, QStringLiteral("describe"));
    QVERIFY(!result);
    QCOMPARE(text(result.error()), engine.complaint());
}

void TstEngineClient::aCrashIsToldAndMended()
{
    EngineClient engine(fake(QStringLiteral("crash"), 1)); // initialize, then it dies at the next request
    const QSignalSpy ready(&engine, &EngineClient::ready);
    engine.start();
    QVERIFY(waitForState(engine, EngineClient::State::Ready));
    const auto result = ask(engine, QStringLiteral("describe"));
    QVERIFY(!result);
    QVERIFY(text(result.error()).contains(QStringLiteral("crashed")));
    QTRY_COMPARE(ready.size(), 2); // it is back without anybody's help
    QVERIFY(engine.state() == EngineClient::State::Ready);
}

void TstEngineClient::fallingOverAgainAndAgainEnds()
{
    EngineClient engine(fake(QStringLiteral("crash"), 0));
    engine.start();
    QVERIFY(waitForState(engine, EngineClient::State::Failed));
    QVERIFY(!engine.complaint().isEmpty());
    QVERIFY(!ask(engine, QStringLiteral("describe")));
}

void TstEngineClient::garbageIsToldAndMended()
{
    EngineClient engine(fake(QStringLiteral("garbage"), 1));
    const QSignalSpy ready(&engine, &EngineClient::ready);
    engine.start();
    QVERIFY(waitForState(engine, EngineClient::State::Ready));
    QVERIFY(!ask(engine, QStringLiteral("describe")));
    QTRY_COMPARE(ready.size(), 2);
}

void TstEngineClient::aHangIsTold()
{
    EngineClient engine(fake(QStringLiteral("hang"), 1));
    engine.setPatience(300);
    engine.start();
    QVERIFY(waitForState(engine, EngineClient::State::Ready));
    bool isAnswered = false;
    engine.request(QStringLiteral("describe"), JsonValue::object(), &engine,
                   [&](const Result<JsonValue> &) { isAnswered = true; });
    QVERIFY(waitForState(engine, EngineClient::State::Hung));
    QVERIFY(engine.complaint().contains(QStringLiteral("not answered")));
    QVERIFY(!isAnswered);
    engine.restart();
    QVERIFY(isAnswered); // with an error: nothing waits for ever
    QVERIFY(waitForState(engine, EngineClient::State::Ready));
}

void TstEngineClient::aHangEndsByItself()
{
    EngineClient engine(fake(QStringLiteral("hang"), 1));
    engine.setPatience(200);
    engine.setRestartsWhenHung(true);
    const QSignalSpy ready(&engine, &EngineClient::ready);
    QStringList said;
    connect(&engine, &EngineClient::stateChanged, &engine, [&] { said.append(engine.complaint()); });
    engine.start();
    QVERIFY(waitForState(engine, EngineClient::State::Ready));
    QTRY_COMPARE(ready.size(), 2); // nobody asked for anything: it was pinged
    QVERIFY2(!said.filter(QStringLiteral("was restarted")).isEmpty(), qPrintable(said.join(u'\n')));
}

void TstEngineClient::longWorkIsNoHang()
{
    EngineClient engine(fake(QStringLiteral("busy"), 0));
    engine.setPatience(200);
    engine.setRestartsWhenHung(true);
    engine.start();
    QVERIFY(waitForState(engine, EngineClient::State::Ready));
    engine.request(QStringLiteral("data.describe"), JsonValue::object(), &engine, [](const Result<JsonValue> &) {});
    bool hasFallen = false;
    connect(&engine, &EngineClient::stateChanged, &engine, [&] { hasFallen = true; });
    QTest::qWait(2000); // three times the time after which it would be killed
    QVERIFY(!hasFallen);
}

void TstEngineClient::cutAtEveryByte()
{
    // The whole answer to initialize is cut at each of its bytes; a process each would take long, so that the reader
    // is fed as the client feeds it.
    std::string frame;
    appendFrame(frame, writeMessage(Response{JsonValue(1), JsonValue::object().set("protocol", 1), {}}));
    for (std::size_t cut = 0; cut < frame.size(); ++cut) {
        FrameReader reader;
        reader.feed(std::string_view(frame).substr(0, cut));
        auto next = reader.next();
        QVERIFY(next && !*next);
        reader.feed(std::string_view(frame).substr(cut));
        next = reader.next();
        QVERIFY(next && *next);
    }
    for (const int cut : {1, 10, 40, 200}) {
        EngineClient engine(fake(QStringLiteral("cut"), cut));
        engine.start();
        QVERIFY(waitForState(engine, EngineClient::State::Failed));
        QVERIFY(!engine.complaint().isEmpty());
    }
}

void TstEngineClient::anOwnersEndSilencesAnswers()
{
    EngineClient engine(fake(QStringLiteral("slow"), 50));
    engine.start();
    QVERIFY(waitForState(engine, EngineClient::State::Ready));
    bool isAnswered = false;
    auto *owner = new QObject;
    engine.request(QStringLiteral("describe"), JsonValue::object(), owner,
                   [&](const Result<JsonValue> &) { isAnswered = true; });
    delete owner;
    QVERIFY(ask(engine, QStringLiteral("samples.list")));
    QVERIFY(!isAnswered);
}

void TstEngineClient::stopFailsWhatWaits()
{
    EngineClient engine(fake(QStringLiteral("slow"), 10'000));
    engine.start();
    bool isAnswered = false;
    engine.request(QStringLiteral("describe"), JsonValue::object(), &engine,
                   [&](const Result<JsonValue> &result) { isAnswered = !result; });
    engine.stop();
    QTRY_VERIFY(isAnswered);
    QVERIFY(engine.state() == EngineClient::State::Off);
}

QTEST_GUILESS_MAIN(TstEngineClient)
#include "tst_engine_client.moc"
