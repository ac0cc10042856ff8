// SPDX-License-Identifier: GPL-3.0-or-later
// Rows under a heading that folds.
#pragma once

#include <QtWidgets/QAbstractButton>

class QVBoxLayout;

namespace espalier {

/// The heading: words and a small triangle, as wide as they are.
class GroupHeading : public QAbstractButton {
    Q_OBJECT
public:
    explicit GroupHeading(const QString &title, QWidget *parent = nullptr);

    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
};

class PropertyGroup : public QWidget {
    Q_OBJECT
public:
    /// Without a title there is no heading, and it never folds.
    explicit PropertyGroup(const QString &title, QWidget *parent = nullptr);

    QString title() const { return m_title; }
    void addRow(QWidget *row);
    void setFolded(bool isFolded);
    bool isFolded() const;

signals:
    /// By the person.
    void foldedChanged(bool isFolded);

private:
    QString m_title;
    GroupHeading *m_heading = nullptr;
    QWidget *m_body = nullptr;
    QVBoxLayout *m_rows = nullptr;
};

} // namespace espalier
