// SPDX-License-Identifier: GPL-3.0-or-later
// Finds nodes of the whole document, blocks included, by name or kind.
#pragma once

namespace espalier {

class MainWindow;

struct FindBar {
    /// Pops up over the canvas; choosing shows the node.
    static void open(MainWindow &window);
};

} // namespace espalier
