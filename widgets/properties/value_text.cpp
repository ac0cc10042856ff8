// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/properties/value_text.h"

#include "widgets/properties/arithmetic.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QRegularExpression>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

constexpr double kWholest = 9007199254740992.0; // 2^53: past it doubles skip whole numbers
constexpr qsizetype kLongestList = 1000;

struct ValueText {
    Q_DECLARE_TR_FUNCTIONS(espalier::ValueText)
};

ParsedValue failed(const QString &problem)
{
    return {QJsonValue(QJsonValue::Undefined), problem};
}

QString realText(double value, const QLocale &locale)
{
    QLocale plain = locale;
    plain.setNumberOptions(QLocale::OmitGroupSeparator | QLocale::OmitLeadingZeroInExponent);
    const double size = std::abs(value);
    const bool isFar = size != 0 && (size < 1e-4 || size >= 1e9);
    return plain.toString(value, isFar ? 'e' : 'f', QLocale::FloatingPointShortest).toLower();
}

QString jsonText(const QJsonValue &value)
{
    const QString wrapped = QString::fromUtf8(QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact));
    return wrapped.mid(1, wrapped.size() - 2);
}

/// The JSON that `text` is; undefined if it is none.
QJsonValue jsonOf(const QString &text)
{
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson("[" + text.toUtf8() + "]", &error);
    const QJsonArray array = document.array();
    return error.error == QJsonParseError::NoError && array.size() == 1 ? array.first()
                                                                        : QJsonValue(QJsonValue::Undefined);
}

/// Bare words are strings, unless they read as something else.
QString looseText(const QJsonValue &value)
{
    if (value.isString() && jsonOf(value.toString()).isUndefined())
        return value.toString();
    return value.isUndefined() ? QString() : jsonText(value);
}

QString listText(const QJsonValue &value, const QLocale &locale)
{
    if (!value.isArray())
        return looseText(value);
    QStringList parts;
    const QJsonArray array = value.toArray();
    for (const auto &each : array) {
        if (!each.isDouble())
            return jsonText(value);
        parts.append(realText(each.toDouble(), locale));
    }
    return parts.join(u" × "_s);
}

QString wordsText(const QJsonValue &value)
{
    QStringList parts;
    const QJsonArray array = value.toArray();
    for (const auto &each : array) {
        if (!each.isString() || each.toString().contains(u','))
            return jsonText(value);
        parts.append(each.toString());
    }
    return value.isArray() ? parts.join(u", "_s) : looseText(value);
}

std::optional<double> numberOf(QString text, const QLocale &locale)
{
    if (locale.decimalPoint() != u"."_s)
        text.replace(locale.decimalPoint(), u"."_s);
    return evaluateArithmetic(text);
}

QString outOfRange(const Property &property, double value, const QLocale &locale)
{
    if (property.minimum && value < *property.minimum)
        return rangeSentence(property, locale);
    if (property.maximum && value > *property.maximum)
        return rangeSentence(property, locale);
    return {};
}

ParsedValue parseNumber(const Property &property, const QString &text, const QLocale &locale, bool isWhole)
{
    const std::optional<double> number = numberOf(text, locale);
    if (!number)
        return failed(ValueText::tr("This is not a number."));
    if (isWhole && (*number != std::floor(*number) || std::abs(*number) > kWholest))
        return failed(ValueText::tr("This must be a whole number."));
    if (const QString problem = outOfRange(property, *number, locale); !problem.isEmpty())
        return failed(problem);
    return {isWhole ? QJsonValue(static_cast<qint64>(*number)) : QJsonValue(*number), {}};
}

/// "one number means all": how many numbers it then is.
qsizetype lengthOfAll(const Property &property)
{
    constexpr int kAxes = 3; // lists that can't be longer hold one number for each axis of a window
    if (property.minLength > 1)
        return property.minLength;
    return property.maxLength > 1 && property.maxLength <= kAxes ? property.maxLength : 1;
}

QString lengthSentence(const Property &property)
{
    if (property.minLength == property.maxLength)
        return ValueText::tr("This takes %n number(s).", nullptr, property.minLength);
    if (property.maxLength < 0)
        return ValueText::tr("This takes at least %n number(s).", nullptr, property.minLength);
    return ValueText::tr("This takes %1 to %2 numbers.").arg(property.minLength).arg(property.maxLength);
}

ParsedValue parseList(const Property &property, const QString &text, const QLocale &locale)
{
    static const QRegularExpression separators(u"\\s*[×xX,;]\\s*|(?<=[0-9)])\\s+(?=[-−0-9(])"_s);
    QString inner = text.trimmed();
    if (inner.startsWith(u'[') && inner.endsWith(u']'))
        inner = inner.mid(1, inner.size() - 2).trimmed();
    QJsonArray numbers;
    for (const QString &part : inner.isEmpty() ? QStringList() : inner.left(10 * kLongestList).split(separators)) {
        const ParsedValue number = parseNumber(property, part, QLocale::c(), true);
        if (number.value.isUndefined())
            return number.problem == outOfRange(property, numberOf(part, QLocale::c()).value_or(0), QLocale::c())
                ? failed(rangeSentence(property, locale))
                : number;
        numbers.append(number.value);
    }
    if (numbers.size() == 1) {
        const QJsonValue only = numbers.first();
        while (numbers.size() < lengthOfAll(property))
            numbers.append(only);
    }
    const bool isTooLong = property.maxLength >= 0 && numbers.size() > property.maxLength;
    if (numbers.size() < property.minLength || isTooLong || numbers.size() > kLongestList)
        return failed(lengthSentence(property));
    return {numbers, {}};
}

