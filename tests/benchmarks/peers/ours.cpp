// SPDX-License-Identifier: GPL-3.0-or-later
// Our side of the comparison with other frameworks: the same orders over lines of JSON as side.py answers.
#include "engine/base/processor.h"
#include "engine/graph/lower.h"
#include "engine/io/safetensors.h"
#include "engine/server/model.h"
#include "engine/server/train_job.h"
#include "engine/train/evaluate.h"

#include <nlohmann/json.hpp>

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <map>
#include <string>

namespace espalier {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

double since(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// A drawing with the free inputs "x" and "target", trained by batches that are handed to it.
class Side {
public:
    Side(std::string model, int threads, std::string precision)
        : m_model(std::move(model))
        , m_threads(threads)
        , m_precision(std::move(precision))
    {
    }

    Result<void> compile(std::int64_t batch)
    {
        ModelRequest request;
        request.model = m_model;
        request.sets = {"training.precision=" + m_precision};
        ESPALIER_TRY(const Model model, loadModel(request));
        LowerOptions options;
        options.batchSizes = {batch};
        options.keepOutputs = false;
        Lowered train = lower(model.document, options);
        options.mode = Mode::Evaluate;
        Lowered evaluate = lower(model.document, options);
        if (!train.problems.empty())
            return fail(train.problems.front());
        for (const LoweredInput &input : train.inputs)
            m_inputNames[input.name.substr(0, input.name.find('.'))] = input.name;
        for (const StateInfo &state : train.states)
            m_pathOf[state.name] = state.path;
        ESPALIER_TRY(auto backend, openDevice(model.settings, m_threads, false));
        ESPALIER_TRY(m_plan,
                     TrainingPlan::create(std::move(train), std::move(evaluate), model.settings, std::move(backend)));
        ESPALIER_TRY(m_step, m_plan->step(0, batch));
        m_roles = scalarRoles(*m_step, m_sums);
        m_rate = model.settings.phases.front().optimizer.lr;
        return {};
    }

    Result<void> saveWeights(const std::string &path)
    {
        ESPALIER_TRY(const auto states, m_plan->readStates());
        std::vector<NamedTensor> tensors;
        for (const auto &[name, state] : m_pathOf)
            tensors.push_back({name, states.at(state)});
        return writeSafetensors(path, tensors);
    }

    Result<void> loadWeights(const std::string &path)
    {
        ESPALIER_TRY(const SafetensorsFile file, SafetensorsFile::open(path));
        ESPALIER_TRY(auto tensors, file.readAll());
        std::map<std::string, Tensor> states;
        for (NamedTensor &tensor : tensors)
            states.emplace(m_pathOf.at(tensor.name), std::move(tensor.tensor));
        ESPALIER_TRY(const auto left, m_plan->writeStates(states));
        return left.empty() ? Result<void>() : fail("bench.weights", "The weights do not fit: {0}.", left.front());
    }

    /// One step on batch `index`; the loss is read.
    double step(std::int64_t index)
    {
        feed(index);
        m_sums.clear();
        runAndRead(m_plan->backend(), *m_step, m_roles, m_sums);
        const MetricTable table(m_plan->allLosses(), m_sums);
        return table.results(m_sums).at("loss");
    }

    /// One step; nothing is read.
    void run(std::int64_t index)
    {
        feed(index);
        m_step->run();
    }

    void setBatches(Tensor x, Tensor target)
    {
        m_x = std::move(x);
        m_target = std::move(target);
    }
    std::int64_t batchSize() const { return m_x.dims()[1]; }
    Backend &backend() { return m_plan->backend(); }

private:
    void feed(std::int64_t index)
    {
        for (std::size_t i = 0; i < m_step->inputs().size(); ++i) {
            const Executable::Port &port = m_step->inputs()[i];
            if (port.name == m_inputNames["x"])
                m_step->setInput(i, slice(m_x, index));
            else if (port.name == m_inputNames["target"])
                m_step->setInput(i, slice(m_target, index));
            else
                setScalar(i, port, index);
        }
    }

    void setScalar(std::size_t i, const Executable::Port &port, std::int64_t index)
    {
        Tensor scalar(port.type.dtype, {});
        scalar.set(0,
                   port.name.starts_with("rate.")         ? m_rate
                       : port.name.starts_with("update.") ? static_cast<double>(index + 1)
                       : port.name == "step"              ? static_cast<double>(index)
                                                          : 1.0);
        m_step->setInput(i, {static_cast<const std::byte *>(scalar.data()), scalar.bytes()});
    }

    static std::span<const std::byte> slice(const Tensor &batches, std::int64_t index)
    {
        const auto count = static_cast<std::size_t>(batches.dims()[0]);
        const std::size_t bytes = batches.bytes() / count;
        return {static_cast<const std::byte *>(batches.data()) + bytes * (static_cast<std::size_t>(index) % count),
                bytes};
    }

    std::string m_model;
    int m_threads;
    std::string m_precision;
    std::unique_ptr<TrainingPlan> m_plan;
    Executable *m_step = nullptr;
    MetricSums m_sums;
    std::vector<ScalarRole> m_roles;
    std::map<std::string, std::string> m_inputNames;
    std::map<std::string, std::string> m_pathOf; ///< name path of a state -> id path
    double m_rate = 0;
    Tensor m_x;
    Tensor m_target;
};

Result<Json> obey(Side &side, const Json &order, const std::string &weights, std::int64_t &position)
{
    const std::string what = order.at("do");
    const std::int64_t steps = order.value("steps", 0);
    const auto begin = Clock::now();
    if (what == "first") {
        ESPALIER_CHECK(side.compile(side.batchSize()));
        ESPALIER_CHECK(side.loadWeights(weights));
        Json losses = Json::array({side.step(0)});
        const double seconds = since(begin);
        for (std::int64_t i = 1; i < steps; ++i)
            losses.push_back(side.step(i));
        position = steps;
        return Json{{"seconds", seconds}, {"losses", losses}};
    }
    if (what == "steps") {
        double loss = 0;
        for (std::int64_t i = 0; i < steps; ++i)
            loss = side.step(position++);
        return Json{{"seconds", since(begin)}, {"loss", loss}};
    }
    if (what == "free") {
        for (std::int64_t i = 0; i < steps; ++i)
            side.run(position++);
        side.backend().synchronize();
        return Json{{"seconds", since(begin)}, {"steps", steps}};
    }
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return Json{{"bytes", 1024.0 * static_cast<double>(usage.ru_maxrss)}};
}

int refuse(const Error &error)
{
    std::fprintf(stderr, "%s\n", error.message().c_str());
    return 2;
}

/// ours MODEL --weights OUT BATCH: writes initial weights. ours MODEL WEIGHTS BATCHES PRECISION: answers orders.
int runMain(const std::vector<std::string> &args)
{
    Side side(args.at(0), 2, args.at(1) == "--weights" ? "float32" : args.at(3));
    if (args.at(1) == "--weights") {
        if (auto done = side.compile(std::stoll(args.at(3))); !done)
            return refuse(done.error());
        const auto saved = side.saveWeights(args.at(2));
        return saved ? 0 : refuse(saved.error());
    }
    auto file = SafetensorsFile::open(args.at(2));
    if (!file)
        return refuse(file.error());
    auto x = file->read(*file->find("x"));
    auto target = file->read(*file->find("target"));
    if (!x || !target)
        return refuse(x ? target.error() : x.error());
    side.setBatches(std::move(*x), std::move(*target));
    std::int64_t position = 0;
    std::cout << R"({"ready":true})" << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
        const auto answer = obey(side, Json::parse(line), args.at(1), position);
        if (!answer)
            return refuse(answer.error());
        std::cout << answer->dump() << std::endl;
    }
    return 0;
}

} // namespace
} // namespace espalier

int main(int argc, char **argv)
{
    espalier::reexecBound(argc, argv);
    return espalier::runMain({argv + 1, argv + argc});
}
