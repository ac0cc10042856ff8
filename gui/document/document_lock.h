// SPDX-License-Identifier: GPL-3.0-or-later
// Two studios on one file don't fight: the first to open it may write it.
#pragma once

#include "engine/base/file_lock.h"

#include <QtCore/QObject>
#include <QtCore/QTimer>

#include <optional>

namespace espalier {

/// Says who has a document's file. Of the system: it is free at once when its holder dies.
class DocumentLock : public QObject {
    Q_OBJECT
public:
    explicit DocumentLock(QObject *parent = nullptr);
    ~DocumentLock() override;

    /// Takes the lock of this file (whatever name or link leads to it). Fails with "document.locked" and a sentence
    /// that says who has it. Where no lock can be had at all (no state folder, a file system without locks) it is
    /// without protection, and succeeds.
    static Result<std::optional<FileLock>> tryTake(const QString &path);

    /// Takes it, leaving the file before. Returns whether it is held; if not, freed() follows once it is.
    bool take(const QString &path);
    /// As take(), with what tryTake() gave.
    void adopt(std::optional<FileLock> lock);
    void release();

    /// A document without a file is nobody else's.
    bool isHeld() const { return !m_retry.isActive(); }
    /// Who has it, and what that means; nothing where isHeld().
    const std::optional<Error> &refusal() const { return m_refusal; }

    /// Removes lock files of documents that were not opened for a month. At the start of a studio.
    static void removeOld();

signals:
    /// The other has closed it; it is held here now.
    void freed();

private:
    void retry();

    QString m_path;
    std::optional<Error> m_refusal;
    std::optional<FileLock> m_lock;
    QTimer m_retry;
};

} // namespace espalier
