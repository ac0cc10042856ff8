// SPDX-License-Identifier: GPL-3.0-or-later
// A confusion matrix: a row a true class, a column a predicted one, the share of the row as colour.
#pragma once

#include <QtCore/QList>
#include <QtCore/QStringList>
#include <QtWidgets/QTableView>

namespace espalier {

class ConfusionModel;

struct ConfusionData {
    QStringList classes;
    QList<QList<qint64>> counts; ///< rows: true class, columns: predicted
    friend bool operator==(const ConfusionData &, const ConfusionData &) = default;
};

/// A click or Enter on a cell asks for the samples behind it. Cells shrink with their number; numbers that have no room
/// are in the tool tips.
class ConfusionView : public QTableView {
    Q_OBJECT
public:
    explicit ConfusionView(QWidget *parent = nullptr);

    /// Lenient: rows and columns that are missing count as 0.
    void setConfusion(const ConfusionData &confusion);
    const ConfusionData &confusion() const;
    /// Cells say shares of their row, or counts (the default).
    void setShowsShares(bool shares);
    bool showsShares() const { return m_showsShares; }

signals:
    void cellChosen(int target, int predicted);

protected:
    void resizeEvent(QResizeEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    friend class ConfusionDelegate;
    void arrange();

    ConfusionModel *m_model;
    bool m_showsShares = false;
};

} // namespace espalier
