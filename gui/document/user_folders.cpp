// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/document/user_folders.h"

#include <QtCore/QDir>
#include <QtCore/QStandardPaths>

namespace espalier {

QString stateFolder()
{
    const QString told = qEnvironmentVariable("XDG_STATE_HOME"); // Qt 6.4 does not know this folder
    if (QDir::isAbsolutePath(told))
        return told + QStringLiteral("/espalier");
#if defined(Q_OS_WIN) || defined(Q_OS_MACOS)
    return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + QStringLiteral("/espalier/state");
#else
    return QDir::homePath() + QStringLiteral("/.local/state/espalier");
#endif
}

QString journalFolder()
{
    return stateFolder() + QStringLiteral("/journals");
}

QString lockFolder()
{
    return stateFolder() + QStringLiteral("/locks");
}

QString blockLibraryFolder()
{
    return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + QStringLiteral("/espalier/blocks");
}

} // namespace espalier
