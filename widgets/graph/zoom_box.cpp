// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/zoom_box.h"

#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QtCore/QLocale>
#include <QtGui/QMouseEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QToolButton>

namespace espalier {

using namespace Qt::StringLiterals;

namespace {

constexpr int kLeastHit = 24; ///< px, however small the font

} // namespace

ZoomBox::ZoomBox(QWidget *parent)
    : QWidget(parent)
{
    setObjectName(u"zoomBox"_s);
    setAccessibleName(tr("Zoom"));
    setCursor(Qt::ArrowCursor);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(3, 3, 3, 3);
    row->setSpacing(0);
    m_out = add(tr("Zoom out"), tr("Shows more of the drawing, smaller."));
    m_percent = add(tr("Actual size"), tr("How large the drawing is shown. Click for 100 %."));
    m_in = add(tr("Zoom in"), tr("Shows less of the drawing, larger."));
    m_fit = add(tr("Fit all"), tr("Shows the whole drawing."));
    for (QToolButton *button : {m_out, m_percent, m_in, m_fit})
        row->addWidget(button);
    connect(m_out, &QToolButton::clicked, this, &ZoomBox::zoomOutRequested);
    connect(m_percent, &QToolButton::clicked, this, &ZoomBox::resetRequested);
    connect(m_in, &QToolButton::clicked, this, &ZoomBox::zoomInRequested);
    connect(m_fit, &QToolButton::clicked, this, &ZoomBox::fitRequested);
    applyTheme();
    setZoom(1);
}

QToolButton *ZoomBox::add(const QString &name, const QString &tip)
{
    auto *button = new QToolButton(this);
    button->setAccessibleName(name);
    button->setToolTip(tip);
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::TabFocus);
    return button;
}

void ZoomBox::setZoom(qreal zoom)
{
    const QLocale locale;
    m_percent->setText(tr("%1 %").arg(locale.toString(qRound(zoom * 100))));
    m_percent->setAccessibleDescription(m_percent->text());
}

void ZoomBox::applyTheme()
{
    const Theme &theme = Theme::current();
    m_out->setIcon(icon(u"minus"_s));
    m_in->setIcon(icon(u"plus"_s));
    m_fit->setIcon(icon(u"fit"_s));
    const int side = std::max(theme.sizes.hit, kLeastHit);
    for (QToolButton *button : {m_out, m_in, m_fit})
        button->setFixedSize(std::max(theme.px(28), kLeastHit), side);
    m_percent->setFont(theme.font(TextSize::Caption));
    m_percent->setFixedSize(theme.px(52), side);
    adjustSize();
}

void ZoomBox::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme.line, 1));
    painter.setBrush(theme.panel);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), theme.sizes.radiusControl,
                            theme.sizes.radiusControl);
}

// A click between the buttons isn't meant for the canvas below.
void ZoomBox::mousePressEvent(QMouseEvent *event)
{
    event->accept();
}

void ZoomBox::mouseReleaseEvent(QMouseEvent *event)
{
    event->accept();
}

void ZoomBox::mouseDoubleClickEvent(QMouseEvent *event)
{
    event->accept();
}

} // namespace espalier
