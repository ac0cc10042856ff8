// SPDX-License-Identifier: GPL-3.0-or-later
// How long the first page of very large data takes, from the request to the answer, each with an engine that has seen
// nothing yet: a table of 20 GB and a folder of very many pictures. Prints medians; judges nothing.
#include "gui/engine_client/engine_client.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QDir>
#include <QtCore/QElapsedTimer>
#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

#include <unistd.h>

#include <algorithm>
#include <cstdio>

using namespace espalier;

namespace {

constexpr qint64 kTableBytes = 20'000'000'000;
constexpr int kPictures = 200'000;
constexpr int kRounds = 3;
constexpr int kPatienceMs = 120'000;

/// Real rows at the beginning; what follows is a hole, so that it takes no room.
QString makeTable(const QDir &folder)
{
    QFile file(folder.filePath(QStringLiteral("table.csv")));
    if (!file.open(QIODevice::WriteOnly))
        qFatal("can't write the table");
    file.write("id,height,width,colour,kind\n");
    for (int i = 0; file.pos() < 16'000'000; ++i)
        file.write(QByteArray::number(i) + ',' + QByteArray::number(i * 37 % 1000 / 7.0) + ','
                   + QByteArray::number(i * 91 % 1000 / 3.0) + (i % 3 ? ",red," : ",blue,") + (i % 5 ? "oak" : "elm")
                   + '\n');
    if (!file.resize(kTableBytes))
        qFatal("the file system takes no file of 20 GB");
    return file.fileName();
}

/// One picture under very many names.
QString makePictures(const QDir &folder)
{
    const QByteArray png = QByteArray::fromBase64("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCB"
                                                  "d81ytgAAAABJRU5ErkJggg==");
    const QDir pictures(folder.filePath(QStringLiteral("pictures")));
    constexpr int kOneInode = 50'000; // links that every file system takes
    QByteArray origin;
    for (int i = 0; i < kPictures; ++i) {
        const QDir inside(pictures.filePath(i % 2 ? QStringLiteral("cat") : QStringLiteral("dog")));
        if (i < 2)
            inside.mkpath(QStringLiteral("."));
        const QByteArray path = inside.filePath(QStringLiteral("%1.png").arg(i)).toLocal8Bit();
        if (i % kOneInode == 0) {
            QFile file(QString::fromLocal8Bit(path));
            if (!file.open(QIODevice::WriteOnly) || file.write(png) != png.size())
                qFatal("can't write a picture");
            origin = path;
        } else if (::link(origin.constData(), path.constData()) != 0) {
            qFatal("can't link a picture");
        }
    }
    return pictures.path();
}

JsonValue ask(EngineClient &engine, const char *method, JsonValue params)
{
    std::optional<Result<JsonValue>> answer;
    engine.request(QString::fromLatin1(method), std::move(params), &engine,
                   [&](const Result<JsonValue> &result) { answer = result; });
    if (!QTest::qWaitFor([&] { return answer.has_value(); }, kPatienceMs) || !*answer)
        qFatal("%s: %s", method, answer ? (*answer).error().message().c_str() : "no answer");
    return **answer;
}

void report(const char *what, std::vector<double> times)
{
    std::sort(times.begin(), times.end());
    std::printf("%-52s %8.2f ms   worst %8.2f   target    300\n", what, times[times.size() / 2], times.back());
    std::fflush(stdout);
}

void measure(const char *what, const QString &path)
{
    std::vector<double> recognised;
    std::vector<double> shown;
    for (int round = 0; round < kRounds; ++round) {
        EngineClient engine({QStringLiteral(ESPALIER_BINARY_DIR "/espalier"), {QStringLiteral("serve")}});
        engine.start();
        if (!QTest::qWaitFor([&] { return engine.state() == EngineClient::State::Ready; }, kPatienceMs))
            qFatal("the engine does not start");
        QElapsedTimer timer;
        timer.start();
        JsonValue source = ask(engine, "data.recognise", JsonValue::object().set("path", path.toStdString()))["source"];
        recognised.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
        source.set("id", "bench");
        JsonValue data = JsonValue::object();
        data.set("sources", JsonValue(JsonValue::Array{source}));
        timer.restart();
        const JsonValue page = ask(engine, "data.rows", JsonValue::object().set("data", data).set("limit", 100));
        shown.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
        if (page["columns"].items().empty())
            qFatal("the first page is empty");
    }
    report(qPrintable(QStringLiteral("%1: recognised").arg(QString::fromLatin1(what))), recognised);
    report(qPrintable(QStringLiteral("%1: first page").arg(QString::fromLatin1(what))), shown);
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    const QTemporaryDir folder;
    qputenv("XDG_CACHE_HOME", folder.filePath(QStringLiteral("cache")).toLocal8Bit());
    const QDir place(folder.path());
    measure("table of 20 GB", makeTable(place));
    measure("folder of 200,000 pictures", makePictures(place));
    return 0;
}
