// SPDX-License-Identifier: GPL-3.0-or-later
// A sentence over a document with what can be done about it: read-only, changed on the disk, parts unreadable.
#pragma once

#include <QtCore/QList>
#include <QtWidgets/QWidget>

#include <functional>

class QHBoxLayout;
class QLabel;

namespace espalier {

struct NoticeButton {
    QString text;
    std::function<void()> act;
};

class NoticeBar : public QWidget {
    Q_OBJECT
public:
    explicit NoticeBar(QWidget *parent = nullptr);

    /// Shows the sentence, with buttons; any of them, and a last one that closes, hides the bar. `key` names the
    /// matter: a later notice of the same key replaces it, clear(key) takes it away.
    void show(const QString &key, const QString &sentence, const QList<NoticeButton> &buttons);
    void clear(const QString &key);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QHBoxLayout *m_row;
    QLabel *m_text;
    QList<QWidget *> m_buttons;
    QString m_key;
};

} // namespace espalier
