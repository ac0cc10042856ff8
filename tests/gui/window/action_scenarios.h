// SPDX-License-Identifier: GPL-3.0-or-later
// What each action of the table is for, played with the real window: one scenario an action.
#pragma once

#include <QtCore/QString>

#include <functional>
#include <vector>

namespace espalier {

class Studio;

struct Scenario {
    const char *id; ///< of the action
    std::function<void(Studio &)> act; ///< drives and checks; the studio shows digits-cnn with the keyboard on it
    bool needsTraining = false; ///< against the real engine, with a drawing that trains for long
};

const std::vector<Scenario> &actionScenarios();
/// Those about runs and what they show; part of the others.
std::vector<Scenario> watchScenarios();

/// Drives Train, and waits for the first step; drives Stop, and waits for the end.
void startsRun(Studio &studio);
void stopsRun(Studio &studio);

/// Answers the file dialog that opens next with `path`.
void answerFileDialog(Studio &studio, const QString &path);
/// digits-cnn with a training that takes long, from a file. Needs a studio with the real engine.
bool openLongTraining(Studio &studio);
/// A path in a folder that goes when the program ends.
QString scratch(const QString &name);

} // namespace espalier
