// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/common/desktop_wishes.h"

#ifdef ESPALIER_WITH_DBUS
#include <QtDBus/QDBusArgument>
#include <QtDBus/QDBusConnection>
#include <QtDBus/QDBusMessage>
#include <QtDBus/QDBusPendingCallWatcher>
#include <QtDBus/QDBusPendingReply>
#include <QtDBus/QDBusVariant>
#endif

#include <QtCore/QFileInfo>
#include <QtCore/QVariant>

using namespace Qt::StringLiterals;

namespace espalier {

DesktopWishes::DesktopWishes(QObject *parent)
    : QObject(parent)
{
}

void DesktopWishes::apply(const QString &group, const QString &key, const QVariant &value)
{
    const auto old = std::tuple(m_isDark, m_highContrast, m_reducedMotion);
    if (group == "org.freedesktop.appearance"_L1) {
        const uint number = value.toUInt();
        if (key == "color-scheme"_L1)
            m_isDark = number == 1 ? std::optional(true) : number == 2 ? std::optional(false) : std::nullopt;
        else if (key == "contrast"_L1)
            m_highContrast = number == 1;
        else if (key == "reduced-motion"_L1)
            m_reducedMotion = number == 1;
    } else if (group == "org.gnome.desktop.interface"_L1 && key == "enable-animations"_L1) {
        m_reducedMotion = !value.toBool();
    }
    if (old != std::tuple(m_isDark, m_highContrast, m_reducedMotion))
        emit changed();
}

#ifdef ESPALIER_WITH_DBUS

namespace {

const QString kService = u"org.freedesktop.portal.Desktop"_s;
const QString kPath = u"/org/freedesktop/portal/desktop"_s;
const QString kInterface = u"org.freedesktop.portal.Settings"_s;

/// Asking for a bus where there is none would start one.
bool hasSessionBus()
{
    if (qEnvironmentVariableIsSet("DBUS_SESSION_BUS_ADDRESS"))
        return true;
    return QFileInfo::exists(qEnvironmentVariable("XDG_RUNTIME_DIR") + u"/bus"_s);
}

QVariant unwrapped(QVariant value)
{
    while (value.metaType() == QMetaType::fromType<QDBusVariant>())
        value = value.value<QDBusVariant>().variant();
    return value;
}

using Settings = QMap<QString, QVariantMap>;

Settings settingsOf(const QDBusMessage &reply)
{
    Settings settings;
    const QVariant first = reply.arguments().value(0);
    if (first.metaType() == QMetaType::fromType<QDBusArgument>())
        first.value<QDBusArgument>() >> settings;
    return settings;
}

} // namespace

void DesktopWishes::listen()
{
    if (!hasSessionBus())
        return;
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return;
    bus.connect(kService, kPath, kInterface, u"SettingChanged"_s, this, SLOT(settingChanged(QDBusMessage)));
    QDBusMessage call = QDBusMessage::createMethodCall(kService, kPath, kInterface, u"ReadAll"_s);
    call << QStringList{u"org.freedesktop.appearance"_s, u"org.gnome.desktop.interface"_s};
    auto *watcher = new QDBusPendingCallWatcher(bus.asyncCall(call), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
        const Settings settings = settingsOf(watcher->reply());
        for (auto group = settings.begin(); group != settings.end(); ++group) {
            for (auto it = group->begin(); it != group->end(); ++it)
                apply(group.key(), it.key(), unwrapped(it.value()));
        }
        watcher->deleteLater();
    });
}

void DesktopWishes::settingChanged(const QDBusMessage &message)
{
    const QVariantList arguments = message.arguments();
    if (arguments.size() == 3)
        apply(arguments[0].toString(), arguments[1].toString(), unwrapped(arguments[2]));
}

#else

void DesktopWishes::listen() { }

void DesktopWishes::settingChanged(const QDBusMessage &) { }

#endif

} // namespace espalier
