// SPDX-License-Identifier: GPL-3.0-or-later
// A line in which a value is typed, stepped or dragged.
#pragma once

#include "widgets/properties/property.h"

#include <QtWidgets/QLineEdit>

namespace espalier {

/// Numbers have a mark at their end: a click on its upper or lower half steps, a drag to the sides changes the value as
/// far as one drags (Shift: ten times as much) and sends it when let go. Up and Down step as well.
class ValueEdit : public QLineEdit {
    Q_OBJECT
public:
    explicit ValueEdit(QWidget *parent = nullptr);

    /// Shows the property's value, unless somebody types here and `force` is false.
    void display(const Property &property, bool force = false);

    /// Sends what was typed, or says what is wrong with it.
    void commit();

    /// Takes back what was typed.
    void revert();

    bool isBeingTyped() const { return isModified(); }

signals:
    void committed(const QJsonValue &value);

    /// Empty: what was wrong is gone.
    void problemFound(const QString &problem);

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    bool hasMark() const;
    QRect markRect() const;
    QString text(const QJsonValue &value) const;
    void step(int count);
    void send(const QJsonValue &value);
    void setProblem(const QString &problem);
    void dragTo(const QPoint &at, bool isCoarse);
    void endDrag(bool keeps);

    Property m_property;
    QString m_problem;
    QJsonValue m_dragged; ///< the value under the drag
    int m_dragFrom = 0;
    bool m_isPressed = false; ///< on the mark
    bool m_isDragging = false;
};

} // namespace espalier
