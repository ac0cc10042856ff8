// SPDX-License-Identifier: GPL-3.0-or-later
// The studio as a person has it before them: the real window on a screen that nobody sees, its own settings folder, and
// hands for keys, mouse, menus and dialogs.
#pragma once

#include "engine/protocol/document.h"
#include "gui/engine_client/engine_client.h"
#include "gui/engine_client/text.h"
#include "gui/window/actions.h"
#include "gui/window/document_page.h"
#include "gui/window/documents.h"
#include "gui/window/main_window.h"
#include "tests/widgets/graph/hand.h"
#include "widgets/common/theme_manager.h"
#include "widgets/graph/graph_model.h"

#include <QtTest/QtTest>
#include <QtWidgets/QApplication>

#include <functional>
#include <memory>

class QMenu;

namespace espalier {

/// An engine that replays a recording; modes as in tests/support/fake_engine.cpp.
EngineCommand fakeEngine(const QString &mode = QStringLiteral("normal"), int number = 0);
EngineCommand realEngine();

/// Settings, data, state and run folders of this process become empty ones that go when it ends. Before QApplication.
void isolateFromThePerson();
/// Whether a widget is part of one of Qt's own compound controls, which speaks and takes the keyboard for it.
bool isPartOfControl(const QWidget *widget);

class Studio {
public:
    /// Shows the window and waits until it is active and knows the layers.
    explicit Studio(const EngineCommand &command = fakeEngine());
    ~Studio();

    EngineClient &engine() { return *m_engine; }
    MainWindow &window() { return *m_window; }
    Actions &actions() { return m_window->actions(); }
    DocumentPage *page() { return m_window->page(); }
    GraphView &view() { return *page()->view(); }
    GraphModel &model() { return *page()->model(); }
    StudioDocument &document() { return *page()->document(); }
    const Answers &answers() { return page()->answers(); }
    /// The graph on the canvas.
    const DocumentGraph &graph();

    /// Closes every tab without asking, and forgets settings and clipboard.
    void clear();
    /// The sample digits-cnn as an untitled copy, with the keyboard on its canvas; null if it did not come.
    DocumentPage *openDigits();
    DocumentPage *openSample(const QString &name);
    DocumentPage *newDrawing();
    /// Waits until the answers are those of the drawing as it stands.
    bool waitForAnswers();
    /// Waits until the canvas neither glides nor paints.
    void settle();
    bool waitForState(EngineClient::State state);

    /// Ids by what people call things; empty where there is none.
    QString node(const QString &name);
    const DocumentNode *nodeNamed(const QString &name);
    const DocumentNode *nodeById(const QString &id);
    QString wire(const QString &from, const QString &to);
    bool isWired(const QString &from, const QString &to) { return !wire(from, to).isEmpty(); }
    void select(const QStringList &names);
    QStringList selectedNames();
    /// Middle of a node that is free of ports and name, and of a wire; scene units.
    QPointF middleOf(const QString &name);
    QPointF middleOfWire(const QString &from, const QString &to);
    QPointF port(const QString &name, const QString &port, bool isOutput);
    /// A place of the canvas with nothing on it.
    QPointF emptyPlace();
    Hand hand() { return Hand(view()); }

    /// Keys to whatever has the keyboard, as the desktop would send them: "Ctrl+Shift+D", "F6".
    void keys(const QString &sequence);
    void keys(const QKeySequence &sequence);
    void type(const QString &text);
    /// Clicks an action in its menu.
    void clickInMenu(QStringView action);
    void clickMenuItem(QMenu *menu, const QString &text);
    /// The first key of the action in the current keymap; by its menu where it has none.
    void drive(QStringView action);

    /// While the next calls run a dialog or a menu of their own, `act` is called with it, once. It must close it.
    void whenModal(std::function<void(QWidget *)> act);
    /// Whether what was given to whenModal has run.
    bool metModal() const { return !m_modal; }
    /// The popup that is open (quick-add, a menu); null: none.
    static QWidget *popup() { return QApplication::activePopupWidget(); }
    /// In quick-add: types, and takes the best match.
    void takeFromPopup(const QString &text);

    QString statusText(const QString &accessibleName);
    QString message() { return statusText(QStringLiteral("Message")); }

private:
    QWindow *keyWindow();

    std::unique_ptr<EngineClient> m_engine;
    std::unique_ptr<MainWindow> m_window;
    std::function<void(QWidget *)> m_modal;
    QTimer m_modalPoll;
};

template <typename Test>
int runStudioTest(int argc, char **argv)
{
    isolateFromThePerson();
    QApplication application(argc, argv);
    QGuiApplication::setQuitOnLastWindowClosed(false);
    QApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
    ThemeManager::instance().install(application);
    Test test;
    return QTest::qExec(&test, argc, argv);
}

} // namespace espalier
