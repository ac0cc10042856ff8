// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/common/theme_manager.h"

#include "widgets/common/desktop_wishes.h"
#include "widgets/common/qt_versions.h"
#include "widgets/common/style.h"

#include <QtCore/QEvent>
#include <QtCore/QTimer>
#include <QtGui/QFontDatabase>
#include <QtGui/QFontInfo>
#include <QtWidgets/QApplication>
#include <QtWidgets/QToolTip>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

constexpr int kSmallestFont = 13; // the drawn targets' body size

bool isDarkPalette(const QPalette &palette)
{
    return palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness();
}

/// The desktop's size, Inter where it is installed, no smaller than the drawn targets.
QFont interfaceFont(QFont font)
{
    const int pixels = std::max(QFontInfo(font).pixelSize(), kSmallestFont);
    if (QFontDatabase::hasFamily(u"Inter"_s))
        font.setFamily(u"Inter"_s);
    font.setPixelSize(pixels);
    return font;
}

qreal fontPixels()
{
    return qGuiApp ? std::max(1, QFontInfo(QGuiApplication::font()).pixelSize()) : kSmallestFont;
}

} // namespace

const Theme &Theme::current()
{
    return ThemeManager::instance().theme();
}

ThemeManager &ThemeManager::instance()
{
    static ThemeManager manager;
    return manager;
}

ThemeManager::ThemeManager()
    : m_theme(Theme::load(u"light"_s))
{
}

void ThemeManager::install(QApplication &application)
{
    if (m_isInstalled)
        return;
    m_isInstalled = true;
    m_platformIsDark = platformIsDark().value_or(isDarkPalette(QGuiApplication::palette()));
    QApplication::setStyle(new EspalierStyle);
    QApplication::setFont(interfaceFont(QApplication::font()));
    application.installEventFilter(this);
    auto *desktop = new DesktopWishes(&application);
    m_desktop = desktop;
    connect(desktop, &DesktopWishes::changed, this, &ThemeManager::refresh);
    connect(desktop, &QObject::destroyed, this, [this] { m_desktop = nullptr; });
    const QString platform = QGuiApplication::platformName();
    if (platform != "offscreen"_L1 && platform != "minimal"_L1)
        QTimer::singleShot(0, desktop, &DesktopWishes::listen);
    refresh();
}

void ThemeManager::setMode(ThemeMode mode)
{
    m_mode = mode;
    refresh();
}

void ThemeManager::setReducedMotion(std::optional<bool> reduced)
{
    m_reducedMotion = reduced;
    refresh();
}

void ThemeManager::setHighContrast(std::optional<bool> high)
{
    m_highContrast = high;
    refresh();
}

bool ThemeManager::wantsDark() const
{
    if (m_mode != ThemeMode::System)
        return m_mode == ThemeMode::Dark;
    const auto *desktop = qobject_cast<DesktopWishes *>(m_desktop);
    return desktop ? desktop->isDark().value_or(m_platformIsDark) : m_platformIsDark;
}

void ThemeManager::refresh()
{
    const auto *desktop = qobject_cast<DesktopWishes *>(m_desktop);
    const bool contrast = m_highContrast.value_or(desktop && desktop->highContrast().value_or(false));
    const bool calm = m_reducedMotion.value_or(desktop && desktop->reducedMotion().value_or(false));
    m_isRefreshing = true;
    m_theme = Theme::load(wantsDark() ? u"dark"_s : u"light"_s, fontPixels(), contrast, calm);
    if (m_isInstalled) {
        announceColorScheme(m_theme.isDark);
        QApplication::setPalette(m_theme.palette());
        QToolTip::setPalette(m_theme.palette());
        QToolTip::setFont(m_theme.font());
    }
    m_isRefreshing = false;
    emit changed();
}

bool ThemeManager::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::ApplicationFontChange && watched == qApp && !m_isRefreshing)
        refresh();
    return QObject::eventFilter(watched, event);
}

} // namespace espalier
