// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/document/document_io.h"

#include "engine/base/file.h"
#include "engine/base/file_error.h"
#include "engine/protocol/document_text.h"
#include "gui/document/edit_text.h"

#include <QtCore/QCryptographicHash>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>

#include <cerrno>

namespace espalier {
namespace {

/// "model.espalier.orig", or with a number where that is taken.
QString freeOriginalName(const QString &path)
{
    const QString stem = path + QStringLiteral(".orig");
    QString name = stem;
    for (int i = 2; QFileInfo(name).exists() || QFileInfo(name).isSymLink(); ++i)
        name = stem + QString::number(i);
    return name;
}

Result<QString> keepOriginal(const QString &path)
{
    auto old = readFile(pathOf(path));
    if (!old && old.error().code == "file.missing")
        return QString();
    if (!old)
        return fail(std::move(old).error());
    const QString name = freeOriginalName(path);
    ESPALIER_CHECK(writeFileAtomically(pathOf(name), *old));
    return name;
}

} // namespace

std::string pathOf(const QString &path)
{
    return QFile::encodeName(path).toStdString();
}

QByteArray fingerprintOf(std::string_view text)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(QByteArrayView(text.data(), static_cast<qsizetype>(text.size())));
    return hash.result();
}

Result<QByteArray> fingerprintOnDisk(const QString &path)
{
    const auto text = readFile(pathOf(path));
    if (text)
        return fingerprintOf(*text);
    if (text.error().code == "file.missing")
        return QByteArray();
    return fail(text.error());
}

Result<LoadedDocument> loadDocument(const QString &path)
{
    LoadedDocument loaded;
    ESPALIER_TRY(loaded.text, readFile(pathOf(path), kMaxDocumentBytes + 1));
    ESPALIER_TRY(OpenedDocument opened, openDamagedDocument(loaded.text, pathOf(path)));
    loaded.document = std::move(opened.document);
    loaded.problems = std::move(opened.problems);
    loaded.fingerprint = fingerprintOf(loaded.text);
    return loaded;
}

Result<Saved> saveDocument(const Document &document, const SaveRequest &request)
{
    const std::string text = writeDocument(document);
    const std::string path = pathOf(request.path);
    const QFileInfo info(request.path);
    if (info.isFile() && !info.isWritable()) // a rename would go round the permission that the person took away
        return fail(fileWriteError(path, EACCES));
    if (request.expected && info.exists()) {
        ESPALIER_TRY(const QByteArray found, fingerprintOnDisk(request.path));
        if (found != *request.expected && found != fingerprintOf(text))
            return fail(error("document.changed-on-disk",
                              "{0} was changed by another program. Reload it, or save again to replace what is there.",
                              path)
                            .at({.file = path}));
    }
    Saved saved;
    if (request.keepsOriginal) {
        ESPALIER_TRY(saved.original, keepOriginal(request.path));
    }
    ESPALIER_CHECK(writeFileAtomically(path, text));
    saved.fingerprint = fingerprintOf(text);
    return saved;
}

} // namespace espalier
