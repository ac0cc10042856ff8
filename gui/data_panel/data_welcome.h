// SPDX-License-Identifier: GPL-3.0-or-later
// A drawing without data: what there is to choose from.
#pragma once

#include <QtWidgets/QWidget>

class QVBoxLayout;

namespace espalier {

class DataAdder;

class DataWelcome : public QWidget {
    Q_OBJECT
public:
    /// `adder` is borrowed.
    explicit DataWelcome(DataAdder *adder, QWidget *parent = nullptr);

    /// A button for each kind that the adder knows.
    void refresh(bool isEditable);
    /// What takes the keyboard first; null: the engine has not described the kinds yet.
    QWidget *first() const;

private:
    DataAdder *m_adder;
    QVBoxLayout *m_buttons;
    QList<QWidget *> m_made;
};

} // namespace espalier
