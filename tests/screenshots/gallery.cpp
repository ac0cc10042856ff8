// SPDX-License-Identifier: GPL-3.0-or-later
// gallery FOLDER [NAME]: draws every scene (or those whose name begins with NAME) in both themes at 1x and 2x, to be
// looked at; those of the whole window begin with "studio" and are drawn when asked for. Exit 1 if a picture is blank
// or can't be written.
#include "tests/screenshots/scenes.h"
#include "widgets/common/theme_manager.h"

#include <QtCore/QDir>
#include <QtCore/QTemporaryDir>
#include <QtGui/QImage>
#include <QtGui/QPainter>
#include <QtWidgets/QApplication>
#include <QtWidgets/QWidget>

#include <cstdio>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

bool isBlank(const QImage &image)
{
    const QRgb first = image.pixel(0, 0);
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            if (image.pixel(x, y) != first)
                return false;
        }
    }
    return true;
}

QImage drawn(const Scene &scene, int ratio)
{
    const std::unique_ptr<QWidget> widget = scene.make();
    if (!scene.size.isEmpty())
        widget->resize(scene.size);
    widget->show();
    widget->activateWindow();
    for (int turn = 0; turn < 3; ++turn) // layouts settle, scenes that load off the GUI thread arrive
        QApplication::processEvents();
    QImage image(widget->size() * ratio, QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(ratio);
    image.fill(Qt::transparent);
    widget->render(&image);
    return image;
}

bool save(const Scene &scene, const QDir &folder, const QString &theme, int ratio)
{
    const QImage image = drawn(scene, ratio);
    const QString path = folder.filePath(u"%1-%2-%3x.png"_s.arg(scene.name, theme).arg(ratio));
    const bool isGood = !isBlank(image) && image.save(path);
    if (!isGood)
        std::fprintf(stderr, "blank, or can't be written: %s\n", qPrintable(path));
    return isGood;
}

QList<Scene> scenes()
{
    return chartScenes() + controlScenes() + listScenes() + propertyScenes() + tensorScenes();
}

int run(const QDir &folder, const QString &beginning)
{
    bool isGood = folder.mkpath(u"."_s);
    for (const ThemeMode mode : {ThemeMode::Dark, ThemeMode::Light}) {
        ThemeManager::instance().setMode(mode);
        const bool wantsWindows = beginning.startsWith("studio"_L1); // they start an engine each: on demand only
        for (const Scene &scene : wantsWindows ? windowScenes() : scenes()) {
            if (!scene.name.startsWith(beginning))
                continue;
            for (const int ratio : {1, 2})
                isGood = save(scene, folder, Theme::current().name, ratio) && isGood;
        }
    }
    return isGood ? 0 : 1;
}

} // namespace
} // namespace espalier

int main(int argc, char **argv)
{
    const QTemporaryDir home; // nobody's settings in the pictures, and nothing left behind
    qputenv("XDG_CONFIG_HOME", home.path().toUtf8());
    qputenv("XDG_STATE_HOME", home.path().toUtf8());
    qputenv("XDG_DATA_HOME", home.path().toUtf8());
    qputenv("XDG_RUNTIME_DIR", home.path().toUtf8());
    QApplication application(argc, argv);
    const QStringList arguments = QApplication::arguments();
    if (arguments.size() < 2) {
        std::fprintf(stderr, "gallery FOLDER [NAME]\n");
        return 1;
    }
    espalier::ThemeManager::instance().install(application);
    return espalier::run(QDir(arguments[1]), arguments.value(2));
}
