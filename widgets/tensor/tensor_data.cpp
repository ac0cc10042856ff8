// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tensor/tensor_data.h"

#include "widgets/common/figures.h"

#include <QtCore/QCoreApplication>

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

QString numbered(const QString &word, const QString &fallback, qint64 number)
{
    return QStringLiteral("%1 %2").arg(word.isEmpty() ? fallback : word).arg(number);
}

} // namespace

QString ValueMatrix::textAt(int row, int column) const
{
    const auto tr = [](const char *text) { return QCoreApplication::translate("ValueMatrix", text); };
    const QString place = rows == 1
        ? numbered(columnWord, tr("column"), firstColumn + column)
        : QStringLiteral("%1, %2").arg(numbered(rowWord, tr("row"), firstRow + row),
                                       numbered(columnWord, tr("column"), firstColumn + column));
    return QStringLiteral("%1: %2").arg(place, formatNumber(at(row, column), 5));
}

ValueRange rangeOf(const QList<double> &values)
{
    ValueRange range{HUGE_VAL, -HUGE_VAL};
    for (const double value : values) {
        if (!std::isfinite(value))
            continue;
        range.minimum = std::min(range.minimum, value);
        range.maximum = std::max(range.maximum, value);
    }
    return range.minimum <= range.maximum ? range : ValueRange{0, 0};
}

bool PictureSheet::isEmpty() const
{
    return levels.isNull() || count <= 0 || columns <= 0 || cell.isEmpty();
}

QRect PictureSheet::rectOf(int index) const
{
    return {QPoint(index % columns * cell.width(), index / columns * cell.height()), cell};
}

QString PictureSheet::nameOf(int index) const
{
    const QString own = word.isEmpty() ? QCoreApplication::translate("PictureSheet", "picture") : word;
    if (rowWord.isEmpty())
        return QStringLiteral("%1 %2").arg(own).arg(index);
    return QStringLiteral("%1 %2, %3 %4").arg(rowWord).arg(index / columns).arg(own).arg(index % columns);
}

double PictureSheet::valueAt(int index, const QPoint &pixel) const
{
    const QPoint at = rectOf(index).topLeft() + pixel;
    if (!levels.valid(at))
        return std::nan("");
    const ValueRange own = rangeOf(index);
    return own.minimum + (own.maximum - own.minimum) * qGray(levels.pixel(at)) / 255;
}

} // namespace espalier
