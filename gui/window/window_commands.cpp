// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/window/window_commands.h"

#include "gui/dialogs/about_dialog.h"
#include "gui/dialogs/settings_dialog.h"
#include "gui/document/recent_files.h"
#include "gui/engine_client/engine_client.h"
#include "gui/engine_client/text.h"
#include "gui/panels/tensor_panel.h"
#include "gui/window/actions.h"
#include "gui/window/document_page.h"
#include "gui/window/documents.h"
#include "gui/window/empty_canvas.h"
#include "gui/window/find_bar.h"
#include "gui/window/main_window.h"
#include "gui/window/panel_area.h"
#include "gui/window/picture_export.h"
#include "gui/window/pointer_keymaps.h"
#include "gui/window/train_controller.h"
#include "widgets/common/theme_manager.h"

#include <QtCore/QSettings>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QMenu>

namespace espalier {
namespace {

NodeFigure shownFigure()
{
    const int figure = QSettings().value(QStringLiteral("canvas/figure"), 0).toInt();
    return figure == static_cast<int>(NodeFigure::MultiplyAdds) ? NodeFigure::MultiplyAdds : NodeFigure::Parameters;
}

void bindFiles(MainWindow &window)
{
    Actions &actions = window.actions();
    Documents &documents = window.documents();
    actions.handle("file.new", [&] { documents.newDocument(); });
    actions.handle("file.open", [&] {
        const QStringList paths = QFileDialog::getOpenFileNames(
            &window, MainWindow::tr("Open drawings"), {},
            MainWindow::tr("Drawings (*.espalier)") + QStringLiteral(";;") + MainWindow::tr("All files (*)"));
        for (const QString &path : paths)
            documents.open(path);
    });
    const auto withPage = [&window](auto act) {
        return [&window, act] {
            if (DocumentPage *page = window.page())
                act(page);
        };
    };
    actions.handle("file.save", withPage([&](DocumentPage *page) { documents.save(page); }));
    actions.handle("file.save_as", withPage([&](DocumentPage *page) { documents.saveAs(page); }));
    actions.handle("file.export_picture", withPage([](DocumentPage *page) { askAndExportPicture(*page); }));
    actions.handle("file.close", withPage([&](DocumentPage *page) { documents.close(page); }));
    actions.handle("file.quit", [&] { window.close(); });
    QMenu *recent = actions.menu(u"file/recent");
    QObject::connect(recent, &QMenu::aboutToShow, &window, [&window, recent] {
        recent->clear();
        window.documents().recent().refresh();
        for (const RecentFile &file : window.documents().recent().files()) {
            const QString path = file.path;
            QAction *action = recent->addAction(file.title() + QStringLiteral("  ·  ") + file.folder(), &window,
                                                [&window, path] { window.documents().open(path); });
            action->setToolTip(file.summary());
            action->setEnabled(file.exists);
        }
        if (recent->isEmpty())
            recent->addAction(MainWindow::tr("Nothing yet"))->setEnabled(false);
        recent->setToolTipsVisible(true);
    });
    QMenu *samples = actions.menu(u"file/samples");
    QObject::connect(window.engine(), &EngineClient::ready, samples, [&window, samples] {
        window.engine()->request(QStringLiteral("samples.list"), JsonValue::object(), samples,
                                 [&window, samples](const Result<JsonValue> &list) {
                                     samples->clear();
                                     if (!list)
                                         return;
                                     for (const JsonValue &sample : (*list)["samples"].items()) {
                                         const QString name = qString(sample["name"].string());
                                         QAction *action = samples->addAction(
                                             name, &window, [&window, name] { window.documents().openSample(name); });
                                         action->setToolTip(qString(sample["summary"].string()));
                                     }
                                     samples->setToolTipsVisible(true);
                                 });
    });
}

void bindThemes(MainWindow &window)
{
    Actions &actions = window.actions();
    const auto choose = [&actions](ThemeMode mode) {
        ThemeManager::instance().setMode(mode);
        QSettings().setValue(QStringLiteral("theme"), static_cast<int>(mode));
        actions.action(u"view.theme_system")->setChecked(mode == ThemeMode::System);
        actions.action(u"view.theme_light")->setChecked(mode == ThemeMode::Light);
        actions.action(u"view.theme_dark")->setChecked(mode == ThemeMode::Dark);
    };
    actions.handle("view.theme_system", [choose] { choose(ThemeMode::System); });
    actions.handle("view.theme_light", [choose] { choose(ThemeMode::Light); });
    actions.handle("view.theme_dark", [choose] { choose(ThemeMode::Dark); });
    choose(ThemeManager::instance().mode());
}

void bindWindowView(MainWindow &window)
{
    Actions &actions = window.actions();
    const auto toggle = [&](const char *id, PanelArea *area) {
        QAction *action = actions.action(QString::fromLatin1(id));
        actions.handle(id, [action, area] { area->setVisible(action->isChecked()); });
        action->setChecked(true);
    };
    toggle("view.panels_left", window.leftPanels());
    toggle("view.panels_right", window.rightPanels());
    toggle("view.panels_bottom", window.bottomPanels());
    actions.handle("view.full_screen",
                   [&window] { window.setWindowState(window.windowState() ^ Qt::WindowFullScreen); });
    actions.handle("view.dashboard", [&window] { window.toggleDashboard(); });
    const auto option = [&](const char *id, const QString &key, bool fallback, auto apply) {
        QAction *action = actions.action(QString::fromLatin1(id));
        action->setChecked(QSettings().value(key, fallback).toBool());
        actions.handle(id, [&window, action, key, apply] {
            QSettings().setValue(key, action->isChecked());
            for (int i = 0; i < window.pageCount(); ++i)
                apply(*window.page(i)->view(), action->isChecked());
        });
    };
    option("view.minimap", QStringLiteral("canvas/minimap"), true,
           [](GraphView &view, bool on) { view.setMinimapVisible(on); });
    option("view.snap", QStringLiteral("canvas/snap"), false,
           [](GraphView &view, bool on) { view.setSnapsToGrid(on); });
    const auto showFigure = [&window, &actions](NodeFigure figure) {
        QSettings().setValue(QStringLiteral("canvas/figure"), static_cast<int>(figure));
        actions.action(u"view.show_parameters")->setChecked(figure == NodeFigure::Parameters);
        actions.action(u"view.show_multiply_adds")->setChecked(figure == NodeFigure::MultiplyAdds);
        for (int i = 0; i < window.pageCount(); ++i)
            window.page(i)->setFigure(figure);
    };
    actions.handle("view.show_parameters", [showFigure] { showFigure(NodeFigure::Parameters); });
    actions.handle("view.show_multiply_adds", [showFigure] { showFigure(NodeFigure::MultiplyAdds); });
    showFigure(shownFigure());
    actions.handle("edit.find", [&window] { FindBar::open(window); });
}

NodePicture shownPicture()
{
    const int picture
        = QSettings().value(QStringLiteral("canvas/picture"), static_cast<int>(NodePicture::Activations)).toInt();
    return static_cast<NodePicture>(std::clamp(picture, 0, static_cast<int>(NodePicture::Gradients)));
}

/// What nodes and wires show of a run, and the panels that look into it.
void bindLooking(MainWindow &window)
{
    Actions &actions = window.actions();
    const std::pair<const char *, NodePicture> kPictures[] = {{"view.picture_activations", NodePicture::Activations},
                                                              {"view.picture_weights", NodePicture::Weights},
                                                              {"view.picture_gradients", NodePicture::Gradients},
                                                              {"view.picture_nothing", NodePicture::Nothing}};
    const auto choose = [&window, &actions, kPictures](NodePicture chosen) {
        QSettings().setValue(QStringLiteral("canvas/picture"), static_cast<int>(chosen));
        for (const auto &[id, picture] : kPictures)
            actions.action(QString::fromLatin1(id))->setChecked(picture == chosen);
        for (int i = 0; i < window.pageCount(); ++i)
            window.page(i)->watch()->setPicture(chosen);
    };
    for (const auto &[id, picture] : kPictures)
        actions.handle(id, [choose, picture = picture] { choose(picture); });
    choose(shownPicture());
    QAction *flow = actions.action(u"view.gradient_wires");
    actions.handle("view.gradient_wires", [&window, flow] {
        for (int i = 0; i < window.pageCount(); ++i)
            window.page(i)->setShowsGradientFlow(flow->isChecked());
    });
    const auto open = [&window](const QString &panel) {
        window.bottomPanels()->setVisible(true);
        window.bottomPanels()->setCurrent(panel);
        window.bottomPanels()->focusPanel();
    };
    for (const char *panel : {"predictions", "confusion", "tensors"})
        actions.handle((QByteArrayLiteral("view.") + panel).constData(),
                       [open, id = QString::fromLatin1(panel)] { open(id); });
    actions.handle("run.pick_sample", [&window, open] {
        open(QStringLiteral("tensors"));
        window.tensors()->pickSample();
    });
}

void bindRuns(MainWindow &window)
{
    Actions &actions = window.actions();
    TrainController &train = window.trainer();
    actions.handle("run.start", [&] { train.start(window.page()); });
    actions.handle("run.pause", [&] { train.pauseOrGoOn(); });
    actions.handle("run.step", [&] { train.step(); });
    actions.handle("run.stop", [&] { train.stop(); });
    actions.handle("run.now", [&] { train.runNow(); });
    actions.handle("run.apply", [&] { train.apply(); });
    actions.handle("run.resume", [&] { train.resume(QStringLiteral("last")); });
    actions.handle("run.resume_best", [&] { train.resume(QStringLiteral("best")); });
    actions.handle("run.rate_half", [&] { train.changeRate(0.5); });
    actions.handle("run.rate_double", [&] { train.changeRate(2); });
}

void bindDialogs(MainWindow &window)
{
    Actions &actions = window.actions();
    const auto settings = [&window](SettingsDialog::Part part) {
        SettingsDialog dialog(window.actions(), part, &window);
        QObject::connect(&dialog, &SettingsDialog::autosaveChosen, &window.documents(), &Documents::setAutosave);
        dialog.exec();
        for (int i = 0; i < window.pageCount(); ++i)
            prepareCanvas(window, *window.page(i));
    };
    actions.handle("edit.settings", [settings] { settings(SettingsDialog::Part::General); });
    actions.handle("help.shortcuts", [settings] { settings(SettingsDialog::Part::Shortcuts); });
    actions.handle("help.about", [&window] { AboutDialog(&window).exec(); });
}

} // namespace

void bindWindowCommands(MainWindow &window)
{
    bindFiles(window);
    bindThemes(window);
    bindWindowView(window);
    bindLooking(window);
    bindRuns(window);
    bindDialogs(window);
}

void prepareCanvas(MainWindow &window, DocumentPage &page)
{
    const QSettings settings;
    GraphView *view = page.view();
    view->setMinimapVisible(settings.value(QStringLiteral("canvas/minimap"), true).toBool());
    view->setSnapsToGrid(settings.value(QStringLiteral("canvas/snap"), false).toBool());
    view->setDirection(settings.value(QStringLiteral("canvas/top_to_bottom"), false).toBool()
                           ? GraphDirection::TopToBottom
                           : GraphDirection::LeftToRight);
    view->setPointerBindings(pointerBindings(window.actions().keymap()));
    view->setEmptyState(makeEmptyCanvas(window));
    page.setFigure(shownFigure());
    page.watch()->setPicture(shownPicture());
    page.setShowsGradientFlow(window.actions().action(u"view.gradient_wires")->isChecked());
}

} // namespace espalier
