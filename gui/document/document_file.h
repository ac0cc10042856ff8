// SPDX-License-Identifier: GPL-3.0-or-later
// The file behind an open document: opening, saving, and what other programs do with it meanwhile.
#pragma once

#include "engine/base/result.h"
#include "gui/document/document_lock.h"

#include <QtCore/QByteArray>
#include <QtCore/QFileSystemWatcher>
#include <QtCore/QObject>
#include <QtCore/QTimer>

#include <memory>
#include <vector>

namespace espalier {

class StudioDocument;
struct SaveRequest;

/// Lives on the GUI thread, beside its StudioDocument.
class DocumentFile : public QObject {
    Q_OBJECT
public:
    /// How the file on the disk stands to what was last read or written.
    enum class DiskState {
        Untitled, ///< there is no file yet
        Same,
        Changed, ///< another program wrote it: offer reload()
        Removed, ///< nobody's edit, but saving would bring it back
    };
    Q_ENUM(DiskState)

    /// `document` is borrowed and outlives this.
    explicit DocumentFile(StudioDocument &document, QObject *parent = nullptr);
    ~DocumentFile() override;

    StudioDocument &document() const { return m_document; }

    /// Reads the file into the document, which begins anew with it. Returns what of it could not be read: it was left
    /// out, and the first save keeps the old file beside the new one. Read-only while another studio has it open.
    Result<std::vector<Error>> open(const QString &path);
    /// The text of the file as open() read it; empty after an edit or where nothing was opened.
    const std::string &openedText() const { return m_openedText; }

    /// Absolute, as the person named it; empty: untitled.
    QString path() const { return m_path; }
    bool isUntitled() const { return m_path.isEmpty(); }
    /// File name without its ending; that given by setUntitledName() where there is no file.
    QString title() const;
    void setUntitledName(const QString &name);
    /// SHA-256 of what was last read or written; empty: untitled.
    QByteArray fingerprint() const { return m_fingerprint; }
    /// The file of a document that recovery brought back.
    void restore(const QString &path, const QByteArray &fingerprint);

    /// Writes in the background; saved() or saveFailed() follows. What is edited meanwhile stays unsaved. Fails with
    /// "document.changed-on-disk" where another program wrote the file and keepMine() was not called.
    void save();
    /// Under another name from now on, replacing what is there (a dialog has asked). Nothing changes on failure, as
    /// where another studio has that file open.
    void saveAs(const QString &path);
    /// save() that waits, for closing. Also after a failure, saveFailed() is told.
    Result<void> saveNow();
    /// Waits for a save under way, for closing. What it ended with; success where there is none.
    Result<void> finishSaving();
    bool isSaving() const { return m_job != nullptr; }

    /// Who has the file open, where another studio has: the document is read-only until that one closes it.
    /// readOnlyChanged() of the document tells.
    const std::optional<Error> &lockRefusal() const { return m_lock.refusal(); }

    DiskState diskState() const { return m_diskState; }
    /// Nothing would be lost if the document were closed now.
    bool isSafe() const;
    /// Makes the document what the file is now, as one undo step. A read-only document begins anew.
    Result<void> reload();
    /// The next save replaces what another program wrote.
    void keepMine();
    /// Looks at the file anew, in the background; for when the window comes to the front.
    void checkDisk();

signals:
    /// Another name, or another content is known to be on the disk.
    void fileChanged();
    void saved();
    void saveFailed(const espalier::Error &error);
    /// The old file, with what could not be read of it, is kept at `path`.
    void originalKept(const QString &path);
    /// Also where a changed file changed once more.
    void diskStateChanged(espalier::DocumentFile::DiskState state);

private:
    struct SaveJob;

    void beginSave(SaveRequest request, std::optional<FileLock> lock);
    SaveRequest requestFor(const QString &path) const;
    Result<void> finish(SaveJob &job);
    void know(const QString &path, const QByteArray &fingerprint);
    void setDiskState(DiskState state);
    void takeLock();
    void onFreed();
    void watch();
    void lookAtDisk();
    void tellDisk(const QByteArray &found);

    StudioDocument &m_document;
    QString m_path;
    QString m_untitledName;
    QByteArray m_fingerprint;
    QByteArray m_found; ///< on the disk, when last looked
    std::string m_openedText;
    bool m_keepsOriginal = false;
    bool m_mayReplace = false;
    DiskState m_diskState = DiskState::Untitled;
    DocumentLock m_lock;
    QFileSystemWatcher m_watcher;
    QTimer m_settle; ///< programs write in several steps
    int m_generation = 0; ///< counts what makes a look at the disk stale
    bool m_isLooking = false;
    std::shared_ptr<SaveJob> m_job; ///< under way
    bool m_savesAgain = false;
};

} // namespace espalier
