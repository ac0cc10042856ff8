// SPDX-License-Identifier: GPL-3.0-or-later
// One horizontal bar for each name: how many samples a class has.
#pragma once

#include "widgets/charts/chart_view.h"

#include <QtCore/QList>

namespace espalier {

struct ChartBar {
    QString label;
    double value = 0; ///< not negative
};

class BarChart : public ChartView {
    Q_OBJECT
public:
    explicit BarChart(QWidget *parent = nullptr);

    void setBars(const QList<ChartBar> &bars, const QColor &colour);
    const QList<ChartBar> &bars() const { return m_bars; }

    bool isEmpty() const override { return m_bars.isEmpty(); }
    void render(QPainter &painter, const QRectF &rect) override;
    QString csv() const override;
    QSize sizeHint() const override; ///< high enough for all bars

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QList<ChartBar> m_bars;
    QColor m_colour;
};

} // namespace espalier
