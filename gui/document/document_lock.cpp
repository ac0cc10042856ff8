// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/document/document_lock.h"

#include "engine/base/file.h"
#include "engine/base/json_value.h"
#include "gui/document/document_io.h"
#include "gui/document/edit_text.h"
#include "gui/document/state_folder.h"

#include <QtCore/QCryptographicHash>
#include <QtCore/QDateTime>
#include <QtCore/QDir>
#include <QtCore/QFileInfo>
#include <QtCore/QLocale>
#include <QtCore/QSysInfo>

#include <unistd.h>

#include <chrono>

namespace espalier {
namespace {

constexpr std::chrono::milliseconds kRetry{500};
constexpr int kOldDays = 30;
constexpr std::uint64_t kLongestNote = 4096;

QString lockFolder()
{
    return stateFolder() + QStringLiteral("/locks");
}

/// The file itself, whichever links lead to it; it need not exist.
QString canonical(const QString &path)
{
    const QFileInfo info(path);
    if (QString real = info.canonicalFilePath(); !real.isEmpty())
        return real;
    const QString folder = QFileInfo(info.absolutePath()).canonicalFilePath();
    return (folder.isEmpty() ? info.absolutePath() : folder) + QLatin1Char('/') + info.fileName();
}

QString lockFile(const QString &path)
{
    const QByteArray name = QFile::encodeName(canonical(path));
    const QByteArray hash = QCryptographicHash::hash(name, QCryptographicHash::Sha256).toHex().left(40);
    return lockFolder() + QLatin1Char('/') + QString::fromLatin1(hash) + QStringLiteral(".lock");
}

/// Into the lock file itself, in place: another file under its name would be another lock.
void writeHolder(const QString &file, const QString &path)
{
    JsonValue note = JsonValue::object();
    note.set("process", static_cast<std::int64_t>(::getpid()));
    note.set("machine", QSysInfo::machineHostName().toStdString());
    note.set("since", QDateTime::currentDateTimeUtc().toString(Qt::ISODate).toStdString());
    note.set("path", canonical(path).toStdString());
    const std::string text = note.dump() + "\n";
    QFile out(file);
    if (out.open(QIODevice::WriteOnly)) // only what people read: the lock holds without it
        out.write(text.data(), static_cast<qint64>(text.size()));
}

JsonValue readHolder(const QString &file)
{
    const auto text = readFile(pathOf(file), kLongestNote);
    const auto note = text ? JsonValue::parse(*text, "lock") : fail(text.error());
    return note ? *note : JsonValue();
}

Error lockedError(const QString &path, const QString &file)
{
    const JsonValue note = readHolder(file);
    const QString machine = toText(note["machine"].string());
    const QDateTime since = QDateTime::fromString(toText(note["since"].string()), Qt::ISODate).toLocalTime();
    const std::string name = QFileInfo(path).fileName().toStdString();
    Error e;
    if (!since.isValid())
        e = error("document.locked",
                  "{0} is open in another studio. It can be read here, and edited as soon as that one closes it.",
                  name);
    else if (machine != QSysInfo::machineHostName())
        e = error(
            "document.locked",
            "{0} is open in a studio on {1} since {2}. It can be read here, and edited as soon as that one closes "
            "it.",
            name, machine.toStdString(), QLocale().toString(since, QLocale::ShortFormat).toStdString());
    else if (note["process"].integer() == ::getpid())
        e = error("document.locked", "{0} is open in this studio already. Edit it there.", name);
    else
        e = error("document.locked",
                  "{0} is open in another studio (process {1}) since {2}. It can be read here, and edited as soon as "
                  "that one closes it.",
                  name, note["process"].integer(), QLocale().toString(since, QLocale::ShortFormat).toStdString());
    return std::move(e).at({.file = pathOf(path)});
}

} // namespace

DocumentLock::DocumentLock(QObject *parent)
    : QObject(parent)
{
    m_retry.setInterval(kRetry);
    connect(&m_retry, &QTimer::timeout, this, &DocumentLock::retry);
}

DocumentLock::~DocumentLock() = default;

Result<std::optional<FileLock>> DocumentLock::tryTake(const QString &path)
{
    const QString file = lockFile(path);
    if (!createDirectories(pathOf(lockFolder())))
        return std::nullopt;
    auto lock = FileLock::acquire(pathOf(file));
    if (!lock && lock.error().code == "file.locked")
        return fail(lockedError(path, file));
    if (!lock)
        return std::nullopt;
    writeHolder(file, path);
    return std::optional<FileLock>(std::move(*lock));
}

bool DocumentLock::take(const QString &path)
{
    release();
    auto lock = tryTake(path);
    if (lock) {
        m_lock = std::move(*lock);
        return true;
    }
    m_path = path;
    m_refusal = lock.error();
    m_retry.start();
    return false;
}

void DocumentLock::adopt(std::optional<FileLock> lock)
{
    release();
    m_lock = std::move(lock);
}

void DocumentLock::release()
{
    m_retry.stop();
    m_refusal.reset();
    m_lock.reset();
}

void DocumentLock::retry()
{
    auto lock = tryTake(m_path);
    if (!lock)
        return;
    adopt(std::move(*lock));
    emit freed();
}

void DocumentLock::removeOld()
{
    const QDateTime limit = QDateTime::currentDateTimeUtc().addDays(-kOldDays);
    const QFileInfoList files = QDir(lockFolder()).entryInfoList({QStringLiteral("*.lock")}, QDir::Files);
    for (const QFileInfo &info : files) {
        if (info.lastModified() > limit)
            continue;
        // Another studio may just be opening it: then both think that they have it, and the look at the file before
        // each save is what remains. Once in a month old file, within microseconds.
        if (const auto lock = FileLock::acquire(pathOf(info.filePath())))
            QFile::remove(info.filePath());
    }
}

} // namespace espalier
