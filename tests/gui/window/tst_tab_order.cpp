// SPDX-License-Identifier: GPL-3.0-or-later
// Tab leads through all panels and comes round again: no panel keeps the keyboard.
#include "gui/window/main_window.h"
#include "gui/window/panel_area.h"
#include "tests/gui/window/studio.h"
#include "widgets/lists/palette_list.h"

#include <QtTest/QtTest>
#include <QtWidgets/QLineEdit>

using namespace espalier;

class TstTabOrder : public QObject {
    Q_OBJECT
private slots:
    void tabComesRound();
};

void TstTabOrder::tabComesRound()
{
    Studio studio;
    MainWindow &window = studio.window();
    QLineEdit *start = window.leftPanels()->panel(QStringLiteral("layers"))->findChild<PaletteList *>()->searchField();
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

int main(int argc, char **argv)
{
    isolateFromThePerson();
    QApplication application(argc, argv);
    TstTabOrder test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_tab_order.moc"
