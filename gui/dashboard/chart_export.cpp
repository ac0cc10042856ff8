// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/dashboard/chart_export.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QFileInfo>
#include <QtCore/QSaveFile>
#include <QtGui/QClipboard>
#include <QtGui/QGuiApplication>
#include <QtGui/QImage>
#include <QtGui/QPageSize>
#include <QtGui/QPainter>
#include <QtGui/QPdfWriter>
#include <QtSvg/QSvgGenerator>
#include <QtWidgets/QFileDialog>

namespace espalier {
namespace {

constexpr qreal kPictureScale = 2;
constexpr int kPdfDpi = 96; ///< one px of the screen is one unit

QString tr(const char *text)
{
    return QCoreApplication::translate("ChartExport", text);
}

QString problem(const QString &path, const QString &why)
{
    return tr("%1 can't be written: %2.").arg(path, why);
}

QImage imageOf(const ChartPicture &picture)
{
    QImage image((picture.size * kPictureScale).toSize(), QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(kPictureScale);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    picture.paint(&painter, QRectF(QPointF(), picture.size));
    return image;
}

/// A file's name from a title: "conv2 · weights" may hold what paths can't.
QString fileName(QString title, const QString &ending)
{
    for (const char sign : {'/', '\\', ':'})
        title.replace(QLatin1Char(sign), QLatin1Char('-'));
    return title + ending;
}

} // namespace

QString saveText(const QByteArray &text, const QString &path)
{
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() || !file.commit())
        return problem(path, file.errorString());
    return {};
}

QString saveChart(const ChartPicture &picture, const QString &path)
{
    const QString ending = QFileInfo(path).suffix().toLower();
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return problem(path, file.errorString());
    const QRectF rect(QPointF(), picture.size);
    if (ending == QLatin1StringView("svg")) {
        QSvgGenerator svg;
        svg.setOutputDevice(&file);
        svg.setSize(picture.size.toSize());
        svg.setViewBox(rect);
        svg.setTitle(picture.name);
        QPainter painter(&svg);
        picture.paint(&painter, rect);
    } else if (ending == QLatin1StringView("pdf")) {
        QPdfWriter pdf(&file);
        pdf.setTitle(picture.name);
        pdf.setResolution(kPdfDpi);
        pdf.setPageSize(QPageSize(picture.size * 72.0 / kPdfDpi, QPageSize::Point));
        pdf.setPageMargins({});
        QPainter painter(&pdf);
        picture.paint(&painter, rect);
    } else if (!imageOf(picture).save(&file, "PNG")) {
        return problem(path, file.errorString());
    }
    return file.commit() ? QString() : problem(path, file.errorString());
}

void copyChart(const ChartPicture &picture)
{
    QGuiApplication::clipboard()->setImage(imageOf(picture));
}

QString askAndSaveChart(QWidget *parent, const ChartPicture &picture)
{
    const QString path
        = QFileDialog::getSaveFileName(parent, tr("Save the chart"), fileName(picture.name, QStringLiteral(".png")),
                                       tr("Pictures (*.png)") + QStringLiteral(";;") + tr("Drawings (*.svg)")
                                           + QStringLiteral(";;") + tr("Documents (*.pdf)"));
    return path.isEmpty() ? QString() : saveChart(picture, path);
}

QString askAndSaveCsv(QWidget *parent, const QString &name, const QByteArray &text)
{
    const QString path = QFileDialog::getSaveFileName(parent, tr("Save the data"),
                                                      fileName(name, QStringLiteral(".csv")), tr("Tables (*.csv)"));
    return path.isEmpty() ? QString() : saveText(text, path);
}

} // namespace espalier
