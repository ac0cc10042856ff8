// SPDX-License-Identifier: GPL-3.0-or-later
// Tab leads through all panels, dialogs and popups, reaches each control and comes round again: nothing keeps the
// keyboard, and Esc leads back to the canvas.
#include "gui/window/main_window.h"
#include "gui/window/panel_area.h"
#include "tests/gui/window/studio.h"
#include "widgets/lists/palette_list.h"
#include "widgets/lists/quick_add.h"

#include <QtGui/QAction>
#include <QtTest/QtTest>
#include <QtWidgets/QDialog>
#include <QtWidgets/QKeySequenceEdit>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QMenu>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QTreeView>
#include <QtWidgets/QTreeWidget>

using namespace espalier;
using namespace Qt::StringLiterals;

class TstTabOrder : public QObject {
    Q_OBJECT
private slots:
    void init();
    void tabComesRound();
    void tabReachesAllOfADialog_data();
    void tabReachesAllOfADialog();
    void tabReachesAllOfTheKeysDialog();
    void arrowsReachAllOfAMenu();
    void tabReachesAllThatAPopupOffers_data();
    void tabReachesAllThatAPopupOffers();
    void tabEndsARename();

private:
    std::unique_ptr<Studio> m_studio;
};

namespace {

/// The controls that Tab must reach: those that take the keyboard at all.
QSet<QWidget *> controlsIn(const QWidget *dialog)
{
    QSet<QWidget *> controls;
    for (QWidget *each : dialog->findChildren<QWidget *>())
        if ((each->focusPolicy() & Qt::TabFocus) && each->isVisible() && each->isEnabled() && !isPartOfControl(each)
            && !each->focusProxy())
            controls.insert(each);
    return controls;
}

/// Where a key leads to from the control that has the keyboard, until it has been everywhere.
QSet<QWidget *> reachedBy(Qt::Key key)
{
    QSet<QWidget *> reached;
    for (QWidget *at = QApplication::focusWidget(); at && !reached.contains(at); at = QApplication::focusWidget()) {
        reached.insert(at);
        QTest::keyClick(at, key, key == Qt::Key_Backtab ? Qt::ShiftModifier : Qt::NoModifier);
    }
    return reached;
}

void checkDialog(QWidget *dialog, int least)
{
    dialog->activateWindow();
    QTRY_VERIFY(dialog->isActiveWindow());
    const QSet<QWidget *> controls = controlsIn(dialog);
    QVERIFY(controls.size() >= least);
    (*controls.begin())->setFocus(Qt::TabFocusReason);
    for (const Qt::Key key : {Qt::Key_Tab, Qt::Key_Backtab}) {
        const QSet<QWidget *> reached = reachedBy(key);
        for (const QWidget *each : controls)
            QVERIFY2(reached.contains(const_cast<QWidget *>(each)),
                     qPrintable(QString::fromLatin1(each->metaObject()->className()) + u' ' + each->accessibleName()));
        QVERIFY(reached.size() <= controls.size() + 1);
    }
}

/// checkDialog(), and Esc leads out, however that went.
void checkAndLeave(QWidget *dialog, int least)
{
    checkDialog(dialog, least);
    QTest::keyClick(dialog, Qt::Key_Escape);
    if (dialog->isVisible()) {
        dialog->close();
        QFAIL("Esc does not close it");
    }
}

} // namespace

void TstTabOrder::init()
{
    if (!m_studio)
        m_studio = std::make_unique<Studio>();
    m_studio->clear();
    QVERIFY(m_studio->openDigits());
    m_studio->window().activateWindow();
    QTRY_VERIFY(m_studio->view().hasFocus());
}

void TstTabOrder::tabComesRound()
{
    MainWindow &window = m_studio->window();
    m_studio->clear(); // the canvas takes Tab for itself
    QLineEdit *start = window.leftPanels()->panel(u"layers"_s)->findChild<PaletteList *>()->searchField();
    window.leftPanels()->setCurrent(u"layers"_s);
    start->setFocus();
    QSet<QWidget *> seen;
    for (QWidget *at = start; !seen.contains(at); at = QApplication::focusWidget()) {
        seen.insert(at);
        QTest::keyClick(at, Qt::Key_Tab);
        QVERIFY2(QApplication::focusWidget() != at, at->metaObject()->className());
    }
    QVERIFY(QApplication::focusWidget() == start);
    QVERIFY(seen.size() > 6);
}

