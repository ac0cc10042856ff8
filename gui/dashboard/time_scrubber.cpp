// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/dashboard/time_scrubber.h"

#include "gui/dashboard/dashboard.h"
#include "gui/models/focus.h"
#include "gui/models/run_store.h"
#include "widgets/common/figures.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QtGui/QPainter>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QLabel>
#include <QtWidgets/QSlider>
#include <QtWidgets/QStyle>
#include <QtWidgets/QStyleOptionSlider>
#include <QtWidgets/QToolButton>

#include <algorithm>

namespace espalier {
namespace {

constexpr int kPlayMs = 50;
constexpr int kPlayTicks = 160; ///< the whole run in eight seconds
constexpr qint64 kMostStops = 1'000'000'000; ///< of a QSlider, which counts in int

/// A slider with a mark under the handle's way for each thing that happened to the run.
class MarkedSlider : public QSlider {
public:
    explicit MarkedSlider(QWidget *parent)
        : QSlider(Qt::Horizontal, parent)
    {
    }
    void setMarks(const QList<int> &marks)
    {
        if (m_marks == marks)
            return;
        m_marks = marks;
        update();
    }

protected:
    void paintEvent(QPaintEvent *event) override
    {
        const Theme &theme = Theme::current();
        QStyleOptionSlider option;
        initStyleOption(&option);
        const int length = style()->pixelMetric(QStyle::PM_SliderLength, &option, this);
        QPainter painter(this);
        for (const int mark : m_marks) {
            const int x = length / 2
                + QStyle::sliderPositionFromValue(minimum(), maximum(), mark, std::max(width() - length, 1));
            painter.fillRect(x, height() / 2 + 6, 1, 5, theme.muted);
        }
        painter.end();
        QSlider::paintEvent(event);
    }

private:
    QList<int> m_marks;
};

} // namespace

TimeScrubber::TimeScrubber(Dashboard *dashboard, QWidget *parent)
    : QWidget(parent)
    , m_dashboard(dashboard)
    , m_playButton(new QToolButton(this))
    , m_slider(new MarkedSlider(this))
    , m_where(new QLabel(this))
    , m_live(new QToolButton(this))
{
    const Theme &theme = Theme::current();
    setAccessibleName(tr("Time"));
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(theme.space(Space::Small), 1, theme.space(Space::Medium), 0);
    row->setSpacing(theme.space(Space::Small));
    m_playButton->setAutoRaise(true);
    m_playButton->setIcon(icon(QStringLiteral("play")));
    m_playButton->setAccessibleName(tr("Play"));
    m_playButton->setToolTip(tr("Goes through the run from the step looked at to its end (Ctrl+Alt+G)."));
    m_slider->setAccessibleName(tr("Step looked at"));
    m_slider->setToolTip(tr("Curves, distributions, predictions and the pictures on the nodes show this step."));
    m_where->setForegroundRole(QPalette::PlaceholderText);
    m_where->setFont(theme.font(TextSize::Caption));
    m_where->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_where->setMinimumWidth(theme.px(130));
    m_live->setText(tr("Live"));
    m_live->setCheckable(true);
    m_live->setAutoRaise(true);
    m_live->setToolTip(tr("Follows the newest step (Ctrl+Alt+End)."));
    row->addWidget(m_playButton);
    row->addWidget(m_slider, 1);
    row->addWidget(m_where);
    row->addWidget(m_live);
    setFixedHeight(theme.px(34));
    m_play.setInterval(kPlayMs);
    connect(&m_play, &QTimer::timeout, this, &TimeScrubber::playOn);
    connect(m_playButton, &QToolButton::clicked, this, &TimeScrubber::togglePlay);
    connect(m_live, &QToolButton::clicked, this, &TimeScrubber::goLive);
    connect(m_slider, &QSlider::valueChanged, this, &TimeScrubber::moved);
    connect(dashboard, &Dashboard::focusChanged, this, &TimeScrubber::refresh);
    connect(dashboard, &Dashboard::dataChanged, this, [this](const QStringList &runs) {
        if (runs.contains(m_dashboard->focus()->run()))
            refresh();
    });
    refresh();
}

void TimeScrubber::refresh()
{
    const Focus *focus = m_dashboard->focus();
    const RunStore *store = m_dashboard->store();
    const QString &run = focus->run();
    m_first = store->firstStep(run);
    m_last = store->lastStep(run);
    const bool hasTime = !run.isEmpty() && m_last > m_first;
    setVisible(hasTime);
    if (!hasTime) {
        m_play.stop();
        return;
    }
    m_unit = (m_last - m_first) / kMostStops + 1;
    const qint64 step = focus->isLive() ? m_last : qBound(m_first, focus->step(), m_last);
    QList<int> marks;
    for (const RunMark &mark : store->marks(run))
        if (mark.kind != RunMark::Kind::Checkpoint && mark.step >= m_first && mark.step <= m_last)
            marks.append(static_cast<int>((mark.step - m_first) / m_unit));
    m_isFollowing = true;
    m_slider->setRange(0, static_cast<int>((m_last - m_first) / m_unit));
    m_slider->setSingleStep(std::max(m_slider->maximum() / 100, 1));
    m_slider->setPageStep(std::max(m_slider->maximum() / 10, 1));
    m_slider->setValue(static_cast<int>((step - m_first) / m_unit));
    static_cast<MarkedSlider *>(m_slider)->setMarks(marks);
    m_isFollowing = false;
    m_live->setChecked(focus->isLive());
    const QString text = tr("%1 · step %2").arg(m_dashboard->name(run), formatCount(step));
    m_where->setText(text);
    m_slider->setAccessibleDescription(text);
    m_playButton->setIcon(icon(m_play.isActive() ? QStringLiteral("pause") : QStringLiteral("play")));
}

void TimeScrubber::setStep(qint64 step)
{
    if (step >= m_last)
        m_dashboard->focus()->setLive();
    else
        m_dashboard->focus()->setStep(std::max(step, m_first));
}

void TimeScrubber::moved(int value)
{
    if (!m_isFollowing)
        setStep(m_first + value * m_unit);
}

void TimeScrubber::stepBy(int hundredths)
{
    const Focus *focus = m_dashboard->focus();
    const qint64 by = std::max<qint64>((m_last - m_first) / 100, 1) * hundredths;
    setStep((focus->isLive() ? m_last : focus->step()) + by);
}

void TimeScrubber::goLive()
{
    m_play.stop();
    m_dashboard->focus()->setLive();
    refresh();
}

void TimeScrubber::togglePlay()
{
    if (m_play.isActive()) {
        m_play.stop();
    } else {
        if (m_dashboard->focus()->isLive())
            m_dashboard->focus()->setStep(m_first); // from the end there is nothing to play
        m_play.start();
    }
    refresh();
}

void TimeScrubber::playOn()
{
    const Focus *focus = m_dashboard->focus();
    if (focus->isLive()) {
        m_play.stop();
        refresh();
        return;
    }
    setStep(focus->step() + std::max<qint64>((m_last - m_first) / kPlayTicks, 1));
}

void TimeScrubber::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QPainter painter(this);
    painter.fillRect(rect(), theme.panel);
    painter.fillRect(0, 0, width(), 1, theme.line);
}

} // namespace espalier
