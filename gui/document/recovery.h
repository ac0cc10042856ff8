// SPDX-License-Identifier: GPL-3.0-or-later
// The recovery journals of this studio, and those that a crashed one left.
#pragma once

#include "engine/base/file_lock.h"
#include "gui/document/journal_writer.h"

#include <QtCore/QHash>
#include <QtCore/QThread>

#include <map>
#include <vector>

namespace espalier {

class DocumentFile;
class Journal;

/// A document that a studio which is gone had open.
struct LostDocument {
    QString journal; ///< the file
    QString title;
    QString path; ///< empty: untitled
    QDateTime time; ///< of its last edit, UTC
    int unsavedEdits = 0; ///< 0: it was only open
    bool isCut = false; ///< the end of the journal can't be read: the last edits are missing
};

/// What lost() found.
struct LostDocuments {
    std::vector<LostDocument> documents; ///< those with unsaved edits first, then by time, latest first
    std::vector<Error> unreadable; ///< journals that can't be read, each told once, and where it is kept
};

/// One for a studio, on the GUI thread. Outlives documents and their journals.
class Recovery : public QObject {
    Q_OBJECT
public:
    explicit Recovery(QObject *parent = nullptr);
    explicit Recovery(JournalBounds bounds, QObject *parent = nullptr);
    /// Waits until the disk has all. Journals of documents that were not closed are left for the next start.
    ~Recovery() override;

    /// Keeps a journal of the document from now on; it belongs to `file`. Call it for every document that is opened or
    /// made, when it is as the person sees it first. nullptr where none can be kept: failed() has said why.
    Journal *start(DocumentFile &file);

    /// The document is closed in peace, saved or not: its journal goes.
    void close(DocumentFile &file);

    /// What crashed studios left. From now on these are this studio's: no other one lists them.
    LostDocuments lost();
    /// Brings the document back with its undo history, and goes on with its journal. On failure all is as it was.
    Result<Journal *> recover(const LostDocument &lost, DocumentFile &file);
    /// Forgets it, for good.
    void discard(const LostDocument &lost);

    /// Returns when all that happened is in the journals.
    void flush();

signals:
    /// What is edited now would not outlive a crash; told once, until works().
    void failed(const espalier::Error &error);
    void works();

private:
    Result<void> ensureSession();
    void watch(Journal *journal);
    bool takeOver(const QString &session);
    void list(const QString &session, LostDocuments &found);
    void forgetIfEmpty(const QString &session);

    JournalBounds m_bounds;
    QThread m_thread;
    QObject m_end; ///< on the thread: what is posted to it runs after all that was posted before
    QString m_session; ///< id of this studio; empty until a journal is kept
    std::map<QString, FileLock> m_locks; ///< by session: this one, and those taken over
    int m_failing = 0;
};

} // namespace espalier
