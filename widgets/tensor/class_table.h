// SPDX-License-Identifier: GPL-3.0-or-later
// How well each class is recognised, as a table that sorts by any column.
#pragma once

#include <QtCore/QList>
#include <QtCore/QString>
#include <QtWidgets/QTableView>

#include <optional>

namespace espalier {

class ClassTableModel;

struct ClassRow {
    int index = 0; ///< of the class
    QString name;
    qint64 support = 0; ///< samples that are of it
    qint64 predicted = 0; ///< samples that were taken for it
    std::optional<double> precision, recall, f1; ///< nothing where it can't be said
    friend bool operator==(const ClassRow &, const ClassRow &) = default;
};

class ClassTable : public QTableView {
    Q_OBJECT
public:
    explicit ClassTable(QWidget *parent = nullptr);

    void setRows(const QList<ClassRow> &rows);

signals:
    void classChosen(int index); ///< clicked, or Enter

protected:
    void keyPressEvent(QKeyEvent *event) override;

private:
    void choose(const QModelIndex &at);

    ClassTableModel *m_model;
};

} // namespace espalier
