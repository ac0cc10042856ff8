// SPDX-License-Identifier: GPL-3.0-or-later
// The drawing as a file: shapes and text in SVG and PDF, no pixels, with the wires as they run on the screen.
#include "gui/window/picture_export.h"
#include "tests/gui/window/action_scenarios.h"
#include "tests/gui/window/studio.h"

#include <QtGui/QImage>
#include <QtGui/QPainter>
#include <QtSvg/QSvgRenderer>

using namespace espalier;
using namespace Qt::StringLiterals;

class TstPictureExport : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void svgHoldsShapesAndText();
    void pdfHoldsNoPicture();
    void pngIsSharp();
    void emptyDrawingsSaySo();

private:
    QByteArray exported(const QString &ending);
    std::unique_ptr<Studio> m_studio;
};

void TstPictureExport::initTestCase()
{
    m_studio = std::make_unique<Studio>();
    QVERIFY(m_studio->openDigits());
    m_studio->select({u"conv1"_s}); // what is selected is not part of the picture
}

QByteArray TstPictureExport::exported(const QString &ending)
{
    const QString path = scratch(u"picture."_s + ending);
    if (const QString problem = exportPicture(*m_studio->page(), path); !problem.isEmpty())
        qWarning("%s", qPrintable(problem));
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void TstPictureExport::svgHoldsShapesAndText()
{
    const QByteArray svg = exported(u"svg"_s);
    QVERIFY(!svg.contains("<image"));
    for (const char *word : {"conv1", "dropout", "16 × 8 × 8"})
        QVERIFY2(svg.contains(word), word);
    QVERIFY(svg.size() < 1'000'000);
    QSvgRenderer renderer(svg);
    QVERIFY(renderer.isValid());
    const QRectF drawn = m_studio->view().contentRect();
    QVERIFY(renderer.defaultSize().width() >= drawn.width());
    QImage image(renderer.defaultSize(), QImage::Format_RGB32);
    image.fill(Qt::red);
    QPainter painter(&image);
    renderer.render(&painter);
    QVERIFY(image.pixelColor(2, 2) != QColor(Qt::red));
}

void TstPictureExport::pdfHoldsNoPicture()
{
    const QByteArray pdf = exported(u"pdf"_s);
    QVERIFY(pdf.startsWith("%PDF"));
    QVERIFY(!pdf.contains("/Subtype /Image"));
    QVERIFY(pdf.contains("/Font"));
}

void TstPictureExport::pngIsSharp()
{
    const QImage png = QImage::fromData(exported(u"png"_s));
    QVERIFY(png.width() >= 2 * m_studio->view().contentRect().width());
}

void TstPictureExport::emptyDrawingsSaySo()
{
    DocumentPage *empty = m_studio->newDrawing();
    QVERIFY(exportPicture(*empty, scratch(u"nothing.svg"_s)).contains(u"nothing"_s));
    QVERIFY(!QFile::exists(scratch(u"nothing.svg"_s)));
}

int main(int argc, char **argv)
{
    return runStudioTest<TstPictureExport>(argc, argv);
}

#include "tst_picture_export.moc"
