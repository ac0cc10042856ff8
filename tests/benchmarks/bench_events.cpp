// SPDX-License-Identifier: GPL-3.0-or-later
// How fast event files are decoded: the reader alone, and what the store does with them. With a folder as argument it
// leaves the file there, for a peer to read the same one.
#include "engine/io/event_encoding.h"
#include "engine/protocol/event_reader.h"
#include "gui/models/run_decoder.h"
#include "widgets/charts/series.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QFile>

#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace espalier;

namespace {

constexpr int kTags = 20;
constexpr int kSteps = 100'000;
constexpr std::size_t kPiece = std::size_t{1} << 20;

QByteArray events()
{
    std::string out;
    putVersionRecord(out, 1.7e9, "bench");
    std::vector<std::string> tags;
    for (int tag = 0; tag < kTags; ++tag)
        tags.push_back("layers/conv" + std::to_string(tag) + "/gradient_norm");
    for (int step = 0; step < kSteps; ++step)
        for (const std::string &tag : tags)
            putScalarRecord(out, {1.7e9 + step * 0.01, step}, tag, 1.0F / static_cast<float>(step + 1));
    return QByteArray(out.data(), static_cast<qsizetype>(out.size()));
}

class Counter : public EventSink {
public:
    void scalar(const EventStamp &stamp, std::string_view tag, double value) override
    {
        sum += value + static_cast<double>(stamp.step) + static_cast<double>(tag.size());
        ++count;
    }
    double sum = 0;
    std::size_t count = 0;
};

template <typename Work>
void report(const char *what, qsizetype bytes, Work &&work)
{
    std::vector<double> seconds;
    for (int i = 0; i < 5; ++i) {
        QElapsedTimer timer;
        timer.start();
        work();
        seconds.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e9);
    }
    std::sort(seconds.begin(), seconds.end());
    const double median = seconds[2];
    std::printf("%-52s %8.2f million scalars/s   %6.0f MB/s\n", what, kTags * kSteps / median / 1e6,
                static_cast<double>(bytes) / median / 1e6);
    std::fflush(stdout);
}

void readAlone(const QByteArray &file)
{
    Counter counter;
    EventReader reader("bench", 0, OnDamage::PassOver);
    for (std::size_t at = 0; at < static_cast<std::size_t>(file.size()); at += kPiece)
        (void)reader.feed({file.constData() + at, std::min(kPiece, static_cast<std::size_t>(file.size()) - at)},
                          counter);
    if (counter.count != std::size_t{kTags} * kSteps || !std::isfinite(counter.sum))
        std::printf("wrong: %zu scalars\n", counter.count);
}

void readIntoSeries(const QByteArray &file)
{
    RunDecoder decoder;
    std::size_t points = 0;
    for (qsizetype at = 0; at < file.size(); at += 4 * static_cast<qsizetype>(kPiece)) {
        const QByteArray piece = file.mid(at, 4 * static_cast<qsizetype>(kPiece));
        const RunBatch batch = decoder.decode({{QStringLiteral("tfevents"), static_cast<quint64>(at), piece}});
        for (const RunBatch::Scalars &scalars : batch.scalars)
            points += scalars.built ? static_cast<std::size_t>(scalars.built->size()) : scalars.points.size();
    }
    if (points != std::size_t{kTags} * kSteps)
        std::printf("wrong: %zu points\n", points);
}

} // namespace

int main(int argc, char **argv)
{
    const QByteArray file = events();
    if (argc > 1) {
        QFile out(QString::fromLocal8Bit(argv[1]) + QStringLiteral("/events.out.tfevents.1.bench"));
        if (!out.open(QIODevice::WriteOnly) || out.write(file) != file.size())
            return 1;
    }
    report("event file, decoded", file.size(), [&] { readAlone(file); });
    report("event file, sorted by tag", file.size(), [&] { readIntoSeries(file); });
    return 0;
}
