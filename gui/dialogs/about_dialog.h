// SPDX-License-Identifier: GPL-3.0-or-later
// What the program is, its version, and under which licences its parts stand.
#pragma once

#include <QtWidgets/QDialog>

namespace espalier {

class AboutDialog : public QDialog {
    Q_OBJECT
public:
    explicit AboutDialog(QWidget *parent);
};

} // namespace espalier
