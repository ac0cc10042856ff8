// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps the recovery journal of one open document: what is edited outlives a crash.
#pragma once

#include "gui/document/journal_writer.h"

class QThread;

namespace espalier {

class DocumentFile;

/// Lives on the GUI thread; the disk is written on `thread`. Made by Recovery.
class Journal : public QObject {
    Q_OBJECT
public:
    /// Begins a journal at `path` for a document as it is now. All are borrowed; document and file outlive this, the
    /// thread's loop runs as long.
    Journal(DocumentFile &file, const QString &path, QThread &thread, JournalBounds bounds = {},
            QObject *parent = nullptr);
    /// Goes on with the journal that the document was restored from.
    Journal(DocumentFile &file, const QString &path, std::uint64_t goodBytes, QThread &thread,
            JournalBounds bounds = {}, QObject *parent = nullptr);
    /// Leaves the journal where it is, for a recovery.
    ~Journal() override;

    /// The document was closed in peace: removes the journal.
    void discard();

signals:
    /// What is edited now would not outlive a crash; told once, until works().
    void failed(const espalier::Error &error);
    void works();

private:
    void connectAll();
    void restart();
    void take(const DocumentEvent &event);
    JournalFile journalFile() const;
    template <typename Work>
    void inWriter(Work work);

    DocumentFile &m_file;
    StudioDocument &m_document;
    JournalWriter *m_writer; ///< of the other thread
};

} // namespace espalier
