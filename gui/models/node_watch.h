// SPDX-License-Identifier: GPL-3.0-or-later
// What the nodes on a canvas show of the run in focus at the step in focus: small histograms, what is unwell, shares of
// time.
#pragma once

#include "engine/base/json_value.h"
#include "gui/models/graph_presenter.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QObject>
#include <QtCore/QSet>
#include <QtCore/QTimer>

#include <functional>
#include <optional>

namespace espalier {

class EngineClient;
class Focus;
class RunDrawing;
class RunStore;
struct HistogramFrame;

enum class NodePicture { Nothing, Activations, Weights, Gradients };

/// A bar silhouette of a histogram: heights 0..1 over the range that holds nearly all values; they grow with the root
/// of the counts, so that the rest is seen beside a spike at zero. Empty where there are no values.
QList<float> silhouette(const HistogramFrame &frame, int bars = 28);

class NodeWatch : public QObject {
    Q_OBJECT
public:
    static constexpr int kPauseMs = 100; ///< between two looks: at most 10 a second

    /// All are borrowed and outlive it.
    NodeWatch(RunStore *store, Focus *focus, QObject *parent = nullptr);

    /// What the canvas shows, asked for when it is needed.
    struct Shown {
        const Document &drawing;
        QHash<QString, QString> paths; ///< id paths by node id
    };
    void setSource(std::function<Shown()> source);
    /// The drawing, or which of its graphs is shown, has changed.
    void shownChanged();
    void setPicture(NodePicture picture);
    NodePicture picture() const { return m_picture; }
    /// Null while no run is in focus, or one of another drawing.
    const NodeLooks *looks() const { return m_isOfRun ? &m_looks : nullptr; }
    const RunDrawing &drawing() const { return *m_drawing; }
    const JsonValue &health() const { return m_health; }

signals:
    /// Everything may look different: another run, picture or drawing.
    void reset();
    /// These nodes' looks are new; at most 10 times a second.
    void changed(const QStringList &nodes);

private:
    struct Place {
        QString path; ///< ids
        QString result; ///< id path of what stands for it: a block's last layer
        QString name; ///< name path of the latter in the run; empty: not there
        QString tag; ///< of the histogram; empty: none recorded
        std::optional<qint64> step; ///< of the picture that is shown
    };
    void soon();
    void look();
    void resolve();
    void findTags();
    void askHealth();
    void askShares();
    std::optional<double> shareOf(const Place &place) const;
    QString tagOf(const QString &name, const QSet<QString> &tags) const;
    QString warningOf(const Place &place, qint64 step) const;
    QString tipOf(const Place &place, qint64 step) const;
    void mark(const QString &node, const NodeLook &look);
    void tell();

    RunStore *m_store;
    Focus *m_focus;
    RunDrawing *m_drawing;
    std::function<Shown()> m_source;
    NodePicture m_picture = NodePicture::Activations;
    QHash<QString, Place> m_places;
    NodeLooks m_looks;
    bool m_isOfRun = false;
    JsonValue m_health;
    QHash<QString, double> m_shares; ///< of the step's time, by id path of a layer
    double m_stepSeconds = 0;
    QSet<QString> m_fresh; ///< nodes whose looks were not told yet
    bool m_hasNewTags = true;
    bool m_isShownStale = true;
    QTimer m_soon;
    QElapsedTimer m_last;
};

} // namespace espalier
