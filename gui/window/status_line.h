// SPDX-License-Identifier: GPL-3.0-or-later
// The line at the bottom of the window: the engine's state, what the drawing costs, problems, saved or not.
#pragma once

#include <QtWidgets/QWidget>

class QLabel;
class QToolButton;

namespace espalier {

struct Answers;
struct Estimate;

class StatusLine : public QWidget {
    Q_OBJECT
public:
    explicit StatusLine(QWidget *parent = nullptr);

    enum class Tone { Ok, Busy, Bad };
    void setEngine(Tone tone, const QString &text, const QString &tip);
    /// `answers` may be null: no document.
    void setCosts(const Answers *answers, const Estimate *estimate, bool isFresh);
    /// -1: not known.
    void setProblems(int count);
    void setSaved(const QString &text, const QString &tip);
    /// A sentence for some seconds, above all else: what just happened, or why it did not.
    void tell(const QString &sentence);

signals:
    void problemsClicked();
    void engineClicked();

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void restyle();

    QToolButton *m_engine;
    QLabel *m_message;
    QLabel *m_parameters;
    QLabel *m_multiplyAdds;
    QLabel *m_memory;
    QLabel *m_epoch;
    QToolButton *m_problems;
    QLabel *m_saved;
    Tone m_tone = Tone::Busy;
    int m_problemCount = -1;
    QTimer *m_messageTimer;
};

} // namespace espalier
