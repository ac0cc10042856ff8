// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/dialogs/about_dialog.h"

#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QtCore/QCoreApplication>
#include <QtWidgets/QDialogButtonBox>
#include <QtWidgets/QLabel>
#include <QtWidgets/QVBoxLayout>

namespace espalier {

AboutDialog::AboutDialog(QWidget *parent)
    : QDialog(parent)
{
    setWindowTitle(tr("About Espalier"));
    const Theme &theme = Theme::current();
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(theme.space(Space::Huge), theme.space(Space::Wide), theme.space(Space::Huge),
                               theme.space(Space::Wide));
    column->setSpacing(theme.space(Space::Medium));
    auto *logo = new QLabel(this);
    logo->setPixmap(iconPixmap(QStringLiteral("logo"), theme.accent, theme.px(48), devicePixelRatioF()));
    column->addWidget(logo, 0, Qt::AlignHCenter);
    auto *name = new QLabel(QStringLiteral("Espalier %1").arg(QCoreApplication::applicationVersion()), this);
    name->setFont(theme.font(TextSize::Title, TextWeight::Strong));
    column->addWidget(name, 0, Qt::AlignHCenter);
    auto *words = new QLabel(tr("Draw a network, train it, watch it grow, and take it away.\n\n"
                                "The studio is free software under the GNU General Public License, version 3 or later; "
                                "the engine is under the Apache License 2.0. It stands on Qt %1 (LGPL 3), oneDNN "
                                "(Apache 2.0), nlohmann-json, fmt, CLI11 and tl-expected.")
                                 .arg(QString::fromLatin1(qVersion())),
                             this);
    words->setWordWrap(true);
    words->setMinimumWidth(theme.px(380));
    words->setForegroundRole(QPalette::PlaceholderText);
    column->addWidget(words);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::accept);
    column->addWidget(buttons);
}

} // namespace espalier
