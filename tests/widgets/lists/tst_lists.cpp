// SPDX-License-Identifier: GPL-3.0-or-later
// Palette and quick-add by real keys and clicks.
#include "widgets/common/theme_manager.h"
#include "widgets/lists/entry_delegate.h"
#include "widgets/lists/palette_list.h"
#include "widgets/lists/quick_add.h"

#include <QtTest>
#include <QtWidgets/QApplication>
#include <QtWidgets/QLabel>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QTreeView>

using namespace espalier;
using namespace Qt::StringLiterals;

namespace {

QList<ListEntry> entries()
{
    return {{u"Input"_s, u"Input"_s, u"Data"_s, u"input"_s, u"Where data come in."_s, {}},
            {u"Dense"_s, u"Dense"_s, u"Core"_s, u"dense"_s, u"Weighted sums."_s, {u"Linear"_s}},
            {u"Conv2D"_s, u"Conv2D"_s, u"Convolution"_s, u"conv"_s, u"Small filters."_s, {}},
            {u"Formula"_s, u"Formula"_s, u"Core"_s, u"formula"_s, u"A formula."_s, {}}};
}

QModelIndex indexOf(const QAbstractItemModel *model, const QString &id)
{
    const auto found = model->match(model->index(0, 0), EntryIdRole, id, 1, Qt::MatchExactly | Qt::MatchRecursive);
    return found.value(0);
}

QString idAt(const QTreeView *view, int row)
{
    return view->model()->index(row, 0).data(EntryIdRole).toString();
}

} // namespace

