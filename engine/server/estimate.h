// SPDX-License-Identifier: Apache-2.0
// What training would take, before it starts: memory by a plan of the step's program, time by its work and this
// machine's roof. Nothing is allocated, compiled or run but for the roof, which is measured once and kept.
#pragma once

#include "engine/server/bench_job.h"
#include "engine/server/check.h"

#include <stop_token>

namespace espalier {

struct TrainingEstimate {
    // bytes
    double parameters = 0;
    double optimizer = 0; ///< slots and accumulated gradients
    double running = 0; ///< running statistics
    double activations = 0; ///< the arena: values and gradients between two kernels
    double data = 0; ///< rows as they are kept for training
    // one step of all phases
    double flops = 0;
    double bytes = 0; ///< read and written by its kernels
    std::int64_t kernels = 0;
    double stepSeconds = 0;
    // one epoch
    std::int64_t rows = -1; ///< that train; below 0: not known
    std::int64_t steps = -1;
    double epochSeconds = -1;
};

/// Errors: the first problem of the drawing, of the settings, or "rpc.cancelled".
Result<TrainingEstimate> estimateTraining(const Document &document, const CheckData &data, Backend &backend,
                                          const Roof &roof, const std::stop_token &stop);

/// The roof of this machine for the backend: measured once (about a second), then kept in the user's cache folder.
Result<Roof> knownRoof(Backend &backend);

/// The result of document.estimate, without document and version.
JsonValue estimateToJson(const TrainingEstimate &estimate, const Roof &roof);

} // namespace espalier
