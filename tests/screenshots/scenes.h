// SPDX-License-Identifier: GPL-3.0-or-later
// What the gallery draws: one scene for each widget or screen and state.
#pragma once

#include <QtCore/QList>
#include <QtCore/QSize>
#include <QtCore/QString>

#include <functional>
#include <memory>

class QWidget;

namespace espalier {

/// A picture of the gallery. `make` is called anew for each theme and ratio, with the theme in force.
struct Scene {
    QString name; ///< of the file: "<name>-<theme>-<ratio>x.png"
    QSize size; ///< logical px; empty: the widget's own
    std::function<std::unique_ptr<QWidget>()> make;
};

QList<Scene> chartScenes();
QList<Scene> controlScenes();
QList<Scene> listScenes();
QList<Scene> propertyScenes();
QList<Scene> tensorScenes();
QList<Scene> windowScenes();

} // namespace espalier
