// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/document/recovery.h"

#include "engine/base/ids.h"
#include "gui/document/document_file.h"
#include "gui/document/document_io.h"
#include "gui/document/edit_text.h"
#include "gui/document/journal.h"
#include "gui/document/state_folder.h"

#include <QtCore/QDir>
#include <QtCore/QFileInfo>

#include <algorithm>
#include <tuple>

namespace espalier {
namespace {

constexpr QLatin1String kEnding(".journal");
constexpr QLatin1String kUnreadable("unreadable");

QString recoveryFolder()
{
    return stateFolder() + QStringLiteral("/recovery");
}

QString folderOf(const QString &session)
{
    return recoveryFolder() + QLatin1Char('/') + session;
}

/// Beside the folder: it is there before the folder is, and while that is removed.
QString lockOf(const QString &session)
{
    return folderOf(session) + QStringLiteral(".lock");
}

QString newJournal(const QString &session)
{
    return folderOf(session) + QLatin1Char('/') + toText(newId()) + kEnding;
}

QString sessionOf(const QString &journal)
{
    return QFileInfo(QFileInfo(journal).path()).fileName();
}

/// A lock that does keep others out; some file systems have none.
Result<FileLock> lockSession(const QString &session)
{
    ESPALIER_TRY(FileLock lock, FileLock::acquire(pathOf(lockOf(session))));
    if (FileLock::probe(pathOf(lockOf(session))) != FileLock::State::Held)
        return fail("recovery.noLocks",
                    "The disk that holds {0} has no locks, so unsaved edits are not kept for a crash. Set "
                    "XDG_STATE_HOME to a folder on a local disk.",
                    pathOf(recoveryFolder()));
    return lock;
}

/// Never deleted: it may be all that is left of somebody's work.
Error keepAside(const QString &journal, const Error &reason)
{
    const QString folder = recoveryFolder() + QLatin1Char('/') + kUnreadable;
    const QString kept = folder + QLatin1Char('/') + QFileInfo(journal).fileName();
    const bool isMoved = QDir().mkpath(folder) && QFile::rename(journal, kept);
    return error("recovery.unreadable", "The journal of a document can't be read: {0} It is kept as {1}.",
                 Arg(Arg::Kind::Text, reason.message()), pathOf(isMoved ? kept : journal));
}

/// Nothing was drawn and nothing was opened.
bool isNothing(const JournalState &state)
{
    return state.file.path.isEmpty() && state.history.empty() && state.cleanPosition == 0;
}

} // namespace

Recovery::Recovery(QObject *parent)
    : Recovery(JournalBounds(), parent)
{
}

Recovery::Recovery(JournalBounds bounds, QObject *parent)
    : QObject(parent)
    , m_bounds(bounds)
{
    m_thread.setObjectName(QStringLiteral("journals"));
    m_end.moveToThread(&m_thread);
    m_thread.start();
}

Recovery::~Recovery()
{
    flush();
    m_thread.quit();
    m_thread.wait();
    std::vector<QString> sessions;
    for (const auto &[session, lock] : m_locks)
        sessions.push_back(session);
    for (const QString &session : sessions)
        forgetIfEmpty(session);
}

void Recovery::flush()
{
    QMetaObject::invokeMethod(
        &m_end, [] {}, Qt::BlockingQueuedConnection);
}

Result<void> Recovery::ensureSession()
{
    if (!m_session.isEmpty())
        return {};
    const QString session = toText(newId());
    ESPALIER_CHECK(createDirectories(pathOf(recoveryFolder())));
    QFile::setPermissions(recoveryFolder(), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner); // nobody else's
    ESPALIER_TRY(FileLock lock, lockSession(session)); // first: a folder without a lock would be a crashed studio's
    m_locks.emplace(session, std::move(lock));
    ESPALIER_CHECK(createDirectories(pathOf(folderOf(session))));
    m_session = session;
    return {};
}

Journal *Recovery::start(DocumentFile &file)
{
    if (const auto ready = ensureSession(); !ready) {
        emit failed(ready.error());
        return nullptr;
    }
    auto *journal = new Journal(file, newJournal(m_session), m_thread, m_bounds, &file);
    watch(journal);
    return journal;
}

void Recovery::close(DocumentFile &file)
{
    for (Journal *journal : file.findChildren<Journal *>(Qt::FindDirectChildrenOnly))
        journal->discard();
}

void Recovery::watch(Journal *journal)
{
    connect(journal, &Journal::failed, this, [this](const Error &error) {
        if (m_failing++ == 0)
            emit failed(error);
    });
    connect(journal, &Journal::works, this, [this] {
        if (--m_failing == 0)
            emit works();
    });
}

LostDocuments Recovery::lost()
{
    DocumentLock::removeOld();
    LostDocuments found;
    for (const QString &session : QDir(recoveryFolder()).entryList(QDir::Dirs | QDir::NoDotAndDotDot))
        if (session != m_session && session != kUnreadable && takeOver(session))
            list(session, found);
    std::stable_sort(found.documents.begin(), found.documents.end(), [](const auto &a, const auto &b) {
        return std::tuple(a.unsavedEdits == 0, b.time) < std::tuple(b.unsavedEdits == 0, a.time);
    });
    return found;
}

/// Whether the studio of that session is gone, and no other one takes care of it.
bool Recovery::takeOver(const QString &session)
{
    if (m_locks.contains(session))
        return true;
    auto lock = lockSession(session);
    if (!lock)
        return false;
    m_locks.emplace(session, std::move(*lock));
    removeTemporaryFiles(pathOf(folderOf(session)));
    return true;
}

void Recovery::list(const QString &session, LostDocuments &found)
{
    const QDir folder(folderOf(session));
    for (const QString &name : folder.entryList({QLatin1String("*") + kEnding}, QDir::Files, QDir::Name)) {
        LostDocument lost;
        lost.journal = folder.filePath(name);
        const auto read = readJournal(lost.journal);
        if (!read) {
            found.unreadable.push_back(keepAside(lost.journal, read.error()));
            continue;
        }
        const JournalState &state = read->state;
        if (isNothing(state)) {
            QFile::remove(lost.journal);
            continue;
        }
        lost.title = state.file.title;
        lost.path = state.file.path;
        lost.time = state.time;
        lost.unsavedEdits = state.unsavedEdits();
        lost.isCut = read->isCut;
        found.documents.push_back(std::move(lost));
    }
    forgetIfEmpty(session);
}

Result<Journal *> Recovery::recover(const LostDocument &lost, DocumentFile &file)
{
    ESPALIER_CHECK(ensureSession());
    ESPALIER_TRY(ReadJournal read, readJournal(lost.journal));
    const QString journalPath = newJournal(m_session);
    if (!QFile::rename(lost.journal, journalPath)) // one file all the time: it can't be lost or recovered twice
        return fail("recovery.move", "{0} can't be moved within its folder. Check the permissions of {1}.",
                    pathOf(lost.journal), pathOf(recoveryFolder()));
    JournalState &state = read.state;
    file.setUntitledName(state.file.title);
    file.restore(state.file.path, state.file.fingerprint);
    file.document().restore(std::move(state.document), std::move(state.history), state.position, state.cleanPosition);
    auto *journal = new Journal(file, journalPath, read.goodBytes, m_thread, m_bounds, &file);
    watch(journal);
    forgetIfEmpty(sessionOf(lost.journal));
    return journal;
}

void Recovery::discard(const LostDocument &lost)
{
    QFile::remove(lost.journal);
    forgetIfEmpty(sessionOf(lost.journal));
}

/// Once nothing of a session is left. Its lock goes last: it is held until then.
void Recovery::forgetIfEmpty(const QString &session)
{
    if (!m_locks.contains(session) || !QDir().rmdir(folderOf(session)))
        return;
    QFile::remove(lockOf(session));
    m_locks.erase(session);
}

} // namespace espalier
