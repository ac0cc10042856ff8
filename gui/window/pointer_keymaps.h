// SPDX-License-Identifier: GPL-3.0-or-later
// Which mouse gestures each keymap begins with which buttons.
#pragma once

#include "gui/window/action_table.h"
#include "widgets/graph/pointer_bindings.h"

namespace espalier {

PointerBindings pointerBindings(Keymap keymap);

} // namespace espalier
