// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps the engine's copy of a document in step with ours, and its answers with both.
#pragma once

#include "gui/models/answers.h"

#include <QtCore/QObject>
#include <QtCore/QTimer>

namespace espalier {

class EngineClient;
class StudioDocument;

/// Each Change goes to the engine as it is made (as LSP does); the check follows, one at a time, for the newest version
/// only. When the engine is away the last answers stay, marked stale; when it is back all is sent anew.
class DocumentSync : public QObject {
    Q_OBJECT
public:
    /// All three are borrowed and outlive this, or go with it.
    DocumentSync(EngineClient *engine, StudioDocument *document, QObject *parent = nullptr);
    ~DocumentSync() override;

    /// Where relative data paths start.
    void setFolder(const QString &folder);
    const Answers &answers() const { return m_answers; }
    const Estimate &estimate() const { return m_estimate; }
    /// Whether the answers are those of the document as it stands.
    bool isFresh() const;
    /// The name under which the engine knows the document.
    const QString &name() const { return m_name; }
    EngineClient *engine() const { return m_engine; }

signals:
    void answersChanged();
    void estimateChanged();
    void freshChanged();

private:
    void open();
    void send(const Change &change, int version);
    void scheduleCheck();
    void check();
    void takeCheck(const Result<JsonValue> &result);
    void askEstimate();

    EngineClient *m_engine;
    StudioDocument *m_document;
    QString m_name;
    QString m_folder;
    Answers m_answers;
    Estimate m_estimate;
    QTimer m_checkSoon;
    QTimer m_estimateSoon;
    bool m_isOpen = false; ///< the engine has a copy
    bool m_isChecking = false;
    bool m_needsCheck = false;
    qint64 m_estimateId = 0;
};

} // namespace espalier
