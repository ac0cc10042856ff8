// SPDX-License-Identifier: Apache-2.0
// The training loop: steps, validation, checkpoints, records, commands.
#pragma once

#include "engine/io/run_directory.h"
#include "engine/io/scalar_recorder.h"
#include "engine/train/checkpoint.h"
#include "engine/train/control.h"
#include "engine/train/evaluate.h"
#include "engine/train/feed.h"
#include "engine/train/health.h"
#include "engine/train/histograms.h"
#include "engine/train/journal.h"
#include "engine/train/layer_statistics.h"
#include "engine/train/plan.h"
#include "engine/train/sample_pictures.h"
#include "engine/train/schedule.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace espalier {

struct StepEvent {
    std::int64_t step = 0; ///< steps done
    std::int64_t totalSteps = 0;
    std::int64_t epoch = 0; ///< 1-based, the current one
    std::int64_t epochs = 0;
    const MetricTable *table = nullptr; ///< its tags name the first values
    const std::vector<double> *values
        = nullptr; ///< of this step's batch: "loss", "accuracy", ...; valid during the call
    double rate = 0;
    double samplesPerSecond = 0; ///< since the run started in this process
    double secondsLeft = 0;

    std::map<std::string, double> metrics() const;
};

struct EpochEvent {
    std::int64_t epoch = 0; ///< 1-based, just finished
    std::int64_t step = 0;
    std::map<std::string, double> train; ///< exact over the epoch
    std::map<std::string, double> validation; ///< empty without a validation part
    double seconds = 0;
    bool isBest = false;
};

/// Told on the training thread; must be quick.
class TrainObserver {
public:
    virtual ~TrainObserver() = default;
    virtual void stepped(const StepEvent &) { }
    virtual void epochFinished(const EpochEvent &) { }
    virtual void checkpointed(const std::string & /*path*/, std::int64_t /*step*/) { }
    virtual void recorded(const RunRecord &) { } ///< run.json was written
    virtual void journaled() { } ///< the journal has a new entry
    virtual void healthChanged(const HealthMonitor &) { } ///< a finding began or ended
};

/// An edited drawing, compiled, with what the run must know of it.
struct PlanSwap {
    std::unique_ptr<TrainingPlan> plan;
    std::unique_ptr<Feed> feed;
    std::string document; ///< its text, for models/NNNN.espalier
    std::map<std::string, std::string> names; ///< as in TrainContext
    std::map<std::string, std::string> nodeNames;
    std::vector<LayerPlace> layers;
    std::map<std::string, std::string> settings; ///< for the record
    std::map<std::string, std::string> kernelChoices; ///< for the record
};

struct TrainReport {
    RunState state = RunState::Finished; ///< or Stopped
    std::int64_t step = 0;
    std::map<std::string, double> train; ///< last epoch
    std::map<std::string, double> validation;
    std::map<std::string, double> test;
    ConfusionMatrix confusion; ///< of the test part (validation where there is none), for classifications
    double trainingSeconds = 0; ///< steps, validation and records; without preparing
    bool stoppedEarly = false;
};

struct TrainContext {
    TrainingPlan &plan;
    Feed &feed;
    RunDirectory &run;
    RunRecord &record; ///< kept up to date in run.json
    EventWriter &events;
    TrainControl &control;
    TrainObserver &observer;
    std::map<std::string, std::string> names; ///< id path of a state -> name path
    std::map<std::string, std::string> nodeNames; ///< id path of a node -> name, for messages
    std::vector<LayerPlace> layers = {}; ///< of the drawing, for what is said of their health
    std::function<void()> release = {}; ///< called once `plan` is no longer used: another took its place
};

class Trainer {
public:
    explicit Trainer(TrainContext context);

