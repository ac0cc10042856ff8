// SPDX-License-Identifier: GPL-3.0-or-later
// One problem as a framed sentence with its fixes as buttons.
#pragma once

#include "engine/base/error.h"

#include <QtWidgets/QWidget>

namespace espalier {

class ProblemBox : public QWidget {
    Q_OBJECT
public:
    ProblemBox(const Error &problem, QWidget *parent);

signals:
    void fixChosen(const espalier::Fix &fix, const espalier::Place &where);

protected:
    void paintEvent(QPaintEvent *event) override;
};

} // namespace espalier
