// SPDX-License-Identifier: GPL-3.0-or-later
// What the menu's and keyboard's actions do on the canvas that is shown.
#pragma once

#include <functional>

namespace espalier {

class Actions;
class CanvasController;
class DocumentPage;

/// The canvas that actions are for; both null where no document is shown.
struct CurrentCanvas {
    DocumentPage *page = nullptr;
    CanvasController *controller = nullptr;
};

/// Gives every canvas action, undo and redo their handlers. `current` is asked each time.
void bindCanvasCommands(Actions &actions, const std::function<CurrentCanvas()> &current);

} // namespace espalier
