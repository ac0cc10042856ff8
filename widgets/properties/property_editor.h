// SPDX-License-Identifier: GPL-3.0-or-later
// Edits plain properties: one row each, in groups that fold. It asks for changes and never makes them.
#pragma once

#include "widgets/properties/property.h"

#include <QtCore/QHash>
#include <QtCore/QPointer>
#include <QtCore/QSet>
#include <QtWidgets/QWidget>

class QVBoxLayout;

namespace espalier {

class PropertyGroup;
class PropertyRow;

/// Put it into a scroll area. Values are sent by Enter, on leaving a field, by each step and at the end of a drag on
/// the spin mark; Esc takes back what was typed. What can't be used is said under its field and never sent. A field in
/// which somebody types keeps its text and cursor whatever is set from outside. GUI thread.
class PropertyEditor : public QWidget {
    Q_OBJECT
public:
    explicit PropertyEditor(QWidget *parent = nullptr);

    /// Shows `properties`. `subject` names what is edited (ids of the nodes): while it stays the same, rows are updated
    /// in place; another one drops what was typed and not sent.
    void setProperties(const QList<Property> &properties, const QString &subject = {});

    /// Sends what is being typed, if it can be used. Call before what is edited goes away.
    void commitPending();

    /// Puts the keyboard into the field of that name; its group unfolds. False if there is none.
    bool focusProperty(const QString &name);

    /// Names of the groups that are folded, for settings. "Initial values" is at first.
    QStringList foldedGroups() const;
    void setFoldedGroups(const QStringList &groups);

    /// The input widget of a property; nullptr if there is none.
    QWidget *field(const QString &name) const;

signals:
    /// A person gave all things this value.
    void changeRequested(const QString &name, const QJsonValue &value);

    void resetRequested(const QString &name);

    /// The folder button of a "file" was pressed: the owner knows whose disk that is.
    void browseRequested(const QString &name);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    bool updateInPlace(const QList<Property> &properties);
    void rebuild(const QList<Property> &properties);
    PropertyRow *newRow(const Property &property);
    void showHelpOf(QObject *watched);

    QList<Property> m_properties;
    QString m_subject;
    QVBoxLayout *m_column = nullptr;
    QHash<QString, PropertyRow *> m_rows;
    QList<PropertyGroup *> m_groups;
    QSet<QString> m_folded;
    QPointer<PropertyRow> m_helped;
};

} // namespace espalier
