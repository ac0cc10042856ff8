// SPDX-License-Identifier: GPL-3.0-or-later
// The files that were opened last, as the start page and the menu list them.
#pragma once

#include <QtCore/QDateTime>
#include <QtCore/QObject>

#include <vector>

namespace espalier {

struct Document;

constexpr int kMostRecentFiles = 20;

struct RecentFile {
    QString path; ///< absolute
    QDateTime time; ///< UTC, when it was last opened or saved
    int nodes = 0; ///< of it and its blocks, then
    int blocks = 0;
    bool exists = true; ///< when last looked

    QString title() const; ///< file name without its ending
    QString folder() const; ///< "~/nets"
    QString summary() const; ///< "12 nodes, 2 blocks"
};

/// In the person's settings, shared by all studios. Lives on the GUI thread.
class RecentFiles : public QObject {
    Q_OBJECT
public:
    explicit RecentFiles(QObject *parent = nullptr);
    ~RecentFiles() override;

    /// Latest first, each path once, kMostRecentFiles at most.
    const std::vector<RecentFile> &files() const { return m_files; }

    /// The file was opened or saved: it comes to the front.
    void add(const QString &path, const Document &document);
    void remove(const QString &path);
    void clear();
    /// Reads the settings anew (another studio may have added), and looks in the background which files are there.
    void refresh();

signals:
    void changed();

private:
    void read();
    void write();

    std::vector<RecentFile> m_files;
};

} // namespace espalier
