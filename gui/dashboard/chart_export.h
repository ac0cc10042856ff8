// SPDX-License-Identifier: GPL-3.0-or-later
// A chart taken away: as PNG, SVG or PDF, as a picture in the clipboard, its full data as CSV.
#pragma once

#include <QtCore/QByteArray>
#include <QtCore/QString>

class QWidget;

namespace espalier {

class ChartView;

/// `kind`: "copy", "csv", "png", "svg", "pdf", or "picture" for any of the last three. Asks where to; returns what went
/// wrong as a sentence. Empty where it worked or the person changed their mind.
QString takeAway(QWidget *parent, ChartView &chart, const QString &kind);
QString askAndSaveCsv(QWidget *parent, const QString &name, const QByteArray &text);

} // namespace espalier
