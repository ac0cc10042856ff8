// SPDX-License-Identifier: GPL-3.0-or-later
// Curves over steps or time: every recorded point counts at every zoom, whatever the number of points.
#pragma once

#include "widgets/charts/axis.h"
#include "widgets/charts/chart_view.h"
#include "widgets/charts/curve_raster.h"
#include "widgets/charts/series.h"

#include <QtCore/QPointer>
#include <QtCore/QTimer>

#include <map>
#include <memory>

namespace espalier {

class ChartLink;
class SmoothedSeries;

/// One curve.
struct ChartSeries {
    QString key; ///< tells it from the others and stays the same
    QString label; ///< "brave-pear · validation"
    QColor colour;
    bool dashed = false; ///< validation
    std::shared_ptr<const Series> series;
    double stepsPerEpoch = 0; ///< 0: unknown; then epochs are steps
    int marker = 0; ///< Theme::seriesMarker: which shapes the curve bears; 0: none
};

/// Something that happened at a step.
struct ChartMark {
    enum class Kind { Intervention, Checkpoint, Problem };
    qint64 step = 0;
    QString label; ///< a sentence, for the tool tip
    Kind kind = Kind::Intervention;
    double wallTime = 0; ///< seconds since 1970; 0: unknown, then it isn't marked on axes of time
};

/// What curves are drawn over. Relative time begins with the first point of each curve.
enum class ChartX { Step, Epoch, WallTime, RelativeTime };

class TimeChart : public ChartView {
    Q_OBJECT
public:
    explicit TimeChart(QWidget *parent = nullptr);
    ~TimeChart() override;

    /// Which curves are shown; what was smoothed of those that stay is kept.
    void setSeries(const QList<ChartSeries> &series);
    const QList<ChartSeries> &series() const { return m_series; }

    /// Points were appended: paints anew if some were. Cheap otherwise.
    void refresh();

    /// TensorBoard's weight, 0 … 1; from above 0 on the raw line is a ghost.
    void setSmoothing(double weight);
    void setXAxis(ChartX axis);
    ChartX xAxis() const { return m_xAxis; }
    void setXLogarithmic(bool logarithmic);
    void setYScale(ChartScale scale);
    void setPercent(bool percent); ///< values are shares of 1
    void setIgnoreOutliers(bool ignore);
    void setMarks(const QList<ChartMark> &marks);
    void setTimeCursor(std::optional<qint64> step); ///< none: live
    void setLink(ChartLink *link); ///< null: alone
    void setLegendVisible(bool visible); ///< pictures to take away have it always

    /// Shows all of x and y, for all linked charts.
    void fit();
    void setXRange(std::optional<std::pair<double, double>> range);
    void setYRange(std::optional<std::pair<double, double>> range);
    std::pair<double, double> shownX() const;
    std::pair<double, double> shownY() const;
    std::optional<double> crosshair() const;
    void setCrosshair(std::optional<double> x);

    /// What a curve says at `x`, in the order of the table: nearest to the pointer first.
    struct Reading {
        int series = 0;
        qsizetype index = 0; ///< of the point
        double x = 0;
        double value = 0; ///< smoothed, if it is
        double y = 0; ///< px
    };
    QList<Reading> readings(double x) const;
    QString valueText(double value) const;
    QString xText(double x) const;

    bool isEmpty() const override;
    void render(QPainter &painter, const QRectF &rect) override;
    QString csv() const override;

signals:
    /// The curve was clicked, or Enter pressed, at this step.
    void stepRequested(qint64 step);
    /// Told after each paint: for benchmarks.
    void painted();

protected:
    bool event(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;
    void fillMenu(QMenu &menu) override;
    void lookChanged() override;

private:
    /// Where things are.
    struct Frame {
        QRectF rect;
        QRectF plot;
        QRectF legend;
        AxisMap x;
        AxisMap y;
        QList<double> xTicks;
        QList<double> yTicks;
        bool operator==(const Frame &) const = default;
    };
    enum class Drag { None, Pressed, Box, Pan };

    // time_chart.cpp
    AxisUnit xUnit() const;
    AxisUnit yUnit() const;
    SeriesAxis seriesAxis() const;
    /// x = (own - first) * second, own being what the series counts by.
    std::pair<double, double> offsetAndScale(const ChartSeries &series) const;
    double toX(const ChartSeries &series, double own) const;
    double toOwn(const ChartSeries &series, double x) const;
    std::optional<double> xOfStep(qint64 step) const;
    std::optional<double> xOfMark(const ChartMark &mark) const;
    const ValuePyramid *drawnValues(int series) const;
    std::pair<double, double> wholeX() const;
    std::pair<double, double> fittingY(const std::pair<double, double> &x) const;
    void collect(const ChartSeries &series, const ValuePyramid *values, const std::pair<double, double> &x,
                 std::vector<float> &into) const;
    Frame frameFor(const QRectF &rect, bool withLegend) const;
    const Frame &frame() const;
    void smooth();
    void changed();
    void setDetailFromLatest();

    // time_chart_paint.cpp
    std::vector<std::vector<QPointF>> curve(const Frame &frame, int series, const ValuePyramid *values,
                                            qreal ratio) const;
    void paintGrid(QPainter &painter, const Frame &frame) const;
    void paintLegend(QPainter &painter, const Frame &frame) const;
    void paintMarks(QPainter &painter, const Frame &frame) const;
    void paintMarkers(QPainter &painter, const Frame &frame) const;
    void paintNotFinite(QPainter &painter, const Frame &frame) const;
    void paintOverlay(QPainter &painter, const Frame &frame) const;
    void paintTable(QPainter &painter, const Frame &frame, const QList<Reading> &readings) const;
    void drawCurves(const Frame &frame, qreal ratio);
    void drawGround(const Frame &frame, qreal ratio);

    // time_chart_input.cpp
    void zoom(double factor, double around);
    void pan(double px);
    void walk(int points);
    void requestStep(double x);
    bool isBoxFlat() const; ///< dragged along: zooms x alone
    QRectF box() const; ///< dragged out so far, within the plot
    const ChartMark *markAt(const QPointF &at) const;

    QList<ChartSeries> m_series;
    std::map<QString, std::unique_ptr<SmoothedSeries>> m_smoothed; ///< by key
    std::vector<std::pair<qsizetype, qsizetype>> m_seen; ///< stored points and restarts when last painted
    QList<ChartMark> m_marks;
    QPointer<ChartLink> m_link;
    QTimer m_smoothing; ///< goes on with long series between events
    double m_weight = 0;
    ChartX m_xAxis = ChartX::Step;
    ChartScale m_yScale = ChartScale::Linear;
    bool m_isXLogarithmic = false;
    bool m_isPercent = false;
    bool m_ignoresOutliers = false;
    bool m_showsLegend = false;
    bool m_hasOwnDetail = true;
    std::optional<qint64> m_cursor;
    std::optional<double> m_crosshair; ///< without a link
    std::optional<std::pair<double, double>> m_xRange; ///< without a link
    std::optional<std::pair<double, double>> m_yRange;

    mutable Frame m_frame;
    mutable bool m_isFrameValid = false;
    bool m_isGroundValid = false;
    bool m_areCurvesValid = false;
    Frame m_groundFrame;
    QImage m_ground; ///< panel, grid, labels
    QImage m_picture; ///< with curves
    CurveRaster m_raster;

    Drag m_drag = Drag::None;
    QPointF m_pressed;
    QPointF m_pointer;
    bool m_isHovered = false;
};

} // namespace espalier
