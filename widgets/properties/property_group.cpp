// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/properties/property_group.h"

#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QtGui/QKeyEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QVBoxLayout>

using namespace Qt::StringLiterals;

namespace espalier {

GroupHeading::GroupHeading(const QString &title, QWidget *parent)
    : QAbstractButton(parent)
{
    setText(title);
    setAccessibleName(title);
    setCheckable(true);
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
}

QSize GroupHeading::sizeHint() const
{
    const Theme &theme = Theme::current();
    const QFontMetrics metrics(theme.font(TextSize::Caption, TextWeight::Strong));
    return {metrics.horizontalAdvance(text()) + theme.px(22), theme.sizes.hit};
}

void GroupHeading::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QPainter painter(this);
    painter.setFont(theme.font(TextSize::Caption, TextWeight::Strong));
    painter.setPen(underMouse() ? theme.text : theme.muted);
    painter.drawText(rect().adjusted(0, 0, -theme.px(18), 0), Qt::AlignVCenter | Qt::AlignLeft, text());
    QRectF square(0, 0, theme.px(12), theme.px(12));
    square.moveCenter(QPointF(width() - theme.px(11), height() / 2.0));
    drawIcon(&painter, square, isChecked() ? u"triangle-right"_s : u"triangle-down"_s, theme.muted);
    if (hasFocus()) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(theme.selection, 2));
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), theme.sizes.radiusSmall,
                                theme.sizes.radiusSmall);
    }
}

void GroupHeading::keyPressEvent(QKeyEvent *event)
{
    const int key = event->key();
    const bool folds = key == Qt::Key_Left && !isChecked();
    const bool unfolds = key == Qt::Key_Right && isChecked();
    if (folds || unfolds || key == Qt::Key_Return || key == Qt::Key_Enter)
        return click();
    QAbstractButton::keyPressEvent(event);
}

PropertyGroup::PropertyGroup(const QString &title, QWidget *parent)
    : QWidget(parent)
    , m_title(title)
    , m_body(new QWidget(this))
    , m_rows(new QVBoxLayout(m_body))
{
    const Theme &theme = Theme::current();
    m_rows->setContentsMargins(0, 0, 0, 0);
    m_rows->setSpacing(theme.px(6));
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(theme.space(Space::Tiny));
    if (!title.isEmpty()) {
        m_heading = new GroupHeading(title, this);
        column->addWidget(m_heading);
        connect(m_heading, &QAbstractButton::toggled, m_body, [this](bool isFolded) { m_body->setVisible(!isFolded); });
        connect(m_heading, &QAbstractButton::clicked, this, &PropertyGroup::foldedChanged);
    }
    column->addWidget(m_body);
}

void PropertyGroup::addRow(QWidget *row)
{
    m_rows->addWidget(row);
}

void PropertyGroup::setFolded(bool isFolded)
{
    if (m_heading)
        m_heading->setChecked(isFolded);
}

bool PropertyGroup::isFolded() const
{
    return m_heading && m_heading->isChecked();
}

} // namespace espalier
