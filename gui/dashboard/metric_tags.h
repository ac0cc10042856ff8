// SPDX-License-Identifier: GPL-3.0-or-later
// What a tag means: "validation/loss" is the metric "loss" of the validation part. Train and validation of a metric
// share a chart, whoever wrote the log.
#pragma once

#include <QtCore/QList>
#include <QtCore/QString>

namespace espalier {

enum class Split { None, Train, Validation, Test };

struct MetricTag {
    QString group; ///< "layers/conv1"; empty: the run as a whole
    QString metric; ///< "loss", "gradient_norm"
    Split split = Split::None;
    QString key() const { return group.isEmpty() ? metric : group + QLatin1Char('/') + metric; }
};

/// Of our runs ("train/loss"), PyTorch's habits ("Loss/train") and Keras' ("epoch_loss", "val_loss").
MetricTag parseTag(const QString &tag);

/// The metric in words: "gradient_norm" -> "Gradient norm".
QString metricTitle(const MetricTag &tag);
/// "layers/conv1" -> "conv1"; the run as a whole -> "Training".
QString groupTitle(const QString &group);
/// "train", "validation", "test"; empty for none.
QString splitText(Split split);
/// One sentence: what the chart of this metric tells, and what to look for.
QString metricHelp(const MetricTag &tag);
/// Charts of a run as a whole come in this order: loss, accuracy, other metrics, rate, the rest.
int metricRank(const MetricTag &tag);

} // namespace espalier
