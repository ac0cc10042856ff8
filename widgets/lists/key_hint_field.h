// SPDX-License-Identifier: GPL-3.0-or-later
// A search field that names the key which leads to the same from anywhere.
#pragma once

#include <QtWidgets/QLineEdit>

namespace espalier {

/// While empty, `hint` stands muted at its end.
class KeyHintField : public QLineEdit {
    Q_OBJECT
public:
    using QLineEdit::QLineEdit;

    void setKeyHint(const QString &hint);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QString m_hint;
};

} // namespace espalier
