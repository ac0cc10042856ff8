// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/common/figures.h"

#include <QtGui/QFont>
#include <QtGui/QFontMetricsF>
#include <QtGui/QPainter>

#include <algorithm>
#include <array>
#include <cmath>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

constexpr char16_t kNoBreakSpace = u'\u00A0';
constexpr char16_t kMinus = u'\u2212';

/// What has no digits; empty for ordinary numbers.
QString withoutDigits(double value)
{
    if (std::isnan(value))
        return u"NaN"_s;
    if (std::isinf(value))
        return value > 0 ? u"∞"_s : u"−∞"_s;
    return {};
}

QString withMinus(QString text)
{
    return text.replace(u'-', kMinus);
}

/// `value` with so many significant digits, without an exponent; what rounds up a power of ten keeps the count.
QString plain(double value, int significant, const QLocale &locale)
{
    if (value == 0)
        return locale.toString(0);
    const auto decimalsFor
        = [&](double number) { return significant - 1 - static_cast<int>(std::floor(std::log10(std::abs(number)))); };
    int decimals = std::clamp(decimalsFor(value), 0, 12);
    const double scale = std::pow(10.0, decimals);
    const double rounded = std::round(value * scale) / scale;
    if (rounded != 0)
        decimals = std::clamp(decimalsFor(rounded), 0, 12);
    return withMinus(locale.toString(value, 'f', decimals));
}

QString withoutTrailingZeros(QString text, const QLocale &locale)
{
    const QString point = locale.decimalPoint();
    if (!text.contains(point))
        return text;
    while (text.endsWith(locale.zeroDigit()))
        text.chop(1);
    if (text.endsWith(point))
        text.chop(point.size());
    return text;
}

/// "1.25e−7": shorter than the locale's own form, which pads the exponent.
QString withExponent(double value, int significant, const QLocale &locale)
{
    const QStringList parts = QLocale::c().toString(value, 'e', significant - 1).split(u'e');
    const double mantissa = QLocale::c().toDouble(parts.value(0));
    return withMinus(locale.toString(mantissa, 'f', significant - 1) + u"e%1"_s.arg(parts.value(1).toInt()));
}

struct Scaled {
    double value = 0;
    int step = 0; ///< which power of 1000
};

/// Divides by 1000 while three significant digits would not fit below it: 999,960 is 1.00 M, not 1,000 k.
Scaled scaled(double value, int steps)
{
    Scaled result{value, 0};
    while (std::abs(result.value) >= 999.5 && result.step < steps) {
        result.value /= 1000;
        ++result.step;
    }
    return result;
}

constexpr std::array<QLatin1StringView, 5> kPrefixes{""_L1, "k"_L1, "M"_L1, "G"_L1, "T"_L1};

bool isDigit(QChar c)
{
    return c >= u'0' && c <= u'9';
}

/// The widest digit, remembered for the last font that asked: a panel draws its figures in one or two fonts.
qreal digitCell(const QFont &font)
{
    static thread_local QFont lastFont;
    static thread_local qreal lastCell = 0;
    if (lastCell > 0 && font == lastFont)
        return lastCell;
    const QFontMetricsF metrics(font);
    qreal cell = 0;
    for (char16_t digit = u'0'; digit <= u'9'; ++digit)
        cell = std::max(cell, metrics.horizontalAdvance(QChar(digit)));
    lastFont = font;
    lastCell = cell;
    return cell;
}

/// Calls `draw(part, x, width, isDigit)` for each digit and for each run of other characters; returns the whole width.
template <typename Draw>
qreal walk(const QFont &font, const QString &text, Draw draw)
{
    const qreal cell = digitCell(font);
    const QFontMetricsF metrics(font);
    qreal x = 0;
    for (qsizetype i = 0; i < text.size();) {
        qsizetype end = i + 1;
        const bool digit = isDigit(text[i]);
        while (!digit && end < text.size() && !isDigit(text[end]))
            ++end;
        const QString part = text.mid(i, end - i);
        const qreal width = digit ? cell : metrics.horizontalAdvance(part);
        draw(part, x, width, digit);
        x += width;
        i = end;
    }
    return x;
}

} // namespace

QString formatNumber(double value, int significant, const QLocale &locale)
{
    if (QString words = withoutDigits(value); !words.isEmpty())
        return words;
    const double size = std::abs(value);
    if (value == std::floor(value) && size < 1e6)
        return withMinus(locale.toString(value, 'f', 0));
    if (size < 1e-4 || size >= 1e6)
        return withExponent(value, significant, locale);
    return plain(value, significant, locale);
}

QString formatCount(qint64 value, const QLocale &locale)
{
    return withMinus(locale.toString(value));
}

