// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/dialogs/settings_dialog.h"

#include "gui/document/autosave.h"
#include "gui/window/actions.h"
#include "widgets/common/theme.h"

#include <QtCore/QSettings>
#include <QtWidgets/QCheckBox>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QDialogButtonBox>
#include <QtWidgets/QFormLayout>
#include <QtWidgets/QHeaderView>
#include <QtWidgets/QKeySequenceEdit>
#include <QtWidgets/QLabel>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QSpinBox>
#include <QtWidgets/QTabWidget>
#include <QtWidgets/QTreeWidget>
#include <QtWidgets/QVBoxLayout>

namespace espalier {
namespace {

constexpr int kIdRole = Qt::UserRole;

QString shown(const QList<QKeySequence> &keys)
{
    QStringList texts;
    for (const QKeySequence &key : keys)
        texts.append(key.toString(QKeySequence::NativeText));
    return texts.join(QStringLiteral(", "));
}

QCheckBox *option(const QString &text, const QString &tip, const QString &key, QWidget *parent)
{
    auto *box = new QCheckBox(text, parent);
    box->setToolTip(tip);
    box->setChecked(QSettings().value(key, false).toBool());
    QObject::connect(box, &QCheckBox::toggled, box, [key](bool on) { QSettings().setValue(key, on); });
    return box;
}

/// Asks for one key sequence; empty where the person gave up.
class KeyDialog : public QDialog {
public:
    KeyDialog(const QString &action, QWidget *parent)
        : QDialog(parent)
        , m_edit(new QKeySequenceEdit(this))
    {
        setWindowTitle(SettingsDialog::tr("Keys for “%1”").arg(action));
        auto *column = new QVBoxLayout(this);
        column->addWidget(new QLabel(SettingsDialog::tr("Press the new keys."), this));
        m_edit->setAccessibleName(SettingsDialog::tr("New keys"));
        column->addWidget(m_edit);
        auto *buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
        column->addWidget(buttons);
        connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
        connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    }
    QKeySequence keys() const { return m_edit->keySequence(); }

private:
    QKeySequenceEdit *m_edit;
};

} // namespace

SettingsDialog::SettingsDialog(Actions &actions, Part part, QWidget *parent)
    : QDialog(parent)
    , m_actions(actions)
{
    setWindowTitle(tr("Settings"));
    auto *column = new QVBoxLayout(this);
    auto *tabs = new QTabWidget(this);
    tabs->setAccessibleName(tr("Settings"));
    tabs->addTab(makeGeneral(), tr("General"));
    tabs->addTab(makeShortcuts(), tr("Shortcuts"));
    tabs->setCurrentIndex(part == Part::Shortcuts ? 1 : 0);
    column->addWidget(tabs, 1);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::accept);
    column->addWidget(buttons);
    resize(Theme::current().px(640), Theme::current().px(560));
    connect(&m_actions, &Actions::keysChanged, this, &SettingsDialog::fillShortcuts);
}

QWidget *SettingsDialog::makeGeneral()
{
    auto *page = new QWidget(this);
    auto *form = new QFormLayout(page);
    auto *keymap = new QComboBox(page);
    keymap->addItems({tr("Default"), QStringLiteral("Blender"), QStringLiteral("Unreal"), QStringLiteral("ComfyUI")});
    keymap->setCurrentIndex(static_cast<int>(m_actions.keymap()));
    keymap->setToolTip(tr("Keys and mouse gestures as in the editor that you know."));
    keymap->setAccessibleName(tr("Keymap"));
    connect(keymap, &QComboBox::currentIndexChanged, this,
            [this](int index) { m_actions.setKeymap(static_cast<Keymap>(index)); });
    form->addRow(tr("Keymap"), keymap);
    auto *autosave = new QSpinBox(page);
    autosave->setRange(0, 3600);
    autosave->setSuffix(tr(" s"));
    autosave->setSpecialValueText(tr("off"));
    autosave->setValue(Autosave::chosenSeconds());
    autosave->setAccessibleName(tr("Save by itself"));
    autosave->setToolTip(
        tr("Saves drawings that have a file so many seconds after the last edit. Edits survive a crash "
           "either way."));
    connect(autosave, &QSpinBox::valueChanged, this, &SettingsDialog::autosaveChosen);
    form->addRow(tr("Save by itself after"), autosave);
    form->addRow(option(tr("Drag with the right button pans"),
                        tr("Otherwise the middle button or Space does; a click with the right one opens the menu."),
                        QStringLiteral("canvas/right_drag_pans"), page));
    form->addRow(option(tr("Data flow from top to bottom"), tr("Otherwise from left to right."),
                        QStringLiteral("canvas/top_to_bottom"), page));
    return page;
}

