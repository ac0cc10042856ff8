// SPDX-License-Identifier: GPL-3.0-or-later
// The one place of the studio that asks which Qt it is built with (6.4 is the floor).
#pragma once

#include <optional>

namespace espalier {

/// Tells the platform whether our windows are dark, where Qt can (6.8): title bars and native dialogs follow.
void announceColorScheme(bool isDark);

/// Whether the desktop is dark, where Qt knows (6.5); nullopt: unknown. Ask before announceColorScheme.
std::optional<bool> platformIsDark();

} // namespace espalier
