// SPDX-License-Identifier: GPL-3.0-or-later
// Where the studio keeps what is neither a setting nor a person's file: locks and recovery journals.
#pragma once

#include <QtCore/QString>

namespace espalier {

/// $XDG_STATE_HOME/espalier or ~/.local/state/espalier. It need not exist. (Qt 6.4 has no name for this place.)
QString stateFolder();

} // namespace espalier
