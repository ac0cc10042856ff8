// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/document/journal_format.h"

#include "engine/base/file.h"
#include "engine/protocol/document_text.h"
#include "engine/protocol/record_reader.h"
#include "gui/document/document_io.h"
#include "gui/document/edit_text.h"

#include <algorithm>

namespace espalier {
namespace {

constexpr int kVersion = 1;
constexpr int kNeverClean = -1;
constexpr std::uint64_t kLargestJournal = std::uint64_t{1} << 30;

JsonValue record(const char *kind, const QDateTime &time)
{
    JsonValue json = JsonValue::object();
    json.set("kind", kind);
    json.set("time", static_cast<std::int64_t>(time.toMSecsSinceEpoch()));
    return json;
}

void append(std::string &out, const JsonValue &json, std::string_view text = {})
{
    appendRecord(out, [&](std::string &body) {
        body += json.dump();
        body += '\n';
        body += text;
    });
}

void setFile(JsonValue &json, const JournalFile &file)
{
    json.set("title", file.title.toStdString());
    json.set("path", file.path.toStdString());
    json.set("sha256", file.fingerprint.toHex().toStdString());
}

JournalFile fileFrom(const JsonValue &json)
{
    const std::string &hash = json["sha256"].string();
    return {toText(json["title"].string()), toText(json["path"].string()),
            QByteArray::fromHex(QByteArray::fromStdString(hash))};
}

tl::unexpected<Error> unfit()
{
    return fail("journal.record", "A record of the journal does not fit to those before it.");
}

/// Follows the records as StudioDocument followed the edits.
class Replay {
public:
    explicit Replay(JournalState &state)
        : m_state(state)
    {
    }
    Result<void> take(std::string_view bytes)
    {
        const std::size_t end = std::min(bytes.find('\n'), bytes.size());
        ESPALIER_TRY(const JsonValue json, JsonValue::parse(bytes.substr(0, end), "the journal"));
        const std::string &kind = json["kind"].string();
        const QDateTime time = QDateTime::fromMSecsSinceEpoch(json["time"].integer(), Qt::UTC);
        if (kind == "start") {
            ESPALIER_CHECK(start(json, bytes.substr(std::min(end + 1, bytes.size()))));
        } else if (!m_hasStarted) {
            return unfit();
        } else if (kind == "apply") {
            ESPALIER_CHECK(push(json, time));
        } else if (kind == "merge") {
            ESPALIER_CHECK(merge(json, time));
        } else if (kind == "jump") {
            ESPALIER_CHECK(jump(json["position"].integer(-1)));
        } else if (kind == "saved") {
            ESPALIER_TRY(m_state.cleanPosition, position(json["position"].integer(), kNeverClean));
        } else if (kind == "file") {
            m_state.file = fileFrom(json);
        } else {
            return unfit();
        }
        m_state.time = time;
        return {};
    }

private:
    JournalState &m_state;
    bool m_hasStarted = false;

