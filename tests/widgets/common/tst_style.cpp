// SPDX-License-Identifier: GPL-3.0-or-later
// Controls are large enough to hit, show where the keyboard is, and have the colours of the theme.
#include "widgets/common/icons.h"
#include "widgets/common/style.h"
#include "widgets/common/theme_manager.h"

#include <QtTest>
#include <QtWidgets/QtWidgets>

using namespace espalier;
using namespace Qt::StringLiterals;

namespace {

using Make = std::function<QWidget *()>;

template <typename Button>
QWidget *named()
{
    return new Button(u"Words"_s);
}

QWidget *filledList()
{
    auto *list = new QListWidget;
    list->addItems({u"one"_s, u"two"_s});
    return list;
}

QWidget *filledTabs()
{
    auto *tabs = new QTabBar;
    tabs->addTab(u"One"_s);
    tabs->addTab(u"Two"_s);
    return tabs;
}

QWidget *iconButton()
{
    auto *button = new QToolButton;
    button->setIcon(icon(u"undo"_s));
    button->setFocusPolicy(Qt::StrongFocus);
    return button;
}

QWidget *combo()
{
    auto *box = new QComboBox;
    box->addItems({u"same"_s, u"valid"_s});
    return box;
}

QWidget *switchBox()
{
    auto *box = new QCheckBox;
    box->setProperty(kSwitchProperty, true);
    return box;
}

bool hasColour(const QImage &image, const QColor &colour)
{
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            if (image.pixelColor(x, y) == colour)
                return true;
        }
    }
    return false;
}

} // namespace

