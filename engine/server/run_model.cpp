// SPDX-License-Identifier: Apache-2.0
#include "engine/server/run_model.h"

#include "engine/base/threads.h"
#include "engine/program/pipeline.h"
#include "engine/server/run_files.h"
#include "engine/train/evaluate.h"

#include <omp.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <thread>

namespace espalier {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMostPrograms = 12; ///< of one model
constexpr std::size_t kMostModels = 3;
constexpr std::size_t kMostWeights = 3;

Result<std::unique_ptr<Lowered>> lowerFor(Mode mode, const Document &document, const DataFeed &feed)
{
    LowerOptions options;
    options.mode = mode;
    options.hasData = !document.data.isNull();
    options.sources = feed.sources();
    options.batchSizes = feed.batchSizes();
    options.observe = false;
    auto lowered = std::make_unique<Lowered>(lower(document, options));
    if (!lowered->problems.empty())
        return fail(lowered->problems.front());
    return lowered;
}

} // namespace

Result<Model> modelOfRun(const std::string &run, std::int64_t revision)
{
    ESPALIER_TRY(const RunDirectory directory, RunDirectory::open(run));
    ESPALIER_TRY(const RunRecord record, directory.loadRecord());
    ModelRequest request;
    request.model = directory.modelPath(revision > 0 ? revision : directory.latestRevision());
    request.dataFolder = fs::path(record.document).parent_path().string();
    return loadModel(request);
}

Result<std::shared_ptr<RunModel>> RunModel::open(const std::string &run, std::int64_t revision)
{
    ESPALIER_TRY(const RunDirectory directory, RunDirectory::open(run));
    ESPALIER_TRY(const RunRecord record, directory.loadRecord());
    std::shared_ptr<RunModel> opened(new RunModel);
    opened->m_run = run;
    ESPALIER_TRY(opened->m_model, modelOfRun(run, revision));
    const Model &model = opened->m_model;
    ESPALIER_TRY(opened->m_feed, DataFeed::open(model.document.data, model.folder, model.settings));
    if (!record.dataFingerprint.empty() && record.dataFingerprint != opened->m_feed->fingerprint())
        return fail(
            "probe.data",
            "The data of the run {0} have changed since it was trained, so what it says of them can't be shown. "
            "Put the data back as they were.",
            run);
    ESPALIER_TRY(opened->m_evaluate, lowerFor(Mode::Evaluate, model.document, *opened->m_feed));
    ESPALIER_CHECK(opened->m_feed->bindInputs(opened->m_evaluate->inputs));
    const std::string device = model.settings.device == "reference" ? "reference" : "cpu";
    ESPALIER_TRY(opened->m_backend, makeBackend(device, {1, true}));
    opened->m_store = std::make_unique<StateStore>(*opened->m_backend);
    opened->m_arena = std::make_shared<Arena>(*opened->m_backend);
    return opened;
}

const Lowered &RunModel::lowered(Mode mode)
{
    if (mode != Mode::Train)
        return *m_evaluate;
    if (!m_train) {
        auto made = lowerFor(Mode::Train, m_model.document, *m_feed);
        m_train = made ? std::move(*made) : std::make_unique<Lowered>(*m_evaluate); // it was trained: it can be lowered
    }
    return *m_train;
}

Result<void> RunModel::load(const Weights &weights)
{
    if (m_loaded != weights)
        m_inPlace.clear();
    m_loaded = weights;
    for (const std::string &path : m_store->paths()) {
        if (m_inPlace.contains(path))
            continue;
        const auto value = weights->states.find(path);
        if (value == weights->states.end() || !(value->second.type() == m_store->type(path)))
            return fail("probe.state",
                        "The checkpoint of the run {0} has no {1} in the shape that its drawing says. It is from "
                        "another drawing, or that layer was not trained.",
                        m_run, path);
        ESPALIER_CHECK(m_store->write(path, value->second));
        m_inPlace.insert(path);
    }
    return {};
}

