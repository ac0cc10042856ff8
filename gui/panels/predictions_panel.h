// SPDX-License-Identifier: GPL-3.0-or-later
// What the focused run gets right and wrong: samples sorted by loss, and those behind a cell of the confusion matrix;
// for values instead of classes, predicted against true.
#pragma once

#include "engine/base/json_value.h"

#include <QtCore/QPointer>
#include <QtWidgets/QWidget>

class QComboBox;
class QLabel;
class QStackedWidget;
class QTimer;
class QToolButton;

namespace espalier {

class ClassTable;
class ConfusionView;
class DocumentPage;
class PredictionList;
class RunStore;
class ScatterView;

/// The newest answer to run.predictions, asked for once for all panels that show it.
class PredictionSource : public QObject {
    Q_OBJECT
public:
    struct Filter {
        QString part = QStringLiteral("validation");
        QString sort = QStringLiteral("loss");
        bool wrongOnly = false;
        int target = -1;
        int predicted = -1;
        friend bool operator==(const Filter &, const Filter &) = default;
    };
    explicit PredictionSource(RunStore *runs, QObject *parent = nullptr);

    void setPage(DocumentPage *page);
    DocumentPage *page() const { return m_page; }
    RunStore *runs() const { return m_runs; }
    const Filter &filter() const { return m_filter; }
    void setFilter(const Filter &filter);
    void more(); ///< the next samples
    /// Asks anew where what is shown is out of date.
    void refresh();
    const JsonValue &answer() const { return m_answer; } ///< null: none
    const JsonValue::Array &items() const { return m_items; }
    const QString &problem() const { return m_problem; } ///< why there is no answer
    bool isAsking() const { return m_pending >= 0; }
    /// "brave-pear · step 5,850 · validation".
    QString title() const;

signals:
    void changed(); ///< answer, items or problem
    void moreCame();

private:
    void soon();
    void ask(qint64 offset);

    RunStore *m_runs;
    QPointer<DocumentPage> m_page;
    Filter m_filter;
    JsonValue m_answer;
    JsonValue::Array m_items;
    QString m_problem;
    QTimer *m_soon;
    qint64 m_pending = -1;
    bool m_isAgain = false;
    QString m_run; ///< of the answer
};

class PredictionsPanel : public QWidget {
    Q_OBJECT
public:
    explicit PredictionsPanel(PredictionSource *source, QWidget *parent = nullptr);

public slots:
    void toggleWrongOnly();

protected:
    void showEvent(QShowEvent *event) override;

private:
    void show();
    void append(qsizetype from);
    void askPictures(const QList<qint64> &rows);
    void pin(qint64 row);

    PredictionSource *m_source;
    QLabel *m_title;
    QLabel *m_empty;
    QComboBox *m_part;
    QComboBox *m_sort;
    QToolButton *m_wrong;
    QToolButton *m_clear;
    QStackedWidget *m_stack;
    QWidget *m_content;
    PredictionList *m_list;
    ScatterView *m_scatter;
    QLabel *m_told;
};

class ConfusionPanel : public QWidget {
    Q_OBJECT
public:
    explicit ConfusionPanel(PredictionSource *source, QWidget *parent = nullptr);

signals:
    void samplesRequested(); ///< the filter is set: show the predictions

protected:
    void showEvent(QShowEvent *event) override;

private:
    void show();

    PredictionSource *m_source;
    QLabel *m_title;
    QLabel *m_empty;
    QToolButton *m_shares;
    QStackedWidget *m_stack;
    QWidget *m_content;
    ConfusionView *m_matrix;
    ClassTable *m_classes;
};

} // namespace espalier
