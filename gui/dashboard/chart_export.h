// SPDX-License-Identifier: GPL-3.0-or-later
// A chart taken away: as PNG, SVG or PDF, as a picture in the clipboard, its full data as CSV.
#pragma once

#include <QtCore/QByteArray>
#include <QtCore/QSizeF>
#include <QtCore/QString>

#include <functional>

class QPainter;
class QRectF;
class QWidget;

namespace espalier {

/// Anything that can be painted into a rectangle.
struct ChartPicture {
    QString name; ///< "Loss": for the file's name
    QSizeF size;
    std::function<void(QPainter *, const QRectF &)> paint;
};

/// By the ending of `path`: png (twice the size on the screen), svg, pdf. Returns a sentence where it could not be
/// written; empty: it worked.
QString saveChart(const ChartPicture &picture, const QString &path);
QString saveText(const QByteArray &text, const QString &path);
void copyChart(const ChartPicture &picture);

/// Ask where to; what went wrong is returned as a sentence. Empty where it worked or the person changed their mind.
QString askAndSaveChart(QWidget *parent, const ChartPicture &picture);
QString askAndSaveCsv(QWidget *parent, const QString &name, const QByteArray &text);

} // namespace espalier
