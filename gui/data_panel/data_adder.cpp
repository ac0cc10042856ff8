// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/data_panel/data_adder.h"

#include "gui/document/data_edits.h"
#include "gui/document/studio_document.h"
#include "gui/engine_client/engine_client.h"
#include "gui/engine_client/text.h"
#include "gui/models/document_sync.h"
#include "gui/window/document_page.h"

#include <QtCore/QPointer>
#include <QtWidgets/QFileDialog>

namespace espalier {

DataAdder::DataAdder(QObject *parent)
    : QObject(parent)
{
}

void DataAdder::setKinds(std::vector<SourceKindInfo> kinds)
{
    m_kinds = std::move(kinds);
}

QString DataAdder::askPath(const std::string &type, const QString &title, QWidget *parent)
{
    if (type == "folder")
        return QFileDialog::getExistingDirectory(parent, title);
    return QFileDialog::getOpenFileName(parent, title);
}

void DataAdder::addKind(std::string_view name, QWidget *parent)
{
    const SourceKindInfo *kind = findKind(m_kinds, name);
    if (!kind || !m_page)
        return;
    if (!kind->readsFile() && !kind->readsFolder()) {
        const std::string set = kind->params.empty() ? std::string() : kind->params.front().info.fallback.string();
        add(set.empty() ? kind->name : set, kind->name, JsonValue::object());
        return;
    }
    const QString path = askPath(kind->readsFolder() ? "folder" : "file", qString(kind->label), parent);
    if (!path.isEmpty())
        addPath(path);
}

void DataAdder::addPath(const QString &path)
{
    if (!m_page)
        return;
    JsonValue params = JsonValue::object();
    params.set("document", m_page->sync()->name().toStdString()).set("path", path.toStdString());
    const QPointer<DocumentPage> page = m_page;
    m_page->sync()->engine()->request(QStringLiteral("data.recognise"), std::move(params), this,
                                      [this, page](const Result<JsonValue> &result) {
                                          if (!page || page != m_page)
                                              return; // another drawing is in front by now
                                          if (!result) {
                                              emit refused(result.error());
                                              return;
                                          }
                                          const JsonValue &source = (*result)["source"];
                                          add(source["name"].string(), source["kind"].string(), source["parameters"]);
                                      });
}

void DataAdder::add(const std::string &name, const std::string &kind, const JsonValue &parameters)
{
    const SourceKindInfo *info = findKind(m_kinds, kind);
    JsonValue all = info ? info->defaults() : JsonValue::object();
    for (const auto &[key, value] : parameters.members())
        all.set(key, value);
    if (m_page->run(addSource(m_page->editContext(), name, kind, std::move(all)), false))
        emit added(qString(m_page->document()->document().data["sources"].items().back()["id"].string()));
}

} // namespace espalier
