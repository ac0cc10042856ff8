// SPDX-License-Identifier: GPL-3.0-or-later
// Writes one recovery journal, on a thread of its own kind: the disk may be slow.
#pragma once

#include "engine/base/file.h"
#include "gui/document/journal_format.h"

#include <QtCore/QTimer>

#include <chrono>

namespace espalier {

/// Journals grow to `compactAt` bytes (or four times their compact size), then are written anew in the fewest records;
/// steps then take `maxSteps` at most.
struct JournalBounds {
    std::uint64_t compactAt = std::uint64_t{8} << 20;
    std::uint64_t maxSteps = std::uint64_t{32} << 20;
    std::chrono::milliseconds retryAfter{5000}; ///< a disk that was full
};

/// Everything but the constructor is called on the thread that it was moved to.
class JournalWriter : public QObject {
    Q_OBJECT
public:
    JournalWriter(const QString &path, JournalBounds bounds);
    ~JournalWriter() override;

    /// Begins anew with a document as its file's text has it.
    void begin(const JournalFile &file, const std::string &text, int cleanPosition);
    /// Begins anew with this state.
    void begin(const JournalState &state);
    /// Goes on where an earlier studio ended; what follows `goodBytes` is taken away.
    void goOn(std::uint64_t goodBytes);

    void apply(const HistoryEntry &entry);
    void merge(const QString &label, const Change &change);
    void jump(int position);
    void saved(int position);
    void setFile(const JournalFile &file);

    /// Returns when the disk has it.
    void sync();
    /// Removes the journal. Nothing is written afterwards.
    void discard();

signals:
    /// Nothing is written until restartNeeded() is answered by begin(). Told once, until works().
    void failed(const espalier::Error &error);
    void works();
    void restartNeeded();

private:
    void replaceBy(const std::string &bytes, int first);
    void append(const std::string &record);
    void compact();
    void fail(const Error &error);

    QString m_path;
    JournalBounds m_bounds;
    std::optional<AppendFile> m_file; ///< nothing: what happens now has no place in it
    std::uint64_t m_compactAt;
    int m_first = 0; ///< steps of the document's history before the journal's first one
    bool m_hasFailed = false;
    bool m_isDiscarded = false;
    QTimer m_syncTimer;
    QTimer m_retryTimer;
};

} // namespace espalier
