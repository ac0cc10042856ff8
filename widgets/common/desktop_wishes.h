// SPDX-License-Identifier: GPL-3.0-or-later
// What the desktop asks of every program: dark or light, high contrast, little motion (XDG settings portal).
#pragma once

#include <QtCore/QObject>
#include <QtCore/QString>

#include <optional>

class QDBusMessage;
class QVariant;

namespace espalier {

/// Follows org.freedesktop.portal.Settings without ever waiting for it. All wishes are unknown until it answers, and
/// stay so where there is no portal.
class DesktopWishes : public QObject {
    Q_OBJECT
public:
    explicit DesktopWishes(QObject *parent = nullptr);

    /// Connects to the session's bus, if there is one. Does nothing without Qt D-Bus.
    void listen();

    /// One setting as the portal names and types it; unknown ones are ignored.
    void apply(const QString &group, const QString &key, const QVariant &value);

    std::optional<bool> isDark() const { return m_isDark; }
    std::optional<bool> highContrast() const { return m_highContrast; }
    std::optional<bool> reducedMotion() const { return m_reducedMotion; }

signals:
    void changed();

private slots:
    void settingChanged(const QDBusMessage &message);

private:
    std::optional<bool> m_isDark;
    std::optional<bool> m_highContrast;
    std::optional<bool> m_reducedMotion;
};

} // namespace espalier
