// SPDX-License-Identifier: GPL-3.0-or-later
// The document that is open in a tab: every edit of it is a Change with its inverse, so all can be undone.
#pragma once

#include "gui/document/edit.h"

#include <QtCore/QDateTime>
#include <QtCore/QObject>

#include <vector>

namespace espalier {

/// One step of the history.
struct HistoryEntry {
    QString label;
    std::string graph; ///< the graph that a view shows when it is undone or redone
    Change change;
    Change inverse;
    QDateTime time; ///< UTC, of the last edit merged into it
    std::string mergeKey;
};

/// Makes one step of `last` and of a change that was applied after it, whose inverse is `inverse`.
void mergeInto(HistoryEntry &last, const Change &change, Change inverse);

/// What happened, in a form that replays: the recovery journal is a list of them.
struct DocumentEvent {
    enum class Kind { Apply, Merge, Jump, Saved };
    Kind kind = Kind::Apply;
    const HistoryEntry *entry = nullptr; ///< Apply: the new one
    const Change *change = nullptr; ///< Apply and Merge: what was applied now
    int position = 0; ///< Jump: the new position in the history; Saved: that which is on disk, -1: none is
};

/// Lives on the GUI thread.
class StudioDocument : public QObject {
    Q_OBJECT
public:
    explicit StudioDocument(QObject *parent = nullptr);
    explicit StudioDocument(Document document, QObject *parent = nullptr);
    ~StudioDocument() override;

    const Document &document() const { return m_document; }
    /// Counts up with every change; what `document.change` of the protocol carries.
    int version() const { return m_version; }

    /// Applies an edit as one undo step. An empty one does nothing. Fails, and leaves all as it was, where the Change
    /// does not fit or the document is read-only.
    Result<void> apply(const Edit &edit);
    Result<void> apply(Change change, const QString &label, const std::string &graph = "root");
    /// Applies the Change of a fix's button.
    Result<void> applyFix(const Fix &fix, const QString &label, const std::string &graph);
    /// The edit or the error that an edit function gave.
    Result<void> apply(const EditResult &edit);

    bool canUndo() const { return m_position > 0; }
    bool canRedo() const { return m_position < static_cast<int>(m_history.size()); }
    QString undoLabel() const; ///< empty where there is nothing to undo
    QString redoLabel() const;
    void undo();
    void redo();
    /// All steps, oldest first; those from position() on are undone.
    const std::vector<HistoryEntry> &history() const { return m_history; }
    int position() const { return m_position; }
    /// Undoes or redoes until `position` steps stand.
    void jumpTo(int position);
    /// The next edit begins a step of its own, even if its merge key is that of the last one (a drag ended).
    void endMerge();

    /// Whether the document is as it was last saved or opened.
    bool isClean() const { return m_cleanPosition == m_position; }
    void markClean();
    /// As it was after `position` steps: what a save in the background wrote.
    void markCleanAt(int position);
    /// Nothing of the history leads to what is on disk.
    void markNeverClean();
    int cleanPosition() const { return m_cleanPosition; }

    bool isReadOnly() const { return m_isReadOnly; }
    void setReadOnly(bool isReadOnly);

    /// The history as a recovery journal kept it, without applying anything: `document` already has it.
    void restore(Document document, std::vector<HistoryEntry> history, int position, int cleanPosition);

signals:
    /// After each change, undo and redo; what the engine must be told to be at `version`.
    void changed(const espalier::Change &applied, int version);
    /// Everything was replaced: views and the engine take the whole document anew.
    void reset();
    void historyChanged();
    void cleanChanged(bool isClean);
    void readOnlyChanged(bool isReadOnly);
    /// An undone or redone step belongs to this graph: the view goes there.
    void graphShouldShow(const QString &graph);
    /// For the journal; `event` is valid during the call only.
    void happened(const espalier::DocumentEvent &event);

private:
    void step(bool isForward);
    bool canMerge(const Edit &edit) const;
    void merge(const Edit &edit, Change inverse);
    void push(const Edit &edit, Change inverse);
    void tellClean(bool wasClean);

    Document m_document;
    std::vector<HistoryEntry> m_history;
    int m_position = 0;
    int m_cleanPosition = 0;
    int m_version = 0;
    bool m_isReadOnly = false;
    bool m_mayMerge = false;
};

} // namespace espalier
