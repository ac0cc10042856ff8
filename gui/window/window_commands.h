// SPDX-License-Identifier: GPL-3.0-or-later
// What the window's own actions do: files, theme, panels, settings, runs, help.
#pragma once

namespace espalier {

class DocumentPage;
class MainWindow;
class TrainController;

void bindWindowCommands(MainWindow &window);
/// Gives a new canvas the person's settings, and what it says while it is empty.
void prepareCanvas(MainWindow &window, DocumentPage &page);

} // namespace espalier
