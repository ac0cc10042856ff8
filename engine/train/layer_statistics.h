// SPDX-License-Identifier: Apache-2.0
// What is known of each layer at one step: activations, gradients and how far the weights moved, as scalars.
#pragma once

#include "engine/base/result.h"
#include "engine/tensor/shape.h"
#include "engine/train/health.h"

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace espalier {

class Backend;
class EventWriter;
class Executable;
class StateStore;
struct StateInfo;

/// Of one step, in this order: activations and weights as the step finds them, its gradients, its weights. It reads
/// between runs and changes nothing.
class LayerStatistics {
public:
    LayerStatistics(Backend &backend, StateStore &store, std::span<const StateInfo> states);

    /// What the observe program left to be watched, "<layer>/activation".
    void addActivations(const Executable &program);
    /// Copies the trained weights, to tell later how far they moved.
    Result<void> keepWeights();
    /// What a step's program left to be watched, "<layer>.<tensor>/gradient".
    void addGradients(const Executable &program);
    /// Gradients that were added up in a state.
    Result<void> addGradient(const std::string &parameter, const std::string &path);
    /// Writes "layers/<layer>/<statistic>", and says the same to `health`.
    Result<void> write(EventWriter &events, std::int64_t step, HealthMonitor &health);

private:
    struct Sums {
        double count = 0;
        double sum = 0;
        double squares = 0;
        double zeros = 0;
    };
    struct Layer {
        Sums activation;
        double deadUnits = 0;
        double units = 0;
        Sums gradient;
        double weightSquares = 0;
        double updateSquares = 0;
    };
    struct Parameter {
        std::string path;
        std::string layer;
        std::vector<std::byte> before;
    };
    void addGradient(const std::string &layer, std::span<const std::byte> stored, const TensorType &type);

    Backend &m_backend;
    StateStore &m_store;
    std::vector<Parameter> m_parameters;
    std::map<std::string, Layer> m_layers;
    std::vector<std::byte> m_scratch;
};

/// "encoder.0.fc1.weight" -> "encoder.0.fc1"
std::string layerOfParameter(const std::string &name);

} // namespace espalier
