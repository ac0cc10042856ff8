// SPDX-License-Identifier: GPL-3.0-or-later
// A matrix as a table of numbers, for reading and copying.
#pragma once

#include "widgets/tensor/tensor_data.h"

#include <QtWidgets/QTableView>

namespace espalier {

class ValueTableModel;

class ValueTable : public QTableView {
    Q_OBJECT
public:
    explicit ValueTable(QWidget *parent = nullptr);

    void setMatrix(const ValueMatrix &matrix);
    /// The selected numbers as text, tabs between columns; all of them where none is selected.
    QString selectedText() const;

protected:
    void keyPressEvent(QKeyEvent *event) override;

private:
    ValueTableModel *m_model;
};

} // namespace espalier
