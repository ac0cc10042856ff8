// SPDX-License-Identifier: GPL-3.0-or-later
// The documents of a window and their files: open, save, close, samples.
#pragma once

#include <QtCore/QHash>
#include <QtCore/QObject>
#include <QtCore/QStringList>

namespace espalier {

class Autosave;
class DocumentFile;
class RecentFiles;
class Recovery;
struct LostDocument;
class DocumentPage;
class MainWindow;
class StudioDocument;

class Documents : public QObject {
    Q_OBJECT
public:
    explicit Documents(MainWindow *window);

    DocumentPage *newDocument();
    /// Opens a file, or shows its tab if it is open. What could not be read is told; null where nothing could.
    DocumentPage *open(const QString &path);
    /// Opens a shipped sample as an untitled copy.
    void openSample(const QString &name);
    /// Writes in the background; asks for a name where there is none yet, and returns whether one was given.
    bool save(DocumentPage *page);
    bool saveAs(DocumentPage *page);
    /// Asks about what is not saved. Whether the tab is gone.
    bool close(DocumentPage *page);
    /// Asks about everything that is not saved. After true, no journal is left behind.
    bool mayQuit();
    /// Brings back the tabs of a studio that crashed, with their undo history. Returns how many.
    int recoverLost();

    /// Absolute path; empty: untitled.
    QString fileOf(const DocumentPage *page) const;
    DocumentFile *diskFile(const DocumentPage *page) const { return m_files.value(page).file; }
    /// Where relative data paths of the document start.
    QString folderOf(const DocumentPage *page) const;
    bool hasFile(const DocumentPage *page) const { return !fileOf(page).isEmpty(); }
    QString savedText(const DocumentPage *page) const;
    QString savedTip(const DocumentPage *page) const;
    RecentFiles &recent() const { return *m_recent; }
    /// The tabs that were open when the studio ended last, where one looked in them; without those that another studio
    /// has open.
    int openRemembered();
    void rememberOpen() const;
    /// The person's choice of saving by itself; 0: off.
    void setAutosave(int seconds);
    /// Looks at all files anew: another program may have written them while the window was in the back.
    void checkDisk();

    /// Tests and scripts: no question is asked, what is not saved is dropped.
    void setAsks(bool asks) { m_asks = asks; }

private:
    struct Entry {
        DocumentFile *file = nullptr; ///< child of the page
        Autosave *autosave = nullptr; ///< child of the file
        QString sampleFolder; ///< of a sample: where its data lie
    };
    DocumentPage *add(StudioDocument *document, DocumentFile *file, const QString &sampleFolder = {});
    DocumentPage *addWithJournal(StudioDocument *document, DocumentFile *file, const QString &sampleFolder = {});
    DocumentPage *recover(const LostDocument &lost);
    /// Whether closing would lose nothing; waits for a save under way.
    bool isSafe(const DocumentPage *page) const;
    void dropJournal(const DocumentPage *page);
    DocumentPage *shownFile(const QString &path) const;
    void follow(DocumentPage *page, DocumentFile *file);
    void showDiskState(DocumentPage *page, DocumentFile *file);
    void showLock(DocumentPage *page, DocumentFile *file);
    QString untitledName() const;

    MainWindow *m_window;
    Recovery *m_recovery;
    RecentFiles *m_recent;
    QHash<const DocumentPage *, Entry> m_files;
    bool m_asks = true;
};

} // namespace espalier
