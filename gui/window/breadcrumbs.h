// SPDX-License-Identifier: GPL-3.0-or-later
// The way into a block: "digits-cnn › encoder › head, used 3 times", each part a button that leads back to it.
#pragma once

#include <QtWidgets/QWidget>

class QHBoxLayout;
class QLabel;
class QPushButton;

namespace espalier {

class Breadcrumbs : public QWidget {
    Q_OBJECT
public:
    explicit Breadcrumbs(QWidget *parent = nullptr);

    /// `names`: from the document down to what is shown. `uses`: how often the shown block is used.
    void setPath(const QStringList &names, int uses);

signals:
    void clicked(int depth); ///< 0: the document
    void makeUniqueRequested();

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QHBoxLayout *m_row;
    QList<QWidget *> m_parts;
    QLabel *m_uses;
    QPushButton *m_unique;
};

} // namespace espalier
