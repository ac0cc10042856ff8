// SPDX-License-Identifier: GPL-3.0-or-later
// The recovery journal on the disk: a document, and what happened to it. No Qt objects: callable from any thread.
#pragma once

#include "gui/document/studio_document.h"

#include <cstdint>
#include <optional>

namespace espalier {

/// What a journal tells of the document's file.
struct JournalFile {
    QString title;
    QString path; ///< empty: untitled
    QByteArray fingerprint; ///< of the file as it was last read or written
    friend bool operator==(const JournalFile &, const JournalFile &) = default;
};

/// A document with its history, as a journal has it.
struct JournalState {
    JournalFile file;
    Document document; ///< at `position`
    std::vector<HistoryEntry> history;
    int position = 0;
    int cleanPosition = 0; ///< -1: nothing of the history is on the disk
    QDateTime time; ///< UTC, of the last record

    /// Steps that the file does not have.
    int unsavedEdits() const;
};

// Each appends one record (engine/protocol/record_reader.h frames them). The first of a journal is a start; a later one
// begins anew.

/// `text` is what openDocument() reads; the history is empty then.
void appendStart(std::string &out, const JournalFile &file, std::string_view text, int cleanPosition,
                 const QDateTime &time);
void appendFile(std::string &out, const JournalFile &file, const QDateTime &time);
void appendApply(std::string &out, const HistoryEntry &entry);
/// A change that became part of the last step.
void appendMerge(std::string &out, const QString &label, const Change &change, const QDateTime &time);
void appendJump(std::string &out, int position, const QDateTime &time);
void appendSaved(std::string &out, int position, const QDateTime &time);

/// A journal that says the same in the fewest records.
struct CompactJournal {
    std::string bytes;
    int first = 0; ///< steps before this one became part of the start: they can't be undone after a recovery
};
/// Steps become part of the start where the others would be larger than `maxBytes`, but never the last one that stands.
CompactJournal journalOf(const JournalState &state, std::uint64_t maxBytes);

struct ReadJournal {
    JournalState state;
    std::uint64_t goodBytes = 0; ///< from here on nothing can be read
    bool isCut = false; ///< there are more bytes than those
};

/// As far as it is readable. Fails where not even its start is, or where there is no file.
Result<ReadJournal> readJournal(const QString &path);
/// `path` is what errors name.
Result<ReadJournal> readJournal(std::string_view bytes, const QString &path);

} // namespace espalier
