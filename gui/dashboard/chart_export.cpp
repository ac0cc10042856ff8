// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/dashboard/chart_export.h"

#include "widgets/charts/chart_view.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QSaveFile>
#include <QtGui/QClipboard>
#include <QtGui/QGuiApplication>
#include <QtWidgets/QFileDialog>

namespace espalier {
namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("ChartExport", text);
}

/// A file's name from a title: "conv2 · weights" may hold what paths can't.
QString fileName(QString title, const QString &ending)
{
    for (const char sign : {'/', '\\', ':'})
        title.replace(QLatin1Char(sign), QLatin1Char('-'));
    return title + ending;
}

QString saveText(const QByteArray &text, const QString &path)
{
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() || !file.commit())
        return tr("%1 can't be written: %2.").arg(path, file.errorString());
    return {};
}

} // namespace

QString takeAway(QWidget *parent, ChartView &chart, const QString &kind)
{
    if (kind == QLatin1StringView("copy")) {
        QGuiApplication::clipboard()->setImage(chart.picture());
        return {};
    }
    if (kind == QLatin1StringView("csv"))
        return askAndSaveCsv(parent, chart.title(), chart.csv().toUtf8());
    const QStringList kinds = kind == QLatin1StringView("picture")
        ? QStringList{QStringLiteral("png"), QStringLiteral("svg"), QStringLiteral("pdf")}
        : QStringList{kind};
    QStringList filters;
    for (const QString &each : kinds)
        filters.append(tr("%1 pictures (*.%2)").arg(each.toUpper(), each));
    const QString path
        = QFileDialog::getSaveFileName(parent, tr("Save the chart"), fileName(chart.title(), u'.' + kinds.first()),
                                       filters.join(QStringLiteral(";;")));
    if (path.isEmpty() || chart.savePicture(path))
        return {};
    return tr("%1 can't be written. Choose another folder, and a name that ends with .png, .svg or .pdf.").arg(path);
}

QString askAndSaveCsv(QWidget *parent, const QString &name, const QByteArray &text)
{
    const QString path = QFileDialog::getSaveFileName(parent, tr("Save the data"),
                                                      fileName(name, QStringLiteral(".csv")), tr("Tables (*.csv)"));
    return path.isEmpty() ? QString() : saveText(text, path);
}

} // namespace espalier
