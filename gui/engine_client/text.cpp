// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/engine_client/text.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QLocale>

#include <string>

namespace espalier {
namespace {

QString formatted(const Arg &arg)
{
    const QLocale locale;
    switch (arg.kind) {
    case Arg::Kind::Integer:
        return locale.toString(static_cast<qlonglong>(arg.number));
    case Arg::Kind::Real: {
        const QString english = qString(arg.text);
        return english.contains(u'e') || english.contains(u'n') ? english
                                                                : QString(english).replace(u'.', locale.decimalPoint());
    }
    case Arg::Kind::Shape:
        return qString(arg.text).replace(QStringLiteral(" x "), QStringLiteral(" × "));
    case Arg::Kind::Name:
    case Arg::Kind::Unit:
    case Arg::Kind::Text:
        return qString(arg.text);
    }
    return {};
}

} // namespace

QString text(std::string_view textTemplate, const std::vector<Arg> &args)
{
    const QString pattern = QCoreApplication::translate("engine", std::string(textTemplate).c_str());
    QString out;
    out.reserve(pattern.size() + 16 * static_cast<qsizetype>(args.size()));
    for (qsizetype i = 0; i < pattern.size(); ++i) {
        const qsizetype close = pattern[i] == u'{' ? pattern.indexOf(u'}', i) : -1;
        bool isNumber = false;
        const uint index = close > i ? QStringView(pattern).mid(i + 1, close - i - 1).toUInt(&isNumber) : 0;
        if (isNumber && index < args.size()) {
            out += formatted(args[index]);
            i = close;
        } else {
            out += pattern[i];
        }
    }
    return out;
}

QString text(const Error &error)
{
    return text(error.text, error.args);
}

QString text(const Fix &fix)
{
    return text(fix.label, fix.args);
}

} // namespace espalier
