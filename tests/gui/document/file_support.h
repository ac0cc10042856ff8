// SPDX-License-Identifier: GPL-3.0-or-later
// What tests of files and recovery share: small documents, edits of them, files written by "another program".
#pragma once

#include "gui/document/document_io.h"
#include "gui/document/studio_document.h"

#include <QtCore/QFile>
#include <QtTest/QtTest>

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

namespace espalier::test {

inline Document oneNode(const char *name = "fc")
{
    Document document;
    document.graph.nodes.push_back({.id = "aaaaaaaaaa", .kind = "Dense", .name = name});
    return document;
}

inline Edit renameTo(const QString &name, std::string mergeKey = {})
{
    Edit edit;
    edit.change.operations.push_back(setNodeField("root", "aaaaaaaaaa", "name", name.toStdString()));
    edit.label = name;
    edit.mergeKey = std::move(mergeKey);
    return edit;
}

inline std::string nameIn(const Document &document)
{
    return document.graph.nodes.empty() ? std::string() : document.graph.nodes.front().name;
}

/// Writes in place, as a plain program does.
inline bool write(const QString &path, const std::string &text)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(text.data(), static_cast<qint64>(text.size())) >= 0;
}

inline std::string read(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string();
}

/// While it lives, no file of this process can grow past `bytes`: a full disk.
class FullDisk {
public:
    explicit FullDisk(rlim_t bytes)
    {
        ::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &m_before);
        const rlimit limit{bytes, m_before.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &m_before); }
    FullDisk(const FullDisk &) = delete;
    FullDisk &operator=(const FullDisk &) = delete;

private:
    rlimit m_before{};
};

/// While it lives, permissions count even where the tests are run by root.
class OrdinaryPerson {
public:
    OrdinaryPerson()
        : m_wasRoot(::geteuid() == 0)
    {
        if (m_wasRoot)
            m_is = ::setresuid(65534, 65534, 0) == 0;
    }
    ~OrdinaryPerson()
    {
        if (m_wasRoot && ::setresuid(0, 0, 0) != 0)
            qFatal("can't become root again");
    }
    OrdinaryPerson(const OrdinaryPerson &) = delete;
    OrdinaryPerson &operator=(const OrdinaryPerson &) = delete;
    explicit operator bool() const { return m_is || !m_wasRoot; }

private:
    bool m_wasRoot;
    bool m_is = false;
};

} // namespace espalier::test
