// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/properties/value_edit.h"

#include "widgets/common/icons.h"
#include "widgets/common/style.h"
#include "widgets/common/theme.h"
#include "widgets/properties/value_text.h"

#include <QtGui/QFontDatabase>
#include <QtGui/QKeyEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QApplication>
#include <QtWidgets/QStyle>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

constexpr int kPixelsPerStep = 4;
constexpr int kLongestText = 100000; // constants are typed here too, as nested lists

} // namespace

ValueEdit::ValueEdit(QWidget *parent)
    : QLineEdit(parent)
{
    setMaxLength(kLongestText);
    setMouseTracking(true);
    connect(this, &QLineEdit::textEdited, this, [this] { setProblem({}); });
}

bool ValueEdit::hasMark() const
{
    return m_property.type == "integer"_L1 || m_property.type == "real"_L1 || m_property.type == "integer_list"_L1;
}

QRect ValueEdit::markRect() const
{
    if (!hasMark())
        return {};
    const int width = Theme::current().sizes.hit;
    return QStyle::visualRect(layoutDirection(), rect(), QRect(this->width() - width - 2, 0, width, height()));
}

QString ValueEdit::text(const QJsonValue &value) const
{
    return valueText(m_property, value, locale());
}

void ValueEdit::display(const Property &property, bool force)
{
    const bool isSame = m_property.values == property.values && m_property.type == property.type;
    m_property = property;
    setEnabled(property.isEnabled);
    setPlaceholderText(isMixed(property) ? tr("mixed") : property.type.endsWith("list"_L1) ? tr("none") : QString());
    if (property.type == "expression"_L1)
        setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    const Theme &theme = Theme::current();
    const int unit = property.unit.isEmpty() ? 0 : fontMetrics().horizontalAdvance(property.unit) + theme.px(6);
    const int end = (hasMark() ? theme.sizes.hit - theme.px(4) : 0) + unit;
    const bool isRightToLeft = layoutDirection() == Qt::RightToLeft;
    setTextMargins(isRightToLeft ? end : 0, 0, isRightToLeft ? 0 : end, 0);
    const bool isTyped = isModified() && (hasFocus() || (isSame && !m_problem.isEmpty()));
    if (!m_isDragging && (force || !isTyped)) {
        QString shown = text(commonValue(property));
        // What doesn't fit is never cut and sent back: it can only be reset.
        const bool isTooLong = shown.size() > kLongestText;
        setReadOnly(isTooLong);
        if (isTooLong)
            shown = tr("%1… (too long to edit here)").arg(shown.left(40));
        if (shown != QLineEdit::text()) {
            const int cursor = cursorPosition();
            setText(shown);
            setCursorPosition(hasFocus() ? std::min<int>(cursor, shown.size()) : 0);
        }
        setModified(false);
        setProblem({});
    }
    update();
}

void ValueEdit::setProblem(const QString &problem)
{
    if (m_problem == problem)
        return;
    m_problem = problem;
    setProperty(kProblemProperty, !problem.isEmpty());
    update();
    emit problemFound(problem);
}

void ValueEdit::commit()
{
    if (!isModified())
        return;
    if (isMixed(m_property) && QLineEdit::text().isEmpty())
        return revert();
    const ParsedValue parsed = parseValue(m_property, QLineEdit::text(), locale());
    setProblem(parsed.problem);
    if (parsed.value.isUndefined())
        return;
    setText(text(parsed.value));
    setModified(false);
    send(parsed.value);
}

void ValueEdit::send(const QJsonValue &value)
{
    if (value != commonValue(m_property))
        emit committed(value);
}

void ValueEdit::revert()
{
    setModified(false);
    display(m_property, true);
}

void ValueEdit::step(int count)
{
    commit();
    if (!m_problem.isEmpty() || !isEnabled() || isReadOnly())
        return;
    const int cursor = cursorPosition();
    const QJsonValue value
        = stepped(m_property, commonValue(m_property), count, placeInList(QLineEdit::text(), cursor));
    if (value.isUndefined() || value == commonValue(m_property))
        return;
    setText(text(value));
    setCursorPosition(std::min<int>(cursor, QLineEdit::text().size()));
    send(value);
}

