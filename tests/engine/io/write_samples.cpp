// SPDX-License-Identifier: Apache-2.0
// Writes into the given folder what stock programs then judge: a run with every kind of event, killed and resumed once,
// and a safetensors file.
#include "engine/io/histogram.h"
#include "engine/io/png.h"
#include "engine/io/safetensors.h"
#include "engine/io/tfevents.h"

#include <cmath>
#include <cstdio>
#include <filesystem>

using namespace espalier;

namespace {

void writeSteps(EventWriter &writer, int from, int to)
{
    std::vector<float> weights(500);
    for (int step = from; step < to; ++step) {
        writer.scalar("train/loss", 1.0 / (1 + step), step);
        writer.scalar("epoch", step / 10.0, step);
        if (step % 100 != 0)
            continue;
        for (std::size_t i = 0; i < weights.size(); ++i)
            weights[i] = std::sin(static_cast<float>(i) * 0.7F + static_cast<float>(step));
        writer.histogram("conv1/weight", histogramOf(weights), step);
        writer.histogram("conv1/bias", histogramOf(std::vector<float>(4, 0.5F)), step);
        const std::vector<std::uint8_t> pixels(8 * 8 * 3, static_cast<std::uint8_t>(step));
        writer.image("conv1/features", encodePng(pixels, 8, 8, 3).value(), 8, 8, step);
    }
}

Result<void> writeRun(const std::string &folder)
{
    const std::vector<GraphNode> graph{{"image", "Input", {}, {{-1, 1, 28, 28}}},
                                       {"net/conv1", "Conv2D", {"image"}, {{-1, 8, 26, 26}}},
                                       {"net/dense", "Dense", {"net/conv1"}, {{-1, 10}}}};
    std::string path;
    {
        ESPALIER_TRY(const auto writer, EventWriter::create(folder));
        writer->graph(graph);
        writer->hyperParameters({{"rate", 0.01}, {"optimizer", std::string("adam")}, {"nesterov", false}});
        writer->text("summary", "A **sample** run", 0);
        writeSteps(*writer, 0, 450);
        ESPALIER_CHECK(writer->close());
        path = writer->path();
    }
    std::error_code code; // as if killed while the last record was written; the last checkpoint was at step 300
    std::filesystem::resize_file(path, std::filesystem::file_size(path, code) - 5, code);
    ESPALIER_TRY(const auto writer, EventWriter::resume(folder, 300));
    writeSteps(*writer, 300, 600);
    writer->sessionEnd(SessionEnd::Success);
    return writer->close();
}

Result<void> writeWeights(const std::string &path)
{
    return writeSafetensors(path,
                            {{"conv1.weight", Tensor::of<float>({2, 1, 1, 2}, {1, -2, 0.5F, 4})},
                             {"step", Tensor::scalar<std::int64_t>(600)},
                             {"mask", Tensor::of<bool>({3}, {true, false, true})},
                             {"mean", Tensor::of<double>({1}, {0.1})},
                             {"labels", Tensor::of<std::int32_t>({2}, {-1, 9})},
                             {"empty", Tensor(DType::Float32, {0, 3})}},
                            {{"format", "pt"}, {"step", "600"}});
}

} // namespace

int main(int argc, char **argv)
{
    const std::string folder = argc == 2 ? argv[1] : "";
    const auto written = writeRun(folder).and_then(
        [&] { return writeWeights((std::filesystem::path(folder) / "w.safetensors").string()); });
    if (!written)
        std::fprintf(stderr, "%s\n", written.error().message().c_str());
    return written ? 0 : 2;
}
