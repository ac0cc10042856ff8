// SPDX-License-Identifier: GPL-3.0-or-later
// Where the studio keeps what is the user's and no document's.
#pragma once

#include <QtCore/QString>

namespace espalier {

/// Journals, locks, lists: "$XDG_STATE_HOME/espalier", or what the system has in its place. Not made yet, maybe.
QString stateFolder();
QString journalFolder();
QString lockFolder();
/// The user's library of blocks.
QString blockLibraryFolder();

} // namespace espalier
