// SPDX-License-Identifier: GPL-3.0-or-later
// How much gradient comes back along each wire, asked of the focused run on demand.
#pragma once

#include "widgets/graph/graph_data.h"

#include <QtCore/QHash>
#include <QtCore/QObject>

class QTimer;

namespace espalier {

class Focus;
class RunStore;

/// How wide a wire is drawn whose gradient has `norm`, beside one with the greatest: a step less for each factor of
/// ten.
float wireWeight(double norm, double greatest);

class GradientFlow : public QObject {
    Q_OBJECT
public:
    /// Both are borrowed.
    GradientFlow(RunStore *runs, Focus *focus, QObject *parent = nullptr);

    bool isOn() const { return m_isOn; }
    void setOn(bool on);
    /// The outputs that wires start at, and the id path of each node.
    void setOutputs(const QList<GraphEnd> &outputs, const QHash<QString, QString> &paths);
    /// Of a wire from this output; 1 while nothing is known.
    float weight(const GraphEnd &output) const { return m_weights.value(output, 1); }

signals:
    void changed();

private:
    void ask();
    void askFrom(qsizetype first, const QString &run);
    void finish();

    RunStore *m_runs;
    Focus *m_focus;
    QList<GraphEnd> m_outputs;
    QHash<QString, QString> m_paths;
    QHash<GraphEnd, double> m_norms; ///< of the answer that is being gathered
    QHash<GraphEnd, float> m_weights;
    QTimer *m_soon;
    bool m_isOn = false;
    bool m_isAsking = false;
};

} // namespace espalier
