// SPDX-License-Identifier: GPL-3.0-or-later
// Chooses the theme in force: by hand, or as the desktop asks, and tells who paints when it changed.
#pragma once

#include "widgets/common/theme.h"

#include <QtCore/QObject>

#include <optional>

class QApplication;
class QVariant;

namespace espalier {

enum class ThemeMode { System, Light, Dark };

/// One per program. GUI thread only. Tests may use it without install(): then Theme::current() is light at 13 px until
/// a mode is set.
class ThemeManager : public QObject {
    Q_OBJECT
public:
    static ThemeManager &instance();

    /// Gives `application` our style, font and palette, and follows the desktop's wishes. Call once, before the first
    /// window. Never waits: the settings portal answers later, and changed() tells.
    void install(QApplication &application);

    ThemeMode mode() const { return m_mode; }
    void setMode(ThemeMode mode);

    /// nullopt: as the desktop asks.
    void setReducedMotion(std::optional<bool> reduced);
    void setHighContrast(std::optional<bool> high);

    const Theme &theme() const { return m_theme; }

signals:
    /// The theme in force is another one; the application's palette has been set.
    void changed();

private:
    friend class DesktopWishes;

    ThemeManager();
    void refresh();
    bool wantsDark() const;
    bool eventFilter(QObject *watched, QEvent *event) override;

    Theme m_theme;
    ThemeMode m_mode = ThemeMode::System;
    std::optional<bool> m_reducedMotion;
    std::optional<bool> m_highContrast;
    QObject *m_desktop = nullptr;
    bool m_platformIsDark = false;
    bool m_isInstalled = false;
    bool m_isRefreshing = false;
};

} // namespace espalier
