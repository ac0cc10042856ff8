// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/window/breadcrumbs.h"

#include "widgets/common/theme.h"

#include <QtGui/QPainter>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QLabel>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QToolButton>

namespace espalier {

Breadcrumbs::Breadcrumbs(QWidget *parent)
    : QWidget(parent)
    , m_row(new QHBoxLayout(this))
    , m_uses(new QLabel(this))
    , m_unique(new QPushButton(tr("Make unique"), this))
{
    setAccessibleName(tr("Way into the block"));
    const Theme &theme = Theme::current();
    m_row->setContentsMargins(theme.space(Space::Small), theme.space(Space::Tiny), theme.space(Space::Small),
                              theme.space(Space::Tiny) + 1);
    m_row->setSpacing(theme.space(Space::Tiny));
    m_row->addStretch();
    m_row->addWidget(m_uses);
    m_row->addWidget(m_unique);
    m_uses->setForegroundRole(QPalette::PlaceholderText);
    m_unique->setToolTip(tr("Gives the instance that you came through a definition of its own."));
    connect(m_unique, &QPushButton::clicked, this, &Breadcrumbs::makeUniqueRequested);
    setVisible(false);
}

void Breadcrumbs::setPath(const QStringList &names, int uses)
{
    qDeleteAll(m_parts);
    m_parts.clear();
    int at = 0;
    for (int depth = 0; depth < names.size(); ++depth) {
        if (depth > 0) {
            auto *arrow = new QLabel(QStringLiteral("›"), this);
            arrow->setForegroundRole(QPalette::PlaceholderText);
            m_parts.append(arrow);
            m_row->insertWidget(at++, arrow);
        }
        auto *part = new QToolButton(this);
        part->setAutoRaise(true);
        part->setText(names[depth]);
        part->setAccessibleName(depth + 1 == names.size() ? tr("%1, shown").arg(names[depth])
                                                          : tr("Go up to %1").arg(names[depth]));
        part->setEnabled(depth + 1 < names.size());
        connect(part, &QToolButton::clicked, this, [this, depth] { emit clicked(depth); });
        m_parts.append(part);
        m_row->insertWidget(at++, part);
    }
    m_uses->setText(uses > 1 ? tr("used %1 times: an edit shows in all of them").arg(uses) : QString());
    m_unique->setVisible(uses > 1);
    setVisible(names.size() > 1);
}

void Breadcrumbs::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QPainter painter(this);
    painter.fillRect(rect(), theme.panel);
    painter.fillRect(0, height() - 1, width(), 1, theme.line);
}

} // namespace espalier
