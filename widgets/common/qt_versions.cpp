// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/common/qt_versions.h"

#include <QtGui/QGuiApplication>
#include <QtGui/QStyleHints>

namespace espalier {

void announceColorScheme([[maybe_unused]] bool isDark)
{
#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
    QGuiApplication::styleHints()->setColorScheme(isDark ? Qt::ColorScheme::Dark : Qt::ColorScheme::Light);
#endif
}

std::optional<bool> platformIsDark()
{
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
    const Qt::ColorScheme scheme = QGuiApplication::styleHints()->colorScheme();
    if (scheme != Qt::ColorScheme::Unknown)
        return scheme == Qt::ColorScheme::Dark;
#endif
    return std::nullopt;
}

} // namespace espalier
