// SPDX-License-Identifier: GPL-3.0-or-later
// The engine's texts on the screen: std::string to QString, and its errors in the person's language.
#pragma once

#include "engine/base/error.h"

#include <QtCore/QString>

#include <string_view>

namespace espalier {

inline QString qString(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

/// A template of the engine, translated (context "engine"), its arguments formatted by the locale. An unknown template
/// shows the English.
QString text(std::string_view textTemplate, const std::vector<Arg> &args);
/// The error's sentence.
QString text(const Error &error);
/// The label of a fix's button.
QString text(const Fix &fix);

} // namespace espalier
