// SPDX-License-Identifier: GPL-3.0-or-later
// Every screen as a screen reader and a keyboard find it: names, roles, states, and a focus that can be seen.
#include "tests/gui/window/studio.h"

#include "gui/dialogs/about_dialog.h"
#include "gui/dialogs/settings_dialog.h"
#include "gui/engine_client/text.h"
#include "gui/window/panel_area.h"
#include "gui/window/status_line.h"

#include <QtGui/QAccessible>
#include <QtWidgets/QAbstractButton>
#include <QtWidgets/QAbstractItemView>
#include <QtWidgets/QAbstractSpinBox>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QMenu>
#include <QtWidgets/QTabBar>

using namespace espalier;
using namespace Qt::StringLiterals;

namespace {

bool isControl(const QWidget *widget)
{
    return widget->focusPolicy() != Qt::NoFocus || qobject_cast<const QAbstractButton *>(widget)
        || qobject_cast<const QTabBar *>(widget);
}

QString describe(const QWidget *widget)
{
    QString path;
    for (const QWidget *each = widget; each; each = each->parentWidget())
        path.prepend(u" / "_s + QString::fromLatin1(each->metaObject()->className()));
    return path + u" “"_s + widget->objectName() + u"”"_s;
}

QStringList namelessIn(QWidget *screen)
{
    QStringList nameless;
    QList<QWidget *> widgets = screen->findChildren<QWidget *>();
    for (QWidget *widget : std::as_const(widgets)) {
        const auto *tabs = qobject_cast<QTabBar *>(widget);
        if (!widget->isVisible() || !isControl(widget) || isPartOfControl(widget) || (tabs && tabs->count() == 0))
            continue;
        const QAccessibleInterface *spoken = QAccessible::queryAccessibleInterface(widget);
        if (!spoken || spoken->text(QAccessible::Name).trimmed().isEmpty())
            nameless.append(describe(widget));
    }
    return nameless;
}

} // namespace

class TstAccess : public QObject {
    Q_OBJECT
private slots:
    void init();
    void noControlIsNameless_data();
    void noControlIsNameless();
    void canvasIsInTheTree();
    void problemsAreInTheTree();
    void focusIsSeen();
    void shiftTabLeavesTheCanvas();
    void controlsAreLargeEnough();

private:
    std::unique_ptr<Studio> m_studio;
};

void TstAccess::init()
{
    if (!m_studio)
        m_studio = std::make_unique<Studio>(realEngine());
    m_studio->clear();
    QVERIFY(m_studio->openDigits());
}

void TstAccess::noControlIsNameless_data()
{
    QTest::addColumn<QString>("screen");
    for (const char *screen :
         {"no drawing", "empty drawing", "drawing", "layers", "blocks", "outline", "problems", "history", "settings",
          "shortcuts", "about", "quick-add", "find", "menu", "rename", "block"})
        QTest::newRow(screen) << QString::fromLatin1(screen);
}

void TstAccess::noControlIsNameless()
{
    QFETCH(QString, screen);
    Studio &studio = *m_studio;
    const auto check = [](QWidget *widget) {
        const QStringList nameless = namelessIn(widget);
        QVERIFY2(nameless.isEmpty(), qPrintable(nameless.join(u'\n')));
    };
    if (screen == u"no drawing") {
        studio.clear();
    } else if (screen == u"empty drawing") {
        studio.newDrawing();
    } else if (screen == u"layers" || screen == u"blocks" || screen == u"outline") {
        studio.window().leftPanels()->setCurrent(screen);
    } else if (screen == u"problems") {
        studio.select({u"conv2"_s});
        studio.keys(u"Del"_s);
        QVERIFY(studio.waitForAnswers());
        QVERIFY(!studio.answers().problems.isEmpty());
        studio.window().bottomPanels()->setCurrent(screen);
    } else if (screen == u"history") {
        studio.window().bottomPanels()->setCurrent(screen);
    } else if (screen == u"drawing") {
        studio.select({u"conv1"_s});
    } else if (screen == u"block") {
        studio.select({u"conv1"_s, u"norm1"_s});
        studio.keys(u"Ctrl+G"_s);
        studio.keys(u"Ctrl+E"_s);
        QVERIFY(studio.page()->isInBlock());
    } else if (screen == u"rename") {
        studio.select({u"conv1"_s});
        studio.keys(u"F2"_s);
    } else if (screen == u"quick-add" || screen == u"find") {
        studio.keys(screen == u"find" ? u"Ctrl+F"_s : u"Tab"_s);
        QVERIFY(Studio::popup());
        check(Studio::popup());
        studio.keys(u"Escape"_s);
        return;
    } else {
        studio.whenModal([&](QWidget *modal) {
            if (auto *menu = qobject_cast<QMenu *>(modal)) {
                for (const QAction *action : menu->actions())
                    QVERIFY(action->isSeparator() || !action->text().isEmpty());
            } else {
                check(modal);
            }
            QTest::keyClick(modal, Qt::Key_Escape);
        });
        studio.drive(screen == u"settings"    ? u"edit.settings"
                         : screen == u"about" ? u"help.about"
                         : screen == u"menu"  ? u"walk.menu"
                                              : u"help.shortcuts");
        QTRY_VERIFY(studio.metModal());
        return;
    }
    QTest::qWait(150); // the outline follows a little later
    check(&studio.window());
}

