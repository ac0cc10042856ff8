// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/document/journal_writer.h"

#include "gui/document/document_io.h"

#include <QtCore/QFile>
#include <QtCore/QFileInfo>

#include <algorithm>
#include <chrono>

namespace espalier {
namespace {

constexpr std::chrono::milliseconds kSync{1000}; ///< a power cut loses at most this
constexpr std::uint64_t kGrowth = 4; ///< times its compact size

QDateTime now()
{
    return QDateTime::currentDateTimeUtc();
}

} // namespace

JournalWriter::JournalWriter(const QString &path, JournalBounds bounds)
    : m_path(path)
    , m_bounds(bounds)
    , m_compactAt(bounds.compactAt)
    , m_syncTimer(this) // children, so that they move to the thread, too
    , m_retryTimer(this)
{
    m_syncTimer.setSingleShot(true);
    m_syncTimer.setInterval(kSync);
    connect(&m_syncTimer, &QTimer::timeout, this, &JournalWriter::sync);
    m_retryTimer.setSingleShot(true);
    m_retryTimer.setInterval(bounds.retryAfter);
    connect(&m_retryTimer, &QTimer::timeout, this, &JournalWriter::restartNeeded);
}

JournalWriter::~JournalWriter() = default;

void JournalWriter::begin(const JournalFile &file, const std::string &text, int cleanPosition)
{
    std::string bytes;
    appendStart(bytes, file, text, cleanPosition, now());
    replaceBy(bytes, 0);
}

void JournalWriter::begin(const JournalState &state)
{
    const CompactJournal compact = journalOf(state, m_bounds.maxSteps);
    replaceBy(compact.bytes, compact.first);
}

void JournalWriter::goOn(std::uint64_t goodBytes)
{
    auto file = AppendFile::open(pathOf(m_path));
    const Result<void> cut = file ? file->truncate(goodBytes) : Result<void>(tl::unexpected<Error>(file.error()));
    if (!cut) {
        fail(cut.error());
        return;
    }
    m_file = std::move(*file);
    m_compactAt = std::max(m_bounds.compactAt, kGrowth * goodBytes);
}

/// As a whole or not at all: a kill in between leaves the journal before.
void JournalWriter::replaceBy(const std::string &bytes, int first)
{
    if (m_isDiscarded)
        return;
    m_file.reset();
    Result<void> written = createDirectories(pathOf(QFileInfo(m_path).path()));
    if (written)
        written = writeFileAtomically(pathOf(m_path), bytes);
    if (!written) {
        fail(written.error());
        return;
    }
    auto file = AppendFile::open(pathOf(m_path));
    if (!file) {
        fail(file.error());
        return;
    }
    m_file = std::move(*file);
    m_first = first;
    m_compactAt = std::max(m_bounds.compactAt, kGrowth * bytes.size());
    m_retryTimer.stop();
    if (std::exchange(m_hasFailed, false))
        emit works();
}

void JournalWriter::apply(const HistoryEntry &entry)
{
    std::string record;
    appendApply(record, entry);
    append(record);
}

void JournalWriter::merge(const QString &label, const Change &change)
{
    std::string record;
    appendMerge(record, label, change, now());
    append(record);
}

void JournalWriter::jump(int position)
{
    if (m_file && position < m_first) { // to where the journal does not lead any more
        m_file.reset();
        emit restartNeeded();
    }
    std::string record;
    appendJump(record, position - m_first, now());
    append(record);
}

void JournalWriter::saved(int position)
{
    std::string record;
    appendSaved(record, std::max(position - m_first, -1), now());
    append(record);
}

void JournalWriter::setFile(const JournalFile &file)
{
    std::string record;
    appendFile(record, file, now());
    append(record);
}

void JournalWriter::append(const std::string &record)
{
    if (!m_file) // a begin() will have it
        return;
    if (const auto done = m_file->append(record); !done) {
        fail(done.error());
        return;
    }
    if (m_file->size() > m_compactAt)
        compact();
    if (!m_syncTimer.isActive())
        m_syncTimer.start();
}

void JournalWriter::compact()
{
    const auto journal = readJournal(m_path);
    if (!journal || journal->isCut) { // somebody else's hand in it
        m_file.reset();
        emit restartNeeded();
        return;
    }
    const CompactJournal compact = journalOf(journal->state, m_bounds.maxSteps);
    replaceBy(compact.bytes, m_first + compact.first);
}

void JournalWriter::sync()
{
    m_syncTimer.stop();
    if (!m_file)
        return;
    if (const auto done = m_file->sync(); !done)
        fail(done.error());
}

void JournalWriter::discard()
{
    m_isDiscarded = true;
    m_file.reset();
    m_syncTimer.stop();
    m_retryTimer.stop();
    QFile::remove(m_path);
}

void JournalWriter::fail(const Error &error)
{
    m_file.reset();
    m_retryTimer.start();
    if (!std::exchange(m_hasFailed, true))
        emit failed(error);
}

} // namespace espalier
