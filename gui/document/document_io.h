// SPDX-License-Identifier: GPL-3.0-or-later
// Documents from and to the disk, as plain functions: callable from any thread.
#pragma once

#include "engine/protocol/document.h"

#include <QtCore/QByteArray>
#include <QtCore/QString>

#include <optional>
#include <vector>

namespace espalier {

/// A file as it was read.
struct LoadedDocument {
    Document document;
    std::vector<Error> problems; ///< of what could not be read and is left out; saving would lose it
    std::string text; ///< of the whole file
    QByteArray fingerprint; ///< of `text`
};

/// Reads a document as far as it is readable. Fails where nothing of it is.
Result<LoadedDocument> loadDocument(const QString &path);

/// Tells contents apart; empty only for "there is no file".
QByteArray fingerprintOf(std::string_view text);
/// Of the file's content now; empty where it is gone.
Result<QByteArray> fingerprintOnDisk(const QString &path);

struct SaveRequest {
    QString path;
    /// What the file must still hold; it fails with "document.changed-on-disk" where it holds something else. Nothing:
    /// replaces whatever is there.
    std::optional<QByteArray> expected;
    bool keepsOriginal = false; ///< the old file has parts that could not be read: it is kept beside the new one
};

struct Saved {
    QByteArray fingerprint;
    QString original; ///< where the old file was kept; empty: it was not
};

/// Writes beside and renames, flushed to the disk: the old file or the new one is there, whatever happens. Permissions
/// and links stay.
Result<Saved> saveDocument(const Document &document, const SaveRequest &request);

/// How files are named in the engine's calls.
std::string pathOf(const QString &path);

} // namespace espalier