    /// Takes states and position from a checkpoint of this run, and from its journal what a person did after it: that
    /// is done again at the same steps. Returns states that did not fit.
    Result<std::vector<std::string>> restore(const Checkpoint &checkpoint);
    /// Trains to the end, or until stopped. On an Error run.json says failed and every file is whole. A NaN or Inf in
    /// loss or gradients is an Error that names the first tensor that held one; nothing of that step was applied.
    Result<TrainReport> run();

private:
    enum class Flow { Continue, Stop };
    using Clock = std::chrono::steady_clock;

    ScheduleClock clock() const;
    std::int64_t totalSteps() const;
    Result<Flow> trainEpoch();
    Result<void> trainStep(std::vector<FeedBatch> &group);
    Result<void> runPhase(std::size_t phase, std::vector<FeedBatch> &group);
    bool runProgram(Executable &program, const FeedBatch *batch, std::size_t phase, double share);
    void report(double rate);
    void setInputs(Executable &program, const FeedBatch *batch, std::size_t phase, double share);
    Error diagnose(std::size_t phase, const FeedBatch &batch);
    bool isObserved() const; ///< this step's histograms are recorded
    bool isMeasured() const; ///< this step's layer statistics are recorded
    Result<void> finishMeasuring();
    Result<void> observe(const FeedBatch &batch);
    Result<void> observeAccumulated(std::size_t phase);
    Result<Flow> finishEpoch();
    Result<Flow> endOfSteps();
    Result<Checkpoint> snapshot();
    Result<void> save(const std::string &path);
    Result<void> saveLast();
    Result<void> saveRecord(RunState state);
    std::shared_ptr<const Checkpoint> newestSnapshot();
    Result<Flow> obey();
    Result<Flow> act(const TrainCommand &command);
    Result<Flow> exchange(const TrainCommand &command);
    std::optional<Error> whyNot(const PlanSwap &swap) const;
    void install(std::shared_ptr<PlanSwap> swap);
    Result<void> pause();
    Result<double> newRateFactor(const TrainCommand &command) const;
    void replayRates();
    Result<void> journal(const char *event, double value);
    Result<TrainReport> finish(RunState state);
    double scheduledRate(std::size_t phase) const; ///< without what a person changed
    double rateOf(std::size_t phase) const;

    TrainContext m_context;
    TrainingPlan *m_plan; ///< that is trained: the context's, or m_swapped's
    Feed *m_feed;
    TrainingSettings m_settings;
    std::shared_ptr<PlanSwap> m_swapped; ///< owns what took the place of the context's
    TrainingPosition m_position;
    std::map<std::string, double> m_lastTrain;
    std::map<std::string, double> m_lastValidation;
    std::optional<Checkpoint> m_pendingBest; ///< not yet on the disk
    bool m_stoppedEarly = false;
    bool m_paused = false;
    std::optional<std::int64_t> m_pauseAt; ///< the step after which one step is over
    std::vector<PlannedRate> m_plannedRates; ///< of the journal, still to come
    Clock::time_point m_started;
    Clock::time_point m_epochStarted;
    Clock::time_point m_lastSave;
    std::int64_t m_startStep = 0;
    std::int64_t m_samples = 0;
    double m_lastNorm = 0;
    std::shared_ptr<const Checkpoint> m_snapshot; ///< the newest that was asked for
    Clock::time_point m_snapshotEnd;
    double m_snapshotSeconds = 0; ///< what it took

    std::map<const Executable *, std::vector<ScalarRole>> m_roles;
    ScalarRecorder m_scalars;
    HistogramRecorder m_histograms;
    std::unique_ptr<LayerStatistics> m_layers;
    std::unique_ptr<SamplePictures> m_pictures;
    HealthMonitor m_health;
    MetricSums m_stepSums; ///< of the current step's batches
    std::unique_ptr<MetricTable> m_stepTable;
    std::vector<double> m_stepValues; ///< by m_stepTable's tags
    std::vector<std::string> m_stepTags; ///< "train/" + tag
};

} // namespace espalier
