// SPDX-License-Identifier: GPL-3.0-or-later
// What the engine says of one source of a document's data: columns, counts, statistics, what to draw for it.
#pragma once

#include "engine/base/error.h"
#include "engine/base/json_value.h"

#include <QtCore/QObject>
#include <QtCore/QString>
#include <QtCore/QStringList>
#include <QtCore/QTimer>

#include <functional>
#include <optional>

namespace espalier {

class DocumentPage;

/// One column as the model sees it.
struct DataColumn {
    QString name;
    QString dtype;
    QList<qint64> shape; ///< of one row
    qint64 classes = 0;
    QStringList labels; ///< names of the classes, or empty
    QStringList elementNames; ///< names of the entries of a vector, or empty
    bool isTarget = false;

    bool isPicture() const;
    /// "pictures of 8 × 8", "3 classes", "4 numbers".
    QString typeText() const;
};

struct DataRowCount {
    qint64 count = 0;
    bool isExact = true;
    QString text() const; ///< "1,797 rows", "about 1.2 M rows"
};

/// Follows the data section: asks again, a moment after it changed. Answers of an older question are dropped.
class DataSubject : public QObject {
    Q_OBJECT
public:
    explicit DataSubject(QObject *parent = nullptr);

    void setPage(DocumentPage *page);
    /// Asks only while somebody looks.
    void setActive(bool isActive);
    DocumentPage *page() const { return m_page; }
    /// The id of the source that is looked at; empty: the document has none.
    const QString &source() const { return m_source; }
    void setSource(const QString &id);
    /// Asks all anew: a file may have changed.
    void reload();

    bool isDescribed() const { return m_isDescribed; }
    bool isAsking() const { return m_describeId != 0; }
    const QList<DataColumn> &columns() const { return m_columns; }
    const DataRowCount &rows() const { return m_rows; }
    const JsonValue &proposal() const { return m_proposal; }
    /// Why nothing can be shown; with fixes.
    const std::optional<Error> &problem() const { return m_problem; }

    /// A data method for the source; as EngineClient::request.
    qint64 ask(const QString &method, JsonValue params, QObject *context,
               std::function<void(const Result<JsonValue> &)> answer,
               std::function<void(double done, double total, const QString &text)> progress = {});
    void cancel(qint64 id);

signals:
    /// Another source, or another document.
    void sourceChanged();
    /// Columns, counts, proposal or problem.
    void described();
    /// What rows hold may be other than before: pages are to be asked anew.
    void contentChanged();

private:
    void follow();
    void describe();
    void take(const Result<JsonValue> &result);
    void forget();

    DocumentPage *m_page = nullptr;
    bool m_isActive = false;
    QString m_source;
    QTimer m_soon;
    std::string m_asked; ///< the source's JSON that the answers are about
    qint64 m_describeId = 0;
    bool m_isDescribed = false;
    QList<DataColumn> m_columns;
    DataRowCount m_rows;
    JsonValue m_proposal;
    std::optional<Error> m_problem;
};

} // namespace espalier