void TstTabOrder::tabReachesAllOfADialog_data()
{
    QTest::addColumn<QString>("action");
    QTest::addColumn<int>("controls");
    QTest::newRow("settings") << u"edit.settings"_s << 5;
    QTest::newRow("shortcuts") << u"help.shortcuts"_s << 6;
    QTest::newRow("about") << u"help.about"_s << 1;
}

void TstTabOrder::tabReachesAllOfADialog()
{
    QFETCH(QString, action);
    QFETCH(int, controls);
    m_studio->whenModal([&](QWidget *dialog) { checkAndLeave(dialog, controls); });
    m_studio->drive(action);
    QTRY_VERIFY(m_studio->metModal());
    QTRY_VERIFY(!QApplication::activeModalWidget());
}

void TstTabOrder::tabReachesAllOfTheKeysDialog()
{
    m_studio->whenModal([&](QWidget *dialog) {
        auto *list = dialog->findChild<QTreeWidget *>();
        list->setCurrentItem(list->topLevelItem(3));
        m_studio->whenModal([](QWidget *inner) {
            checkAndLeave(inner, 3);
            QVERIFY(inner->findChild<QKeySequenceEdit *>());
        });
        for (QPushButton *button : dialog->findChildren<QPushButton *>())
            if (button->text() == u"Change…"_s)
                QTest::mouseClick(button, Qt::LeftButton);
        QTest::keyClick(dialog, Qt::Key_Escape);
    });
    m_studio->drive(u"help.shortcuts");
    QTRY_VERIFY(m_studio->metModal());
    QTRY_VERIFY(!QApplication::activeModalWidget());
}

/// Menus are walked by arrows everywhere.
void TstTabOrder::arrowsReachAllOfAMenu()
{
    for (const MenuSpec &spec : menuTable()) {
        QMenu *menu = m_studio->actions().menu(QString::fromLatin1(spec.id));
        menu->popup(m_studio->window().mapToGlobal(QPoint(20, 20)));
        QSet<QAction *> wanted;
        for (QAction *action : menu->actions())
            if (!action->isSeparator() && action->isVisible() && action->isEnabled())
                wanted.insert(action);
        QSet<QAction *> reached;
        for (qsizetype i = 0; i < menu->actions().size(); ++i) {
            QTest::keyClick(menu, Qt::Key_Down);
            reached.insert(menu->activeAction());
        }
        for (QAction *action : wanted)
            QVERIFY2(reached.contains(action), qPrintable(action->text()));
        QTest::keyClick(menu, Qt::Key_Escape);
        QVERIFY2(!menu->isVisible(), spec.id);
    }
}

void TstTabOrder::tabReachesAllThatAPopupOffers_data()
{
    QTest::addColumn<QString>("key");
    QTest::newRow("quick-add") << u"Tab"_s;
    QTest::newRow("find") << u"Ctrl+F"_s;
}

void TstTabOrder::tabReachesAllThatAPopupOffers()
{
    QFETCH(QString, key);
    m_studio->keys(key);
    auto *popup = qobject_cast<QuickAdd *>(Studio::popup());
    QVERIFY(popup);
    m_studio->type(u"conv"_s);
    const auto *list = popup->findChild<QTreeView *>();
    const int rows = list->model()->rowCount();
    QVERIFY(rows > 1);
    QSet<int> reached{list->currentIndex().row()};
    for (int i = 0; i < rows; ++i) {
        m_studio->keys(u"Tab"_s);
        reached.insert(list->currentIndex().row());
    }
    QCOMPARE(reached.size(), rows);
    m_studio->keys(u"Shift+Backtab"_s);
    QVERIFY(Studio::popup());
    m_studio->keys(u"Escape"_s);
    QVERIFY(!Studio::popup());
    QTRY_VERIFY(m_studio->view().hasFocus());
}

void TstTabOrder::tabEndsARename()
{
    m_studio->select({u"conv1"_s});
    m_studio->keys(u"F2"_s);
    m_studio->type(u"eyes"_s);
    m_studio->keys(u"Tab"_s);
    QVERIFY(m_studio->nodeNamed(u"eyes"_s));
    QVERIFY(!m_studio->view().findChild<QLineEdit *>(u"name editor"_s) || m_studio->view().hasFocus());
    QTRY_VERIFY(m_studio->view().hasFocus());
}

int main(int argc, char **argv)
{
    return runStudioTest<TstTabOrder>(argc, argv);
}

#include "tst_tab_order.moc"