QWidget *SettingsDialog::makeShortcuts()
{
    auto *page = new QWidget(this);
    auto *column = new QVBoxLayout(page);
    auto *search = new QLineEdit(page);
    search->setPlaceholderText(tr("Search an action or a key"));
    search->setAccessibleName(tr("Search"));
    search->setClearButtonEnabled(true);
    column->addWidget(search);
    m_list = new QTreeWidget(page);
    m_list->setColumnCount(2);
    m_list->setHeaderLabels({tr("Action"), tr("Keys")});
    m_list->setRootIsDecorated(false);
    m_list->setUniformRowHeights(true);
    m_list->setAccessibleName(tr("Actions and their keys"));
    m_list->header()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_list->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    m_list->header()->setStretchLastSection(false);
    column->addWidget(m_list, 1);
    auto *row = new QHBoxLayout;
    auto *change = new QPushButton(tr("Change…"), page);
    auto *reset = new QPushButton(tr("Reset"), page);
    auto *remove = new QPushButton(tr("No keys"), page);
    for (QPushButton *button : {change, reset, remove})
        row->addWidget(button);
    row->addStretch();
    column->addLayout(row);
    const auto current = [this] { return m_list->currentItem(); };
    connect(change, &QPushButton::clicked, this, [=, this] { editKeys(current()); });
    connect(m_list, &QTreeWidget::itemActivated, this, [this](QTreeWidgetItem *item) { editKeys(item); });
    connect(reset, &QPushButton::clicked, this, [=, this] {
        if (current())
            m_actions.resetKeys(current()->data(0, kIdRole).toString());
    });
    connect(remove, &QPushButton::clicked, this, [=, this] {
        if (current())
            m_actions.setKeys(current()->data(0, kIdRole).toString(), {});
    });
    connect(search, &QLineEdit::textChanged, this, &SettingsDialog::filter);
    fillShortcuts();
    return page;
}

void SettingsDialog::fillShortcuts()
{
    const int row = m_list->indexOfTopLevelItem(m_list->currentItem());
    m_list->clear();
    for (const ActionSpec &spec : actionTable())
        showRow(new QTreeWidgetItem(m_list), QString::fromLatin1(spec.id));
    if (row >= 0)
        m_list->setCurrentItem(m_list->topLevelItem(row));
}

void SettingsDialog::showRow(QTreeWidgetItem *row, const QString &id)
{
    const ActionSpec &spec = *findAction(id);
    row->setText(0, plainText(spec));
    row->setText(1, shown(m_actions.keys(id)));
    row->setToolTip(0, QCoreApplication::translate("Actions", spec.help));
    row->setData(0, kIdRole, id);
    QFont font = row->font(1);
    font.setBold(m_actions.hasOwnKeys(id));
    row->setFont(1, font);
}

void SettingsDialog::filter(const QString &text)
{
    for (int i = 0; i < m_list->topLevelItemCount(); ++i) {
        QTreeWidgetItem *row = m_list->topLevelItem(i);
        const bool fits
            = row->text(0).contains(text, Qt::CaseInsensitive) || row->text(1).contains(text, Qt::CaseInsensitive);
        row->setHidden(!fits);
    }
}

void SettingsDialog::editKeys(QTreeWidgetItem *row)
{
    if (!row)
        return;
    KeyDialog dialog(row->text(0), this);
    if (dialog.exec() == QDialog::Accepted && !dialog.keys().isEmpty())
        m_actions.setKeys(row->data(0, kIdRole).toString(), {dialog.keys()});
}

} // namespace espalier
