// SPDX-License-Identifier: GPL-3.0-or-later
// How each column of numbers is brought to size, with its values before and after.
#pragma once

#include "engine/base/json_value.h"

#include <QtWidgets/QWidget>

class QComboBox;
class QGridLayout;
class QLabel;

namespace espalier {

class DataSubject;

class NormalizationBox : public QWidget {
    Q_OBJECT
public:
    /// `subject` is borrowed.
    explicit NormalizationBox(DataSubject *subject, QWidget *parent = nullptr);

    /// The columns as they are now; `statistics` may be null.
    void refresh(const JsonValue &statistics);
    bool isEmpty() const { return m_rows.isEmpty(); }
    QComboBox *choice(const QString &column) const;

private:
    struct Row {
        QString column;
        QComboBox *choice;
        QLabel *values;
    };
    void rebuild(const QStringList &columns);

    DataSubject *m_subject;
    QGridLayout *m_grid;
    QList<Row> m_rows;
};

} // namespace espalier
