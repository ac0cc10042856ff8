// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/properties/arithmetic.h"

#include <QtCore/QLocale>
#include <QtCore/QString>

#include <cmath>

namespace espalier {
namespace {

constexpr int kDeepest = 64; // parentheses and signs: what a person types has a handful
constexpr qsizetype kLongest = 1000;

/// Recursive descent; each level returns nullopt once and for all when the text is no expression.
class Reckoner {
public:
    explicit Reckoner(QString text)
        : m_text(std::move(text))
    {
    }

    std::optional<double> result()
    {
        const std::optional<double> value = sum();
        return value && m_at == m_text.size() && std::isfinite(*value) ? value : std::nullopt;
    }

private:
    bool take(QChar c)
    {
        if (m_at >= m_text.size() || m_text[m_at] != c)
            return false;
        ++m_at;
        return true;
    }

    std::optional<double> sum()
    {
        std::optional<double> value = product();
        while (value) {
            const bool isPlus = take(u'+');
            if (!isPlus && !take(u'-'))
                break;
            const std::optional<double> next = product();
            value = next ? std::optional(isPlus ? *value + *next : *value - *next) : std::nullopt;
        }
        return value;
    }

    std::optional<double> product()
    {
        std::optional<double> value = sign();
        while (value) {
            const bool isTimes = take(u'*');
            if (!isTimes && !take(u'/'))
                break;
            const std::optional<double> next = sign();
            value = next ? std::optional(isTimes ? *value * *next : *value / *next) : std::nullopt;
        }
        return value;
    }

    std::optional<double> sign()
    {
        if (++m_depth > kDeepest)
            return std::nullopt;
        std::optional<double> value;
        if (take(u'-')) {
            value = sign();
            if (value)
                value = -*value;
        } else if (take(u'+')) {
            value = sign();
        } else {
            value = power();
        }
        --m_depth;
        return value;
    }

    std::optional<double> power()
    {
        const std::optional<double> base = atom();
        if (!base || !take(u'^'))
            return base;
        const std::optional<double> exponent = sign();
        return exponent ? std::optional(std::pow(*base, *exponent)) : std::nullopt;
    }

    std::optional<double> atom()
    {
        if (take(u'(')) {
            const std::optional<double> value = sum();
            return value && take(u')') ? value : std::nullopt;
        }
        return number();
    }

    std::optional<double> number()
    {
        const qsizetype start = m_at;
        const auto digits = [this] {
            while (m_at < m_text.size() && m_text[m_at] >= u'0' && m_text[m_at] <= u'9')
                ++m_at;
        };
        digits();
        if (take(u'.'))
            digits();
        if (const qsizetype mark = m_at; m_at > start && (take(u'e') || take(u'E'))) {
            if (!take(u'-'))
                take(u'+');
            const qsizetype exponent = m_at;
            digits();
            if (m_at == exponent)
                m_at = mark;
        }
        bool isGood = false;
        const double value = QLocale::c().toDouble(QStringView(m_text).mid(start, m_at - start), &isGood);
        return isGood ? std::optional(value) : std::nullopt;
    }

    QString m_text;
    qsizetype m_at = 0;
    int m_depth = 0;
};

} // namespace

std::optional<double> evaluateArithmetic(QStringView text)
{
    if (text.size() > kLongest)
        return std::nullopt;
    QString plain;
    for (const QChar c : text) {
        if (c.isSpace())
            continue;
        if (c == u'×' || c == u'·')
            plain.append(u'*');
        else if (c == u'÷' || c == u':')
            plain.append(u'/');
        else
            plain.append(c == u'−' ? QChar(u'-') : c);
    }
    return Reckoner(plain).result();
}

} // namespace espalier
