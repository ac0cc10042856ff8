// SPDX-License-Identifier: GPL-3.0-or-later
// Weights, gradients and activations of the selected layer over time: as ridges, bands or a heat map.
#pragma once

#include <QtCore/QStringList>
#include <QtCore/QTimer>
#include <QtWidgets/QWidget>

class QComboBox;
class QHBoxLayout;
class QLabel;
class QStackedWidget;

namespace espalier {

class Dashboard;
class HistogramChart;

/// What a tag of histograms is of: "conv2.weight/gradient" is of the layer "conv2".
struct HistogramTag {
    QString tag;
    QString layer; ///< name path
    QString what; ///< "weight · gradient", "activation"
};
/// Of the run looked at, in its order.
QList<HistogramTag> histogramTags(const Dashboard &dashboard);
/// Name path of the layer that is selected on the canvas; empty: none.
QString selectedLayer(const Dashboard &dashboard);

class DistributionsPanel : public QWidget {
    Q_OBJECT
public:
    enum class View { Ridges, Bands, Heat };
    explicit DistributionsPanel(Dashboard *dashboard, QWidget *parent = nullptr);

    View view() const { return m_view; }
    void setView(View view);
    const QString &layer() const { return m_layer; }
    QList<HistogramChart *> charts() const { return m_charts; }

signals:
    void told(const QString &sentence);

private:
    void rebuild();
    void refresh(const QStringList &runs);
    void followTime();
    HistogramChart *makeChart();
    void clearCharts();

    Dashboard *m_dashboard;
    QComboBox *m_layers;
    QComboBox *m_views;
    QStackedWidget *m_stack;
    QLabel *m_empty;
    QHBoxLayout *m_row;
    QList<HistogramChart *> m_charts;
    QStringList m_shown; ///< run and tags of the charts
    QString m_layer;
    QString m_chosen; ///< in the list, where nothing is selected on the canvas
    View m_view = View::Ridges;
    QTimer m_soon;
};

} // namespace espalier