class TstLists : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { ThemeManager::instance().install(*qApp); }

    void entriesStandUnderTheirCategories()
    {
        PaletteList palette;
        palette.setEntries(entries());
        const QAbstractItemModel *model = palette.view()->model();
        QCOMPARE(model->rowCount(), 3);
        QCOMPARE(model->index(1, 0).data().toString(), u"Core"_s);
        QCOMPARE(model->rowCount(model->index(1, 0)), 2);
        QVERIFY(palette.view()->isExpanded(model->index(1, 0)));
    }
    void aClickFoldsACategoryAndSearchDoesNotForget()
    {
        PaletteList palette;
        palette.setEntries(entries());
        palette.resize(220, 400);
        palette.show();
        QTreeView *view = palette.view();
        const auto core = [&] { return view->model()->index(1, 0); };
        QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, view->visualRect(core()).center());
        QVERIFY(!view->isExpanded(core()));
        QCOMPARE(palette.foldedCategories(), QStringList(u"Core"_s));
        QTest::keyClicks(palette.searchField(), u"den"_s);
        QCOMPARE(view->model()->rowCount(), 1);
        QTest::keyClick(palette.searchField(), Qt::Key_Escape);
        QVERIFY(palette.searchField()->text().isEmpty());
        QVERIFY(!view->isExpanded(core()));
        QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, view->visualRect(core()).center());
        QVERIFY(view->isExpanded(core()));
        palette.setFoldedCategories({u"Data"_s});
        QVERIFY(!view->isExpanded(view->model()->index(0, 0)));
    }
    void theSameEntriesAgainLeaveTheListAsItIs()
    {
        PaletteList palette;
        palette.setEntries(entries());
        const QPersistentModelIndex dense = indexOf(palette.view()->model(), u"Dense"_s);
        palette.setEntries(entries());
        QVERIFY(dense.isValid());
        palette.setEntries(entries().mid(1));
        QVERIFY(!dense.isValid());
    }
    void searchRanksAndEnterActivates()
    {
        PaletteList palette;
        palette.setEntries(entries());
        palette.show();
        QSignalSpy activated(&palette, &PaletteList::activated);
        QTest::keyClicks(palette.searchField(), u"linear"_s);
        QCOMPARE(idAt(palette.view(), 0), u"Dense"_s);
        QTest::keyClick(palette.searchField(), Qt::Key_Return);
        QCOMPARE(activated.value(0).value(0).toString(), u"Dense"_s);
        palette.searchField()->clear();
        QTest::keyClicks(palette.searchField(), u"n"_s);
        const QString second = idAt(palette.view(), 1);
        QTest::keyClick(palette.searchField(), Qt::Key_Down);
        QTest::keyClick(palette.searchField(), Qt::Key_Return);
        QCOMPARE(activated.value(1).value(0).toString(), second);
        palette.searchField()->setText(u"qqqq"_s);
        QTest::keyClick(palette.searchField(), Qt::Key_Return);
        QCOMPARE(activated.size(), 2);
    }
    void theListWorksByKeysAlone()
    {
        PaletteList palette;
        palette.setEntries(entries());
        palette.resize(220, 400);
        palette.show();
        QVERIFY(QTest::qWaitForWindowActive(&palette));
        QTreeView *view = palette.view();
        view->setFocus();
        view->setCurrentIndex(view->model()->index(1, 0));
        QTest::keyClick(view, Qt::Key_Return);
        QVERIFY(!view->isExpanded(view->model()->index(1, 0)));
        QTest::keyClick(view, Qt::Key_Right);
        QVERIFY(view->isExpanded(view->model()->index(1, 0)));
        QSignalSpy activated(&palette, &PaletteList::activated);
        QTest::keyClick(view, Qt::Key_Down);
        QTest::keyClick(view, Qt::Key_Return);
        QCOMPARE(activated.value(0).value(0).toString(), u"Dense"_s);
    }
    void aDoubleClickActivates()
    {
        PaletteList palette;
        palette.setEntries(entries());
        palette.resize(220, 400);
        palette.show();
        QSignalSpy activated(&palette, &PaletteList::activated);
        const QPoint at = palette.view()->visualRect(indexOf(palette.view()->model(), u"Conv2D"_s)).center();
        QTest::mouseClick(palette.view()->viewport(), Qt::LeftButton, {}, at);
        QCOMPARE(activated.size(), 0);
        QTest::mouseDClick(palette.view()->viewport(), Qt::LeftButton, {}, at);
        QCOMPARE(activated.value(0).value(0).toString(), u"Conv2D"_s);
        QCOMPARE(activated.size(), 1);
    }
    void aDraggedEntryCarriesItsId()
    {
        PaletteList palette;
        palette.setEntries(entries());
        palette.setMimeType(u"application/x-kind"_s);
        const QAbstractItemModel *model = palette.view()->model();
        const QModelIndex dense = indexOf(model, u"Dense"_s);
        QVERIFY(dense.flags() & Qt::ItemIsDragEnabled);
        const std::unique_ptr<QMimeData> data(model->mimeData({dense}));
        QCOMPARE(data->data(u"application/x-kind"_s), QByteArray("Dense"));
        QVERIFY(!model->mimeData({model->index(0, 0)}));
        QVERIFY(!(model->index(0, 0).flags() & Qt::ItemIsDragEnabled));
    }
    void quickAddTakesWithEnter()
    {
        QuickAdd popup;
        popup.setEntries(entries());
        popup.setRecent({u"Conv2D"_s});
        QSignalSpy chosen(&popup, &QuickAdd::chosen);
        QSignalSpy cancelled(&popup, &QuickAdd::cancelled);
        popup.open(QPoint(50, 50));
        QTRY_VERIFY(popup.isVisible());
        auto *view = popup.findChild<QTreeView *>();
        QCOMPARE(idAt(view, 0), u"Conv2D"_s);
        QTest::keyClicks(popup.searchField(), u"for"_s);
        QTest::keyClick(popup.searchField(), Qt::Key_Return);
        QCOMPARE(chosen.value(0).value(0).toString(), u"Formula"_s);
        QVERIFY(!popup.isVisible());
        QCOMPARE(cancelled.size(), 0);
    }
    void quickAddShowsTheHelpOfWhatIsChosen()
    {
        QuickAdd popup;
        popup.setEntries(entries());
        popup.open(QPoint(50, 50));
        const auto says = [&](const QString &text) {
            const auto labels = popup.findChildren<QLabel *>();
            return std::any_of(labels.begin(), labels.end(),
                               [&](const QLabel *label) { return label->text() == text; });
        };
        QVERIFY(says(u"Where data come in."_s));
        QTest::keyClick(popup.searchField(), Qt::Key_Down);
        QVERIFY(says(u"Weighted sums."_s));
        QTest::keyClick(popup.searchField(), Qt::Key_Up);
        QVERIFY(says(u"Where data come in."_s));
    }
    void quickAddOffersOnlyWhatFits()
    {
        QuickAdd popup;
        popup.setEntries(entries());
        popup.open(
            QPoint(50, 50), [](const ListEntry &entry) { return entry.category == u"Core"_s; }, u"Fits 10"_s);
        auto *view = popup.findChild<QTreeView *>();
        QCOMPARE(view->model()->rowCount(), 2);
        QSignalSpy cancelled(&popup, &QuickAdd::cancelled);
        QTest::keyClick(popup.searchField(), Qt::Key_Escape);
        QCOMPARE(cancelled.size(), 1);
        popup.open(QPoint(50, 50));
        QCOMPARE(view->model()->rowCount(), 4);
        QSignalSpy chosen(&popup, &QuickAdd::chosen);
        QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, view->visualRect(view->model()->index(2, 0)).center());
        QCOMPARE(chosen.value(0).value(0).toString(), u"Conv2D"_s);
    }
    void quickAddStaysOnTheScreen()
    {
        QuickAdd popup;
        popup.setEntries(entries());
        const QRect room = QGuiApplication::primaryScreen()->availableGeometry();
        popup.open(room.bottomRight());
        QVERIFY2(room.contains(popup.geometry()),
                 qPrintable(QDebug::toString(popup.geometry()) + QDebug::toString(room)));
    }
};

QTEST_MAIN(TstLists)
#include "tst_lists.moc"
