// SPDX-License-Identifier: GPL-3.0-or-later
// What is said of a run: how it stands, how it ended, what an applied drawing changed.
#pragma once

#include "engine/base/error.h"
#include "engine/base/json_value.h"

#include <QtCore/QString>

namespace espalier {

class RunStore;

/// "running", "done", "stopped", ... as people say it.
QString stateText(const QString &state);
/// "Epoch 3 of 20 · 412 steps/s"; 0 steps a second are left out.
QString progressText(const RunStore &store, const QString &run, double stepsPerSecond);
/// The sentence for the end of a run: what it reached, or what went wrong, where, and that it can go on.
QString endSentence(const RunStore &store, const QString &run, const QString &state);
/// The layer that the problem of a failed run is about; empty where there is none.
Place problemPlace(const RunStore &store, const QString &run);
/// From what run.apply answered.
QString appliedSentence(const JsonValue &applied);
/// "validation accuracy 98.3 %": the most telling of the values that a run ends with; empty where there is none.
QString bestResultText(const QMap<QString, double> &results);
/// A metric's value by its name: accuracies as percent.
QString metricText(const QString &name, double value);

} // namespace espalier
