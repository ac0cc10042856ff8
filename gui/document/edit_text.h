// SPDX-License-Identifier: GPL-3.0-or-later
// The words of undo steps.
#pragma once

#include <QtCore/QCoreApplication>
#include <QtCore/QString>

#include <string_view>

namespace espalier {

struct EditText {
    Q_DECLARE_TR_FUNCTIONS(espalier::EditText)
};

inline QString toText(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

} // namespace espalier
