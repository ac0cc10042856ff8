// SPDX-License-Identifier: GPL-3.0-or-later
// Each control in its states: at rest, accented, focused, disabled, with a problem.
#include "tests/screenshots/scenes.h"
#include "widgets/common/icons.h"
#include "widgets/common/style.h"
#include "widgets/common/theme.h"

#include <QtWidgets/QtWidgets>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

std::unique_ptr<QWidget> page(QVBoxLayout *&column)
{
    auto widget = std::make_unique<QWidget>();
    widget->setAutoFillBackground(true);
    column = new QVBoxLayout(widget.get());
    return widget;
}

QHBoxLayout *row(QVBoxLayout *column)
{
    auto *line = new QHBoxLayout;
    column->addLayout(line);
    return line;
}

QPushButton *button(const QString &text, const QString &iconName = {})
{
    auto *made = new QPushButton(text);
    made->setAutoDefault(false);
    if (!iconName.isEmpty())
        made->setIcon(icon(iconName));
    return made;
}

QToolButton *tool(const QString &iconName, bool isFlat = false)
{
    auto *made = new QToolButton;
    made->setIcon(icon(iconName));
    made->setAutoRaise(isFlat);
    return made;
}

std::unique_ptr<QWidget> buttons()
{
    QVBoxLayout *column = nullptr;
    auto widget = page(column);
    QHBoxLayout *first = row(column);
    QPushButton *train = button(u"Train"_s, u"play"_s);
    train->setProperty(kAccentProperty, true);
    QPushButton *off = button(u"Disabled"_s, u"export"_s);
    off->setEnabled(false);
    QPushButton *focused = button(u"Focused"_s);
    for (QPushButton *each : {train, button(u"Step"_s), button(u"Export…"_s), off, focused})
        first->addWidget(each);
    first->addStretch();
    QHBoxLayout *second = row(column);
    for (const QString &name : {u"undo"_s, u"redo"_s, u"settings"_s})
        second->addWidget(tool(name));
    QToolButton *on = tool(u"minimap"_s);
    on->setCheckable(true);
    on->setChecked(true);
    second->addWidget(on);
    for (const QString &name : {u"minus"_s, u"plus"_s, u"fit"_s})
        second->addWidget(tool(name, true));
    auto *device = new QToolButton;
    device->setText(u"CPU · oneDNN"_s);
    device->setToolButtonStyle(Qt::ToolButtonTextOnly);
    device->setPopupMode(QToolButton::InstantPopup);
    device->setAutoRaise(false);
    device->setMenu(new QMenu(device));
    second->addWidget(device);
    second->addStretch();
    QHBoxLayout *third = row(column);
    auto *check = new QCheckBox(u"Shuffle"_s);
    check->setChecked(true);
    auto *partly = new QCheckBox(u"Mixed"_s);
    partly->setCheckState(Qt::PartiallyChecked);
    auto *bias = new QCheckBox(u"Bias"_s);
    bias->setProperty(kSwitchProperty, true);
    bias->setChecked(true);
    auto *noBias = new QCheckBox(u"off"_s);
    noBias->setProperty(kSwitchProperty, true);
    auto *radio = new QRadioButton(u"by step"_s);
    radio->setChecked(true);
    auto *disabled = new QCheckBox(u"Disabled"_s);
    disabled->setChecked(true);
    disabled->setEnabled(false);
    for (QWidget *each : QList<QWidget *>{check, partly, bias, noBias, radio, new QRadioButton(u"by time"_s), disabled})
        third->addWidget(each);
    third->addStretch();
    focused->setFocus();
    return widget;
}

std::unique_ptr<QWidget> fields()
{
    QVBoxLayout *column = nullptr;
    auto widget = page(column);
    auto *search = new QLineEdit;
    search->setPlaceholderText(u"Search 58 layers"_s);
    search->addAction(icon(u"search"_s, Theme::current().muted), QLineEdit::LeadingPosition);
    auto *focused = new QLineEdit(u"conv2"_s);
    auto *wrong = new QLineEdit(u"0"_s);
    wrong->setProperty(kProblemProperty, true);
    auto *spin = new QSpinBox;
    spin->setRange(0, 1000);
    spin->setValue(64);
    auto *combo = new QComboBox;
    combo->addItems({u"same"_s, u"valid"_s});
    auto *off = new QComboBox;
    off->addItem(u"disabled"_s);
    off->setEnabled(false);
    auto *text = new QPlainTextEdit(u"a + b * c"_s);
    text->setFixedHeight(60);
    for (QWidget *each : QList<QWidget *>{search, focused, wrong, spin, combo, off, text})
        column->addWidget(each);
    auto *slider = new QSlider(Qt::Horizontal);
    slider->setValue(60);
    column->addWidget(slider);
    auto *progress = new QProgressBar;
    progress->setFixedHeight(30);
    progress->setRange(0, 200);
    progress->setValue(130);
    progress->setFormat(u"Epoch %v of %m · 412 steps/s"_s);
    column->addWidget(progress);
    auto *line = new QProgressBar;
    line->setFixedHeight(3);
    line->setValue(40);
    line->setTextVisible(false);
    column->addWidget(line);
    column->addStretch();
    focused->setFocus();
    return widget;
}

