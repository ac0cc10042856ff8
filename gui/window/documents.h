// SPDX-License-Identifier: GPL-3.0-or-later
// The documents of a window and their files: open, save, close, samples.
#pragma once

#include <QtCore/QHash>
#include <QtCore/QObject>
#include <QtCore/QStringList>

namespace espalier {

class DocumentPage;
class MainWindow;

class Documents : public QObject {
    Q_OBJECT
public:
    explicit Documents(MainWindow *window);

    DocumentPage *newDocument();
    /// Opens a file, or shows its tab if it is open. What could not be read is told; null where nothing could.
    DocumentPage *open(const QString &path);
    /// Opens a shipped sample as an untitled copy.
    void openSample(const QString &name);
    /// Asks for a name where there is none yet. Whether it is on the disk now.
    bool save(DocumentPage *page);
    bool saveAs(DocumentPage *page);
    bool saveTo(DocumentPage *page, const QString &path);
    /// Asks about what is not saved. Whether the tab is gone.
    bool close(DocumentPage *page);
    bool mayQuit();

    QString fileOf(const DocumentPage *page) const { return m_files.value(page).path; }
    /// Where relative data paths of the document start.
    QString folderOf(const DocumentPage *page) const;
    bool hasFile(const DocumentPage *page) const { return !fileOf(page).isEmpty(); }
    QString savedText(const DocumentPage *page) const;
    QString savedTip(const DocumentPage *page) const;
    QStringList recent() const;

    /// Tests and scripts: no question is asked, what is not saved is dropped.
    void setAsks(bool asks) { m_asks = asks; }

signals:
    void recentChanged();

private:
    struct File {
        QString path; ///< empty: untitled
        QString folder; ///< of a sample
    };
    DocumentPage *add(class StudioDocument *document, const QString &title, const File &file);
    void remember(const QString &path);
    QString untitledName() const;

    MainWindow *m_window;
    QHash<const DocumentPage *, File> m_files;
    bool m_asks = true;
};

} // namespace espalier