Result<Executable *> RunModel::program(const std::string &key, const std::function<Program()> &make, std::int64_t rows,
                                       const Weights &weights)
{
    const std::string whole = key + "\n" + std::to_string(rows);
    auto found = std::find_if(m_programs.begin(), m_programs.end(), [&](const Compiled &c) { return c.key == whole; });
    if (found == m_programs.end()) {
        ESPALIER_TRY(auto compiled, compile(optimise(bind(make(), {{"batch", rows}})), *m_backend, *m_store, m_arena));
        m_programs.push_front({whole, std::move(compiled)});
        if (m_programs.size() > kMostPrograms)
            m_programs.pop_back();
    } else {
        m_programs.splice(m_programs.begin(), m_programs, found);
    }
    ESPALIER_CHECK(load(weights));
    return m_programs.front().executable.get();
}

void RunModel::run(Executable &program, const FeedBatch &batch, std::int64_t step)
{
    setBatchInputs(program, batch, step, m_model.settings.seed);
    program.run();
}

Result<std::shared_ptr<RunModel>> RunModels::model(const std::string &run, std::int64_t revision)
{
    const std::string key = run + "\n" + std::to_string(revision);
    const std::lock_guard lock(m_mutex);
    const auto found = std::find_if(m_models.begin(), m_models.end(), [&](const auto &m) { return m.first == key; });
    if (found != m_models.end()) {
        m_models.splice(m_models.begin(), m_models, found);
        return m_models.front().second;
    }
    ESPALIER_TRY(auto opened, RunModel::open(run, revision));
    m_models.emplace_front(key, std::move(opened));
    if (m_models.size() > kMostModels)
        m_models.pop_back();
    return m_models.front().second;
}

Result<Weights> RunModels::weights(const std::string &run, const std::string &at)
{
    ESPALIER_TRY(const RunDirectory directory, RunDirectory::open(run));
    std::string path;
    if (at == "last" || at == "best") {
        path = at == "last" ? directory.lastCheckpoint() : directory.bestCheckpoint();
    } else {
        ESPALIER_TRY(path, runFilePath(run, at));
    }
    std::error_code code;
    const auto time = fs::last_write_time(path, code).time_since_epoch().count();
    const auto size = fs::file_size(path, code);
    const std::string key = path + "\n" + std::to_string(time) + "\n" + std::to_string(size);
    const std::lock_guard lock(m_mutex);
    const auto found
        = std::find_if(m_weights.begin(), m_weights.end(), [&](const Kept &kept) { return kept.key == key; });
    if (found != m_weights.end()) {
        m_weights.splice(m_weights.begin(), m_weights, found);
        return m_weights.front().weights;
    }
    ESPALIER_TRY(Checkpoint checkpoint, readCheckpoint(path));
    std::erase_if(checkpoint.states, [](const auto &state) { return state.first.find('#') != std::string::npos; });
    m_weights.push_front({key, std::make_shared<const Checkpoint>(std::move(checkpoint))});
    if (m_weights.size() > kMostWeights)
        m_weights.pop_back();
    return m_weights.front().weights;
}

PredictionShelf::Pointer PredictionShelf::find(const std::string &key)
{
    const std::lock_guard lock(m_mutex);
    const auto found = std::find_if(m_kept.begin(), m_kept.end(), [&](const auto &k) { return k.first == key; });
    if (found == m_kept.end())
        return nullptr;
    m_kept.splice(m_kept.begin(), m_kept, found);
    return m_kept.front().second;
}

void PredictionShelf::put(const std::string &key, Pointer predictions)
{
    const std::lock_guard lock(m_mutex);
    m_kept.emplace_front(key, std::move(predictions));
    if (m_kept.size() > kMost)
        m_kept.pop_back();
}

void runAside(bool isLow, const std::function<void()> &work)
{
    std::exception_ptr thrown;
    std::thread([&] {
        resetThreadAffinity();
        if (isLow)
            lowerThreadPriority();
        omp_set_num_threads(1); // of this thread alone
        try {
            work();
        } catch (...) {
            thrown = std::current_exception();
        }
    }).join();
    if (thrown)
        std::rethrow_exception(thrown); // to where exceptions of a server end
}

} // namespace espalier
