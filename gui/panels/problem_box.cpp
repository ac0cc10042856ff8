// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/panels/problem_box.h"

#include "gui/engine_client/text.h"
#include "widgets/common/theme.h"

#include <QtGui/QPainter>
#include <QtWidgets/QLabel>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QVBoxLayout>

namespace espalier {

ProblemBox::ProblemBox(const Error &problem, QWidget *parent)
    : QWidget(parent)
{
    const Theme &theme = Theme::current();
    auto *column = new QVBoxLayout(this);
    const int margin = theme.space(Space::Medium);
    column->setContentsMargins(margin, margin, margin, margin);
    column->setSpacing(theme.space(Space::Small));
    auto *sentence = new QLabel(text(problem), this);
    sentence->setWordWrap(true);
    sentence->setTextFormat(Qt::PlainText);
    sentence->setAccessibleName(tr("Problem: %1").arg(sentence->text()));
    column->addWidget(sentence);
    for (const Fix &fix : problem.fixes) {
        auto *button = new QPushButton(text(fix), this);
        connect(button, &QPushButton::clicked, this,
                [this, fix, where = problem.where] { emit fixChosen(fix, where); });
        column->addWidget(button, 0, Qt::AlignLeft);
    }
}

void ProblemBox::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(theme.error);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), theme.sizes.radiusControl,
                            theme.sizes.radiusControl);
}

} // namespace espalier
