// SPDX-License-Identifier: GPL-3.0-or-later
// A hand on the mouse: sends a graph view the events that a person's would, at scene positions.
#pragma once

#include "widgets/graph/graph_view.h"

#include <QtGui/QMouseEvent>
#include <QtGui/QWheelEvent>
#include <QtWidgets/QApplication>

namespace espalier {

class Hand {
public:
    explicit Hand(GraphView &view)
        : m_view(view)
    {
    }

    void press(const QPointF &scene, Qt::MouseButton button = Qt::LeftButton, Qt::KeyboardModifiers keys = {})
    {
        m_buttons |= button;
        send(QEvent::MouseButtonPress, m_view.toView(scene), button, keys);
    }
    void move(const QPointF &scene, Qt::KeyboardModifiers keys = {}) { moveInView(m_view.toView(scene), keys); }
    void moveInView(const QPointF &view, Qt::KeyboardModifiers keys = {})
    {
        send(QEvent::MouseMove, view, Qt::NoButton, keys);
    }
    void release(const QPointF &scene, Qt::MouseButton button = Qt::LeftButton, Qt::KeyboardModifiers keys = {})
    {
        m_buttons &= ~Qt::MouseButtons(button);
        send(QEvent::MouseButtonRelease, m_view.toView(scene), button, keys);
    }
    void click(const QPointF &scene, Qt::KeyboardModifiers keys = {}, Qt::MouseButton button = Qt::LeftButton)
    {
        press(scene, button, keys);
        release(scene, button, keys);
    }
    void doubleClick(const QPointF &scene)
    {
        click(scene);
        m_buttons |= Qt::LeftButton;
        send(QEvent::MouseButtonDblClick, m_view.toView(scene), Qt::LeftButton, {});
        release(scene);
    }
    /// In some steps, as hands do; the keys are held throughout.
    void drag(const QPointF &from, const QPointF &to, Qt::KeyboardModifiers keys = {},
              Qt::MouseButton button = Qt::LeftButton)
    {
        press(from, button, keys);
        hover(from, to, keys);
        release(to, button, keys);
    }
    void hover(const QPointF &from, const QPointF &to, Qt::KeyboardModifiers keys = {})
    {
        for (int step = 1; step <= 5; ++step)
            move(from + (to - from) * step / 5.0, keys);
    }
    void wheel(const QPointF &view, int delta, Qt::KeyboardModifiers keys = {})
    {
        QWheelEvent event(view, m_view.mapToGlobal(view), {}, {0, delta}, Qt::NoButton, keys, Qt::NoScrollPhase, false);
        QApplication::sendEvent(&m_view, &event);
    }

private:
    void send(QEvent::Type type, const QPointF &at, Qt::MouseButton button, Qt::KeyboardModifiers keys)
    {
        QMouseEvent event(type, at, m_view.mapToGlobal(at), button, m_buttons, keys);
        QApplication::sendEvent(&m_view, &event);
    }

    GraphView &m_view;
    Qt::MouseButtons m_buttons;
};

} // namespace espalier
