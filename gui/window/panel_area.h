// SPDX-License-Identifier: GPL-3.0-or-later
// A place for panels: tabs with an underline on top, the chosen panel below.
#pragma once

#include <QtCore/QHash>
#include <QtWidgets/QWidget>

class QHBoxLayout;
class QStackedWidget;
class QTabBar;

namespace espalier {

/// Whether the keyboard may go there now.
bool canTakeFocus(const QWidget *widget);

class PanelArea : public QWidget {
    Q_OBJECT
public:
    explicit PanelArea(const QString &name, QWidget *parent = nullptr);

    /// Adds a panel under a name that is not shown ("layers"); takes ownership.
    void addPanel(const QString &id, const QString &title, QWidget *panel);
    void setTitle(const QString &id, const QString &title);
    QWidget *panel(const QString &id) const;
    QString current() const;
    void setCurrent(const QString &id);
    /// Puts a widget to the right of the tabs.
    void setCorner(QWidget *corner);
    /// Puts a widget under all panels.
    void setFooter(QWidget *footer);
    /// Gives the keyboard to the shown panel.
    void focusPanel();

signals:
    void currentChanged(const QString &id);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QTabBar *m_tabs;
    QStackedWidget *m_stack;
    QHBoxLayout *m_header;
    QStringList m_ids;
};

} // namespace espalier
