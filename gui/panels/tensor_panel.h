// SPDX-License-Identifier: GPL-3.0-or-later
// Looks into the selected layer of the focused run: weights, activations and gradients as pictures, heat map or
// numbers, for the pinned sample, at the step in focus.
#pragma once

#include "engine/base/json_value.h"
#include "gui/panels/probe_request.h"

#include <QtCore/QPointer>
#include <QtWidgets/QWidget>

class QComboBox;
class QLabel;
class QStackedWidget;
class QTimer;
class QToolButton;

namespace espalier {

class ColourBar;
class DocumentPage;
class HeatMapView;
class PictureGrid;
class RunStore;
class ValueTable;

class TensorPanel : public QWidget {
    Q_OBJECT
public:
    /// `runs` is borrowed and outlives the panel.
    explicit TensorPanel(RunStore *runs, QWidget *parent = nullptr);

    void setPage(DocumentPage *page);
    /// "maps", "heat" or "values": what is shown now.
    QString shownAs() const;
    const ProbedView &shown() const { return m_view; }

public slots:
    /// Goes through weights, activations, gradients.
    void showNextTensor();
    /// Together, or each picture over its own range.
    void toggleScale();
    void pickSample();

protected:
    void showEvent(QShowEvent *event) override;

private:
    void soon();
    void ask();
    void take(const Result<JsonValue> &result, const QList<AnswerFrame> &frames);
    void show(const ProbedView &view);
    void say(const QString &sentence);
    void listTensors();
    QString runAt() const;
    QString pastTag() const;
    void askPast();
    void updateTitle();

    RunStore *m_runs;
    QPointer<DocumentPage> m_page;
    QLabel *m_title;
    QComboBox *m_tensor;
    QComboBox *m_form;
    QToolButton *m_each;
    QToolButton *m_sample;
    QLabel *m_samplePicture;
    ColourBar *m_bar;
    QStackedWidget *m_stack;
    QLabel *m_empty;
    PictureGrid *m_maps;
    HeatMapView *m_heat;
    ValueTable *m_values;
    QLabel *m_told;
    QTimer *m_soon;
    ProbedView m_view;
    QString m_listedFor; ///< run and node whose tensors the box lists
    qint64 m_pending = -1;
    bool m_isAgain = false; ///< something changed while an answer was awaited
};

} // namespace espalier
