// SPDX-License-Identifier: GPL-3.0-or-later
// What is in a source: columns with their spread, rows and pictures by the page, split and normalisation.
#pragma once

#include "engine/base/error.h"
#include "engine/base/json_value.h"

#include <QtWidgets/QWidget>

class QBoxLayout;
class QLabel;
class QListView;
class QProgressBar;
class QPushButton;
class QTableView;
class QTimer;

namespace espalier {

class ColumnFactsModel;
class DataSubject;
class NormalizationBox;
class PicturesModel;
class RowsModel;
class SplitBar;
class ToneLabel;

class DataPreview : public QWidget {
    Q_OBJECT
public:
    /// `subject` is borrowed.
    explicit DataPreview(DataSubject *subject, QWidget *parent = nullptr);

    /// Shows the document as it is now.
    void refresh();
    /// What a person should know of the data, as the engine found it.
    const QList<Error> &findings() const { return m_findings; }
    bool hasStatistics() const { return m_statistics.has("columns"); }
    QTableView *table() const { return m_table; }
    QListView *pictures() const { return m_pictures; }
    QListView *columnList() const { return m_list; }
    SplitBar *splitBar() const { return m_split; }
    NormalizationBox *normalization() const { return m_normalize; }
    /// Two columns where there is room for them.
    void setWide(bool isWide);

signals:
    void findingsChanged();

private:
    QLabel *heading(const QString &text);
    void build();
    void describe();
    void askStatistics(bool all);
    void takeStatistics(const Result<JsonValue> &result);
    void showStatistics();
    void forget();

    DataSubject *m_subject;
    ColumnFactsModel *m_facts;
    RowsModel *m_rows;
    PicturesModel *m_pictureModel;
    QBoxLayout *m_parts;
    ToneLabel *m_count;
    QListView *m_list;
    QPushButton *m_all; ///< "Look at all rows", or "Stop" while it does
    QProgressBar *m_progress;
    QLabel *m_rowsTitle;
    ToneLabel *m_rowsNote;
    QTableView *m_table;
    QLabel *m_picturesTitle;
    QListView *m_pictures;
    SplitBar *m_split;
    QLabel *m_normalizeTitle;
    NormalizationBox *m_normalize;
    QTimer *m_soon;
    JsonValue m_statistics;
    QList<Error> m_findings;
    std::string m_normalized; ///< the section's normalize that the statistics are about
    qint64 m_request = 0;
};

} // namespace espalier
