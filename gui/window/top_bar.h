// SPDX-License-Identifier: GPL-3.0-or-later
// The bar under the menus: the one thing to do next (Train), undo, progress, and what it runs on.
#pragma once

#include <QtWidgets/QWidget>

class QHBoxLayout;
class QLabel;
class QPushButton;
class QToolButton;

namespace espalier {

class Actions;

/// What the progress box tells of a run.
struct RunProgress {
    enum class Phase { None, Queued, Preparing, Running, Paused, Stopping };
    Phase phase = Phase::None;
    QString text; ///< "Epoch 3 of 20 · 412 steps/s"
    QString left; ///< "0:08 left"
    double share = 0; ///< 0..1
};

class TopBar : public QWidget {
    Q_OBJECT
public:
    TopBar(Actions *actions, QWidget *parent = nullptr);

    /// While a run goes on, Train becomes Pause or Go on.
    void setProgress(const RunProgress &progress);
    /// What stands in the box while nothing runs: "1 problem to solve first".
    void setIdleText(const QString &text);

protected:
    void paintEvent(QPaintEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    QToolButton *addButton(QStringView action, const QString &icon);
    void updateTrain();
    void paintBox();

    Actions *m_actions;
    QHBoxLayout *m_row;
    QPushButton *m_train;
    QWidget *m_box;
    RunProgress m_progress;
    QString m_idleText;
};

} // namespace espalier
