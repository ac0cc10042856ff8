// SPDX-License-Identifier: GPL-3.0-or-later
// What several charts look at together: one crosshair, one range of x.
#pragma once

#include <QtCore/QObject>

#include <optional>
#include <utility>

namespace espalier {

/// Shared by charts with the same x axis; it outlives them or is its own charts' child. GUI thread.
class ChartLink : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;

    /// In the unit of the x axis; none: no crosshair.
    std::optional<double> crosshair() const { return m_crosshair; }
    void setCrosshair(std::optional<double> x)
    {
        if (x == m_crosshair)
            return;
        m_crosshair = x;
        emit crosshairChanged();
    }

    /// The part of the x axis that is shown; none: each chart shows all of its own.
    std::optional<std::pair<double, double>> range() const { return m_range; }
    void setRange(std::optional<std::pair<double, double>> range)
    {
        if (range == m_range)
            return;
        m_range = range;
        emit rangeChanged();
    }

signals:
    void crosshairChanged();
    void rangeChanged();

private:
    std::optional<double> m_crosshair;
    std::optional<std::pair<double, double>> m_range;
};

} // namespace espalier
