// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/dashboard/curve_options.h"

#include "gui/dashboard/dashboard.h"
#include "widgets/common/figures.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"
#include "widgets/common/tone_label.h"

#include <QtGui/QActionGroup>
#include <QtGui/QPainter>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QMenu>
#include <QtWidgets/QSlider>
#include <QtWidgets/QToolButton>

namespace espalier {
namespace {

constexpr int kSmoothingSteps = 1000;
constexpr const char *kAxes[]
    = {QT_TRANSLATE_NOOP("espalier::CurveOptions", "by step"), QT_TRANSLATE_NOOP("espalier::CurveOptions", "by epoch"),
       QT_TRANSLATE_NOOP("espalier::CurveOptions", "by clock"),
       QT_TRANSLATE_NOOP("espalier::CurveOptions", "by time since the start")};
constexpr const char *kScales[] = {QT_TRANSLATE_NOOP("espalier::CurveOptions", "Linear values"),
                                   QT_TRANSLATE_NOOP("espalier::CurveOptions", "Logarithmic values"),
                                   QT_TRANSLATE_NOOP("espalier::CurveOptions", "Logarithmic, through zero")};

/// "— train  - - validation".
class Legend : public QWidget {
public:
    explicit Legend(QWidget *parent)
        : QWidget(parent)
    {
        setToolTip(CurveOptions::tr("One colour is one run: solid is what it trains on, dashed what it never saw."));
        setAccessibleName(CurveOptions::tr("Solid: train; dashed: validation"));
    }
    QSize sizeHint() const override
    {
        const QFontMetrics metrics(Theme::current().font(TextSize::Caption));
        return {metrics.horizontalAdvance(words()[0]) + metrics.horizontalAdvance(words()[1]) + 2 * kLine + 28,
                Theme::current().sizes.hit};
    }
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *) override
    {
        const Theme &theme = Theme::current();
        QPainter painter(this);
        painter.setFont(theme.font(TextSize::Caption));
        int x = 0;
        for (int i = 0; i < 2; ++i) {
            QPen pen(theme.text, 2);
            if (i == 1)
                pen.setDashPattern({2.4, 1.6});
            painter.setPen(pen);
            painter.drawLine(x, height() / 2, x + kLine, height() / 2);
            x += kLine + 6;
            painter.setPen(theme.muted);
            const int width = painter.fontMetrics().horizontalAdvance(words()[i]);
            painter.drawText(QRect(x, 0, width + 2, height()), Qt::AlignVCenter, words()[i]);
            x += width + 14;
        }
    }

private:
    static QStringList words() { return {CurveOptions::tr("train"), CurveOptions::tr("validation")}; }
    static constexpr int kLine = 22;
};

} // namespace

CurveOptions::CurveOptions(Dashboard *dashboard, QWidget *parent)
    : QWidget(parent)
    , m_dashboard(dashboard)
    , m_smoothing(new QSlider(Qt::Horizontal, this))
    , m_axis(new QToolButton(this))
    , m_more(new QToolButton(this))
{
    const Theme &theme = Theme::current();
    setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Preferred);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(theme.space(Space::Small));
    row->addWidget(new Legend(this));
    row->addWidget(new ToneLabel(tr("Smoothing"), Tone::Muted, TextSize::Caption, TextWeight::Regular, this));
    m_smoothing->setRange(0, kSmoothingSteps - 1);
    m_smoothing->setSingleStep(kSmoothingSteps / 50);
    m_smoothing->setPageStep(kSmoothingSteps / 10);
    m_smoothing->setFixedWidth(theme.px(84));
    m_smoothing->setAccessibleName(tr("Smoothing"));
    connect(m_smoothing, &QSlider::valueChanged, this,
            [this](int value) { m_dashboard->setSmoothing(static_cast<double>(value) / kSmoothingSteps); });
    row->addWidget(m_smoothing);
    for (QToolButton *button : {m_axis, m_more}) {
        button->setAutoRaise(true);
        button->setPopupMode(QToolButton::InstantPopup);
        button->setFont(theme.font(TextSize::Caption));
        row->addWidget(button);
    }
    m_axis->setAccessibleName(tr("What runs along the axis"));
    m_axis->setToolTip(m_axis->accessibleName());
    m_more->setIcon(icon(QStringLiteral("more")));
    m_more->setAccessibleName(tr("More about the charts"));
    m_more->setToolTip(m_more->accessibleName());
    buildMenus();
    connect(dashboard, &Dashboard::optionsChanged, this, &CurveOptions::refresh);
    refresh();
}

void CurveOptions::buildMenus()
{
    auto *axes = new QMenu(m_axis);
    auto *axisGroup = new QActionGroup(axes);
    for (int i = 0; i < 4; ++i) {
        QAction *action = axes->addAction(tr(kAxes[i]), this, [this, i] { m_dashboard->setAxis(CurveAxis(i)); });
        action->setCheckable(true);
        axisGroup->addAction(action);
    }
    m_axis->setMenu(axes);
    auto *more = new QMenu(m_more);
    auto *scaleGroup = new QActionGroup(more);
    for (int i = 0; i < 3; ++i) {
        QAction *action = more->addAction(tr(kScales[i]), this, [this, i] { m_dashboard->setScale(CurveScale(i)); });
        action->setCheckable(true);
        scaleGroup->addAction(action);
    }
    more->addSeparator();
    auto *columnGroup = new QActionGroup(more);
    for (int i = 0; i <= 4; ++i) {
        QAction *action = more->addAction(i == 0 ? tr("As many columns as fit") : tr("Columns: %1").arg(i), this,
                                          [this, i] { m_dashboard->setColumns(i); });
        action->setCheckable(true);
        columnGroup->addAction(action);
    }
    more->addSeparator();
    more->addAction(tr("Open a TensorBoard folder…"), this, &CurveOptions::openLogdirRequested);
    m_more->setMenu(more);
}

void CurveOptions::refresh()
{
    const QSignalBlocker quiet(m_smoothing);
    m_smoothing->setValue(qRound(m_dashboard->smoothing() * kSmoothingSteps));
    m_smoothing->setToolTip(tr("%1: each point is the mean of the points before it, later ones weigh more. The raw "
                               "line stays behind it, faint.")
                                .arg(formatNumber(m_dashboard->smoothing(), 2)));
    const int axis = static_cast<int>(m_dashboard->axis());
    m_axis->setText(tr(kAxes[axis]));
    m_axis->menu()->actions().at(axis)->setChecked(true);
    m_more->menu()->actions().at(static_cast<int>(m_dashboard->scale()))->setChecked(true);
    m_more->menu()->actions().at(4 + m_dashboard->columns())->setChecked(true);
}

} // namespace espalier
