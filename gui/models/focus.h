// SPDX-License-Identifier: GPL-3.0-or-later
// What the panels of one document look at together: which run, when in it, which sample, which node.
#pragma once

#include <QtCore/QObject>
#include <QtCore/QString>

namespace espalier {

/// Each setter does nothing where nothing changes. `changed` follows every one of the other signals.
class Focus : public QObject {
    Q_OBJECT
public:
    /// A row of a data source, as `data.image` and `run.probe` count.
    struct Sample {
        QString source; ///< id; empty: the first one
        qint64 row = -1; ///< -1: the run's own choice
        friend bool operator==(const Sample &, const Sample &) = default;
    };
    /// A tensor of the drawing.
    struct Selection {
        QString node; ///< id path "<instance>/<repeat>/<node>"; empty: none
        QString port; ///< empty: the first output
        friend bool operator==(const Selection &, const Selection &) = default;
    };

    explicit Focus(QObject *parent = nullptr);

    /// Its directory as the engine spells it; empty: none.
    const QString &run() const { return m_run; }
    /// Another run is looked at live first.
    void setRun(const QString &run);

    bool isLive() const { return m_isLive; }
    /// The step looked at; while live, the last one that was set before.
    qint64 step() const { return m_step; }
    void setStep(qint64 step);
    void setLive();

    const Sample &sample() const { return m_sample; }
    void setSample(const Sample &sample);

    const Selection &selection() const { return m_selection; }
    void setSelection(const Selection &selection);

signals:
    void runChanged();
    void timeChanged(); ///< step or live
    void sampleChanged();
    void selectionChanged();
    void changed();

private:
    QString m_run;
    bool m_isLive = true;
    qint64 m_step = 0;
    Sample m_sample;
    Selection m_selection;
};

} // namespace espalier
