// SPDX-License-Identifier: Apache-2.0
// Losses and metrics as sums and counts, so that an epoch is exact whatever its batches are: never means of means.
#pragma once

#include "engine/base/json_value.h"
#include "engine/layers/layer_kind.h"

#include <map>
#include <string>
#include <vector>

namespace espalier {

/// What is known of a loss once its values are outputs of a program.
struct LossSummary {
    std::string name; ///< of the node; unique
    double weight = 1;
    bool isClassification = false;
    bool isBinary = false;
    double threshold = 0;
};
LossSummary summarize(const LossInfo &loss);

/// Appends the loss's scalar outputs: "<name>/loss.sum", "<name>/loss.count" and what its metrics need:
/// classification: "<name>/accuracy.sum", "<name>/top_k_accuracy.sum", "<name>/rows.count"; binary: accuracy;
/// regression: "<name>/absolute.sum", "<name>/squared.sum", "<name>/target.sum", "<name>/target_squared.sum",
/// "<name>/elements.count". `wanted` as TrainingSettings::metrics. With `rows`, classification also gives
/// "<name>/predicted" and "<name>/target" (int64, one for each sample) for the confusion matrix.
void appendLossOutputs(Builder &builder, const LossInfo &loss, const std::vector<std::string> &wanted, bool rows);

/// Sums over batches, in double.
class MetricSums {
public:
    void add(const std::string &output, double value) { m_sums[output] += value; }
    bool isEmpty() const { return m_sums.empty(); }
    void clear() { m_sums.clear(); }
    /// "loss" (weighted, all losses), "<name>/loss" where there are several, "accuracy", "top_5_accuracy", "mae", "r2"
    /// (of the first loss that has them; "<name>/accuracy" for the others).
    std::map<std::string, double> results(const std::vector<LossSummary> &losses) const;

    JsonValue toJson() const; ///< exact: doubles as hexadecimal text
    static MetricSums fromJson(const JsonValue &value);

private:
    double sum(const std::string &name) const;
    std::map<std::string, double> m_sums;
};

/// Rows: true class; columns: predicted class.
struct ConfusionMatrix {
    std::int64_t classes = 0;
    std::vector<std::int64_t> counts;
    void add(std::int64_t target, std::int64_t predicted); ///< grows as classes appear
    JsonValue toJson() const;
};

/// Whether more is better: "accuracy", "r2".
bool isMaximised(std::string_view metric);

} // namespace espalier
