// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers as people read them, and a painter that gives every digit the same width, so that columns align and a
// number that changes doesn't wobble.
#pragma once

#include <QtCore/QLocale>
#include <QtCore/QRectF>
#include <QtCore/QString>

class QFont;
class QPainter;

namespace espalier {

// Number and unit are parted by a no-break space (U+00A0). Not a number gives "NaN", infinities "∞" and "−∞".

/// Three significant digits unless more are asked for, in the locale's signs: "0.0713", "98.3", "18,496" (whole numbers
/// up to a million are written out), "1.2e−7" far from 1.
QString formatNumber(double value, int significant = 3, const QLocale &locale = QLocale());

/// A count, written out with the locale's thousands separators: "18,496".
QString formatCount(qint64 value, const QLocale &locale = QLocale());

/// A large count in short: "1.18 M", "54.4 k", "912". Units k, M, G, T.
QString formatShort(double value, int significant = 3, const QLocale &locale = QLocale());

/// A tick of an axis, in the shortest form: "0", "2k", "0.25", "1.5M".
QString formatTick(double value, const QLocale &locale = QLocale());

/// A share of 1 as "98.3 %".
QString formatPercent(double share, int significant = 3, const QLocale &locale = QLocale());

/// Bytes in decimal units: "38 MB", "1.2 GB".
QString formatBytes(double bytes, int significant = 2, const QLocale &locale = QLocale());

/// A duration: "310 ns", "0.31 ms" (milliseconds from 10 µs on), "1.24 s", "3:08" (minutes), "1:03:08" (hours).
QString formatDuration(double seconds, int significant = 3, const QLocale &locale = QLocale());

/// Time that is left, always in clock form: "0:08", "12:30", "1:03:08".
QString formatClock(double seconds);

/// "64 × 8 × 8".
QString formatShape(const QList<qint64> &sizes, const QLocale &locale = QLocale());

/// Width of `text` in px when every digit has the width of the widest one.
qreal figuresWidth(const QFont &font, const QString &text);

/// Draws one line of `text` in `rect` with digits of equal width, in the painter's font and pen. Doesn't elide.
void drawFigures(QPainter *painter, const QRectF &rect, Qt::Alignment alignment, const QString &text);

} // namespace espalier