void TstAccess::canvasIsInTheTree()
{
    Studio &studio = *m_studio;
    QAccessibleInterface *canvas = QAccessible::queryAccessibleInterface(&studio.view());
    QVERIFY(canvas);
    QVERIFY(!canvas->text(QAccessible::Name).isEmpty());
    studio.select({u"conv1"_s, u"norm1"_s});
    studio.keys(u"C"_s);
    studio.select({u"conv1"_s});
    studio.view().setCurrent({GraphPart::Node, studio.node(u"conv1"_s), {}});
    int nodes = 0;
    int wires = 0;
    int frames = 0;
    int selected = 0;
    int focused = 0;
    for (int i = 0; i < canvas->childCount(); ++i) {
        QAccessibleInterface *part = canvas->child(i);
        const QString name = part->text(QAccessible::Name);
        QVERIFY2(!name.isEmpty(), part->object() ? qPrintable(QDebug::toString(part->object())) : "a part");
        if (part->object())
            continue; // a child widget: the map
        selected += part->state().selected;
        focused += part->state().focused;
        QVERIFY(part->state().focusable && part->state().selectable);
        if (part->role() == QAccessible::Grouping) {
            ++frames;
            QCOMPARE(name, u"Frame Frame"_s);
            QCOMPARE(part->text(QAccessible::Description), u"Holds conv1, norm1"_s);
            continue;
        }
        QCOMPARE(part->role(), QAccessible::Graphic);
        if (part->childCount() == 0) {
            ++wires;
            continue;
        }
        ++nodes;
        for (int j = 0; j < part->childCount(); ++j) {
            QVERIFY(!part->child(j)->text(QAccessible::Name).isEmpty());
            QCOMPARE(part->child(j)->role(), QAccessible::Button);
        }
    }
    QCOMPARE(nodes, 15);
    QCOMPARE(wires, 15);
    QCOMPARE(frames, 1);
    QCOMPARE(selected, 1);
    QCOMPARE(focused, 1);
    // What a screen reader does with a wire and a frame.
    for (int i = 0; i < canvas->childCount(); ++i) {
        QAccessibleInterface *part = canvas->child(i);
        if (part->object() || part->state().focused || part->childCount() > 0)
            continue;
        part->actionInterface()->doAction(QAccessibleActionInterface::setFocusAction());
        QVERIFY(part->state().focused && part->state().selected);
    }
    QCOMPARE(studio.view().selection().frames.size(), 1);
}

void TstAccess::problemsAreInTheTree()
{
    Studio &studio = *m_studio;
    studio.select({u"conv2"_s});
    studio.keys(u"Del"_s);
    QVERIFY(studio.waitForAnswers());
    QVERIFY(!studio.answers().problems.isEmpty());
    const QString sentence = text(studio.answers().problems.first());
    QAccessibleInterface *canvas = QAccessible::queryAccessibleInterface(&studio.view());
    bool isTold = false;
    for (int i = 0; i < canvas->childCount(); ++i)
        isTold = isTold || canvas->child(i)->text(QAccessible::Description).contains(sentence)
            || canvas->child(i)->text(QAccessible::Name).contains(sentence);
    QVERIFY(isTold);
    studio.window().bottomPanels()->setCurrent(u"problems"_s);
    auto *list = studio.window().bottomPanels()->panel(u"problems"_s)->findChild<QAbstractItemView *>();
    QTRY_VERIFY(list->model()->rowCount() > 0);
    QCOMPARE(list->model()->index(0, 0).data(Qt::AccessibleTextRole).toString(), sentence);
}

void TstAccess::focusIsSeen()
{
    Studio &studio = *m_studio;
    studio.select({u"conv1"_s});
    QTest::qWait(150);
    QStringList unseen;
    for (QWidget *widget : studio.window().findChildren<QWidget *>()) {
        if (!(widget->focusPolicy() & Qt::TabFocus) || !widget->isVisible() || !widget->isEnabled()
            || isPartOfControl(widget) || widget->visibleRegion().isEmpty() || widget->focusProxy())
            continue;
        if (widget == &studio.view())
            studio.window().leftPanels()->focusPanel();
        else
            studio.view().setFocus(Qt::TabFocusReason);
        // A line edit's caret is no more than a hint, and blinks: it must be seen without it.
        auto *edit = qobject_cast<QLineEdit *>(widget);
        QTest::qWait(1);
        const QImage without = widget->grab().toImage();
        widget->setFocus(Qt::TabFocusReason);
        if (!widget->hasFocus())
            continue;
        if (edit)
            edit->deselect();
        QTest::qWait(1);
        if (widget->grab().toImage() == without)
            unseen.append(describe(widget));
    }
    QVERIFY2(unseen.isEmpty(), qPrintable(unseen.join(u'\n')));
}

void TstAccess::shiftTabLeavesTheCanvas()
{
    m_studio->view().setFocus(); // Tab adds a layer here
    m_studio->keys(u"Shift+Tab"_s);
    QVERIFY(!m_studio->view().hasFocus());
}

void TstAccess::controlsAreLargeEnough()
{
    QStringList small;
    for (QAbstractButton *button : m_studio->window().findChildren<QAbstractButton *>()) {
        if (!button->isVisible() || isPartOfControl(button))
            continue;
        if (button->height() < 22 || button->width() < 22)
            small.append(describe(button) + u" %1 x %2"_s.arg(button->width()).arg(button->height()));
    }
    QVERIFY2(small.isEmpty(), qPrintable(small.join(u'\n')));
}

int main(int argc, char **argv)
{
    return runStudioTest<TstAccess>(argc, argv);
}

#include "tst_access.moc"
