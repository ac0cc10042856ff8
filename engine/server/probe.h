// SPDX-License-Identifier: Apache-2.0
// run.probe: values and pictures of any tensor of a run, for samples that a person picked.
#pragma once

#include "engine/io/tensor_picture.h"
#include "engine/server/run_model.h"

#include <optional>
#include <string>
#include <vector>

namespace espalier {

/// A tensor by its place: an output port, or something that the layer owns ("weight").
struct TensorName {
    std::string node; ///< id path or name path
    std::string port; ///< "": the first output
    bool gradient = false;
};

struct ProbeRequest {
    std::vector<std::int64_t> rows; ///< of the data; empty: the first of the validation part
    Mode mode = Mode::Evaluate;
    std::vector<TensorName> tensors;
};

struct ProbedTensor {
    std::string node; ///< id path
    std::string name; ///< name path
    std::string port;
    std::string kind; ///< of the layer
    bool gradient = false;
    bool isActivation = false; ///< its first axis is the batch
    bool isState = false;
    std::string dtype;
    Tensor values; ///< float32; empty where there is a problem
    std::optional<Error> problem;
};

struct Probed {
    std::vector<std::int64_t> rows;
    std::vector<ProbedTensor> tensors; ///< one for each that was asked for
};

/// On the calling thread. Errors that concern one tensor are in it; the others are of the request.
Result<Probed> probe(RunModel &model, const Weights &weights, const ProbeRequest &request);

struct TensorStatistics {
    std::int64_t count = 0; ///< finite ones
    double minimum = 0;
    double maximum = 0;
    double mean = 0;
    double deviation = 0;
    double zeroShare = 0;
    double norm = 0;
    std::int64_t nans = 0;
    std::int64_t infinities = 0;
};
TensorStatistics statisticsOf(const Tensor &values); ///< float32

/// A box of at most `limit` values: what `size` asks for from `start` on, cut where it is too much or leads outside.
struct TensorSlice {
    std::vector<std::int64_t> start;
    std::vector<std::int64_t> size;
};
TensorSlice boundedSlice(const Dims &dims, TensorSlice wanted, std::int64_t limit);
std::vector<float> sliceOf(const Tensor &values, const TensorSlice &slice);

/// What the axes are, for people: {"batch", "channel", "height", "width"}.
std::vector<std::string> axesOf(const ProbedTensor &tensor);

} // namespace espalier
