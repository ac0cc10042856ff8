// SPDX-License-Identifier: GPL-3.0-or-later
// How rows are parted into training, validation and test: a bar whose two marks are dragged, or moved by keys.
#pragma once

#include "gui/document/data_edits.h"

#include <QtWidgets/QWidget>

namespace espalier {

/// Left and Right move the mark at hand by one percent (with Shift by ten), Up and Down choose it. What the parts leave
/// of all rows is unused, and drawn as such.
class SplitBar : public QWidget {
    Q_OBJECT
public:
    explicit SplitBar(QWidget *parent = nullptr);

    void setParts(const SplitParts &parts);
    const SplitParts &parts() const { return m_parts; }
    /// 0: rows are not known; the bar says shares alone.
    void setRows(qint64 rows);
    /// Of a mark (0: between training and validation, 1: before test), in px from the left.
    int markAt(int mark) const;
    QSize sizeHint() const override;

signals:
    void partsRequested(const espalier::SplitParts &parts);
    /// A drag or a row of key presses ended: what comes next is a step of its own.
    void settled();

protected:
    void paintEvent(QPaintEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;

private:
    QRect bar() const;
    void moveTo(double share);
    void describe();
    QString partText(const QString &name, double share) const;

    SplitParts m_parts;
    qint64 m_rows = 0;
    int m_mark = 0;
    bool m_isDragging = false;
};

} // namespace espalier
