// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/document/document_file.h"

#include "engine/protocol/document_diff.h"
#include "gui/document/background.h"
#include "gui/document/document_io.h"
#include "gui/document/studio_document.h"

#include <QtCore/QFileInfo>

#include <chrono>

namespace espalier {
namespace {

constexpr std::chrono::milliseconds kSettle{100};

QString absolute(const QString &path)
{
    return QFileInfo(path).absoluteFilePath();
}

} // namespace

/// One save. The worker fills `result`; all else belongs to the GUI thread.
struct DocumentFile::SaveJob {
    SaveRequest request;
    Document document;
    Result<Saved> result;
    QFuture<void> running;
    std::optional<FileLock> lock; ///< of a file of another name
    int position = 0; ///< in the history, of what is saved; -1: edits took it out of the history
};

DocumentFile::DocumentFile(StudioDocument &document, QObject *parent)
    : QObject(parent)
    , m_document(document)
{
    m_settle.setSingleShot(true);
    m_settle.setInterval(kSettle);
    connect(&m_settle, &QTimer::timeout, this, &DocumentFile::lookAtDisk);
    connect(&m_watcher, &QFileSystemWatcher::fileChanged, this, &DocumentFile::checkDisk);
    connect(&m_watcher, &QFileSystemWatcher::directoryChanged, this, &DocumentFile::checkDisk);
    connect(&m_lock, &DocumentLock::freed, this, &DocumentFile::onFreed);
    connect(&m_document, &StudioDocument::happened, this, [this](const DocumentEvent &event) {
        m_openedText.clear();
        if (m_job && event.kind == DocumentEvent::Kind::Apply && m_document.position() <= m_job->position)
            m_job->position = -1; // the step began where what is being saved was already undone
    });
    connect(&m_document, &StudioDocument::reset, this, [this] {
        m_openedText.clear();
        if (m_job)
            m_job->position = -1;
    });
}

DocumentFile::~DocumentFile()
{
    if (m_job)
        m_job->running = {}; // it holds what holds the job, which goes on to its end
}

Result<std::vector<Error>> DocumentFile::open(const QString &path)
{
    ESPALIER_TRY(LoadedDocument loaded, loadDocument(path));
    know(absolute(path), loaded.fingerprint);
    m_keepsOriginal = !loaded.problems.empty();
    m_document.restore(std::move(loaded.document), {}, 0, 0);
    takeLock();
    m_openedText = std::move(loaded.text);
    return std::move(loaded.problems);
}

QString DocumentFile::title() const
{
    return isUntitled() ? m_untitledName : QFileInfo(m_path).completeBaseName();
}

void DocumentFile::setUntitledName(const QString &name)
{
    m_untitledName = name;
    if (isUntitled())
        emit fileChanged();
}

void DocumentFile::restore(const QString &path, const QByteArray &fingerprint)
{
    know(path, fingerprint);
    if (isUntitled())
        return;
    takeLock();
    const auto loaded = loadDocument(path);
    m_keepsOriginal = !loaded || !loaded->problems.empty();
    checkDisk();
}

bool DocumentFile::isSafe() const
{
    return m_document.isClean() && m_diskState != DiskState::Removed && !m_job;
}

SaveRequest DocumentFile::requestFor(const QString &path) const
{
    SaveRequest request;
    request.path = path;
    if (path == m_path && !m_mayReplace)
        request.expected = m_fingerprint;
    request.keepsOriginal = m_keepsOriginal && path == m_path;
    return request;
}

void DocumentFile::save()
{
    Q_ASSERT_X(!isUntitled(), "DocumentFile", "an untitled document has no file to be saved to");
    saveAs(m_path);
}

void DocumentFile::saveAs(const QString &path)
{
    SaveRequest request = requestFor(absolute(path));
    std::optional<FileLock> lock;
    if (request.path != m_path || !m_lock.isHeld()) {
        auto taken = DocumentLock::tryTake(request.path);
        if (!taken) {
            emit saveFailed(taken.error());
            return;
        }
        lock = std::move(*taken);
    }
    beginSave(std::move(request), std::move(lock));
}

void DocumentFile::takeLock()
{
    m_document.setReadOnly(!m_lock.take(m_path));
}

/// The other studio has closed it, and may have saved it before.
void DocumentFile::onFreed()
{
    if (m_document.isClean() && fingerprintOnDisk(m_path).value_or(m_fingerprint) != m_fingerprint)
        reload(); // where it can't be read, the look at the disk tells
    m_document.setReadOnly(false);
    checkDisk();
}

void DocumentFile::beginSave(SaveRequest request, std::optional<FileLock> lock)
{
    if (m_job && m_job->request.path != request.path)
        finishSaving(); // two files at once: rare, and the order matters
    if (m_job) {
        m_savesAgain = true;
        return;
    }
    m_document.endMerge(); // what is saved stays a step of its own
    const auto job = std::make_shared<SaveJob>();
    job->request = std::move(request);
    job->lock = std::move(lock);
    job->document = m_document.document();
    job->position = m_document.position();
    m_job = job;
    ++m_generation;
    job->running = inBackground(
        this,
        [job] {
            job->result = saveDocument(job->document, job->request);
            return true;
        },
        [this, job](bool) {
            if (job != m_job)
                return;
            m_job.reset();
            const auto done = finish(*job);
            if (std::exchange(m_savesAgain, false) && done)
                save();
        });
}

Result<void> DocumentFile::finishSaving()
{
    if (!m_job)
        return {};
    m_job->running.waitForFinished();
    ESPALIER_CHECK(finish(*std::exchange(m_job, nullptr)));
    return std::exchange(m_savesAgain, false) ? saveNow() : Result<void>();
}

Result<void> DocumentFile::saveNow()
{
    m_savesAgain = false; // this is that save
    ESPALIER_CHECK(finishSaving());
    if (!m_lock.isHeld())
        return fail(error("document.read-only",
                          "This document is open in another studio, or is read-only. Save a copy to edit it."));
    SaveJob job;
    job.request = requestFor(m_path);
    job.position = m_document.position();
    m_document.endMerge();
    job.result = saveDocument(m_document.document(), job.request);
    return finish(job);
}

Result<void> DocumentFile::finish(SaveJob &job)
{
    job.running = {}; // it holds what holds the job
    if (!job.result) {
        const Error error = job.result.error();
        if (error.code == "document.changed-on-disk")
            checkDisk();
        emit saveFailed(error);
        return fail(error);
    }
    const Saved saved = *job.result;
    const bool isOther = job.request.path != m_path;
    know(job.request.path, saved.fingerprint);
    m_keepsOriginal = false;
    if (isOther || job.lock) {
        m_lock.adopt(std::move(job.lock));
        m_document.setReadOnly(false);
    }
    if (!saved.original.isEmpty())
        emit originalKept(saved.original);
    m_document.markCleanAt(job.position);
    emit this->saved();
    return {};
}

/// The file holds what the document knows of: nothing changed behind its back.
void DocumentFile::know(const QString &path, const QByteArray &fingerprint)
{
    const bool isOther = m_path != path || m_fingerprint != fingerprint;
    if (m_path != path)
        m_keepsOriginal = false;
    m_path = path;
    m_fingerprint = fingerprint;
    m_found = fingerprint;
    m_mayReplace = false;
    ++m_generation;
    watch();
    setDiskState(path.isEmpty() ? DiskState::Untitled : DiskState::Same);
    if (isOther)
        emit fileChanged();
}

void DocumentFile::setDiskState(DiskState state)
{
    if (std::exchange(m_diskState, state) != state)
        emit diskStateChanged(state);
}

/// The file, and its folder: most programs write another file and rename it, which ends the watch of the first.
void DocumentFile::watch()
{
    QStringList wanted;
    if (!isUntitled()) {
        const QFileInfo info(m_path);
        wanted << m_path << info.absolutePath();
        if (info.isSymLink()) {
            const QFileInfo target(info.canonicalFilePath());
            wanted << target.filePath() << target.absolutePath();
        }
    }
    wanted.removeAll(QString());
    QStringList gone = m_watcher.files() + m_watcher.directories();
    for (const QString &path : std::as_const(wanted))
        gone.removeAll(path);
    if (!gone.isEmpty())
        m_watcher.removePaths(gone);
    const QStringList watched = m_watcher.files() + m_watcher.directories();
    for (const QString &path : std::as_const(wanted))
        if (!watched.contains(path) && QFileInfo::exists(path))
            m_watcher.addPath(path);
}

void DocumentFile::checkDisk()
{
    if (!isUntitled())
        m_settle.start();
}

void DocumentFile::lookAtDisk()
{
    if (isUntitled() || m_job) // a save ends with looking: it knows what is there
        return;
    if (m_isLooking) {
        checkDisk();
        return;
    }
    m_isLooking = true;
    watch();
    inBackground(
        this, [path = m_path] { return fingerprintOnDisk(path); },
        [this, generation = m_generation](const Result<QByteArray> &found) {
            m_isLooking = false;
            if (generation != m_generation)
                checkDisk();
            else if (found)
                tellDisk(*found);
        });
}

void DocumentFile::tellDisk(const QByteArray &found)
{
    const bool isNew = std::exchange(m_found, found) != found;
    if (isNew)
        m_mayReplace = false;
    if (found == m_fingerprint)
        setDiskState(DiskState::Same);
    else if (found.isEmpty())
        setDiskState(DiskState::Removed);
    else if (isNew && m_diskState == DiskState::Changed)
        emit diskStateChanged(m_diskState);
    else if (!m_mayReplace)
        setDiskState(DiskState::Changed);
}

Result<void> DocumentFile::reload()
{
    ESPALIER_TRY(LoadedDocument loaded, loadDocument(m_path));
    if (m_document.isReadOnly() && m_document.isClean()) {
        m_document.restore(std::move(loaded.document), {}, 0, 0);
    } else {
        auto change = changeBetween(m_document.document(), loaded.document);
        if (!change)
            return fail(error("document.reload",
                              "{0} holds an object twice and can't be taken over as one step. Close this document and "
                              "open the file again.",
                              pathOf(m_path))
                            .at({.file = pathOf(m_path)}));
        m_document.endMerge();
        ESPALIER_CHECK(m_document.apply(std::move(*change), tr("Reload from disk")));
        m_document.endMerge();
        m_document.markClean();
    }
    know(m_path, loaded.fingerprint);
    m_keepsOriginal = !loaded.problems.empty();
    return {};
}

void DocumentFile::keepMine()
{
    if (m_diskState != DiskState::Changed)
        return;
    m_mayReplace = true;
    m_document.markNeverClean();
    setDiskState(DiskState::Same);
}

} // namespace espalier
