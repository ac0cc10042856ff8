// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/common/icons.h"

#include "widgets/common/theme.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtGui/QIconEngine>
#include <QtGui/QPainter>
#include <QtGui/QPixmapCache>
#include <QtSvg/QSvgRenderer>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

const QString kFolder = u":/espalier/icons/"_s;
constexpr qreal kGlyphShare = 0.72; // of the category square; what the drawn targets show

QByteArray readSvg(const QString &name)
{
    QFile file(kFolder + name + u".svg"_s);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// The file with its colour filled in; the question mark for a name that there is none of.
QByteArray svgOf(const QString &name, const QColor &colour)
{
    static QHash<QString, QByteArray> files;
    auto it = files.find(name);
    if (it == files.end()) {
        const QByteArray svg = readSvg(name);
        it = files.insert(name, svg.isEmpty() ? readSvg(u"unknown"_s) : svg);
    }
    return QByteArray(*it).replace("currentColor", colour.name().toLatin1());
}

QPixmap render(const QString &name, const QColor &colour, int pixels)
{
    QPixmap pixmap(pixels, pixels);
    pixmap.fill(Qt::transparent);
    QSvgRenderer renderer(svgOf(name, colour));
    QPainter painter(&pixmap);
    painter.setOpacity(colour.alphaF());
    renderer.render(&painter, QRectF(0, 0, pixels, pixels));
    return pixmap;
}

qreal scaleOf(const QPainter &painter)
{
    const QTransform &transform = painter.deviceTransform();
    return std::hypot(transform.m11(), transform.m12());
}

/// Draws at paint time, so that one icon follows the theme and fits every screen.
class ThemedIcon : public QIconEngine {
public:
    ThemedIcon(QString name, const QColor &colour)
        : m_name(std::move(name))
        , m_colour(colour)
    {
    }

    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State) override
    {
        const qreal side = std::min(rect.width(), rect.height());
        QRectF square(0, 0, side, side);
        square.moveCenter(QRectF(rect).center());
        drawIcon(painter, square, m_name, colourFor(mode));
    }

    QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State) override
    {
        return render(m_name, colourFor(mode), std::min(size.width(), size.height()));
    }

    QPixmap scaledPixmap(const QSize &size, QIcon::Mode mode, QIcon::State state, qreal) override
    {
        return pixmap(size, mode, state);
    }

    QIconEngine *clone() const override { return new ThemedIcon(m_name, m_colour); }
    /// The style draws named icons in the colour of the text beside them; one with a colour of its own keeps it.
    QString iconName() override { return m_colour.isValid() ? QString() : m_name; }
    QString key() const override { return u"espalier"_s; }

private:
    QColor colourFor(QIcon::Mode mode) const
    {
        const Theme &theme = Theme::current();
        if (mode == QIcon::Disabled)
            return theme.faint;
        return m_colour.isValid() ? m_colour : theme.text;
    }

    QString m_name;
    QColor m_colour;
};

QHash<QString, QString> readNames(const QJsonObject &object)
{
    QHash<QString, QString> names;
    for (auto it = object.begin(); it != object.end(); ++it)
        names.insert(it.key(), it.value().toString());
    return names;
}

struct KindIcons {
    QHash<QString, QString> kinds;
    QHash<QString, QString> categories;
};

KindIcons readKindIcons()
{
    QFile file(kFolder + u"kinds.json"_s);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("icons of kinds are not in the program");
    const QJsonObject json = QJsonDocument::fromJson(file.readAll()).object();
    return {readNames(json["kinds"_L1].toObject()), readNames(json["categories"_L1].toObject())};
}

} // namespace

QStringList iconNames()
{
    QStringList names = QDir(kFolder).entryList({u"*.svg"_s}, QDir::Files, QDir::Name);
    for (QString &name : names)
        name.chop(4);
    names.sort();
    return names;
}

bool hasIcon(const QString &name)
{
    static const QStringList names = iconNames();
    return std::binary_search(names.begin(), names.end(), name);
}

QPixmap iconPixmap(const QString &name, const QColor &colour, int size, qreal ratio)
{
    const int pixels = std::clamp(qRound(size * ratio), 1, 1024);
    const QString key = u"espalier/%1/%2/%3"_s.arg(name, colour.name(QColor::HexArgb)).arg(pixels);
    QPixmap pixmap;
    if (!QPixmapCache::find(key, &pixmap)) {
        pixmap = render(name, colour, pixels);
        QPixmapCache::insert(key, pixmap);
    }
    pixmap.setDevicePixelRatio(pixels / static_cast<qreal>(size));
    return pixmap;
}

QIcon icon(const QString &name, const QColor &colour)
{
    return QIcon(new ThemedIcon(name, colour));
}

void drawIcon(QPainter *painter, const QRectF &rect, const QString &name, const QColor &colour)
{
    if (const QPaintEngine *engine = painter->paintEngine();
        engine && (engine->type() == QPaintEngine::SVG || engine->type() == QPaintEngine::Pdf)) {
        painter->save(); // a file of shapes gets shapes
        painter->setOpacity(painter->opacity() * colour.alphaF());
        QSvgRenderer(svgOf(name, colour)).render(painter, rect);
        painter->restore();
        return;
    }
    const int pixels = std::clamp(qRound(rect.width() * scaleOf(*painter)), 1, 1024);
    QPixmap pixmap = iconPixmap(name, colour, pixels, 1);
    painter->drawPixmap(rect, pixmap, QRectF(0, 0, pixels, pixels));
}

void drawCategorySquare(QPainter *painter, const QRectF &rect, const QString &name, const QColor &colour)
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    painter->setBrush(colour);
    const qreal radius = rect.width() / 4;
    painter->drawRoundedRect(rect, radius, radius);
    const qreal inset = rect.width() * (1 - kGlyphShare) / 2;
    drawIcon(painter, rect.adjusted(inset, inset, -inset, -inset), name, Qt::white);
    painter->restore();
}

QPixmap categoryPixmap(const QString &name, const QColor &colour, int size, qreal ratio)
{
    const int pixels = std::clamp(qRound(size * ratio), 1, 1024);
    QPixmap pixmap(pixels, pixels);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    drawCategorySquare(&painter, QRectF(0, 0, pixels, pixels), name, colour);
    painter.end();
    pixmap.setDevicePixelRatio(pixels / static_cast<qreal>(size));
    return pixmap;
}

QString iconOfKind(const QString &kind, const QString &category)
{
    static const KindIcons icons = readKindIcons();
    if (QString own = icons.kinds.value(kind); !own.isEmpty())
        return own;
    return icons.categories.value(category.toLower(), u"unknown"_s);
}

QIcon applicationIcon()
{
    QIcon icon;
    for (const int size : {16, 24, 32, 48, 64, 128, 256})
        icon.addPixmap(render(u"espalier"_s, Qt::white, size));
    return icon;
}

} // namespace espalier