std::unique_ptr<QWidget> views()
{
    QVBoxLayout *column = nullptr;
    auto widget = page(column);
    column->setContentsMargins(0, 0, 0, 0);
    auto *tabs = new QTabBar;
    for (const QString &name : {u"Layers"_s, u"Blocks"_s, u"Outline"_s})
        tabs->addTab(name);
    column->addWidget(tabs);
    auto *documents = new QTabBar;
    documents->setDocumentMode(true);
    documents->setTabsClosable(true);
    for (const QString &name : {u"digits-cnn"_s, u"lenet"_s})
        documents->addTab(name);
    column->addWidget(documents);
    auto *tree = new QTreeWidget;
    tree->setFrameShape(QFrame::NoFrame);
    tree->setHeaderLabels({u"Run"_s, u"State"_s});
    for (const QString &name : {u"brave-pear"_s, u"calm-fig"_s, u"wide-quince"_s, u"first-plum"_s, u"old-medlar"_s}) {
        auto *item = new QTreeWidgetItem(tree, {name, u"done"_s});
        new QTreeWidgetItem(item, {u"epoch 1"_s, {}});
        item->setExpanded(name == u"brave-pear"_s);
    }
    tree->setCurrentItem(tree->topLevelItem(1));
    column->addWidget(tree);
    return widget;
}

std::unique_ptr<QWidget> menu()
{
    auto made = std::make_unique<QMenu>();
    made->addAction(icon(u"copy"_s), u"Copy"_s, QKeySequence(u"Ctrl+C"_s), made.get(), [] {});
    made->addAction(icon(u"paste"_s), u"Paste"_s, QKeySequence(u"Ctrl+V"_s), made.get(), [] {})->setEnabled(false);
    made->addSeparator();
    QAction *snap = made->addAction(u"Snap to grid"_s);
    snap->setCheckable(true);
    snap->setChecked(true);
    made->addMenu(u"Align"_s);
    QAction *chosen = made->addAction(icon(u"trash"_s), u"Delete"_s, QKeySequence(u"Del"_s), made.get(), [] {});
    made->setActiveAction(chosen);
    return made;
}

std::unique_ptr<QWidget> window()
{
    auto made = std::make_unique<QMainWindow>();
    for (const QString &name : {u"File"_s, u"Edit"_s, u"View"_s, u"Model"_s, u"Run"_s, u"Help"_s})
        made->menuBar()->addMenu(name);
    QToolBar *bar = made->addToolBar(u"Run"_s);
    bar->setMovable(false);
    auto *train = new QPushButton(icon(u"play"_s), u"Train"_s);
    train->setProperty(kAccentProperty, true);
    bar->addWidget(train);
    bar->addWidget(button(u"Step"_s));
    bar->addWidget(button(u"Stop"_s));
    bar->addWidget(tool(u"undo"_s));
    bar->addSeparator();
    bar->addWidget(tool(u"redo"_s));
    auto *dock = new QDockWidget(u"Problems"_s);
    dock->setWidget(new QListWidget);
    made->addDockWidget(Qt::RightDockWidgetArea, dock);
    auto *split = new QSplitter;
    split->addWidget(new QPlainTextEdit);
    auto *list = new QListWidget;
    for (int i = 0; i < 40; ++i)
        list->addItem(u"Row %1"_s.arg(i));
    split->addWidget(list);
    made->setCentralWidget(split);
    made->statusBar()->showMessage(u"Engine ready"_s);
    return made;
}

} // namespace

QList<Scene> controlScenes()
{
    return {{u"buttons"_s, {620, 130}, buttons},
            {u"fields"_s, {280, 440}, fields},
            {u"views"_s, {340, 340}, views},
            {u"menu"_s, {}, menu},
            {u"window"_s, {900, 420}, window}};
}

} // namespace espalier
