// SPDX-License-Identifier: Apache-2.0
// Losses and metrics as sums and counts, so that an epoch is exact whatever its batches are: never means of means.
#pragma once

#include "engine/base/json_value.h"
#include "engine/layers/layer_kind.h"

#include <map>
#include <span>
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

/// Scores of a classification or a binary loss become probabilities, unless they are that already.
class ToProbabilities {
public:
    explicit ToProbabilities(const LossInfo &loss)
        : m_isBinary(loss.isBinary)
        , m_areProbabilities(loss.isBinary ? loss.threshold > 0 : loss.isProbability)
    {
    }
    /// One term's: of the classes, or of {no, yes}.
    void operator()(std::span<const float> scores, std::vector<double> &out) const;

private:
    bool m_isBinary = false;
    bool m_areProbabilities = false;
};

/// Appends the loss's scalar outputs: "<name>/loss.sum", "<name>/loss.count" and what its metrics need:
/// classification: "<name>/accuracy.sum", "<name>/top_k_accuracy.sum", "<name>/rows.count"; binary: accuracy;
/// regression: "<name>/absolute.sum", "<name>/squared.sum", "<name>/target.sum", "<name>/target_squared.sum",
/// "<name>/elements.count". `wanted` as TrainingSettings::metrics. With `rows`, classification also gives
/// "<name>/predicted" and "<name>/target" (int64, one for each sample) for the confusion matrix.
void appendLossOutputs(Builder &builder, const LossInfo &loss, const std::vector<std::string> &wanted, bool rows);

/// Sums over batches, in double. Outputs are looked up once and then added by slot: a step is tens of microseconds.
class MetricSums {
public:
    std::size_t slot(const std::string &output); ///< made on first use
    void add(std::size_t slot, double value) { m_values[slot] += value; }
    void add(const std::string &output, double value) { add(slot(output), value); }
    void addAll(const MetricSums &batch); ///< same slots, or fewer
    void clear(); ///< zeroes; slots stay
    const std::vector<std::string> &names() const { return m_names; }
    const std::vector<double> &values() const { return m_values; }

    JsonValue toJson() const; ///< exact: doubles as hexadecimal text
    static MetricSums fromJson(const JsonValue &value);

private:
    std::vector<std::string> m_names;
    std::vector<double> m_values;
};

/// How tags are computed from sums: "loss" (weighted, all losses), "<name>/loss" where there are several, "accuracy",
/// "top_5_accuracy", "mae", "r2" (of the first loss that has them; "<name>/accuracy" for the others).
class MetricTable {
public:
    MetricTable(const std::vector<LossSummary> &losses, const MetricSums &sums);

    const std::vector<std::string> &tags() const { return m_tags; } ///< the first is "loss"
    std::size_t sumCount() const { return m_sumCount; } ///< slots that there were when it was made
    void evaluate(const MetricSums &sums, std::vector<double> &values) const; ///< one for each tag
    std::map<std::string, double> results(const MetricSums &sums) const;

private:
    struct Formula {
        enum class Kind { WeightedLosses, Ratio, R2 } kind = Kind::Ratio;
        std::size_t numerator = 0; ///< R2: squared differences
        std::size_t denominator = 0; ///< count
        std::size_t sum = 0; ///< R2: of targets
        std::size_t sumOfSquares = 0; ///< R2: of targets
    };
    struct Weighted {
        double weight = 1;
        std::size_t sum = 0;
        std::size_t count = 0;
    };
    std::vector<std::string> m_tags;
    std::vector<Formula> m_formulas;
    std::vector<Weighted> m_losses;
    std::size_t m_sumCount = 0;
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
