// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/window/top_bar.h"

#include "gui/window/actions.h"
#include "widgets/common/figures.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QtCore/QEvent>
#include <QtGui/QAction>
#include <QtGui/QPainter>
#include <QtGui/QPainterPath>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QLabel>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QToolButton>

namespace espalier {
namespace {

constexpr int kBoxWidth = 300;
constexpr int kBarHeight = 3;

/// The logo and the name, as one picture that screen readers pass over.
class Brand : public QWidget {
public:
    using QWidget::QWidget;
    QSize sizeHint() const override
    {
        const Theme &theme = Theme::current();
        const QFontMetrics metrics(theme.font(TextSize::Heading, TextWeight::Strong));
        return {theme.px(20) + theme.space(Space::Small) + metrics.horizontalAdvance(name()) + theme.px(8),
                theme.sizes.control};
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        const Theme &theme = Theme::current();
        QPainter painter(this);
        const int side = theme.px(20);
        drawIcon(&painter, QRectF(0, (height() - side) / 2.0, side, side), QStringLiteral("logo"), theme.accent);
        painter.setFont(theme.font(TextSize::Heading, TextWeight::Strong));
        painter.setPen(theme.text);
        painter.drawText(rect().adjusted(side + theme.space(Space::Small), 0, 0, 0), Qt::AlignVCenter, name());
    }

private:
    static QString name() { return QStringLiteral("Espalier"); }
};

} // namespace

TopBar::TopBar(Actions *actions, QWidget *parent)
    : QWidget(parent)
    , m_actions(actions)
    , m_row(new QHBoxLayout(this))
    , m_train(new QPushButton(this))
    , m_box(new QWidget(this))
{
    setAccessibleName(tr("Tools"));
    const Theme &theme = Theme::current();
    setFixedHeight(theme.sizes.toolbar);
    m_row->setContentsMargins(theme.space(Space::Medium), 0, theme.space(Space::Medium), 1);
    m_row->setSpacing(theme.space(Space::Small));
    m_row->addWidget(new Brand(this));
    m_row->addWidget(m_train);
    m_train->setProperty("accent", true);
    m_train->setFocusPolicy(Qt::TabFocus); // a click leaves the keyboard with the canvas
    connect(m_train, &QPushButton::clicked, this, [this] {
        const auto phase = m_progress.phase;
        m_actions
            ->action(phase == RunProgress::Phase::Queued     ? u"run.now"
                         : phase == RunProgress::Phase::None ? u"run.start"
                                                             : u"run.pause")
            ->trigger();
    });
    connect(m_actions->action(u"run.start"), &QAction::changed, this, &TopBar::updateTrain);
    connect(m_actions->action(u"run.pause"), &QAction::changed, this, &TopBar::updateTrain);
    connect(m_actions->action(u"run.now"), &QAction::changed, this, &TopBar::updateTrain);
    addButton(u"run.step", {});
    addButton(u"run.stop", {});
    QToolButton *apply = addButton(u"run.apply", {});
    apply->setText(tr("Apply drawing"));
    const QAction *applies = m_actions->action(u"run.apply");
    apply->setVisible(false);
    connect(applies, &QAction::changed, apply, [apply, applies] { apply->setVisible(applies->isEnabled()); });
    addButton(u"edit.undo", QStringLiteral("undo"));
    addButton(u"edit.redo", QStringLiteral("redo"));
    m_box->setFixedSize(theme.px(kBoxWidth), theme.sizes.control);
    m_box->setAccessibleName(tr("Progress"));
    m_box->installEventFilter(this);
    m_row->addWidget(m_box);
    m_row->addStretch();
    addButton(u"edit.settings", QStringLiteral("settings"));
    updateTrain();
}

QToolButton *TopBar::addButton(QStringView id, const QString &iconName)
{
    QAction *action = m_actions->action(id);
    auto *button = new QToolButton(this);
    const ActionSpec *spec = findAction(id);
    const QString text = plainText(*spec).remove(QChar(0x2026));
    button->setText(text);
    button->setAccessibleName(text);
    if (!iconName.isEmpty())
        button->setIcon(icon(iconName));
    button->setToolButtonStyle(iconName.isEmpty() ? Qt::ToolButtonTextOnly : Qt::ToolButtonIconOnly);
    const auto follow = [button, action, text] {
        button->setEnabled(action->isEnabled());
        const QString keys = action->shortcut().toString(QKeySequence::NativeText);
        const QString title = keys.isEmpty() ? text : QStringLiteral("%1 (%2)").arg(text, keys);
        button->setToolTip(title + QLatin1Char('\n') + action->statusTip());
    };
    connect(action, &QAction::changed, button, follow);
    connect(button, &QToolButton::clicked, action, &QAction::trigger);
    follow();
    m_row->addWidget(button);
    return button;
}

void TopBar::updateTrain()
{
    using Phase = RunProgress::Phase;
    const bool runs = m_progress.phase != Phase::None;
    const bool isPaused = m_progress.phase == Phase::Paused;
    const bool isQueued = m_progress.phase == Phase::Queued;
    QAction *action = m_actions->action(isQueued ? u"run.now" : runs ? u"run.pause" : u"run.start");
    m_train->setText(!runs ? tr("Train") : isQueued ? tr("Run now") : isPaused ? tr("Go on") : tr("Pause"));
    m_train->setIcon(icon(runs && !isPaused && !isQueued ? QStringLiteral("pause") : QStringLiteral("play"),
                          action->isEnabled() ? Theme::current().onAccent : Theme::current().faint));
    m_train->setEnabled(action->isEnabled());
    const QString keys = action->shortcut().toString(QKeySequence::NativeText);
    m_train->setToolTip(QStringLiteral("%1 (%2)\n%3").arg(m_train->text(), keys, action->statusTip()));
}

void TopBar::setProgress(const RunProgress &progress)
{
    const bool changes = m_progress.phase != progress.phase;
    m_progress = progress;
    if (changes)
        updateTrain();
    m_box->update();
}

void TopBar::setIdleText(const QString &text)
{
    m_idleText = text;
    m_box->setAccessibleDescription(text);
    m_box->update();
}

bool TopBar::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_box && event->type() == QEvent::Paint) {
        paintBox();
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

void TopBar::paintBox()
{
    const Theme &theme = Theme::current();
    QPainter painter(m_box);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF box = QRectF(m_box->rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    painter.setPen(theme.line);
    painter.setBrush(theme.raised);
    painter.drawRoundedRect(box, theme.sizes.radiusControl, theme.sizes.radiusControl);
    const QRectF inner = box.adjusted(theme.space(Space::Small), 0, -theme.space(Space::Small), 0);
    painter.setFont(theme.font());
    const bool runs = m_progress.phase != RunProgress::Phase::None;
    painter.setPen(runs ? theme.text : theme.muted);
    const qreal leftWidth = m_progress.left.isEmpty() ? 0 : figuresWidth(painter.font(), m_progress.left) + 8;
    const QString text = painter.fontMetrics().elidedText(runs ? m_progress.text : m_idleText, Qt::ElideRight,
                                                          qRound(inner.width() - leftWidth));
    drawFigures(&painter, inner, Qt::AlignLeft | Qt::AlignVCenter, text);
    if (!runs)
        return;
    painter.setPen(theme.muted);
    drawFigures(&painter, inner, Qt::AlignRight | Qt::AlignVCenter, m_progress.left);
    QPainterPath clip;
    clip.addRoundedRect(box, theme.sizes.radiusControl, theme.sizes.radiusControl);
    painter.setClipPath(clip);
    const qreal width = box.width() * qBound(0.0, m_progress.share, 1.0);
    painter.fillRect(QRectF(box.left(), box.bottom() - kBarHeight, width, kBarHeight), theme.accent);
}

void TopBar::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QPainter painter(this);
    painter.fillRect(rect(), theme.panel);
    painter.fillRect(0, height() - 1, width(), 1, theme.line);
}

} // namespace espalier
