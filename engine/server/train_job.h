// SPDX-License-Identifier: Apache-2.0
// Training from a document to a finished run directory: what `espalier train` and the server's run.start do.
#pragma once

#include "engine/server/model.h"
#include "engine/train/data_feed.h"
#include "engine/train/trainer.h"

#include <functional>
#include <optional>

namespace espalier {

struct TrainRequest {
    ModelRequest model;
    std::string runFolder; ///< "": beside the document, or in the user's data folder for samples
    std::string runParent; ///< where a run with a friendly name of its own is made; `runFolder` goes before it
    std::string resume; ///< a run directory to go on with, with its own drawing unless `model.text` is another
    std::string checkpoint; ///< to resume from: "last" (or ""), "best" or a path in the run's folder
    int threads = 0;
    bool deterministic = false;
    bool waits = false; ///< in the queue of this machine
    std::vector<int> processors; ///< to bind the threads to, one each; empty: as they are bound already
};

struct TrainStart {
    std::string run; ///< path of the run directory
    std::string device; ///< for people: "cpu, 2 threads (AMD EPYC ...)"
    std::int64_t parameters = 0;
    std::int64_t trainRows = 0;
    std::int64_t validationRows = 0;
    std::int64_t testRows = 0;
    double preparingSeconds = 0;
    std::int64_t resumedStep = 0; ///< 0: from the start
    std::vector<std::string> notTaken; ///< states of the checkpoint that did not fit
};

/// Told as training goes, on the training thread unless it says otherwise. All may be empty.
struct TrainHooks {
    /// The run's folder is there and locked, and everything that a person may have got wrong was checked. It may add to
    /// the record, which is written next.
    std::function<void(const std::string &run, RunRecord &record)> created;
    /// Of a request that waits: blocks until its turn comes. False: a person took it out of the queue.
    std::function<bool()> turn;
    std::function<void(const TrainStart &start)> started; ///< compiled; the first step is next
    /// On the event writer's thread: bytes that were just written to `file` (a name in the run's folder).
    std::function<void(const std::string &file, std::uint64_t offset, std::string_view bytes)> appended;
};

struct TrainOutcome {
    TrainStart start;
    TrainReport report;
};

/// Errors of the person's input leave every file as it was. Problems of the drawing come all together in `problems`.
Result<TrainOutcome> runTraining(const TrainRequest &request, TrainControl &control, TrainObserver &observer,
                                 const TrainHooks &hooks, std::vector<Error> &problems);

/// The backend that `device` ("auto", "cpu", "reference") and the precision ask for. Errors: an unknown device; a
/// precision that the processor lacks, with the one to use instead.
Result<std::unique_ptr<Backend>> openDevice(const TrainingSettings &settings, int threads, bool deterministic);

/// What is wrong with the precision on this device, with the number format to use instead as a fix.
std::optional<Error> precisionProblem(const TrainingSettings &settings, const Backend &backend);

/// A document with its data, lowered and ready to compile.
struct PreparedModel {
    Model model;
    std::unique_ptr<DataFeed> feed;
    Lowered train;
    Lowered evaluate;
};
/// Opens the data, checks and lowers. Problems of the drawing go to `problems`, and the first is the Error.
Result<PreparedModel> prepareModel(Model model, std::vector<Error> &problems);

/// An edited drawing, checked and compiled beside the run that it is for. Errors: problems of the drawing (all of them
/// in `problems`), a device that is not there, memory.
Result<std::shared_ptr<PlanSwap>> prepareSwap(const ModelRequest &request, const std::string &run,
                                              std::vector<Error> &problems);

/// The folder for runs with friendly names of such a request: runs/ beside the document; in the user's data folder for
/// samples and for documents that are saved nowhere.
std::string defaultRunParent(const ModelRequest &request);

/// Where runs of this model go when the person names no folder: {parent, name}.
std::pair<std::string, std::string> defaultRunPlace(const Model &model);

} // namespace espalier
