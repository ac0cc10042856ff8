// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtGui/QPainter>
#include <QtTest>

using namespace espalier;
using namespace Qt::StringLiterals;

namespace {

/// How many pixels are more than half covered.
int inked(const QImage &image)
{
    int count = 0;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x)
            count += qAlpha(image.pixel(x, y)) > 127 ? 1 : 0;
    }
    return count;
}

} // namespace

class TstIcons : public QObject {
    Q_OBJECT
private slots:
    void everyIconIsDrawn()
    {
        const QStringList names = iconNames();
        QVERIFY(names.size() > 80);
        const QImage unknown = iconPixmap(u"unknown"_s, Qt::red, 16, 2).toImage();
        for (const QString &name : names) {
            const QImage image = iconPixmap(name, Qt::red, 16, 2).toImage();
            QCOMPARE(image.width(), 32);
            QVERIFY2(inked(image) >= 40, qPrintable(name));
            QVERIFY2(inked(image) <= 32 * 32 * 0.95, qPrintable(name));
            QVERIFY2(name == u"unknown"_s || image != unknown, qPrintable(name));
        }
    }
    void everyIconButTheProgramsHasTheColourAskedFor()
    {
        for (const QString &name : iconNames()) {
            if (name == u"espalier"_s)
                continue;
            const QImage image
                = iconPixmap(name, QColor(0, 0, 255), 16, 2).toImage().convertToFormat(QImage::Format_ARGB32);
            for (int y = 0; y < image.height(); ++y) {
                for (int x = 0; x < image.width(); ++x) {
                    const QRgb pixel = image.pixel(x, y);
                    QVERIFY2(qAlpha(pixel) < 16 || (qBlue(pixel) > 200 && qRed(pixel) < 40), qPrintable(name));
                }
            }
        }
    }
    void namesThatKindsUseExist()
    {
        QFile file(u":/espalier/icons/kinds.json"_s);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QJsonObject json = QJsonDocument::fromJson(file.readAll()).object();
        const QStringList names = iconNames();
        for (const QString &table : {u"kinds"_s, u"categories"_s}) {
            const QJsonObject icons = json[table].toObject();
            QVERIFY(!icons.isEmpty());
            for (const QJsonValue &value : icons)
                QVERIFY2(names.contains(value.toString()), qPrintable(value.toString()));
        }
        QCOMPARE(iconOfKind(u"Add"_s, u"Arithmetic"_s), u"add"_s);
        QCOMPARE(iconOfKind(u"Conv7D"_s, u"Convolution"_s), u"conv"_s);
        QCOMPARE(iconOfKind(u"X"_s, u"Never heard of"_s), u"unknown"_s);
    }
    void anUnknownNameGivesTheQuestionMark()
    {
        QCOMPARE(iconPixmap(u"no such"_s, Qt::red).toImage(), iconPixmap(u"unknown"_s, Qt::red).toImage());
        QCOMPARE(iconPixmap(u"../themes/dark"_s, Qt::red).toImage(), iconPixmap(u"unknown"_s, Qt::red).toImage());
    }
    void picturesFitTheScreen()
    {
        const QPixmap pixmap = iconPixmap(u"play"_s, Qt::red, 16, 1.5);
        QCOMPARE(pixmap.size(), QSize(24, 24));
        QCOMPARE(pixmap.deviceIndependentSize(), QSizeF(16, 16));
        QImage target(40, 40, QImage::Format_ARGB32_Premultiplied);
        target.setDevicePixelRatio(2);
        target.fill(Qt::transparent);
        QPainter painter(&target);
        drawIcon(&painter, QRectF(2, 2, 16, 16), u"play"_s, Qt::red);
        painter.end();
        QCOMPARE(inked(target), inked(iconPixmap(u"play"_s, Qt::red, 16, 2).toImage()));
    }
    void anIconOfAButtonKnowsDisabled()
    {
        const QIcon play = icon(u"play"_s);
        const auto colourIn
            = [&](QIcon::Mode mode) { return play.pixmap(QSize(16, 16), 1, mode).toImage().pixelColor(6, 8); };
        QCOMPARE(colourIn(QIcon::Normal), Theme::current().text);
        QCOMPARE(colourIn(QIcon::Disabled), Theme::current().faint);
        QVERIFY(!applicationIcon().pixmap(48, 48).isNull());
    }
};

QTEST_MAIN(TstIcons)
#include "tst_icons.moc"
