// SPDX-License-Identifier: GPL-3.0-or-later
// Gives a document a source: of a chosen kind, or what a file or folder is recognised as.
#pragma once

#include "gui/data_panel/source_schema.h"

#include <QtCore/QObject>
#include <QtCore/QString>

namespace espalier {

class DocumentPage;

class DataAdder : public QObject {
    Q_OBJECT
public:
    explicit DataAdder(QObject *parent = nullptr);

    void setKinds(std::vector<SourceKindInfo> kinds);
    const std::vector<SourceKindInfo> &kinds() const { return m_kinds; }
    void setPage(DocumentPage *page) { m_page = page; }

    /// A built-in or made-up set comes with its defaults; for a file or a folder the person is asked.
    void addKind(std::string_view kind, QWidget *parent);
    /// Whatever lies at `path`: the engine recognises the kind.
    void addPath(const QString &path);
    /// A path for a parameter of this type ("file", "folder", "file_or_folder"); empty: the person gave up.
    static QString askPath(const std::string &type, const QString &title, QWidget *parent);

signals:
    /// The new source's id.
    void added(const QString &id);
    /// A file was not recognised.
    void refused(const espalier::Error &problem);

private:
    void add(const std::string &name, const std::string &kind, const JsonValue &parameters);

    DocumentPage *m_page = nullptr;
    std::vector<SourceKindInfo> m_kinds;
};

} // namespace espalier
