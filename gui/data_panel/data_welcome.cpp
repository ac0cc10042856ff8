// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/data_panel/data_welcome.h"

#include "gui/data_panel/data_adder.h"
#include "widgets/common/theme.h"
#include "widgets/common/tone_label.h"

#include <QtWidgets/QPushButton>
#include <QtWidgets/QVBoxLayout>

namespace espalier {

DataWelcome::DataWelcome(DataAdder *adder, QWidget *parent)
    : QWidget(parent)
    , m_adder(adder)
    , m_buttons(new QVBoxLayout)
{
    const Theme &theme = Theme::current();
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(theme.space(Space::Medium));
    column->addWidget(
        new ToneLabel(tr("Give the drawing its data"), Tone::Text, TextSize::Heading, TextWeight::Strong));
    auto *words = new ToneLabel(tr("Choose what it learns from, or drop a table, a folder of pictures, IDX files or a "
                                   "text on the window."),
                                Tone::Muted);
    words->setWordWrap(true);
    column->addWidget(words);
    m_buttons->setSpacing(theme.space(Space::Tiny));
    column->addLayout(m_buttons);
    column->addStretch();
}

void DataWelcome::refresh(bool isEditable)
{
    if (m_made.size() != 2 * static_cast<qsizetype>(m_adder->kinds().size())) {
        qDeleteAll(m_made);
        m_made.clear();
        for (const SourceKindInfo &kind : m_adder->kinds()) {
            const bool asks = kind.readsFile() || kind.readsFolder();
            const QString label = QCoreApplication::translate("schema", kind.label.c_str());
            auto *button = new QPushButton(asks ? label + QStringLiteral("…") : label, this);
            auto *help = new ToneLabel(QCoreApplication::translate("schema", kind.help.c_str()), Tone::Muted,
                                       TextSize::Caption);
            help->setWordWrap(true);
            button->setAccessibleDescription(help->text());
            connect(button, &QPushButton::clicked, this, [this, name = kind.name] { m_adder->addKind(name, this); });
            m_buttons->addWidget(button);
            m_buttons->addWidget(help);
            m_buttons->addSpacing(Theme::current().space(Space::Tiny));
            m_made << button << help;
        }
    }
    for (QWidget *each : m_made)
        each->setEnabled(isEditable);
}

QWidget *DataWelcome::first() const
{
    return m_made.isEmpty() ? nullptr : m_made.first();
}

} // namespace espalier
