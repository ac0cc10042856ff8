// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/window/notice_bar.h"

#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QtGui/QPainter>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QLabel>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QToolButton>

namespace espalier {

NoticeBar::NoticeBar(QWidget *parent)
    : QWidget(parent)
    , m_row(new QHBoxLayout(this))
    , m_text(new QLabel(this))
{
    const Theme &theme = Theme::current();
    setAccessibleName(tr("Notice"));
    m_row->setContentsMargins(theme.space(Space::Medium), theme.space(Space::Tiny), theme.space(Space::Small),
                              theme.space(Space::Tiny) + 1);
    m_row->setSpacing(theme.space(Space::Small));
    auto *mark = new QLabel(this);
    mark->setPixmap(iconPixmap(QStringLiteral("info"), theme.muted, theme.sizes.icon, devicePixelRatioF()));
    m_row->addWidget(mark);
    m_row->addWidget(m_text, 1);
    m_text->setWordWrap(true);
    m_text->setTextFormat(Qt::PlainText);
    auto *close = new QToolButton(this);
    close->setAutoRaise(true);
    close->setIcon(icon(QStringLiteral("close")));
    close->setAccessibleName(tr("Close the notice"));
    close->setToolTip(close->accessibleName());
    connect(close, &QToolButton::clicked, this, &QWidget::hide);
    m_row->addWidget(close);
    hide();
}

void NoticeBar::show(const QString &key, const QString &sentence, const QList<NoticeButton> &buttons)
{
    m_key = key;
    m_text->setText(sentence);
    qDeleteAll(m_buttons);
    m_buttons.clear();
    for (const NoticeButton &each : buttons) {
        auto *button = new QPushButton(each.text, this);
        connect(button, &QPushButton::clicked, this, [this, act = each.act] {
            hide();
            act();
        });
        m_row->insertWidget(m_row->count() - 1, button);
        m_buttons.append(button);
    }
    setVisible(true);
}

void NoticeBar::clear(const QString &key)
{
    if (m_key == key)
        hide();
}

void NoticeBar::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QPainter painter(this);
    painter.fillRect(rect(), mixed(theme.warning, theme.panel, 0.12));
    painter.fillRect(0, height() - 1, width(), 1, theme.line);
}

} // namespace espalier
