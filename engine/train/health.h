// SPDX-License-Identifier: Apache-2.0
// Says in words what the recorded statistics of layers mean: dead units, vanishing and exploding gradients.
#pragma once

#include "engine/base/error.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace espalier {

/// A layer as the person drew it.
struct LayerPlace {
    std::string name; ///< name path
    std::string node; ///< id path
    std::vector<std::string> inputs; ///< name paths of the layers that it reads
};

struct Document;
/// All layers of a drawing, those in blocks once for each place.
std::vector<LayerPlace> layersOf(const Document &document);

/// What was recorded of one layer at one step.
struct LayerHealth {
    std::string name;
    std::optional<double> deadShare; ///< units that were 0 on the whole batch
    std::optional<double> gradientSize; ///< root of the mean square of its gradients
    std::optional<double> weightNorm;
    std::optional<double> updateRatio; ///< norm of the step's change over weightNorm
};

/// Where the lines are drawn.
struct HealthThresholds {
    /// The notes of Stanford's CS231n, "Commonly used activation functions", name 40 % of dead units as what a learning
    /// rate that is too high does to a ReLU network; half leaves the small layers of healthy networks alone.
    double deadShare = 0.5;
    /// Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010), figure 7:
    /// in networks that train badly, gradients shrink layer by layer; each sigmoid takes at least a factor of four, so
    /// seven of them in a row are here, while the layers of healthy networks lie within a factor of a thousand.
    double vanishingRatio = 1e-4;
    /// CS231n, "Ratio of weights:updates", takes 0.001 for healthy. A step that changes the weights by their own half
    /// is five hundred times that: what was learned is gone.
    double updateRatio = 0.5;
    /// Observations in a row until it is said. One batch proves nothing; an explosion does not wait.
    int deadPatience = 3;
    int vanishingPatience = 3;
    int explodingPatience = 1;
};

struct HealthFinding {
    std::string code; ///< "health.dead", "health.vanishing", "health.exploding"
    std::string name; ///< name path of the layer
    std::string node; ///< id path; "" where the drawing is not known
    std::int64_t since = 0; ///< step of the first observation
    std::int64_t step = 0; ///< of the last one that showed it
    double value = 0; ///< then: share, ratio
    bool isActive = true;
    std::vector<std::pair<std::int64_t, double>> history; ///< at most 100, the newest

    /// The sentence: what, where, what to do; with `where` and fixes.
    Error sentence() const;
};

/// Takes what was recorded, step by step. The same whether the run goes on or is long over.
class HealthMonitor {
public:
    explicit HealthMonitor(std::vector<LayerPlace> places = {}, HealthThresholds thresholds = {});

    /// Steps that go back (a resume) take back what was seen after them.
    void observe(std::int64_t step, const std::vector<LayerHealth> &layers);
    /// Those that were ever said, in the order in which they began.
    const std::vector<HealthFinding> &findings() const { return m_findings; }
    std::int64_t step() const { return m_step; }
    const HealthThresholds &thresholds() const { return m_thresholds; }
    /// Grows when a finding begins or ends.
    int changes() const { return m_changes; }

private:
    struct Suspicion {
        int count = 0;
        std::int64_t since = 0;
    };
    void judge(const char *code, const std::string &layer, bool isTrue, double value, int patience);
    void goBack(std::int64_t step);
    bool isFirstDead(const std::string &layer, const std::map<std::string, double> &dead) const;

    std::map<std::string, LayerPlace> m_places;
    HealthThresholds m_thresholds;
    std::map<std::pair<std::string, std::string>, Suspicion> m_suspicions; ///< by code and layer
    std::vector<HealthFinding> m_findings;
    std::int64_t m_step = -1;
    int m_changes = 0;
};

} // namespace espalier
