// SPDX-License-Identifier: Apache-2.0
#include "engine/server/bench_job.h"

#include "engine/base/ids.h"
#include "engine/ops/builder.h"
#include "engine/program/compile.h"
#include "engine/train/evaluate.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>

namespace espalier {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double> values)
{
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
    return values[values.size() / 2];
}

double residentBytes()
{
    std::ifstream file("/proc/self/statm");
    double total = 0;
    double resident = 0;
    file >> total >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// A folder for run directories that goes away with the object.
class PassingFolder {
public:
    PassingFolder()
        : m_path(std::filesystem::temp_directory_path() / ("espalier-bench-" + newId()))
    {
    }
    PassingFolder(const PassingFolder &) = delete;
    PassingFolder &operator=(const PassingFolder &) = delete;
    ~PassingFolder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(m_path, ignored);
    }
    std::string operator/(const std::string &name) const { return (m_path / name).string(); }

private:
    std::filesystem::path m_path;
};

/// The fastest of several runs: the roof is what the machine can do, not what it did on average.
Result<double> fastest(Program program, Backend &backend)
{
    StateStore store(backend);
    const auto arena = std::make_shared<Arena>(backend);
    ESPALIER_TRY(const auto run, compile(std::move(program), backend, store, arena));
    double best = 1e9;
    for (int i = 0; i < 12; ++i) {
        const auto start = Clock::now();
        run->run();
        backend.synchronize();
        best = std::min(best, since(start));
    }
    return best;
}

} // namespace

Result<Roof> measureRoof(Backend &backend)
{
    constexpr std::int64_t kSide = 1024;
    constexpr std::int64_t kLength = std::int64_t{1} << 24;
    Builder product;
    const TensorType matrix{DType::Float32, Shape{kSide, kSide}};
    product.output("y", product.emit("matmul", {product.input("a", matrix), product.input("b", matrix)}));
    ESPALIER_TRY(const double productSeconds, fastest(product.take(), backend));
    Builder sum;
    const TensorType vector{DType::Float32, Shape{kLength}};
    sum.output("y", sum.add(sum.input("a", vector), sum.input("b", vector)));
    ESPALIER_TRY(const double sumSeconds, fastest(sum.take(), backend));
    return Roof{2.0 * kSide * kSide * kSide / productSeconds, 12.0 * static_cast<double>(kLength) / sumSeconds};
}

Result<RecordingCost> measureRecording(TrainRequest request, int pairs)
{
    const PassingFolder folder;
    const std::vector<std::string> sets = request.model.sets;
    RecordingCost result;
    result.pairs = pairs;
    const auto train = [&](int run, bool records) -> Result<double> {
        request.runFolder = folder / std::to_string(2 * run + (records ? 1 : 0));
        request.model.sets = sets;
        request.model.sets.push_back(records ? "training.record.scalars_every=1" : "training.record.scalars_every=0");
        request.model.sets.push_back(records ? "training.record.histograms_every=100"
                                             : "training.record.histograms_every=0");
        TrainControl control;
        TrainObserver observer;
        std::vector<Error> problems;
        ESPALIER_TRY(const TrainOutcome outcome, runTraining(request, control, observer, TrainHooks{}, problems));
        result.steps = outcome.report.step;
        return outcome.report.trainingSeconds;
    };
    std::vector<double> ratios;
    std::vector<double> seconds;
    for (int i = 0; i <= pairs; ++i) { // the first pair warms caches up
        const bool recordsFirst = i % 2 == 0;
        ESPALIER_TRY(const double first, train(i, recordsFirst));
        ESPALIER_TRY(const double second, train(i, !recordsFirst));
        if (i == 0)
            continue;
        ratios.push_back(recordsFirst ? first / second : second / first);
        seconds.push_back(recordsFirst ? first : second);
    }
    result.cost = median(std::move(ratios)) - 1;
    result.seconds = median(std::move(seconds));
    return result;
}

Result<BenchResult> benchModel(PreparedModel prepared, std::unique_ptr<Backend> backend, const Roof &roof,
                               double seconds)
{
    BenchResult result;
    const TrainingSettings settings = prepared.model.settings;
    auto begin = Clock::now();
    ESPALIER_TRY(
        const auto plan,
        TrainingPlan::create(std::move(prepared.train), std::move(prepared.evaluate), settings, std::move(backend)));
    ESPALIER_CHECK(prepared.feed->start(Part::Train, 0, 0));
    ESPALIER_TRY(const auto batch, prepared.feed->next());
    if (!batch)
        return fail("bench.empty", "The model's data have no rows to train on.");
    ESPALIER_TRY(Executable *const step, plan->step(0, batch->rows));
    result.compileSeconds = since(begin);
    MetricSums sums;
    const auto roles = scalarRoles(*step, sums);
    std::vector<double> times;
    const auto started = Clock::now();
    for (std::int64_t i = 0; times.size() < 20 || since(started) < seconds; ++i) {
        begin = Clock::now();
        setBatchInputs(*step, *batch, i, settings.seed);
        for (std::size_t p = 0; p < step->inputs().size(); ++p) {
            const Executable::Port &port = step->inputs()[p];
            Tensor scalar(port.type.dtype, {});
            scalar.set(0, port.name.starts_with("update.") ? static_cast<double>(i + 1) : 1e-6);
            if (port.name.starts_with("update.") || port.name.starts_with("rate."))
                step->setInput(p, {static_cast<const std::byte *>(scalar.data()), scalar.bytes()});
        }
        runAndRead(plan->backend(), *step, roles, sums);
        times.push_back(since(begin));
    }
    result.leastSeconds = *std::min_element(times.begin(), times.end());
    result.stepSeconds = median(std::move(times));
    result.arenaBytes = step->arenaBytes();
    result.stateBytes = plan->store().bytes();
    result.residentBytes = residentBytes();
    result.processorClass = plan->backend().device().processorClass;
    const std::vector<double> kernelSeconds = step->profile(15);
    const std::vector<KernelReport> reports = step->audit();
    double total = 0;
    for (const double s : kernelSeconds)
        total += s;
    for (std::size_t i = 0; i < reports.size(); ++i) {
        const double least = std::max(reports[i].flops / roof.flopsPerSecond, reports[i].bytes / roof.bytesPerSecond);
        result.kernels.push_back({reports[i], kernelSeconds[i], kernelSeconds[i] / total, least / kernelSeconds[i]});
    }
    return result;
}

} // namespace espalier
