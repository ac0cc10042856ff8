// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/common/theme.h"

#include <QtCore/QFile>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtGui/QGuiApplication>

#include <algorithm>
#include <array>
#include <cmath>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

constexpr qreal kDesignFont = 13;

struct ColourField {
    QLatin1StringView key;
    QColor Theme::*field;
};

constexpr std::array<ColourField, 20> kColours{{
    {"canvas"_L1, &Theme::canvas},     {"grid"_L1, &Theme::grid},           {"panel"_L1, &Theme::panel},
    {"raised"_L1, &Theme::raised},     {"node"_L1, &Theme::node},           {"hover"_L1, &Theme::hover},
    {"line"_L1, &Theme::line},         {"edge"_L1, &Theme::edge},           {"text"_L1, &Theme::text},
    {"muted"_L1, &Theme::muted},       {"faint"_L1, &Theme::faint},         {"accent"_L1, &Theme::accent},
    {"onAccent"_L1, &Theme::onAccent}, {"selection"_L1, &Theme::selection}, {"ok"_L1, &Theme::ok},
    {"okText"_L1, &Theme::okText},     {"warning"_L1, &Theme::warning},     {"warningText"_L1, &Theme::warningText},
    {"error"_L1, &Theme::error},       {"errorText"_L1, &Theme::errorText},
}};

struct SizeField {
    QLatin1StringView key;
    int ThemeSizes::*field;
};

constexpr std::array<SizeField, 11> kSizes{{
    {"toolbar"_L1, &ThemeSizes::toolbar},
    {"tabs"_L1, &ThemeSizes::tabs},
    {"control"_L1, &ThemeSizes::control},
    {"row"_L1, &ThemeSizes::row},
    {"status"_L1, &ThemeSizes::status},
    {"icon"_L1, &ThemeSizes::icon},
    {"hit"_L1, &ThemeSizes::hit},
    {"port"_L1, &ThemeSizes::port},
    {"portHit"_L1, &ThemeSizes::portHit},
    {"wire"_L1, &ThemeSizes::wire},
    {"node"_L1, &ThemeSizes::node},
}};

QJsonObject read(const QString &name)
{
    QFile file(u":/espalier/themes/"_s + name + u".json"_s);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("theme %s is not in the program", qPrintable(name));
    return QJsonDocument::fromJson(file.readAll()).object();
}

QColor colourOf(const QJsonValue &value)
{
    return QColor(value.toString());
}

QList<QColor> colourList(const QJsonValue &value)
{
    QList<QColor> colours;
    const QJsonArray array = value.toArray();
    for (const auto &each : array)
        colours.append(colourOf(each));
    return colours;
}

QHash<QString, QColor> colourTable(const QJsonValue &value)
{
    QHash<QString, QColor> colours;
    const QJsonObject object = value.toObject();
    for (auto it = object.begin(); it != object.end(); ++it)
        colours.insert(it.key(), colourOf(it.value()));
    return colours;
}

void readSizes(Theme &theme)
{
    const QJsonObject json = read(u"sizes"_s);
    const QJsonObject sizes = json["sizes"_L1].toObject();
    for (const SizeField &size : kSizes)
        theme.sizes.*size.field = theme.px(sizes[size.key].toDouble());
    const QJsonObject radius = json["radius"_L1].toObject();
    theme.sizes.radiusControl = radius["control"_L1].toDouble() * theme.scale;
    theme.sizes.radiusNode = radius["node"_L1].toDouble() * theme.scale;
    theme.sizes.radiusSmall = radius["small"_L1].toDouble() * theme.scale;
    const QJsonArray spacings = json["spacing"_L1].toArray();
    for (const auto &space : spacings)
        theme.spacings.append(theme.px(space.toDouble()));
    const QJsonObject type = json["type"_L1].toObject();
    for (const QLatin1StringView key : {"caption"_L1, "body"_L1, "heading"_L1, "title"_L1, "hero"_L1})
        theme.textSizes.append(theme.px(type[key].toDouble()));
    const QJsonObject motion = json["motion"_L1].toObject();
    theme.hoverMs = theme.reducesMotion ? 0 : motion["hover"_L1].toInt();
    theme.panelMs = theme.reducesMotion ? 0 : motion["panel"_L1].toInt();
}

/// Lines become edges and every voice one step louder.
void raiseContrast(Theme &theme)
{
    theme.line = theme.edge;
    theme.edge = theme.muted;
    theme.muted = mixed(theme.text, theme.muted, 0.7);
    theme.faint = mixed(theme.text, theme.faint, 0.5);
}

