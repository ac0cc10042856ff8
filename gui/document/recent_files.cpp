// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/document/recent_files.h"

#include "engine/protocol/document.h"
#include "gui/document/background.h"

#include <QtCore/QDir>
#include <QtCore/QFileInfo>
#include <QtCore/QHash>
#include <QtCore/QSettings>

#include <algorithm>

namespace espalier {
namespace {

const char *const kKey = "recent_files";

QString absolute(const QString &path)
{
    return QFileInfo(path).absoluteFilePath();
}

} // namespace

QString RecentFile::title() const
{
    return QFileInfo(path).completeBaseName();
}

QString RecentFile::folder() const
{
    const QString folder = QFileInfo(path).path();
    const QString home = QDir::homePath();
    if (folder == home)
        return QStringLiteral("~");
    return folder.startsWith(home + QLatin1Char('/')) ? QLatin1Char('~') + folder.mid(home.size()) : folder;
}

QString RecentFile::summary() const
{
    const QString nodeText = RecentFiles::tr("%n node(s)", nullptr, nodes);
    return blocks == 0 ? nodeText
                       : RecentFiles::tr("%1, %2").arg(nodeText, RecentFiles::tr("%n block(s)", nullptr, blocks));
}

RecentFiles::RecentFiles(QObject *parent)
    : QObject(parent)
{
    read();
}

RecentFiles::~RecentFiles() = default;

void RecentFiles::read()
{
    QHash<QString, bool> exists;
    for (const RecentFile &file : m_files)
        exists.insert(file.path, file.exists);
    m_files.clear();
    QSettings settings;
    const int count = std::min(settings.beginReadArray(QLatin1String(kKey)), kMostRecentFiles);
    for (int i = 0; i < count; ++i) {
        settings.setArrayIndex(i);
        RecentFile file;
        file.path = settings.value(QStringLiteral("path")).toString();
        file.time = settings.value(QStringLiteral("time")).toDateTime();
        file.nodes = settings.value(QStringLiteral("nodes")).toInt();
        file.blocks = settings.value(QStringLiteral("blocks")).toInt();
        file.exists = exists.value(file.path, true);
        if (!file.path.isEmpty())
            m_files.push_back(std::move(file));
    }
}

void RecentFiles::write()
{
    QSettings settings;
    settings.remove(QLatin1String(kKey)); // the array's old end
    settings.beginWriteArray(QLatin1String(kKey), static_cast<int>(m_files.size()));
    for (std::size_t i = 0; i < m_files.size(); ++i) {
        settings.setArrayIndex(static_cast<int>(i));
        settings.setValue(QStringLiteral("path"), m_files[i].path);
        settings.setValue(QStringLiteral("time"), m_files[i].time);
        settings.setValue(QStringLiteral("nodes"), m_files[i].nodes);
        settings.setValue(QStringLiteral("blocks"), m_files[i].blocks);
    }
    settings.endArray();
    emit changed();
}

void RecentFiles::add(const QString &path, const Document &document)
{
    read();
    RecentFile added;
    added.path = absolute(path);
    added.time = QDateTime::currentDateTimeUtc();
    added.blocks = static_cast<int>(document.blocks.size());
    added.nodes = static_cast<int>(document.graph.nodes.size());
    for (const DocumentGraph &block : document.blocks)
        added.nodes += static_cast<int>(block.nodes.size());
    std::erase_if(m_files, [&](const RecentFile &file) { return file.path == added.path; });
    m_files.insert(m_files.begin(), std::move(added));
    m_files.resize(std::min(m_files.size(), static_cast<std::size_t>(kMostRecentFiles)));
    write();
}

void RecentFiles::remove(const QString &path)
{
    read();
    std::erase_if(m_files, [&](const RecentFile &file) { return file.path == absolute(path); });
    write();
}

void RecentFiles::clear()
{
    m_files.clear();
    write();
}

void RecentFiles::refresh()
{
    read();
    emit changed();
    QStringList paths;
    for (const RecentFile &file : m_files)
        paths << file.path;
    inBackground(
        this, // a network drive that sleeps must not hold up the window
        [paths] {
            QHash<QString, bool> exists;
            for (const QString &path : paths)
                exists.insert(path, QFileInfo(path).isFile());
            return exists;
        },
        [this](const QHash<QString, bool> &exists) {
            bool isNew = false;
            for (RecentFile &file : m_files) {
                const bool is = exists.value(file.path, file.exists);
                isNew |= std::exchange(file.exists, is) != is;
            }
            if (isNew)
                emit changed();
        });
}

} // namespace espalier
