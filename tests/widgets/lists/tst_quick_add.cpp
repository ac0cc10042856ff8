// SPDX-License-Identifier: GPL-3.0-or-later
// Quick-add and palette by real keys and clicks.
#include "widgets/lists/palette_list.h"
#include "widgets/lists/quick_add.h"

#include <QtTest/QtTest>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QListView>

using namespace espalier;

namespace {

QList<ListItem> things()
{
    QList<ListItem> items;
    for (const char *name : {"Dense", "Conv", "Pool"}) {
        ListItem item;
        item.id = QString::fromLatin1(name).toLower();
        item.title = QString::fromLatin1(name);
        item.category = QStringLiteral("Layers");
        item.help = item.title + QStringLiteral(" does things.");
        items.append(item);
    }
    return items;
}

} // namespace

class TstQuickAdd : public QObject {
    Q_OBJECT
private slots:
    void enterChoosesTheBest();
    void arrowsMove();
    void escapeChoosesNothing();
    void clickChooses();
    void paletteFoldsAndActivates();
};

void TstQuickAdd::enterChoosesTheBest()
{
    QWidget parent;
    QuickAdd popup(&parent);
    popup.setItems(things());
    const QSignalSpy chosen(&popup, &QuickAdd::chosen);
    popup.popUp({100, 100});
    QTest::keyClicks(popup.search(), QStringLiteral("poo"));
    QTest::keyClick(popup.search(), Qt::Key_Return);
    QCOMPARE(chosen.size(), 1);
    QCOMPARE(chosen.at(0).at(0).toString(), QStringLiteral("pool"));
    QVERIFY(!popup.isVisible());
}

void TstQuickAdd::arrowsMove()
{
    QWidget parent;
    QuickAdd popup(&parent);
    popup.setItems(things());
    const QSignalSpy chosen(&popup, &QuickAdd::chosen);
    popup.popUp({100, 100});
    QTest::keyClick(popup.search(), Qt::Key_Down);
    QTest::keyClick(popup.search(), Qt::Key_Down);
    QTest::keyClick(popup.search(), Qt::Key_Down); // stays at the last
    QTest::keyClick(popup.search(), Qt::Key_Up);
    QTest::keyClick(popup.search(), Qt::Key_Return);
    QCOMPARE(chosen.at(0).at(0).toString(), QStringLiteral("conv"));
}

void TstQuickAdd::escapeChoosesNothing()
{
    QWidget parent;
    QuickAdd popup(&parent);
    popup.setItems(things());
    const QSignalSpy chosen(&popup, &QuickAdd::chosen);
    popup.popUp({100, 100});
    QTest::keyClicks(popup.search(), QStringLiteral("zzz"));
    QTest::keyClick(popup.search(), Qt::Key_Return); // nothing is found: it stays open
    QVERIFY(popup.isVisible());
    QTest::keyClick(popup.search(), Qt::Key_Escape);
    QVERIFY(!popup.isVisible());
    QCOMPARE(chosen.size(), 0);
}

void TstQuickAdd::clickChooses()
{
    QWidget parent;
    QuickAdd popup(&parent);
    popup.setItems(things());
    const QSignalSpy chosen(&popup, &QuickAdd::chosen);
    popup.popUp({100, 100});
    auto *list = popup.findChild<QListView *>();
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualRect(list->model()->index(1, 0)).center());
    QCOMPARE(chosen.size(), 1);
    QCOMPARE(chosen.at(0).at(0).toString(), QStringLiteral("conv"));
}

void TstQuickAdd::paletteFoldsAndActivates()
{
    PaletteList palette(QStringLiteral("application/x-thing"));
    palette.setItems(things());
    palette.resize(220, 300);
    palette.show();
    QListView *list = palette.list();
    QCOMPARE(list->model()->rowCount(), 4); // a heading and three
    const QSignalSpy activated(&palette, &PaletteList::activated);
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualRect(list->model()->index(0, 0)).center());
    QCOMPARE(list->model()->rowCount(), 1);
    QTest::keyClicks(palette.search(), QStringLiteral("con")); // searching finds what is folded away
    QCOMPARE(list->model()->rowCount(), 1);
    QTest::keyClick(palette.search(), Qt::Key_Return);
    QCOMPARE(activated.size(), 1);
    QCOMPARE(activated.at(0).at(0).toString(), QStringLiteral("conv"));
    const QMimeData *dragged = list->model()->mimeData({list->currentIndex()});
    QCOMPARE(dragged->data(QStringLiteral("application/x-thing")), QByteArray("conv"));
    delete dragged;
}

QTEST_MAIN(TstQuickAdd)
#include "tst_quick_add.moc"
