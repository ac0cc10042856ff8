// SPDX-License-Identifier: GPL-3.0-or-later
// The user's library of blocks: one small document a block, in one folder. What is taken from it is copied in and
// remembers where it came from; nothing is linked.
#pragma once

#include "gui/document/edits.h"

#include <QtCore/QString>

namespace espalier {

struct LibraryBlock {
    QString name;
    QString path;
    std::string hash; ///< of what the block computes and how it is drawn; ids do not count
    PortList ports;
    int nodes = 0; ///< in the definition
};

/// Where a block of a document came from.
struct BlockOrigin {
    std::string name;
    std::string hash;
};
std::optional<BlockOrigin> originOf(const DocumentGraph &block);
/// The same for equal definitions, whatever their ids; blocks inside count with all that they hold.
std::string blockHash(const Document &document, std::string_view block);

/// The user's own folder of blocks. Not made yet, maybe.
QString blockLibraryFolder();
/// Writes the block, with the blocks inside it, to `<folder>/<name>.espalier`; one of that name is replaced. Reads and
/// writes files: call it where waiting does no harm.
Result<QString> saveToLibrary(const Document &document, std::string_view block, const QString &folder);
/// By name. Files that hold no block are passed over.
QList<LibraryBlock> listLibrary(const QString &folder);
/// The block's definition is copied in, and an instance put at `at`. A definition that came from the same block before
/// and was not changed since is used again.
EditResult addFromLibrary(const EditContext &context, const QString &path, Position at);

} // namespace espalier