void ValueEdit::keyPressEvent(QKeyEvent *event)
{
    const int many = event->modifiers() & Qt::ShiftModifier ? 10 : 1;
    switch (event->key()) {
    case Qt::Key_Return:
    case Qt::Key_Enter:
        commit();
        selectAll();
        return;
    case Qt::Key_Escape:
        if (m_isPressed)
            return endDrag(false);
        if (isModified())
            return revert();
        event->ignore();
        return;
    case Qt::Key_Up:
    case Qt::Key_Down:
        if (hasMark())
            return step(event->key() == Qt::Key_Up ? many : -many);
        break;
    default:
        break;
    }
    QLineEdit::keyPressEvent(event);
}

void ValueEdit::focusOutEvent(QFocusEvent *event)
{
    QLineEdit::focusOutEvent(event);
    if (event->reason() != Qt::PopupFocusReason) // its own context menu
        commit();
}

void ValueEdit::mousePressEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton || !markRect().contains(event->position().toPoint()))
        return QLineEdit::mousePressEvent(event);
    commit();
    m_isPressed = m_problem.isEmpty();
    m_dragFrom = event->position().toPoint().x();
    m_dragged = commonValue(m_property);
}

void ValueEdit::mouseMoveEvent(QMouseEvent *event)
{
    const QPoint at = event->position().toPoint();
    if (!m_isPressed) {
        setCursor(markRect().contains(at) ? Qt::SizeHorCursor : Qt::IBeamCursor);
        return QLineEdit::mouseMoveEvent(event);
    }
    if (!m_isDragging && std::abs(at.x() - m_dragFrom) < QApplication::startDragDistance())
        return;
    m_isDragging = true;
    dragTo(at, event->modifiers() & Qt::ShiftModifier);
}

void ValueEdit::dragTo(const QPoint &at, bool isCoarse)
{
    const int count = (at.x() - m_dragFrom) / kPixelsPerStep * (isCoarse ? 10 : 1);
    const QJsonValue value = stepped(m_property, commonValue(m_property), count);
    if (value.isUndefined())
        return;
    m_dragged = value;
    setText(text(value));
}

void ValueEdit::endDrag(bool keeps)
{
    const bool wasDragging = m_isDragging;
    m_isPressed = false;
    m_isDragging = false;
    if (wasDragging && keeps)
        send(m_dragged);
    else if (wasDragging)
        revert();
}

void ValueEdit::mouseReleaseEvent(QMouseEvent *event)
{
    if (!m_isPressed)
        return QLineEdit::mouseReleaseEvent(event);
    const bool isClick = !m_isDragging;
    endDrag(true);
    if (isClick && markRect().contains(event->position().toPoint()))
        step(event->position().y() < height() / 2.0 ? 1 : -1);
}

void ValueEdit::mouseDoubleClickEvent(QMouseEvent *event)
{
    if (markRect().contains(event->position().toPoint())) // two quick clicks are two steps
        mousePressEvent(event);
    else
        QLineEdit::mouseDoubleClickEvent(event);
}

void ValueEdit::paintEvent(QPaintEvent *event)
{
    QLineEdit::paintEvent(event);
    const Theme &theme = Theme::current();
    QPainter painter(this);
    const QRect mark = markRect();
    if (hasMark()) {
        QRectF square(0, 0, theme.px(14), theme.px(14));
        square.moveCenter(QRectF(mark).center());
        drawIcon(&painter, square, u"spin"_s, isEnabled() ? theme.muted : theme.faint);
    }
    if (!m_property.unit.isEmpty() && !QLineEdit::text().isEmpty()) {
        painter.setPen(isEnabled() ? theme.muted : theme.faint);
        const int end = hasMark() ? theme.sizes.hit + theme.px(4) : theme.space(Space::Small) + theme.px(2);
        const QRect place = QStyle::visualRect(layoutDirection(), rect(), rect().adjusted(0, 0, -end, 0));
        const Qt::Alignment side = QStyle::visualAlignment(layoutDirection(), Qt::AlignRight);
        painter.drawText(place, Qt::AlignVCenter | side, m_property.unit);
    }
}

} // namespace espalier
