// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/document/studio_document.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace espalier {
namespace {

constexpr int kNeverClean = -1;

bool isSameField(const Operation &a, const Operation &b)
{
    return a.kind == Operation::Kind::Set && b.kind == Operation::Kind::Set && a.what == b.what && a.graph == b.graph
        && a.id == b.id && a.field == b.field;
}

/// Both change the same fields, in one order: the later one alone does what both did.
bool setsSameFields(const Change &a, const Change &b)
{
    return std::equal(a.operations.begin(), a.operations.end(), b.operations.begin(), b.operations.end(), isSameField);
}

} // namespace

void mergeInto(HistoryEntry &last, const Change &change, Change inverse)
{
    if (setsSameFields(last.change, change)) {
        last.change = change; // the inverse leads to what was there before the first
        return;
    }
    auto &list = last.change.operations;
    list.insert(list.end(), change.operations.begin(), change.operations.end());
    auto &back = inverse.operations;
    back.insert(back.end(), std::make_move_iterator(last.inverse.operations.begin()),
                std::make_move_iterator(last.inverse.operations.end()));
    last.inverse = std::move(inverse);
}

StudioDocument::StudioDocument(QObject *parent)
    : StudioDocument(Document(), parent)
{
}

StudioDocument::StudioDocument(Document document, QObject *parent)
    : QObject(parent)
    , m_document(std::move(document))
{
}

StudioDocument::~StudioDocument() = default;

Result<void> StudioDocument::apply(const Edit &edit)
{
    if (edit.isEmpty())
        return {};
    if (m_isReadOnly)
        return fail("document.read-only",
                    "This document is open in another studio, or is read-only. Save a copy to edit it.");
    ESPALIER_TRY(Change inverse, espalier::apply(m_document, edit.change));
    const bool wasClean = isClean();
    ++m_version;
    if (canMerge(edit))
        merge(edit, std::move(inverse));
    else
        push(edit, std::move(inverse));
    emit changed(edit.change, m_version);
    emit historyChanged();
    tellClean(wasClean);
    return {};
}

Result<void> StudioDocument::apply(Change change, const QString &label, const std::string &graph)
{
    Edit edit;
    edit.change = std::move(change);
    edit.label = label;
    edit.graph = graph;
    return apply(edit);
}

Result<void> StudioDocument::applyFix(const Fix &fix, const QString &label, const std::string &graph)
{
    ESPALIER_TRY(const JsonValue json, JsonValue::parse(fix.change, "the fix"));
    ESPALIER_TRY(Change change, changeFromJson(json));
    return apply(std::move(change), label, graph);
}

Result<void> StudioDocument::apply(const EditResult &edit)
{
    if (!edit)
        return tl::unexpected<Error>(edit.error());
    return apply(*edit);
}

bool StudioDocument::canMerge(const Edit &edit) const
{
    return m_mayMerge && !edit.mergeKey.empty() && m_position > 0 && m_position == static_cast<int>(m_history.size())
        && m_cleanPosition != m_position && m_history.back().mergeKey == edit.mergeKey;
}

void StudioDocument::merge(const Edit &edit, Change inverse)
{
    HistoryEntry &last = m_history.back();
    last.time = QDateTime::currentDateTimeUtc();
    last.label = edit.label;
    mergeInto(last, edit.change, std::move(inverse));
    DocumentEvent event;
    event.kind = DocumentEvent::Kind::Merge;
    event.entry = &last;
    event.change = &edit.change;
    emit happened(event);
}

void StudioDocument::push(const Edit &edit, Change inverse)
{
    if (m_cleanPosition > m_position)
        m_cleanPosition = kNeverClean;
    m_history.resize(static_cast<std::size_t>(m_position));
    m_history.push_back(
        {edit.label, edit.graph, edit.change, std::move(inverse), QDateTime::currentDateTimeUtc(), edit.mergeKey});
    ++m_position;
    m_mayMerge = true;
    DocumentEvent event;
    event.entry = &m_history.back();
    event.change = &edit.change;
    emit happened(event);
}

QString StudioDocument::undoLabel() const
{
    return canUndo() ? m_history[static_cast<std::size_t>(m_position - 1)].label : QString();
}

QString StudioDocument::redoLabel() const
{
    return canRedo() ? m_history[static_cast<std::size_t>(m_position)].label : QString();
}

void StudioDocument::undo()
{
    jumpTo(m_position - 1);
}

void StudioDocument::redo()
{
    jumpTo(m_position + 1);
}

/// One step back or forth. A history that does not fit would be a broken promise of apply's inverse.
void StudioDocument::step(bool isForward)
{
    const HistoryEntry &entry = m_history[static_cast<std::size_t>(isForward ? m_position : m_position - 1)];
    const Change &change = isForward ? entry.change : entry.inverse;
    const auto done = espalier::apply(m_document, change);
    Q_ASSERT_X(done, "StudioDocument", "an inverse does not fit");
    Q_UNUSED(done)
    m_position += isForward ? 1 : -1;
    ++m_version;
    emit changed(change, m_version);
}

void StudioDocument::jumpTo(int position)
{
    position = std::clamp(position, 0, static_cast<int>(m_history.size()));
    if (position == m_position || m_isReadOnly)
        return;
    const bool wasClean = isClean();
    m_mayMerge = false;
    std::string graph;
    while (m_position != position) {
        const bool isForward = m_position < position;
        graph = m_history[static_cast<std::size_t>(isForward ? m_position : m_position - 1)].graph;
        step(isForward);
    }
    DocumentEvent event;
    event.kind = DocumentEvent::Kind::Jump;
    event.position = m_position;
    emit happened(event);
    emit historyChanged();
    tellClean(wasClean);
    if (graph != "root" && !m_document.findGraph(graph))
        graph = "root"; // undoing took the block itself away
    emit graphShouldShow(QString::fromStdString(graph));
}

void StudioDocument::endMerge()
{
    m_mayMerge = false;
}

void StudioDocument::markClean()
{
    markCleanAt(m_position);
}

void StudioDocument::markNeverClean()
{
    markCleanAt(kNeverClean);
}

void StudioDocument::markCleanAt(int position)
{
    const bool wasClean = isClean();
    m_cleanPosition = position;
    DocumentEvent event;
    event.kind = DocumentEvent::Kind::Saved;
    event.position = position;
    emit happened(event);
    tellClean(wasClean);
}

void StudioDocument::tellClean(bool wasClean)
{
    if (wasClean != isClean())
        emit cleanChanged(isClean());
}

void StudioDocument::setReadOnly(bool isReadOnly)
{
    if (std::exchange(m_isReadOnly, isReadOnly) != isReadOnly)
        emit readOnlyChanged(isReadOnly);
}

void StudioDocument::restore(Document document, std::vector<HistoryEntry> history, int position, int cleanPosition)
{
    const bool wasClean = isClean();
    m_document = std::move(document);
    m_history = std::move(history);
    m_position = std::clamp(position, 0, static_cast<int>(m_history.size()));
    m_cleanPosition = cleanPosition;
    m_mayMerge = false;
    ++m_version;
    emit reset();
    emit historyChanged();
    tellClean(wasClean);
}

} // namespace espalier
