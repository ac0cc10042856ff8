// SPDX-License-Identifier: Apache-2.0
// A drawing that a run trained, with its data, made ready to be looked into with any weights of the run.
#pragma once

#include "engine/program/compile.h"
#include "engine/server/run_health.h"
#include "engine/server/train_job.h"
#include "engine/train/checkpoint.h"

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace espalier {

using Weights = std::shared_ptr<const Checkpoint>;
struct Predictions;

/// Predictions by what they were made of. Any thread.
class PredictionShelf {
public:
    using Pointer = std::shared_ptr<const Predictions>;
    Pointer find(const std::string &key);
    void put(const std::string &key, Pointer predictions);

private:
    static constexpr std::size_t kMost = 4;
    std::mutex m_mutex;
    std::list<std::pair<std::string, Pointer>> m_kept;
};

/// What a run trained at this revision (0: the latest), with the folder that its relative data paths start from.
Result<Model> modelOfRun(const std::string &run, std::int64_t revision);

/// Used by one thread at a time: hold mutex(). It shares nothing with the process that trains.
class RunModel {
public:
    /// The drawing of this revision. Errors: no such run; problems of its drawing or its data; "probe.data" where the
    /// data are no longer those that it was trained on.
    static Result<std::shared_ptr<RunModel>> open(const std::string &run, std::int64_t revision);

    std::mutex &mutex() { return m_mutex; }
    const Document &document() const { return m_model.document; }
    const TrainingSettings &settings() const { return m_model.settings; }
    DataFeed &feed() { return *m_feed; }
    const Lowered &lowered(Mode mode); ///< Evaluate or Train; with Output nodes
    std::string name() const { return m_run; }

    /// `make`'s program for so many rows, compiled once under `key`, with the weights in place. On this thread and one
    /// core only. Errors: memory; weights that are not those of this drawing.
    Result<Executable *> program(const std::string &key, const std::function<Program()> &make, std::int64_t rows,
                                 const Weights &weights);
    /// Sets the inputs and runs.
    void run(Executable &program, const FeedBatch &batch, std::int64_t step);

private:
    struct Compiled {
        std::string key;
        std::unique_ptr<Executable> executable;
    };
    RunModel() = default;
    Result<void> load(const Weights &weights);

    std::mutex m_mutex;
    std::string m_run;
    Model m_model;
    std::unique_ptr<DataFeed> m_feed;
    std::unique_ptr<Lowered> m_evaluate;
    std::unique_ptr<Lowered> m_train;
    std::unique_ptr<Backend> m_backend;
    std::unique_ptr<StateStore> m_store;
    std::shared_ptr<Arena> m_arena;
    std::list<Compiled> m_programs; ///< the last used first
    Weights m_loaded;
    std::set<std::string> m_inPlace; ///< states that have m_loaded's values
};

/// The models and checkpoints that were looked at last. Any thread.
class RunModels {
public:
    Result<std::shared_ptr<RunModel>> model(const std::string &run, std::int64_t revision);
    /// `at`: "last", "best" or a file in the run's folder.
    Result<Weights> weights(const std::string &run, const std::string &at);

    /// What was predicted last, so that its further pages come at once.
    PredictionShelf &shelf() { return m_shelf; }
    HealthReaders &health() { return m_health; }

private:
    struct Kept {
        std::string key;
        Weights weights;
    };
    PredictionShelf m_shelf;
    HealthReaders m_health;
    std::mutex m_mutex; ///< also held while one is opened: two requests for one model open it once
    std::list<std::pair<std::string, std::shared_ptr<RunModel>>> m_models;
    std::list<Kept> m_weights;
};

/// Runs `work` on a thread of its own, with one core, and waits. `isLow`: training goes before it.
void runAside(bool isLow, const std::function<void()> &work);

} // namespace espalier
