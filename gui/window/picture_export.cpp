// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/window/picture_export.h"

#include "gui/window/document_page.h"
#include "widgets/common/theme.h"
#include "widgets/graph/graph_model.h"

#include <QtCore/QFileInfo>
#include <QtCore/QSaveFile>
#include <QtGui/QImage>
#include <QtGui/QPageSize>
#include <QtGui/QPainter>
#include <QtGui/QPdfWriter>
#include <QtSvg/QSvgGenerator>
#include <QtWidgets/QFileDialog>

namespace espalier {
namespace {

constexpr qreal kMargin = 32;
constexpr qreal kPngRatio = 2;
constexpr qreal kMostPixels = 16'000; ///< on one side: what image readers take

void paint(QPaintDevice &device, const DocumentPage &page, const QRectF &scene, qreal scale)
{
    QPainter painter(&device);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.scale(scale, scale);
    page.view()->paintDrawing(&painter, scene);
}

bool writePng(const DocumentPage &page, const QRectF &scene, QIODevice &file)
{
    const qreal ratio = qMin(kPngRatio, kMostPixels / qMax(scene.width(), scene.height()));
    QImage image((scene.size() * ratio).toSize(), QImage::Format_ARGB32_Premultiplied);
    paint(image, page, scene, ratio);
    return image.save(&file, "PNG");
}

void writeSvg(const DocumentPage &page, const QRectF &scene, QIODevice &file)
{
    QSvgGenerator svg;
    svg.setOutputDevice(&file);
    svg.setSize(scene.size().toSize());
    svg.setViewBox(QRectF(QPointF(), scene.size()));
    svg.setTitle(page.title());
    paint(svg, page, scene, 1);
}

void writePdf(const DocumentPage &page, const QRectF &scene, QIODevice &file)
{
    QPdfWriter pdf(&file);
    pdf.setTitle(page.title());
    pdf.setResolution(72);
    pdf.setPageMargins({});
    pdf.setPageSize(QPageSize(scene.size(), QPageSize::Point, page.title()));
    paint(pdf, page, scene, 1);
}

} // namespace

QString exportPicture(DocumentPage &page, const QString &path)
{
    QRectF scene = page.view()->contentRect();
    if (scene.isEmpty())
        return DocumentPage::tr("There is nothing drawn yet.");
    scene.adjust(-kMargin, -kMargin, kMargin, kMargin);
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return DocumentPage::tr("%1 can't be written: %2.").arg(path, file.errorString());
    const QString ending = QFileInfo(path).suffix().toLower();
    bool isDone = true;
    if (ending == QLatin1StringView("svg"))
        writeSvg(page, scene, file);
    else if (ending == QLatin1StringView("pdf"))
        writePdf(page, scene, file);
    else
        isDone = writePng(page, scene, file);
    if (!isDone || !file.commit())
        return DocumentPage::tr("%1 can't be written: %2.").arg(path, file.errorString());
    return {};
}

void askAndExportPicture(DocumentPage &page)
{
    const QString path
        = QFileDialog::getSaveFileName(&page, DocumentPage::tr("Save picture"), page.title() + QStringLiteral(".png"),
                                       DocumentPage::tr("Pictures (*.png *.svg *.pdf)"));
    if (path.isEmpty())
        return;
    const QString problem = exportPicture(page, path);
    emit page.told(problem.isEmpty() ? DocumentPage::tr("Saved %1").arg(path) : problem);
}

} // namespace espalier
