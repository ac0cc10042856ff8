// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/window/panel_area.h"

#include "widgets/common/theme.h"

#include <QtGui/QPainter>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QStackedWidget>
#include <QtWidgets/QTabBar>
#include <QtWidgets/QVBoxLayout>

#include <algorithm>

namespace espalier {

bool canTakeFocus(const QWidget *widget)
{
    return (widget->focusPolicy() & Qt::TabFocus) && widget->isVisible() && widget->isEnabled();
}

PanelArea::PanelArea(const QString &name, QWidget *parent)
    : QWidget(parent)
    , m_tabs(new QTabBar(this))
    , m_stack(new QStackedWidget(this))
    , m_header(new QHBoxLayout)
{
    setObjectName(name);
    m_tabs->setDrawBase(false);
    m_tabs->setExpanding(false);
    m_tabs->setUsesScrollButtons(true);
    m_tabs->setAccessibleName(tr("Panels"));
    m_header->setContentsMargins(Theme::current().space(Space::Tiny), 0, 0, 0); // words begin where the panels' do
    m_header->setSpacing(0);
    m_header->addWidget(m_tabs);
    m_header->addStretch();
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(m_header);
    column->addSpacing(1); // the line that paintEvent draws
    column->addWidget(m_stack, 1);
    connect(m_tabs, &QTabBar::currentChanged, this, [this](int index) {
        m_stack->setCurrentIndex(index);
        emit currentChanged(current());
    });
}

void PanelArea::addPanel(const QString &id, const QString &title, QWidget *panel)
{
    m_ids.append(id);
    m_stack->addWidget(panel);
    m_tabs->addTab(title);
}

void PanelArea::setTitle(const QString &id, const QString &title)
{
    m_tabs->setTabText(static_cast<int>(m_ids.indexOf(id)), title);
}

QWidget *PanelArea::panel(const QString &id) const
{
    return m_stack->widget(static_cast<int>(m_ids.indexOf(id)));
}

QString PanelArea::current() const
{
    return m_ids.value(m_tabs->currentIndex());
}

void PanelArea::setCurrent(const QString &id)
{
    m_tabs->setCurrentIndex(static_cast<int>(m_ids.indexOf(id)));
}

void PanelArea::setCorner(QWidget *corner)
{
    m_header->addWidget(corner);
    m_header->addSpacing(Theme::current().space(Space::Small));
}

void PanelArea::setFooter(QWidget *footer)
{
    layout()->addWidget(footer);
}

void PanelArea::focusPanel()
{
    QWidget *panel = m_stack->currentWidget();
    if (!panel)
        return;
    QWidget *target = panel->focusProxy() ? panel->focusProxy() : panel;
    if (!canTakeFocus(target)) {
        const QList<QWidget *> children = panel->findChildren<QWidget *>();
        const auto first = std::find_if(children.begin(), children.end(), canTakeFocus);
        target = first == children.end() ? m_tabs : *first; // a panel that only says something
    }
    target->setFocus(Qt::TabFocusReason);
}

void PanelArea::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QPainter painter(this);
    painter.fillRect(rect(), theme.panel);
    painter.fillRect(0, m_stack->y() - 1, width(), 1, theme.line);
}

} // namespace espalier
