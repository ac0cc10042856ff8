// SPDX-License-Identifier: GPL-3.0-or-later
// What the three charts of histograms share: the frames of one tensor over time, one of which is looked at.
#pragma once

#include "widgets/charts/axis.h"
#include "widgets/charts/chart_view.h"
#include "widgets/charts/histogram_series.h"

#include <memory>
#include <optional>
#include <vector>

namespace espalier {

class HistogramChart : public ChartView {
    Q_OBJECT
public:
    /// Null: nothing to show. `colour` is that of the run.
    void setHistograms(std::shared_ptr<const HistogramSeries> series, const QColor &colour);

    /// Frames were appended: paints anew if some were.
    void refresh();

    /// The step that all panels look at; none: live, the last one.
    void setTimeCursor(std::optional<qint64> step);

    bool isEmpty() const override;
    void render(QPainter &painter, const QRectF &rect) override;
    QString csv() const override;

    /// The frame under the pointer or walked to by keys; none: nobody looks.
    std::optional<qsizetype> pointedFrame() const { return m_pointed; }

signals:
    /// A frame was clicked, or Enter pressed.
    void stepRequested(qint64 step);
    /// Told after each paint: for benchmarks.
    void painted();

protected:
    explicit HistogramChart(QWidget *parent);

    /// Paints frames into `rect` below the title; called with a series that holds a frame.
    virtual void paintFrames(QPainter &painter, const QRectF &rect) const = 0;

    /// Paints what follows the pointer or the cursor: `frame` is a marked one.
    virtual void paintMarked(QPainter &painter, const QRectF &rect, qsizetype frame, bool isPointed) const;

    /// Which frame lies there; -1: none.
    virtual qsizetype frameAt(const QRectF &rect, const QPointF &at) const;

    /// What a frame says in a line: "step 1,200 · median 0.012 · −0.31 … 0.28".
    QString frameText(qsizetype frame) const;

    const HistogramSeries &frames() const { return *m_series; }
    const QColor &colour() const { return m_colour; }

    /// At most `most` of the frames, evenly, the first and the last among them.
    std::vector<qsizetype> chosenFrames(int most) const;

    /// Least and greatest value of these frames, without the outermost hundredth of a percent.
    std::pair<double, double> valueRange(const std::vector<qsizetype> &frames) const;

    /// Steps along the bottom of `plot`, values along its left, with grid lines; returns where the plot is left.
    struct Axes {
        QRectF plot;
        AxisMap steps;
        AxisMap values;
        QList<double> stepTicks;
        QList<double> valueTicks;
    };
    Axes axesOverSteps(const QRectF &rect) const;
    void paintStepTicks(QPainter &painter, const Axes &axes) const;
    void paintValueTicks(QPainter &painter, const Axes &axes, bool hasLines) const;
    qsizetype frameAtStep(double step) const;

    void paintEvent(QPaintEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;
    void lookChanged() override;

private:
    QRectF below(const QRectF &rect) const;
    void point(std::optional<qsizetype> frame);
    void paintHint(QPainter &painter) const;

    std::shared_ptr<const HistogramSeries> m_series;
    QColor m_colour;
    std::optional<qint64> m_cursor;
    std::optional<qsizetype> m_pointed;
    std::pair<qsizetype, qint64> m_seen; ///< frames and last step when last painted
    QImage m_picture; ///< all but what follows pointer and cursor
    bool m_isPictureValid = false;
};

} // namespace espalier
