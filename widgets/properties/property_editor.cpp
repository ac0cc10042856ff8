// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/properties/property_editor.h"

#include "widgets/common/theme.h"
#include "widgets/properties/property_group.h"
#include "widgets/properties/property_row.h"

#include <QtCore/QEvent>
#include <QtGui/QGuiApplication>
#include <QtWidgets/QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

/// Properties of these types stand in a group of their own unless the owner names another.
QString groupOf(const Property &property, const QString &initialValues)
{
    return property.group.isEmpty() && property.type == "initializer"_L1 ? initialValues : property.group;
}

} // namespace

PropertyEditor::PropertyEditor(QWidget *parent)
    : QWidget(parent)
    , m_column(new QVBoxLayout(this))
    , m_folded{tr("Initial values")}
{
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(Theme::current().space(Space::Medium));
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
}

void PropertyEditor::setProperties(const QList<Property> &properties, const QString &subject)
{
    const bool isOther = subject != m_subject;
    m_subject = subject;
    if (isOther) {
        for (PropertyRow *row : std::as_const(m_rows))
            row->field()->revert();
    }
    if (!updateInPlace(properties))
        rebuild(properties);
    m_properties = properties;
}

bool PropertyEditor::updateInPlace(const QList<Property> &properties)
{
    const auto fits = [](const Property &a, const Property &b) {
        return a.name == b.name && a.group == b.group && fieldKind(a) == fieldKind(b);
    };
    if (!std::equal(properties.begin(), properties.end(), m_properties.begin(), m_properties.end(), fits))
        return false;
    for (const Property &property : properties)
        m_rows.value(property.name)->display(property);
    return true;
}

void PropertyEditor::rebuild(const QList<Property> &properties)
{
    QString focused;
    for (auto it = m_rows.begin(); it != m_rows.end(); ++it) {
        if ((*it)->field()->input()->hasFocus())
            focused = it.key();
    }
    for (PropertyRow *row : std::as_const(m_rows))
        row->blockSignals(true); // what is left by going away sends nothing
    for (PropertyGroup *group : std::as_const(m_groups)) {
        group->hide();
        group->blockSignals(true);
        group->deleteLater();
    }
    m_groups.clear();
    m_rows.clear();
    m_helped = nullptr;
    for (const Property &property : properties) {
        const QString title = groupOf(property, tr("Initial values"));
        auto found
            = std::find_if(m_groups.begin(), m_groups.end(), [&](auto *group) { return group->title() == title; });
        PropertyGroup *group = found == m_groups.end() ? nullptr : *found;
        if (!group) {
            group = new PropertyGroup(title, this);
            group->setFolded(m_folded.contains(title));
            connect(group, &PropertyGroup::foldedChanged, this, [this, title](bool isFolded) {
                isFolded ? void(m_folded.insert(title)) : void(m_folded.remove(title));
            });
            m_groups.append(group);
            m_column->addWidget(group);
        }
        PropertyRow *row = newRow(property);
        group->addRow(row);
        m_rows.insert(property.name, row);
    }
    if (m_rows.contains(focused))
        m_rows.value(focused)->field()->input()->setFocus(Qt::OtherFocusReason);
}

PropertyRow *PropertyEditor::newRow(const Property &property)
{
    auto *row = new PropertyRow(property);
    connect(row, &PropertyRow::changeRequested, this, &PropertyEditor::changeRequested);
    connect(row, &PropertyRow::resetRequested, this, &PropertyEditor::resetRequested);
    connect(row, &PropertyRow::browseRequested, this, &PropertyEditor::browseRequested);
    row->field()->input()->installEventFilter(this);
    return row;
}

void PropertyEditor::commitPending()
{
    for (PropertyRow *row : std::as_const(m_rows))
        row->field()->commit();
}

bool PropertyEditor::focusProperty(const QString &name)
{
    PropertyRow *row = m_rows.value(name);
    if (!row)
        return false;
    for (PropertyGroup *group : std::as_const(m_groups)) {
        if (group->isAncestorOf(row)) {
            group->setFolded(false);
            m_folded.remove(group->title());
        }
    }
    row->field()->input()->setFocus(Qt::ShortcutFocusReason);
    return true;
}

QStringList PropertyEditor::foldedGroups() const
{
    QStringList groups(m_folded.begin(), m_folded.end());
    groups.sort();
    return groups;
}

void PropertyEditor::setFoldedGroups(const QStringList &groups)
{
    m_folded = QSet<QString>(groups.begin(), groups.end());
    for (PropertyGroup *group : std::as_const(m_groups))
        group->setFolded(m_folded.contains(group->title()));
}

QWidget *PropertyEditor::field(const QString &name) const
{
    const PropertyRow *row = m_rows.value(name);
    return row ? row->field()->input() : nullptr;
}

bool PropertyEditor::eventFilter(QObject *watched, QEvent *event)
{
    // While a button is down nothing moves under it: the help of a clicked field waits until it is up.
    const bool isUp = QGuiApplication::mouseButtons() == Qt::NoButton;
    if ((event->type() == QEvent::FocusIn && isUp) || event->type() == QEvent::MouseButtonRelease)
        showHelpOf(watched);
    return QWidget::eventFilter(watched, event);
}

void PropertyEditor::showHelpOf(QObject *watched)
{
    for (PropertyRow *row : std::as_const(m_rows)) {
        if (row->field()->input() != watched || row == m_helped)
            continue;
        if (m_helped)
            m_helped->showHelp(false);
        row->showHelp(true);
        m_helped = row;
        return;
    }
}

} // namespace espalier