class TstStyle : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { ThemeManager::instance().install(*qApp); }
    void init() { ThemeManager::instance().setMode(ThemeMode::Dark); }

    void controls_data()
    {
        QTest::addColumn<Make>("make");
        QTest::addRow("push button") << Make(named<QPushButton>);
        QTest::addRow("check box") << Make(named<QCheckBox>);
        QTest::addRow("radio button") << Make(named<QRadioButton>);
        QTest::addRow("switch") << Make(switchBox);
        QTest::addRow("tool button") << Make(iconButton);
        QTest::addRow("line edit") << Make([] { return new QLineEdit; });
        QTest::addRow("spin box") << Make([] { return new QSpinBox; });
        QTest::addRow("number box") << Make([] { return new QDoubleSpinBox; });
        QTest::addRow("combo box") << Make(combo);
        QTest::addRow("slider") << Make([] { return new QSlider(Qt::Horizontal); });
        QTest::addRow("text") << Make([] { return new QPlainTextEdit; });
        QTest::addRow("list") << Make(filledList);
        QTest::addRow("tabs") << Make(filledTabs);
    }
    void controls()
    {
        QFETCH(Make, make);
        for (const ThemeMode mode : {ThemeMode::Dark, ThemeMode::Light}) {
            ThemeManager::instance().setMode(mode);
            QWidget window;
            auto *layout = new QVBoxLayout(&window);
            QWidget *other = new QPushButton;
            QWidget *control = make();
            layout->addWidget(other);
            layout->addWidget(control);
            QVERIFY(control->sizeHint().height() >= Theme::current().sizes.hit);
            QVERIFY(control->sizeHint().width() >= Theme::current().sizes.hit);
            window.show();
            QVERIFY(QTest::qWaitForWindowActive(&window));
            other->setFocus();
            QTRY_VERIFY(other->hasFocus());
            QVERIFY(!hasColour(control->grab().toImage(), Theme::current().selection));
            control->setFocus(Qt::TabFocusReason);
            QTRY_VERIFY(control->hasFocus());
            QVERIFY(hasColour(control->grab().toImage(), Theme::current().selection));
        }
    }
    void sizesComeFromTheTokens()
    {
        QCOMPARE(QPushButton(u"Step"_s).sizeHint().height(), 30);
        QCOMPARE(QComboBox().sizeHint().height(), 30);
        QCOMPARE(QLineEdit().sizeHint().height(), 30);
        QCOMPARE(QSpinBox().sizeHint().height(), 30);
        const std::unique_ptr<QWidget> undo(iconButton());
        QCOMPARE(undo->sizeHint(), QSize(30, 30));
        const std::unique_ptr<QWidget> list(filledList());
        QCOMPARE(qobject_cast<QListWidget *>(list.get())->sizeHintForRow(0), 28);
        const std::unique_ptr<QWidget> tabs(filledTabs());
        QCOMPARE(qobject_cast<QTabBar *>(tabs.get())->tabRect(0).height(), 34);
    }
    void theNextThingToDoIsGreen()
    {
        QPushButton train(u"Train"_s);
        train.resize(train.sizeHint());
        QVERIFY(!hasColour(train.grab().toImage(), Theme::current().accent));
        train.setProperty(kAccentProperty, true);
        QVERIFY(hasColour(train.grab().toImage(), Theme::current().accent));
        train.setEnabled(false);
        QVERIFY(!hasColour(train.grab().toImage(), Theme::current().accent));
    }
    void iconsOnTheAccentHaveItsText()
    {
        QPushButton train(icon(u"stop"_s), {});
        train.setProperty(kAccentProperty, true);
        train.resize(train.sizeHint());
        QVERIFY(hasColour(train.grab().toImage(), Theme::current().onAccent));
    }
    void aFieldWithAProblemHasARedEdge()
    {
        QLineEdit field;
        QVERIFY(!hasColour(field.grab().toImage(), Theme::current().error));
        field.setProperty(kProblemProperty, true);
        QVERIFY(hasColour(field.grab().toImage(), Theme::current().error));
    }
    void choosingATabMovesNone()
    {
        const std::unique_ptr<QWidget> widget(filledTabs());
        auto *tabs = qobject_cast<QTabBar *>(widget.get());
        const QRect before = tabs->tabRect(1);
        tabs->setCurrentIndex(1);
        QCOMPARE(tabs->tabRect(1), before);
        QVERIFY(hasColour(tabs->grab().toImage(), Theme::current().accent));
        tabs->setDocumentMode(true);
        QVERIFY(hasColour(tabs->grab().toImage(), Theme::current().canvas));
    }
    void aSwitchIsOnlyAsLargeAsItsMark()
    {
        const std::unique_ptr<QWidget> widget(switchBox());
        auto *box = qobject_cast<QCheckBox *>(widget.get());
        box->resize(box->sizeHint());
        QTest::mouseClick(box, Qt::LeftButton, {}, QPoint(10, box->height() / 2));
        QVERIFY(box->isChecked());
        QVERIFY(hasColour(box->grab().toImage(), Theme::current().text));
    }
    void aScrollBarScrollsByItsHandle()
    {
        QScrollBar bar(Qt::Vertical);
        bar.setRange(0, 100);
        bar.setPageStep(20);
        bar.resize(bar.sizeHint().width(), 240);
        bar.show();
        QTest::mousePress(&bar, Qt::LeftButton, {}, QPoint(5, 10));
        QTest::mouseMove(&bar, QPoint(5, 110));
        QTest::mouseRelease(&bar, Qt::LeftButton, {}, QPoint(5, 110));
        QCOMPARE(bar.value(), 50);
    }
    void lettersAreUnderlinedWhileAltIsHeld()
    {
        QWidget window;
        auto *bar = new QMenuBar(&window);
        bar->addMenu(u"&File"_s);
        bar->resize(200, 26);
        window.show();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        const QImage before = bar->grab().toImage();
        QTest::keyPress(&window, Qt::Key_Alt, Qt::AltModifier);
        QVERIFY(bar->grab().toImage() != before);
        QTest::keyRelease(&window, Qt::Key_Alt);
        QVERIFY(bar->style()->styleHint(QStyle::SH_UnderlineShortcut, nullptr, bar) == 0);
    }
    void theThemeReachesWidgetsThatAreShown()
    {
        QLineEdit field;
        field.resize(field.sizeHint());
        QVERIFY(hasColour(field.grab().toImage(), Theme::current().raised));
        ThemeManager::instance().setMode(ThemeMode::Light);
        QVERIFY(hasColour(field.grab().toImage(), Theme::current().raised));
    }
};

QTEST_MAIN(TstStyle)
#include "tst_style.moc"
