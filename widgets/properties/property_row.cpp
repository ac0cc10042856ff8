// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/properties/property_row.h"

#include "widgets/common/icons.h"
#include "widgets/common/style.h"
#include "widgets/common/tone_label.h"
#include "widgets/properties/value_text.h"

#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QToolButton>
#include <QtWidgets/QVBoxLayout>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

/// What hovering tells: the help, the range, the default.
QString tip(const Property &property)
{
    QStringList parts;
    if (!property.help.isEmpty())
        parts.append(property.help);
    if (const QString range = rangeSentence(property); !range.isEmpty())
        parts.append(range);
    if (!property.defaultValue.isUndefined()) {
        const QString text = property.type == "bool"_L1
            ? (property.defaultValue.toBool() ? QObject::tr("on") : QObject::tr("off"))
            : valueText(property, property.defaultValue);
        parts.append(QObject::tr("Default: %1.").arg(text.isEmpty() ? QObject::tr("none") : text.left(60)));
    }
    return parts.join(u'\n');
}

QToolButton *newResetButton(QWidget *parent)
{
    const int hit = Theme::current().sizes.hit;
    auto *button = new QToolButton(parent);
    button->setIcon(icon(u"reset"_s, Theme::current().muted));
    button->setIconSize(QSize(hit - 10, hit - 10));
    button->setFixedSize(hit, hit);
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::StrongFocus);
    return button;
}

ToneLabel *newNote(Tone tone, QWidget *parent)
{
    auto *label = new ToneLabel({}, tone, TextSize::Caption, TextWeight::Regular, parent);
    label->setWordWrap(true);
    label->hide();
    return label;
}

} // namespace

PropertyRow::PropertyRow(const Property &property, QWidget *parent)
    : QWidget(parent)
    , m_kind(fieldKind(property))
    , m_label(new ToneLabel({}, Tone::Text, TextSize::Body, TextWeight::Regular, this))
    , m_field(newField(m_kind, this))
    , m_reset(newResetButton(this))
    , m_problem(newNote(Tone::Error, this))
    , m_help(newNote(Tone::Muted, this))
{
    m_label->setWordWrap(true); // long ones take a second line rather than being cut
    m_label->setBuddy(m_field->input());
    const int gap = Theme::current().space(Space::Tiny);
    auto *name = new QWidget(this); // its width doesn't change when the button comes, so that fields stay in one column
    name->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    auto *nameLine = new QHBoxLayout(name);
    nameLine->setContentsMargins(0, 0, gap, 0);
    nameLine->setSpacing(gap);
    nameLine->addWidget(m_label, 1);
    nameLine->addWidget(m_reset);
    m_field->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_field->setMinimumHeight(Theme::current().sizes.control);
    auto *line = new QHBoxLayout;
    line->setSpacing(0);
    line->addWidget(name, 11);
    line->addWidget(m_field, 14);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(Theme::current().px(3));
    column->addLayout(line);
    column->addWidget(m_problem);
    column->addWidget(m_help);
    connect(m_field, &PropertyField::committed, this,
            [this](const QJsonValue &value) { emit changeRequested(m_property.name, value); });
    connect(m_field, &PropertyField::problemFound, this, [this](const QString &problem) {
        m_typedProblem = problem;
        showProblem();
    });
    connect(m_field, &PropertyField::browseRequested, this, [this] { emit browseRequested(m_property.name); });
    connect(m_reset, &QToolButton::clicked, this, [this] {
        const bool hadFocus = m_reset->hasFocus();
        m_field->revert();
        emit resetRequested(m_property.name);
        if (hadFocus && !m_reset->isVisible())
            m_field->input()->setFocus(Qt::OtherFocusReason);
    });
    display(property);
}

bool PropertyRow::display(const Property &property)
{
    if (fieldKind(property) != m_kind)
        return false;
    m_property = property;
    const bool isChanged = differsFromDefault(property);
    m_label->setText(property.label);
    m_label->setWeight(isChanged ? TextWeight::Strong : TextWeight::Regular);
    m_label->setEnabled(property.isEnabled);
    const QString words = tip(property);
    m_label->setToolTip(words);
    m_field->setToolTip(words);
    m_help->setText(property.help);
    m_reset->setVisible(isChanged && property.isEnabled);
    m_reset->setToolTip(tr("Back to the default"));
    m_reset->setAccessibleName(tr("Reset %1").arg(property.label));
    QWidget *input = m_field->input();
    input->setObjectName(property.name);
    input->setAccessibleName(property.label);
    input->setAccessibleDescription(isChanged ? tr("%1 Changed from the default.").arg(property.help) : property.help);
    m_field->display(property);
    showProblem();
    return true;
}

void PropertyRow::showHelp(bool shows)
{
    m_help->setVisible(shows && !m_property.help.isEmpty());
}

void PropertyRow::showProblem()
{
    const QString problem = m_typedProblem.isEmpty() ? m_property.problem : m_typedProblem;
    m_problem->setText(problem);
    m_problem->setVisible(!problem.isEmpty());
    m_field->input()->setProperty(kProblemProperty, !problem.isEmpty());
    m_field->input()->update();
}

} // namespace espalier