    Result<int> position(std::int64_t value, int least) const
    {
        if (value < least || value > static_cast<std::int64_t>(m_state.history.size()))
            return unfit();
        return static_cast<int>(value);
    }
    Result<void> start(const JsonValue &json, std::string_view text)
    {
        if (json["version"].integer() != kVersion)
            return fail("journal.version", "The journal was written by another version of Espalier.");
        ESPALIER_TRY(OpenedDocument opened, openDocument(text, "the journal"));
        m_state = {};
        m_state.file = fileFrom(json);
        m_state.document = std::move(opened.document);
        m_state.cleanPosition = json["clean"].boolean() ? 0 : kNeverClean;
        m_hasStarted = true;
        return {};
    }
    Result<void> push(const JsonValue &json, const QDateTime &time)
    {
        HistoryEntry entry;
        entry.label = toText(json["label"].string());
        entry.graph = json["graph"].string();
        entry.mergeKey = json["key"].string();
        entry.time = time;
        ESPALIER_TRY(entry.change, changeFromJson(json["change"]));
        ESPALIER_TRY(entry.inverse, apply(m_state.document, entry.change));
        if (m_state.cleanPosition > m_state.position)
            m_state.cleanPosition = kNeverClean;
        m_state.history.resize(static_cast<std::size_t>(m_state.position));
        m_state.history.push_back(std::move(entry));
        ++m_state.position;
        return {};
    }
    Result<void> merge(const JsonValue &json, const QDateTime &time)
    {
        if (m_state.position == 0 || m_state.position != static_cast<int>(m_state.history.size()))
            return unfit();
        ESPALIER_TRY(const Change change, changeFromJson(json["change"]));
        ESPALIER_TRY(Change inverse, apply(m_state.document, change));
        HistoryEntry &last = m_state.history.back();
        last.label = toText(json["label"].string());
        last.time = time;
        mergeInto(last, change, std::move(inverse));
        return {};
    }
    Result<void> jump(std::int64_t value)
    {
        ESPALIER_TRY(const int to, position(value, 0));
        while (m_state.position != to) {
            const bool isForward = m_state.position < to;
            const auto &entry = m_state.history[static_cast<std::size_t>(m_state.position - (isForward ? 0 : 1))];
            ESPALIER_CHECK(apply(m_state.document, isForward ? entry.change : entry.inverse));
            m_state.position += isForward ? 1 : -1;
        }
        return {};
    }
};

/// The document as it was after `position` steps.
Document documentAt(const JournalState &state, int position)
{
    Document document = state.document;
    for (int i = state.position; i > position; --i)
        [[maybe_unused]] const auto done = apply(document, state.history[static_cast<std::size_t>(i - 1)].inverse);
    for (int i = state.position; i < position; ++i)
        [[maybe_unused]] const auto done = apply(document, state.history[static_cast<std::size_t>(i)].change);
    return document;
}

} // namespace

int JournalState::unsavedEdits() const
{
    return cleanPosition < 0 ? std::max(position, 1) : std::abs(position - cleanPosition);
}

void appendStart(std::string &out, const JournalFile &file, std::string_view text, int cleanPosition,
                 const QDateTime &time)
{
    JsonValue json = record("start", time);
    json.set("version", kVersion);
    setFile(json, file);
    json.set("clean", cleanPosition == 0);
    append(out, json, text);
}

void appendFile(std::string &out, const JournalFile &file, const QDateTime &time)
{
    JsonValue json = record("file", time);
    setFile(json, file);
    append(out, json);
}

void appendApply(std::string &out, const HistoryEntry &entry)
{
    JsonValue json = record("apply", entry.time);
    json.set("label", entry.label.toStdString());
    json.set("graph", entry.graph);
    json.set("key", entry.mergeKey);
    json.set("change", changeToJson(entry.change));
    append(out, json);
}

void appendMerge(std::string &out, const QString &label, const Change &change, const QDateTime &time)
{
    JsonValue json = record("merge", time);
    json.set("label", label.toStdString());
    json.set("change", changeToJson(change));
    append(out, json);
}

void appendJump(std::string &out, int position, const QDateTime &time)
{
    JsonValue json = record("jump", time);
    json.set("position", position);
    append(out, json);
}

void appendSaved(std::string &out, int position, const QDateTime &time)
{
    JsonValue json = record("saved", time);
    json.set("position", position);
    append(out, json);
}

CompactJournal journalOf(const JournalState &state, std::uint64_t maxBytes)
{
    std::vector<std::string> steps;
    std::uint64_t bytes = 0;
    for (const HistoryEntry &entry : state.history) {
        appendApply(steps.emplace_back(), entry);
        bytes += steps.back().size();
    }
    CompactJournal compact;
    int &first = compact.first;
    for (; bytes > maxBytes && first + 1 < state.position; ++first)
        bytes -= steps[static_cast<std::size_t>(first)].size();

    const int clean = state.cleanPosition >= first ? state.cleanPosition - first : kNeverClean;
    appendStart(compact.bytes, state.file, writeDocument(documentAt(state, first)), clean, state.time);
    for (std::size_t i = static_cast<std::size_t>(first); i < steps.size(); ++i)
        compact.bytes += steps[i];
    if (clean > 0)
        appendSaved(compact.bytes, clean, state.time);
    if (state.position != static_cast<int>(state.history.size()))
        appendJump(compact.bytes, state.position - first, state.time);
    return compact;
}

Result<ReadJournal> readJournal(const QString &path)
{
    ESPALIER_TRY(const std::string bytes, readFile(pathOf(path), kLargestJournal));
    return readJournal(bytes, path);
}

Result<ReadJournal> readJournal(std::string_view bytes, const QString &path)
{
    RecordReader reader(pathOf(path));
    reader.feed(bytes);
    ReadJournal journal;
    Replay replay(journal.state);
    for (;;) {
        const auto next = reader.next();
        if (!next || !*next)
            break;
        // A change that fails leaves the document as it was, so what was read before stands.
        if (const auto taken = replay.take((*next)->bytes); !taken) {
            if (journal.goodBytes == 0)
                return fail(taken.error());
            break;
        }
        journal.goodBytes = reader.offset();
    }
    if (journal.goodBytes == 0)
        return fail(error("journal.damaged", "The recovery journal {0} is damaged at its very beginning.", pathOf(path))
                        .at({.file = pathOf(path)}));
    journal.isCut = journal.goodBytes < bytes.size();
    return journal;
}

} // namespace espalier
