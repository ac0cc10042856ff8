// SPDX-License-Identifier: Apache-2.0
#include "tests/architecture/tree.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>

#include <algorithm>

namespace espalier::architecture {
namespace {

QDir root()
{
    return QDir(QStringLiteral(ESPALIER_SOURCE_DIR));
}

QList<SourceFile> readSourceFiles()
{
    QList<SourceFile> files;
    for (const QString &top : topFolders()) {
        QDirIterator it(root().filePath(top), {"*.h", "*.cpp", "*.cu", "*.cuh"}, QDir::Files,
                        QDirIterator::Subdirectories);
        while (it.hasNext()) {
            const QString path = root().relativeFilePath(it.next());
            files.append({path, textOf(path).split('\n')});
        }
    }
    std::sort(files.begin(), files.end(), [](const SourceFile &a, const SourceFile &b) { return a.path < b.path; });
    return files;
}

} // namespace

const QList<SourceFile> &sourceFiles()
{
    static const QList<SourceFile> files = readSourceFiles();
    return files;
}

QString textOf(const QString &path)
{
    QFile file(root().filePath(path));
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

QStringList topFolders()
{
    QStringList folders = {"engine", "gui", "resources", "tests", "translations", "widgets"};
    folders.removeIf([](const QString &name) { return !root().exists(name); });
    return folders;
}

QStringList allFoldersAtTheTop()
{
    QStringList folders = root().entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name);
    folders.removeIf(
        [](const QString &name) { return name == "build" || name.startsWith("build-") || name == "runs"; });
    return folders;
}

QStringList foldersBelow(const QString &path)
{
    QStringList folders;
    QDirIterator it(root().filePath(path), QDir::Dirs | QDir::NoDotAndDotDot, QDirIterator::Subdirectories);
    while (it.hasNext())
        folders.append(root().relativeFilePath(it.next()));
    folders.sort();
    return folders;
}

QStringList filesIn(const QString &path)
{
    return QDir(root().filePath(path)).entryList(QDir::Files, QDir::Name);
}

} // namespace espalier::architecture
