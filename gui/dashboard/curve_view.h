// SPDX-License-Identifier: GPL-3.0-or-later
// One chart of curves, painted: nothing of what was recorded is lost at any zoom. It asks, and changes nothing itself.
#pragma once

#include "gui/dashboard/curve_axis.h"
#include "gui/dashboard/dashboard.h"

#include <QtCore/QElapsedTimer>
#include <QtWidgets/QWidget>

#include <memory>
#include <optional>
#include <vector>

namespace espalier {

class Series;
class SmoothedSeries;

struct CurveLine {
    std::shared_ptr<const Series> series;
    QString run; ///< name: "brave-pear"
    QString split; ///< "validation"; may be empty
    QColor colour;
    bool isDashed = false;
    int marker = 0;
    double stepsPerEpoch = 0; ///< 0: not known
};

/// Something happened at a step: a rate was changed, a drawing applied, a checkpoint written.
struct CurveMark {
    qint64 step = 0;
    QString text;
    QColor colour;
    bool isFaint = false; ///< a checkpoint: a tick below, not a line
};

struct CurveData {
    QString key; ///< of the metric
    QString title;
    QString help;
    bool isPercent = false;
    bool isPinned = false;
    QList<CurveLine> lines;
    QList<CurveMark> marks;
};

class CurveView : public QWidget {
    Q_OBJECT
public:
    explicit CurveView(QWidget *parent = nullptr);
    ~CurveView() override;

    const CurveData &data() const { return m_data; }
    void setData(const CurveData &data);
    void setLook(double smoothing, CurveAxis axis, CurveScale scale);
    /// Points have come: paints anew.
    void refresh() { update(); }
    /// In the unit of the axis; none: no crosshair.
    void setCrosshair(std::optional<double> x);
    /// The step that all panels look at; none: live.
    void setLookedAt(std::optional<qint64> step);
    /// Shown part of the axis; none: all of it.
    void setRange(std::optional<std::pair<double, double>> range);
    std::optional<std::pair<double, double>> range() const { return m_range; }
    /// The last value of the line that counts, as in the title row: "brave-pear · validation 98.3 %".
    QString latestText() const;

    /// Paints the chart as it is, without crosshair.
    void paintChart(QPainter *painter, const QRectF &rect) const;
    /// Every recorded point: run, split, step, wall_time, value.
    QByteArray csv() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

signals:
    void hovered(std::optional<double> x);
    void rangeRequested(std::optional<std::pair<double, double>> range);
    void stepRequested(qint64 step);
    void menuRequested(const QPoint &globalPosition);
    /// Told after each paint: for benchmarks.
    void painted();

protected:
    void paintEvent(QPaintEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;

private:
    struct Frame {
        QRectF plot;
        AxisScale x;
        AxisScale y;
    };
    Frame frameFor(const QRectF &rect) const;
    QRectF plotOf(const QRectF &rect) const;
    std::pair<double, double> wholeRange() const;
    double xOf(const CurveLine &line, double seriesX) const;
    double seriesX(const CurveLine &line, double x) const;
    double tickStep(const CurveLine &line) const;
    QString xText(double x) const;
    QString valueText(double value) const;
    SmoothedSeries *smoothed(std::size_t line) const;
    void paintTitle(QPainter *painter, const QRectF &rect) const;
    void paintGrid(QPainter *painter, const Frame &frame) const;
    void paintLine(QPainter *painter, const Frame &frame, std::size_t index) const;
    void paintMarks(QPainter *painter, const Frame &frame) const;
    void paintValues(QPainter *painter, const Frame &frame) const;
    void zoom(double factor, double around);
    void pan(double share);
    qint64 stepAt(double x) const;

    CurveData m_data;
    mutable std::vector<std::unique_ptr<SmoothedSeries>> m_smoothed; ///< by line
    double m_smoothing = 0;
    CurveAxis m_axis = CurveAxis::Step;
    CurveScale m_scale = CurveScale::Linear;
    std::optional<double> m_crosshair;
    std::optional<qint64> m_lookedAt;
    std::optional<std::pair<double, double>> m_range;
    std::optional<double> m_dragFrom; ///< x in px
    double m_dragTo = 0;
    bool m_isPanning = false;
    bool m_isHovered = false;
};

} // namespace espalier
