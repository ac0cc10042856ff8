// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/common/figures.h"

#include <QtGui/QFont>
#include <QtGui/QImage>
#include <QtGui/QPainter>
#include <QtTest>

#include <limits>

using namespace espalier;
using namespace Qt::StringLiterals;

namespace {

const QLocale kEnglish(QLocale::English, QLocale::UnitedStates);
const QLocale kGerman(QLocale::German, QLocale::Germany);

/// As read: ordinary spaces.
QString read(QString text)
{
    return text.replace(QChar(0xA0), u' ');
}

} // namespace

class TstFigures : public QObject {
    Q_OBJECT
private slots:
    void numbers()
    {
        QCOMPARE(formatNumber(0.07134, 3, kEnglish), u"0.0713"_s);
        QCOMPARE(formatNumber(0, 3, kEnglish), u"0"_s);
        QCOMPARE(formatNumber(18496, 3, kEnglish), u"18,496"_s);
        QCOMPARE(formatNumber(18496, 3, kGerman), u"18.496"_s);
        QCOMPARE(formatNumber(0.5, 3, kGerman), u"0,500"_s);
        QCOMPARE(formatNumber(-2.5, 2, kEnglish), u"−2.5"_s);
        QCOMPARE(formatNumber(9.999, 3, kEnglish), u"10.0"_s);
        QCOMPARE(formatNumber(1.25e-7, 3, kEnglish), u"1.25e−7"_s);
        QCOMPARE(formatNumber(std::numeric_limits<double>::quiet_NaN()), u"NaN"_s);
        QCOMPARE(formatNumber(-std::numeric_limits<double>::infinity()), u"−∞"_s);
    }
    void counts()
    {
        QCOMPARE(formatCount(54410, kEnglish), u"54,410"_s);
        QCOMPARE(formatCount(-3, kEnglish), u"−3"_s);
        QCOMPARE(read(formatShort(1180000, 3, kEnglish)), u"1.18 M"_s);
        QCOMPARE(read(formatShort(1180000, 3, kGerman)), u"1,18 M"_s);
        QCOMPARE(read(formatShort(54410, 3, kEnglish)), u"54.4 k"_s);
        QCOMPARE(read(formatShort(912, 3, kEnglish)), u"912"_s);
        QCOMPARE(read(formatShort(999960, 3, kEnglish)), u"1.00 M"_s);
        QCOMPARE(read(formatShort(2.7e15, 3, kEnglish)), u"2,700 T"_s);
        QCOMPARE(formatShape({64, 8, -1}, kEnglish), u"64 × 8 × ?"_s);
    }
    void ticks()
    {
        QCOMPARE(formatTick(0, kEnglish), u"0"_s);
        QCOMPARE(formatTick(2000, kEnglish), u"2k"_s);
        QCOMPARE(formatTick(0.25, kEnglish), u"0.25"_s);
        QCOMPARE(formatTick(-0.1, kEnglish), u"−0.1"_s);
        QCOMPARE(formatTick(1500000, kEnglish), u"1.5M"_s);
        QCOMPARE(formatTick(100, kEnglish), u"100"_s);
    }
    void unitsOfTheirOwn()
    {
        QCOMPARE(read(formatPercent(0.983, 3, kEnglish)), u"98.3 %"_s);
        QCOMPARE(read(formatPercent(0.13, 3, kEnglish)), u"13 %"_s);
        QCOMPARE(read(formatPercent(1, 3, kEnglish)), u"100 %"_s);
        QCOMPARE(read(formatBytes(38e6, 2, kEnglish)), u"38 MB"_s);
        QCOMPARE(read(formatBytes(512, 2, kEnglish)), u"512 B"_s);
        QCOMPARE(read(formatBytes(1.23e9, 2, kEnglish)), u"1.2 GB"_s);
        QCOMPARE(read(formatDuration(0.00031, 3, kEnglish)), u"0.31 ms"_s);
        QCOMPARE(read(formatDuration(1.24, 3, kEnglish)), u"1.24 s"_s);
        QCOMPARE(read(formatDuration(3.1e-7, 3, kEnglish)), u"310 ns"_s);
        QCOMPARE(read(formatDuration(4e-6, 3, kEnglish)), u"4 µs"_s);
        QCOMPARE(formatDuration(188, 3, kEnglish), u"3:08"_s);
        QCOMPARE(formatClock(8), u"0:08"_s);
        QCOMPARE(formatClock(3788), u"1:03:08"_s);
        QCOMPARE(formatClock(1e300), u"1000000:00:00"_s);
    }
    void everyDigitHasOneWidth()
    {
        QFont font;
        font.setPixelSize(13);
        const qreal ones = figuresWidth(font, u"1111"_s);
        QCOMPARE(figuresWidth(font, u"0808"_s), ones);
        QCOMPARE(figuresWidth(font, u"1.11 M"_s), figuresWidth(font, u"9.84 M"_s));
    }
    void figuresAreDrawnWhereAsked()
    {
        QImage image(200, 40, QImage::Format_RGB32);
        image.fill(Qt::white);
        QPainter painter(&image);
        painter.setPen(Qt::black);
        drawFigures(&painter, QRectF(100, 0, 100, 40), Qt::AlignRight | Qt::AlignVCenter, u"88"_s);
        painter.end();
        const auto inkIn = [&](int from, int to) {
            int ink = 0;
            for (int x = from; x < to; ++x) {
                for (int y = 0; y < image.height(); ++y)
                    ink += qGray(image.pixel(x, y)) < 128 ? 1 : 0;
            }
            return ink;
        };
        QCOMPARE(inkIn(0, 170), 0);
        QVERIFY(inkIn(170, 200) > 10);
    }
};

QTEST_MAIN(TstFigures)
#include "tst_figures.moc"
