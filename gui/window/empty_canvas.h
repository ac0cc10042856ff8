// SPDX-License-Identifier: GPL-3.0-or-later
// What an empty drawing says: how to begin, and templates to begin from.
#pragma once

class QWidget;

namespace espalier {

class MainWindow;

QWidget *makeEmptyCanvas(MainWindow &window);

} // namespace espalier
