// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/window/status_line.h"

#include "gui/models/answers.h"
#include "widgets/common/figures.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QtCore/QEvent>
#include <QtCore/QTimer>
#include <QtGui/QPainter>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QLabel>
#include <QtWidgets/QToolButton>

namespace espalier {
namespace {

constexpr int kMessageMs = 6000;

QLabel *fact(QWidget *parent, const QString &name)
{
    auto *label = new QLabel(parent);
    label->setAccessibleName(name);
    label->setForegroundRole(QPalette::PlaceholderText);
    return label;
}

/// A sentence of any length, which never makes the window wider: its end is left out, and told by the tip.
class ElidedLabel : public QLabel {
public:
    using QLabel::QLabel;
    QSize minimumSizeHint() const override { return {0, QLabel::minimumSizeHint().height()}; }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        painter.setPen(palette().color(foregroundRole()));
        painter.drawText(rect(), int(Qt::AlignVCenter) | Qt::TextSingleLine,
                         fontMetrics().elidedText(text(), Qt::ElideRight, width()));
    }
};

QToolButton *flatButton(QWidget *parent)
{
    auto *button = new QToolButton(parent);
    button->setAutoRaise(true);
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    return button;
}

} // namespace

StatusLine::StatusLine(QWidget *parent)
    : QWidget(parent)
    , m_engine(flatButton(this))
    , m_message(new ElidedLabel(this))
    , m_parameters(fact(this, tr("Parameters")))
    , m_multiplyAdds(fact(this, tr("Multiply-adds")))
    , m_memory(fact(this, tr("Memory for training")))
    , m_epoch(fact(this, tr("Time of an epoch")))
    , m_problems(flatButton(this))
    , m_saved(fact(this, tr("Saved or not")))
    , m_messageTimer(new QTimer(this))
{
    setAccessibleName(tr("Status"));
    auto *row = new QHBoxLayout(this);
    const Theme &theme = Theme::current();
    row->setContentsMargins(theme.space(Space::Tiny), 1, theme.space(Space::Medium), 0);
    row->setSpacing(theme.space(Space::Large));
    row->addWidget(m_engine);
    for (QLabel *label : {m_parameters, m_multiplyAdds, m_memory, m_epoch})
        row->addWidget(label);
    m_message->setAccessibleName(tr("Message"));
    m_message->setTextFormat(Qt::PlainText);
    m_message->setForegroundRole(QPalette::PlaceholderText);
    m_message->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    row->addWidget(m_message, 1);
    row->addWidget(m_problems);
    row->addWidget(m_saved);
    m_parameters->setToolTip(tr("Numbers that training adjusts, in the whole drawing."));
    m_multiplyAdds->setToolTip(
        tr("Multiplications with an addition for one sample forward. Training takes about three times as many."));
    m_problems->setToolTip(tr("Opens the list of problems (F8)."));
    m_messageTimer->setSingleShot(true);
    m_messageTimer->setInterval(kMessageMs);
    connect(m_messageTimer, &QTimer::timeout, this, [this] {
        m_message->clear();
        m_message->setToolTip({});
    });
    connect(m_problems, &QToolButton::clicked, this, &StatusLine::problemsClicked);
    connect(m_engine, &QToolButton::clicked, this, &StatusLine::engineClicked);
    setProblems(-1);
    restyle();
}

void StatusLine::setEngine(Tone tone, const QString &text, const QString &tip)
{
    m_tone = tone;
    m_engine->setText(text);
    m_engine->setToolTip(tip);
    restyle();
}

void StatusLine::setCosts(const Answers *answers, const Estimate *estimate, bool isFresh)
{
    const bool isKnown = answers && answers->version >= 0;
    for (QLabel *label : {m_parameters, m_multiplyAdds, m_memory, m_epoch})
        label->setVisible(isKnown);
    if (!isKnown)
        return;
    // With a broken drawing sums are of what is left of it: no number is better than a wrong one.
    const bool isWhole = answers->problems.isEmpty();
    const QString unknown = QStringLiteral("–");
    m_parameters->setText(
        tr("%1 parameters").arg(isWhole ? formatCount(static_cast<qint64>(answers->total.parameters)) : unknown));
    m_multiplyAdds->setText(
        tr("%1 multiply-adds a sample").arg(isWhole ? formatShort(answers->total.multiplyAdds) : unknown));
    const bool hasEstimate = estimate && estimate->isKnown && isFresh;
    m_memory->setVisible(hasEstimate && estimate->memoryBytes > 0);
    m_epoch->setVisible(hasEstimate && estimate->epochSeconds > 0);
    if (!hasEstimate)
        return;
    m_memory->setText(tr("%1 to train").arg(formatBytes(estimate->memoryBytes)));
    m_epoch->setText(tr("%1 an epoch").arg(formatDuration(estimate->epochSeconds, 2)));
    m_memory->setToolTip(tr("Memory that training will take. %1").arg(estimate->how));
    m_epoch->setToolTip(tr("Time to go through the training data once, as expected here. %1").arg(estimate->how));
}

void StatusLine::setProblems(int count)
{
    m_problemCount = count;
    m_problems->setVisible(count >= 0);
    m_problems->setText(count == 0 ? tr("No problems") : count == 1 ? tr("1 problem") : tr("%1 problems").arg(count));
    restyle();
}

void StatusLine::setSaved(const QString &text, const QString &tip)
{
    m_saved->setText(text);
    m_saved->setToolTip(tip);
}

void StatusLine::tell(const QString &sentence)
{
    m_message->setText(sentence);
    m_message->setToolTip(sentence);
    m_messageTimer->start();
}

void StatusLine::restyle()
{
    const Theme &theme = Theme::current();
    const QColor tone = m_tone == Tone::Ok ? theme.ok : m_tone == Tone::Busy ? theme.warning : theme.error;
    m_engine->setIcon(icon(QStringLiteral("record"), tone));
    m_problems->setIcon(m_problemCount > 0 ? icon(QStringLiteral("error"), theme.error)
                                           : icon(QStringLiteral("check"), theme.ok));
    setFixedHeight(theme.sizes.status + 1);
    const QFont small = theme.font(TextSize::Caption);
    for (QWidget *child : findChildren<QWidget *>())
        child->setFont(small);
}

void StatusLine::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        restyle();
}

void StatusLine::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QPainter painter(this);
    painter.fillRect(rect(), theme.panel);
    painter.fillRect(0, 0, width(), 1, theme.line);
}

} // namespace espalier
