// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/data_panel/split_bar.h"

#include "widgets/common/figures.h"
#include "widgets/common/theme.h"

#include <QtGui/QKeyEvent>
#include <QtGui/QMouseEvent>
#include <QtGui/QPainter>

#include <algorithm>
#include <array>
#include <cmath>

namespace espalier {
namespace {

constexpr int kBarHeight = 24;

/// To whole percents: what one can see and say.
double percents(double share)
{
    return std::round(share * 100) / 100;
}

} // namespace

SplitBar::SplitBar(QWidget *parent)
    : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setToolTip(tr("Drag the marks, or use the arrow keys: Up and Down choose a mark, Left and Right move it."));
    describe();
}

QSize SplitBar::sizeHint() const
{
    const Theme &theme = Theme::current();
    return {theme.px(240), theme.px(kBarHeight) + 3 * (fontMetrics().height() + theme.space(Space::Tiny))};
}

void SplitBar::setParts(const SplitParts &parts)
{
    if (m_parts == parts)
        return;
    m_parts = parts;
    describe();
    update();
}

void SplitBar::setRows(qint64 rows)
{
    m_rows = rows;
    describe();
    update();
}

QRect SplitBar::bar() const
{
    return {2, 2, width() - 4, Theme::current().px(kBarHeight)};
}

int SplitBar::markAt(int mark) const
{
    const double share = m_parts.train + (mark > 0 ? m_parts.validation : 0);
    return bar().left() + static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * bar().width()));
}

QString SplitBar::partText(const QString &name, double share) const
{
    const QString percent = formatPercent(share);
    return m_rows > 0 ? tr("%1: %2, %3 rows").arg(name, percent, formatCount(std::llround(share * double(m_rows))))
                      : tr("%1: %2").arg(name, percent);
}

void SplitBar::describe()
{
    setAccessibleName(tr("Split of the rows"));
    setAccessibleDescription(partText(tr("Training"), m_parts.train) + QStringLiteral("; ")
                             + partText(tr("Validation"), m_parts.validation) + QStringLiteral("; ")
                             + partText(tr("Test"), m_parts.test));
}

void SplitBar::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRect all = bar();
    struct Part {
        QString name;
        double share;
        QColor colour;
    };
    const std::array<Part, 3> parts{Part{tr("Training"), m_parts.train, theme.seriesColour(0)},
                                    Part{tr("Validation"), m_parts.validation, theme.seriesColour(1)},
                                    Part{tr("Test"), m_parts.test, theme.seriesColour(2)}};
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.raised);
    painter.drawRoundedRect(all, theme.sizes.radiusSmall, theme.sizes.radiusSmall);
    double from = 0;
    int y = all.bottom() + 1 + theme.space(Space::Tiny);
    for (const Part &part : parts) {
        const QRectF piece(all.left() + from * all.width(), all.top(), part.share * all.width(), all.height());
        painter.fillRect(piece, isEnabled() ? part.colour : theme.faint);
        from += part.share;
        const int size = fontMetrics().ascent();
        painter.fillRect(QRect(all.left(), y + (fontMetrics().height() - size) / 2, size, size), part.colour);
        painter.setPen(theme.text);
        painter.drawText(QRect(all.left() + size + theme.space(Space::Small), y, all.width(), fontMetrics().height()),
                         Qt::AlignLeft | Qt::AlignVCenter, partText(part.name, part.share));
        painter.setPen(Qt::NoPen);
        y += fontMetrics().height() + theme.space(Space::Tiny);
    }
    for (int mark = 0; mark < 2; ++mark) {
        const QRectF handle(markAt(mark) - 3, all.top() - 1, 6, all.height() + 2);
        const bool isAtHand = hasFocus() && mark == m_mark;
        painter.setPen(QPen(isAtHand ? theme.selection : theme.edge, isAtHand ? 2 : 1));
        painter.setBrush(theme.panel);
        painter.drawRoundedRect(handle, 2, 2);
    }
}

void SplitBar::moveTo(double share)
{
    SplitParts parts = m_parts;
    const double rest = std::max(0.0, percents(1 - m_parts.train - m_parts.validation - m_parts.test));
    if (m_mark == 0) {
        const double end = percents(parts.train + parts.validation);
        parts.train = std::clamp(percents(share), 0.01, end);
        parts.validation = percents(end - parts.train);
    } else {
        const double end = percents(std::clamp(share, parts.train, 1 - rest));
        parts.validation = percents(end - parts.train);
        parts.test = percents(1 - rest - end);
    }
    if (parts != m_parts)
        emit partsRequested(parts);
}

void SplitBar::mousePressEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton)
        return;
    const int x = qRound(event->position().x());
    const int first = std::abs(x - markAt(0));
    const int second = std::abs(x - markAt(1));
    m_mark = first < second || (first == second && x <= markAt(0)) ? 0 : 1;
    m_isDragging = std::min(first, second) <= Theme::current().sizes.hit;
    update();
}

void SplitBar::mouseMoveEvent(QMouseEvent *event)
{
    const int x = qRound(event->position().x());
    const bool isNear = std::min(std::abs(x - markAt(0)), std::abs(x - markAt(1))) <= Theme::current().sizes.hit / 2;
    setCursor(m_isDragging || isNear ? Qt::SplitHCursor : Qt::ArrowCursor);
    if (m_isDragging)
        moveTo((event->position().x() - bar().left()) / bar().width());
}

void SplitBar::mouseReleaseEvent(QMouseEvent *)
{
    if (std::exchange(m_isDragging, false))
        emit settled();
}

void SplitBar::keyPressEvent(QKeyEvent *event)
{
    const double step = event->modifiers().testFlag(Qt::ShiftModifier) ? 0.1 : 0.01;
    const double at = m_parts.train + (m_mark > 0 ? m_parts.validation : 0);
    switch (event->key()) {
    case Qt::Key_Left:
        moveTo(at - step);
        break;
    case Qt::Key_Right:
        moveTo(at + step);
        break;
    case Qt::Key_Up:
    case Qt::Key_Down:
        m_mark = event->key() == Qt::Key_Up ? 0 : 1;
        update();
        break;
    default:
        QWidget::keyPressEvent(event);
    }
}

void SplitBar::focusOutEvent(QFocusEvent *event)
{
    QWidget::focusOutEvent(event);
    emit settled();
}

} // namespace espalier
