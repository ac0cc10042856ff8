// SPDX-License-Identifier: Apache-2.0
// A training plan: several programs, each compiled per number of rows, over one state store and one arena.
#pragma once

#include "engine/program/compile.h"
#include "engine/train/programs.h"

#include <map>
#include <memory>
#include <tuple>

namespace espalier {

class TrainingPlan {
public:
    /// `train` and `evaluate` are the drawing lowered in those modes; both must be without problems. Initial values
    /// come from the initialisers and `seed`. Compiles the step of a full batch first, so that it decides the layouts.
    static Result<std::unique_ptr<TrainingPlan>> create(Lowered train, Lowered evaluate, TrainingSettings settings,
                                                        std::unique_ptr<Backend> backend);
    ~TrainingPlan();

    const TrainingSettings &settings() const { return m_settings; }
    const Lowered &lowered() const;
    const Lowered &evaluation() const;
    Backend &backend() { return *m_backend; }
    StateStore &store() { return m_store; }
    std::vector<LossSummary> losses(std::size_t phase) const;
    std::vector<LossSummary> allLosses() const;

    // Compiled on first use and kept. `rows` binds the symbol batch.
    Result<Executable *> step(std::size_t phase, std::int64_t rows);
    Result<Executable *> accumulate(std::size_t phase, std::int64_t rows);
    Result<Executable *> apply(std::size_t phase);
    Result<Executable *> evaluate(std::int64_t rows, bool withRows);
    Result<Executable *> observe(std::int64_t rows);
    Result<Executable *> watch(); ///< of one row; observations are outputs
    /// The step without patterns and fusion, every floating value an output: to name the first tensor with NaN or Inf.
    Result<std::unique_ptr<Executable>> diagnose(std::size_t phase, std::int64_t rows,
                                                 std::vector<std::string> &origins);

    /// Weights, running statistics, slots and accumulators, by state path.
    Result<std::map<std::string, Tensor>> readStates();
    /// Values for the paths that exist with that type; returns the paths that were not taken.
    Result<std::vector<std::string>> writeStates(const std::map<std::string, Tensor> &states);
    Result<void> initialize(); ///< fresh values for every state of the drawing; slots become zero

    /// The processed programs by name, for `compile --dump`.
    Result<Program> stepSource(std::size_t phase) const;

private:
    enum class Kind { Step, Accumulate, Apply, Evaluate, EvaluateRows, Observe, Watch };
    using Key = std::tuple<Kind, std::size_t, std::int64_t>;

    TrainingPlan(Lowered train, Lowered evaluate, TrainingSettings settings, std::unique_ptr<Backend> backend);
    Result<Program> source(Kind kind, std::size_t phase) const;
    Result<Executable *> get(Kind kind, std::size_t phase, std::int64_t rows);

    TrainingSettings m_settings;
    std::unique_ptr<Lowered> m_train;
    std::unique_ptr<Lowered> m_evaluate;
    std::unique_ptr<Backend> m_backend;
    StateStore m_store;
    std::shared_ptr<Arena> m_arena;
    std::map<Key, std::unique_ptr<Executable>> m_executables;
    std::map<std::pair<Kind, std::size_t>, Program> m_sources;
};

} // namespace espalier