QString formatShort(double value, int significant, const QLocale &locale)
{
    if (QString words = withoutDigits(value); !words.isEmpty())
        return words;
    const Scaled part = scaled(value, kPrefixes.size() - 1);
    if (part.step == 0) {
        const bool isWhole = value == std::floor(value);
        return isWhole ? withMinus(locale.toString(value, 'f', 0)) : plain(value, significant, locale);
    }
    return plain(part.value, significant, locale) + kNoBreakSpace + kPrefixes.at(part.step);
}

QString formatTick(double value, const QLocale &locale)
{
    if (QString words = withoutDigits(value); !words.isEmpty())
        return words;
    const double size = std::abs(value);
    if (value != 0 && (size < 1e-4 || size >= 1e15))
        return withExponent(value, 2, locale);
    const Scaled part = scaled(value, kPrefixes.size() - 1);
    return withoutTrailingZeros(plain(part.value, 4, locale), locale) + kPrefixes.at(part.step);
}

QString formatPercent(double share, int significant, const QLocale &locale)
{
    if (QString words = withoutDigits(share); !words.isEmpty())
        return words;
    const double value = share * 100;
    const bool isWhole = value == std::floor(value);
    return (isWhole ? withMinus(locale.toString(value, 'f', 0)) : plain(value, significant, locale)) + kNoBreakSpace
        + locale.percent();
}

QString formatBytes(double bytes, int significant, const QLocale &locale)
{
    if (QString words = withoutDigits(bytes); !words.isEmpty())
        return words;
    const Scaled part = scaled(bytes, kPrefixes.size() - 1);
    const QString number = part.step == 0 ? withMinus(locale.toString(bytes, 'f', 0))
                                          : withoutTrailingZeros(plain(part.value, significant, locale), locale);
    return number + kNoBreakSpace + kPrefixes.at(part.step) + u'B';
}

QString formatDuration(double seconds, int significant, const QLocale &locale)
{
    if (QString words = withoutDigits(seconds); !words.isEmpty())
        return words;
    const double size = std::abs(seconds);
    if (size >= 60)
        return formatClock(seconds);
    const auto with = [&](double scale, const QString &unit) {
        return withoutTrailingZeros(plain(seconds * scale, significant, locale), locale) + kNoBreakSpace + unit;
    };
    if (size >= 1 || size == 0)
        return with(1, u"s"_s);
    if (size >= 1e-5)
        return with(1e3, u"ms"_s);
    return size >= 1e-6 ? with(1e6, u"µs"_s) : with(1e9, u"ns"_s);
}

QString formatClock(double seconds)
{
    if (QString words = withoutDigits(seconds); !words.isEmpty())
        return words;
    const auto whole = static_cast<qint64>(std::clamp(std::round(seconds), 0.0, 3.6e9));
    const auto two = [](qint64 number) { return u"%1"_s.arg(number, 2, 10, QChar(u'0')); };
    const QString minutesAndSeconds = two(whole / 60 % 60) + u':' + two(whole % 60);
    if (whole >= 3600)
        return u"%1:%2"_s.arg(whole / 3600).arg(minutesAndSeconds);
    return u"%1:%2"_s.arg(whole / 60).arg(two(whole % 60));
}

QString formatShape(const QList<qint64> &sizes, const QLocale &locale)
{
    QStringList parts;
    for (const qint64 size : sizes)
        parts.append(size < 0 ? u"?"_s : formatCount(size, locale));
    return parts.join(u" × "_s);
}

qreal figuresWidth(const QFont &font, const QString &text)
{
    return walk(font, text, [](const QString &, qreal, qreal, bool) {});
}

void drawFigures(QPainter *painter, const QRectF &rect, Qt::Alignment alignment, const QString &text)
{
    const QFont font = painter->font();
    const QFontMetricsF metrics(font);
    const qreal width = figuresWidth(font, text);
    qreal left = rect.left();
    if (alignment & Qt::AlignRight)
        left = rect.right() - width;
    else if (alignment & Qt::AlignHCenter)
        left = rect.center().x() - width / 2;
    qreal top = rect.top();
    if (alignment & Qt::AlignVCenter)
        top = rect.center().y() - metrics.height() / 2;
    else if (alignment & Qt::AlignBottom)
        top = rect.bottom() - metrics.height();
    const qreal baseline = std::round(top + metrics.ascent());
    walk(font, text, [&](const QString &part, qreal x, qreal cell, bool digit) {
        const qreal inset = digit ? (cell - metrics.horizontalAdvance(part)) / 2 : 0;
        painter->drawText(QPointF(left + x + inset, baseline), part);
    });
}

} // namespace espalier
