// SPDX-License-Identifier: GPL-3.0-or-later
// A popup to choose a sample of a run's data by its picture or its number.
#pragma once

#include <QtGui/QImage>
#include <QtWidgets/QFrame>

class QLabel;
class QListWidget;
class QSpinBox;
class QToolButton;

namespace espalier {

class EngineClient;

class SamplePicker : public QFrame {
    Q_OBJECT
public:
    /// `engine` is borrowed.
    SamplePicker(EngineClient *engine, const QString &run, QWidget *parent);

    void openAt(const QPoint &global);

signals:
    void chosen(qint64 row, const QImage &picture);

private:
    void showPage(qint64 first);
    void choose(qint64 row);

    EngineClient *m_engine;
    QString m_run;
    QListWidget *m_list;
    QSpinBox *m_number;
    QToolButton *m_back;
    QToolButton *m_on;
    QLabel *m_place;
    qint64 m_first = 0;
    qint64 m_rows = 0; ///< of the source; 0: not known yet
};

} // namespace espalier