qreal luminance(const QColor &colour)
{
    const auto linear
        = [](qreal part) { return part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

} // namespace

Theme Theme::load(const QString &name, qreal fontPixels, bool highContrast, bool reducedMotion)
{
    Theme theme;
    theme.name = name == "dark"_L1 ? u"dark"_s : u"light"_s;
    theme.isHighContrast = highContrast;
    theme.reducesMotion = reducedMotion;
    theme.scale = std::clamp(fontPixels / kDesignFont, 0.5, 8.0);
    const QJsonObject json = read(theme.name);
    theme.isDark = json["isDark"_L1].toBool();
    const QJsonObject colours = json["colors"_L1].toObject();
    for (const ColourField &colour : kColours)
        theme.*colour.field = colourOf(colours[colour.key]);
    theme.series = colourList(json["series"_L1]);
    theme.frames = colourList(json["frames"_L1]);
    theme.categories = colourTable(json["categories"_L1]);
    theme.ports = colourTable(json["ports"_L1]);
    const QJsonObject names = read(u"categories"_s);
    for (auto it = names.begin(); it != names.end(); ++it)
        theme.categories.insert(it.key(), theme.categories.value(it.value().toString()));
    if (highContrast)
        raiseContrast(theme);
    readSizes(theme);
    return theme;
}

QColor Theme::category(const QString &categoryName) const
{
    return categories.value(categoryName.toLower(), categories.value(u"normalisation"_s));
}

QColor Theme::port(const QString &kind) const
{
    return ports.value(kind, ports.value(u"any"_s));
}

QColor Theme::seriesColour(int index) const
{
    return series.at(std::max(index, 0) % series.size());
}

int Theme::seriesMarker(int index) const
{
    return std::max(index, 0) / static_cast<int>(series.size());
}

QColor Theme::frameColour(int index) const
{
    return frames.at(std::max(index, 0) % frames.size());
}

QColor Theme::frameFill(int index) const
{
    return mixed(frameColour(index), canvas, 0.14);
}

QFont Theme::font(TextSize size, TextWeight weight) const
{
    QFont font = QGuiApplication::font();
    font.setPixelSize(textSizes.at(static_cast<int>(size)));
    font.setWeight(weight == TextWeight::Strong ? QFont::DemiBold : QFont::Normal);
    return font;
}

int Theme::px(qreal designPixels) const
{
    return qRound(designPixels * scale);
}

QPalette Theme::palette() const
{
    QPalette palette;
    const auto set = [&](QPalette::ColorRole role, const QColor &colour) { palette.setColor(role, colour); };
    set(QPalette::Window, panel);
    set(QPalette::WindowText, text);
    set(QPalette::Base, panel); // of lists and texts; the style paints fields raised
    set(QPalette::AlternateBase, raised);
    set(QPalette::Text, text);
    set(QPalette::PlaceholderText, muted);
    set(QPalette::Button, raised);
    set(QPalette::ButtonText, text);
    set(QPalette::BrightText, onAccent);
    set(QPalette::ToolTipBase, raised);
    set(QPalette::ToolTipText, text);
    set(QPalette::Highlight, mixed(selection, raised, isDark ? 0.4 : 0.3));
    set(QPalette::HighlightedText, text);
    set(QPalette::Link, text); // underlined: the accent and the selection are never colours of text
    set(QPalette::LinkVisited, muted);
    set(QPalette::Light, hover);
    set(QPalette::Midlight, hover);
    set(QPalette::Mid, line);
    set(QPalette::Dark, edge);
    set(QPalette::Shadow, isDark ? QColor(Qt::black) : edge);
    for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText,
                                           QPalette::HighlightedText, QPalette::PlaceholderText})
        palette.setColor(QPalette::Disabled, role, faint);
    palette.setColor(QPalette::Disabled, QPalette::Highlight, hover);
    return palette;
}

QColor mixed(const QColor &over, const QColor &under, qreal share)
{
    const auto part = [share](qreal a, qreal b) { return static_cast<float>(a * share + b * (1 - share)); };
    return QColor::fromRgbF(part(over.redF(), under.redF()), part(over.greenF(), under.greenF()),
                            part(over.blueF(), under.blueF()));
}

qreal contrastRatio(const QColor &a, const QColor &b)
{
    const qreal first = luminance(a);
    const qreal second = luminance(b);
    return (std::max(first, second) + 0.05) / (std::min(first, second) + 0.05);
}

} // namespace espalier
