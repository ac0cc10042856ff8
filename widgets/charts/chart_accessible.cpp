// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/charts/chart_accessible.h"

#include "widgets/charts/time_chart.h"

#include <QtWidgets/QAccessibleWidget>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

/// A chart has a title as its name, its latest value as description, and as value what the curves say at the crosshair.
class ChartAccessible final : public QAccessibleWidget {
public:
    explicit ChartAccessible(ChartView *chart)
        : QAccessibleWidget(chart, QAccessible::Chart, chart->title())
        , m_chart(chart)
    {
    }

    QString text(QAccessible::Text kind) const override
    {
        if (kind == QAccessible::Value)
            return values();
        if (kind == QAccessible::Description)
            return m_chart->accessibleDescription().isEmpty() ? m_chart->detail() : m_chart->accessibleDescription();
        return QAccessibleWidget::text(kind);
    }

private:
    QString values() const
    {
        const auto *chart = qobject_cast<TimeChart *>(m_chart);
        if (!chart)
            return m_chart->accessibleDescription();
        if (chart->isEmpty())
            return {};
        const double x = chart->crosshair().value_or(chart->shownX().second);
        QStringList parts{chart->xText(x)};
        for (const TimeChart::Reading &reading : chart->readings(x))
            parts << chart->series()[reading.series].label + u' ' + chart->valueText(reading.value);
        return parts.join(u", "_s);
    }

    ChartView *m_chart;
};

QAccessibleInterface *create(const QString &, QObject *object)
{
    auto *chart = qobject_cast<ChartView *>(object);
    return chart ? new ChartAccessible(chart) : nullptr;
}

} // namespace

void installChartAccessibility()
{
    static const bool isInstalled = [] {
        QAccessible::installFactory(create);
        return true;
    }();
    Q_UNUSED(isInstalled)
}

void announceChart(ChartView *chart)
{
    if (!QAccessible::isActive())
        return;
    QAccessibleInterface *interface = QAccessible::queryAccessibleInterface(chart);
    if (!interface)
        return;
    QAccessibleValueChangeEvent event(chart, interface->text(QAccessible::Value));
    QAccessible::updateAccessibility(&event);
}

} // namespace espalier
