// SPDX-License-Identifier: Apache-2.0
// The files of the checkout, as the tests of the tree see them.
#pragma once

#include <QList>
#include <QString>
#include <QStringList>

namespace espalier::architecture {

struct SourceFile {
    QString path; ///< relative to the root, such as "engine/base/error.h"
    QStringList lines;
};

/// Every C++ (and CUDA) file under the top folders that exist, sorted by path. Build folders lie elsewhere.
const QList<SourceFile> &sourceFiles();
/// The text of a file of the checkout; null where there is none.
QString textOf(const QString &path);
/// The folders that may lie at the top and do: engine, widgets, gui, resources, tests, translations.
QStringList topFolders();
/// All folders at the top, dot-folders and build folders aside.
QStringList allFoldersAtTheTop();
/// Folders below `path` (relative), recursively, sorted.
QStringList foldersBelow(const QString &path);
/// Names of the files directly in the folder `path`, sorted.
QStringList filesIn(const QString &path);

} // namespace espalier::architecture
