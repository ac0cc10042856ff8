// SPDX-License-Identifier: Apache-2.0
// JSON-RPC messages and errors: what goes out comes in again; damaged ones name what is wrong and whom to answer.
#include "engine/protocol/error_json.h"
#include "engine/protocol/message.h"

#include <QtTest>

using namespace espalier;

namespace {

Error rich()
{
    Error e = error("layer.shape", "{0} gets {1} with {2} of {3} at {4}.", "conv1", Arg(Arg::Kind::Shape, "[1, 2]"),
                    std::int64_t{9007199254740993}, 0.5, Arg(Arg::Kind::Unit, "px"));
    e.where = {"root", "aaaaaaaaaa", "x", "kernel_size", "a.csv", 3, "age"};
    e.fixes.push_back({"Set {0} to {1}", {Arg("kernel_size"), Arg(3)}, R"({"operations": []})"});
    return e;
}

} // namespace

class TestMessage : public QObject {
    Q_OBJECT
private slots:
    void roundTrip_data()
    {
        QTest::addColumn<int>("which");
        for (int i = 0; i < 6; ++i)
            QTest::newRow(qPrintable(QString::number(i))) << i;
    }
    void roundTrip()
    {
        QFETCH(int, which);
        const JsonValue params = JsonValue::object().set("a", 1);
        const std::vector<Message> messages
            = {Request{7, "document.check", params}, Request{"x", "shutdown", {}},
               Notification{"$/cancel", params},     Response{7, params, std::nullopt},
               Response{"x", {}, std::nullopt},      Response{JsonValue(), {}, rpcError(rich())}};
        const Message &message = messages[static_cast<std::size_t>(which)];
        const auto back = readMessage(writeMessage(message));
        QVERIFY(back.has_value());
        QVERIFY(*back == message);
    }

    void faults_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("code");
        QTest::addColumn<QByteArray>("id");
        const auto row = [](const char *text, int code, const char *id) {
            QTest::newRow(text) << QByteArray(text) << code << QByteArray(id);
        };
        row("{", kParseError, "null");
        row("", kParseError, "null");
        row("\xff\xfe", kParseError, "null");
        row("[]", kInvalidRequest, "null");
        row("7", kInvalidRequest, "null");
        row(R"({"id": 4, "method": "a"})", kInvalidRequest, "4");
        row(R"({"jsonrpc": "1.0", "id": "b", "method": "a"})", kInvalidRequest, "\"b\"");
        row(R"({"jsonrpc": "2.0", "id": 4, "method": 5})", kInvalidRequest, "4");
        row(R"({"jsonrpc": "2.0", "id": {}, "method": "a"})", kInvalidRequest, "null");
        row(R"({"jsonrpc": "2.0", "id": 1.5, "method": "a"})", kInvalidRequest, "null");
        row(R"({"jsonrpc": "2.0", "id": 4, "method": "a", "params": [1]})", kInvalidParams, "4");
        row(R"({"jsonrpc": "2.0", "id": 4})", kInvalidRequest, "4");
    }
    void faults()
    {
        QFETCH(QByteArray, text);
        QFETCH(int, code);
        QFETCH(QByteArray, id);
        const auto message = readMessage(text.toStdString());
        QVERIFY(!message);
        QCOMPARE(message.error().error.code, code);
        QCOMPARE(message.error().id.dump(), id.toStdString());
        QVERIFY(!message.error().error.message.empty());
    }

    void errorsKeepEverything()
    {
        const JsonValue json = errorToJson(rich());
        QVERIFY(errorFromJson(json) == rich());
        QCOMPARE(json["args"].items()[2]["value"].integer(), std::int64_t{9007199254740993});
        QCOMPARE(json["message"].string(), rich().message());
        QCOMPARE(json["fixes"].items()[0]["message"].string(), std::string("Set kernel_size to 3"));
        QVERIFY(json["fixes"].items()[0]["change"].isObject());
    }

    void foreignErrorsAreReadAsFarAsTheyGo()
    {
        const Error e = errorFromJson(JsonValue::object().set("code", "new").set("args", "no list").set("where", 4));
        QCOMPARE(e.code, std::string("new"));
        QVERIFY(e.args.empty() && e.fixes.empty() && e.where == Place{});
        QVERIFY(errorOf(rpcError(rich())) == rich());
        QCOMPARE(errorOf({kInternalError, "It broke.", {}}).message(), std::string("It broke."));
    }
};

QTEST_APPLESS_MAIN(TestMessage)
#include "tst_message.moc"
