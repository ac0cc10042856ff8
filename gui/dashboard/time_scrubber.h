// SPDX-License-Identifier: GPL-3.0-or-later
// When in the run one looks: a slider from its first step to now that moves every panel, with play and "live".
#pragma once

#include <QtCore/QTimer>
#include <QtWidgets/QWidget>

class QLabel;
class QSlider;
class QToolButton;

namespace espalier {

class Dashboard;

class TimeScrubber : public QWidget {
    Q_OBJECT
public:
    explicit TimeScrubber(Dashboard *dashboard, QWidget *parent = nullptr);

    /// By so many hundredths of the whole time; past its end one is live again.
    void stepBy(int hundredths);
    void goLive();
    /// From here to the end within some seconds; again: holds.
    void togglePlay();
    bool isPlaying() const { return m_play.isActive(); }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    void refresh();
    void moved(int value);
    void playOn();
    void setStep(qint64 step);

    Dashboard *m_dashboard;
    QToolButton *m_playButton;
    QSlider *m_slider;
    QLabel *m_where;
    QToolButton *m_live;
    QTimer m_play;
    qint64 m_first = 0;
    qint64 m_last = 0;
    qint64 m_unit = 1; ///< steps that one stop of the slider stands for
    bool m_isFollowing = false; ///< the slider is being set, not moved
};

} // namespace espalier