ParsedValue parseWords(const QString &text)
{
    const QString inner = text.trimmed();
    if (inner.startsWith(u'[')) {
        const QJsonValue value = jsonOf(inner);
        return value.isArray() ? ParsedValue{value, {}} : failed(ValueText::tr("This is not a list."));
    }
    QJsonArray parts;
    for (const QString &part : inner.split(u',', Qt::SkipEmptyParts)) {
        if (!part.trimmed().isEmpty())
            parts.append(part.trimmed());
    }
    return {parts, {}};
}

ParsedValue parseLoose(const QString &text)
{
    const QString inner = text.trimmed();
    const QJsonValue value = jsonOf(inner);
    if (!value.isUndefined())
        return {value, {}};
    if (inner.startsWith(u'[') || inner.startsWith(u'{') || inner.startsWith(u'"'))
        return failed(ValueText::tr("This is not complete: a bracket or a quotation mark is missing."));
    return {inner, {}};
}

double clampedTo(const Property &property, double value)
{
    if (property.minimum)
        value = std::max(value, *property.minimum);
    if (property.maximum)
        value = std::min(value, *property.maximum);
    return value;
}

double steppedReal(double value, int count)
{
    const double size = std::abs(value);
    const double step = size > 0 ? std::pow(10.0, std::floor(std::log10(size) + 1e-9) - 1) : 0.1;
    const double next = std::round((value + count * step) / step) * step;
    return QLocale::c().toDouble(QLocale::c().toString(next, 'g', 12)); // 0.3, not 0.30000000000000004
}

} // namespace

QString valueText(const Property &property, const QJsonValue &value, const QLocale &locale)
{
    if (value.isUndefined())
        return {};
    if (property.type == "integer_list"_L1)
        return listText(value, QLocale::c());
    if (property.type == "list"_L1)
        return wordsText(value);
    if (value.isDouble() && property.type == "integer"_L1)
        return QString::number(value.toInteger());
    if (value.isDouble() && property.type == "real"_L1)
        return realText(value.toDouble(), locale);
    const bool isText = property.type == "text"_L1 || property.type == "expression"_L1 || property.type == "file"_L1
        || property.type == "choice"_L1 || property.type == "dtype"_L1;
    if (isText && value.isString())
        return value.toString();
    return looseText(value);
}

ParsedValue parseValue(const Property &property, const QString &text, const QLocale &locale)
{
    if (property.type == "integer"_L1)
        return parseNumber(property, text, locale, true);
    if (property.type == "real"_L1)
        return parseNumber(property, text, locale, false);
    if (property.type == "integer_list"_L1)
        return parseList(property, text, locale);
    if (property.type == "list"_L1)
        return parseWords(text);
    if (property.type == "choice"_L1)
        return property.choices.contains(text) ? ParsedValue{text, {}}
                                               : failed(ValueText::tr("This is none of the choices."));
    if (property.type == "text"_L1 || property.type == "expression"_L1 || property.type == "file"_L1
        || property.type == "dtype"_L1)
        return {text, {}};
    return parseLoose(text);
}

QJsonValue stepped(const Property &property, const QJsonValue &value, int count, int place)
{
    if (property.type == "integer"_L1 && value.isDouble()) {
        const double next = clampedTo(property, value.toDouble() + count);
        return std::abs(next) <= kWholest ? QJsonValue(static_cast<qint64>(next)) : value;
    }
    if (property.type == "real"_L1 && value.isDouble())
        return clampedTo(property, steppedReal(value.toDouble(), count));
    if (property.type != "integer_list"_L1 || !value.isArray() || value.toArray().isEmpty())
        return QJsonValue(QJsonValue::Undefined);
    QJsonArray numbers = value.toArray();
    const bool areEqual
        = std::all_of(numbers.begin(), numbers.end(), [&](const auto &each) { return each == numbers.first(); });
    for (qsizetype i = 0; i < numbers.size(); ++i) {
        if (areEqual || i == std::clamp<qsizetype>(place, 0, numbers.size() - 1))
            numbers[i] = static_cast<qint64>(clampedTo(property, numbers[i].toDouble() + count));
    }
    return numbers;
}

int placeInList(const QString &text, int cursor)
{
    return static_cast<int>(text.left(cursor).count(u'×'));
}

QString rangeSentence(const Property &property, const QLocale &locale)
{
    const auto text = [&](double number) {
        return number == std::floor(number) && std::abs(number) < 1e15 ? locale.toString(number, 'f', 0)
                                                                       : realText(number, locale);
    };
    if (property.minimum && property.maximum)
        return ValueText::tr("Between %1 and %2.").arg(text(*property.minimum), text(*property.maximum));
    if (property.minimum)
        return ValueText::tr("At least %1.").arg(text(*property.minimum));
    return property.maximum ? ValueText::tr("At most %1.").arg(text(*property.maximum)) : QString();
}

} // namespace espalier
