// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/lists/key_hint_field.h"

#include "widgets/common/theme.h"

#include <QtGui/QPainter>

namespace espalier {

void KeyHintField::setKeyHint(const QString &hint)
{
    m_hint = hint;
    update();
}

void KeyHintField::paintEvent(QPaintEvent *event)
{
    QLineEdit::paintEvent(event);
    if (!text().isEmpty() || m_hint.isEmpty())
        return;
    const Theme &theme = Theme::current();
    QPainter painter(this);
    painter.setPen(theme.muted);
    const int side = theme.space(Space::Medium);
    painter.drawText(rect().adjusted(side, 0, -side, 0), Qt::AlignVCenter | Qt::AlignRight, m_hint);
}

} // namespace espalier
