// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/document/state_folder.h"

#include <QtCore/QDir>

namespace espalier {

QString stateFolder()
{
    const QString named = qEnvironmentVariable("XDG_STATE_HOME");
    const bool counts = QDir::isAbsolutePath(named); // the XDG rules: a relative one is ignored
    return (counts ? named : QDir::homePath() + QStringLiteral("/.local/state")) + QStringLiteral("/espalier");
}

} // namespace espalier
