// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/data_panel/data_subject.h"

#include "gui/document/data_edits.h"
#include "gui/document/studio_document.h"
#include "gui/engine_client/engine_client.h"
#include "gui/engine_client/text.h"
#include "gui/models/document_sync.h"
#include "gui/window/document_page.h"
#include "widgets/common/figures.h"

#include <algorithm>

namespace espalier {
namespace {

constexpr int kPauseMs = 80; ///< after the last edit

QStringList textsOf(const JsonValue &list)
{
    QStringList texts;
    for (const JsonValue &item : list.items())
        texts.append(qString(item.string()));
    return texts;
}

DataColumn columnOf(const JsonValue &json)
{
    DataColumn column;
    column.name = qString(json["name"].string());
    column.dtype = qString(json["dtype"].string());
    for (const JsonValue &size : json["shape"].items())
        column.shape.append(size.integer(0));
    column.classes = json["classes"].integer(0);
    column.labels = textsOf(json["labels"]);
    column.elementNames = textsOf(json["element_names"]);
    column.isTarget = json["is_target"].boolean();
    return column;
}

} // namespace

bool DataColumn::isPicture() const
{
    return shape.size() == 3 && (shape.first() == 1 || shape.first() == 3 || shape.first() == 4)
        && dtype.startsWith(QLatin1StringView("float"));
}

QString DataColumn::typeText() const
{
    if (isPicture())
        return (shape.first() == 1 ? DataSubject::tr("grey pictures, %1") : DataSubject::tr("colour pictures, %1"))
            .arg(formatShape({shape[1], shape[2]}));
    if (classes > 0 && shape.isEmpty())
        return DataSubject::tr("%n classes", nullptr, static_cast<int>(classes));
    if (classes > 0)
        return DataSubject::tr("%1 of %n classes", nullptr, static_cast<int>(classes)).arg(formatShape(shape));
    if (shape.isEmpty())
        return DataSubject::tr("a number");
    return shape.size() == 1 ? DataSubject::tr("%n numbers", nullptr, static_cast<int>(shape.first()))
                             : DataSubject::tr("numbers, %1").arg(formatShape(shape));
}

QString DataRowCount::text() const
{
    return isExact ? DataSubject::tr("%1 rows").arg(formatCount(count))
                   : DataSubject::tr("about %1 rows").arg(formatShort(static_cast<double>(count), 2));
}

DataSubject::DataSubject(QObject *parent)
    : QObject(parent)
{
    m_soon.setSingleShot(true);
    connect(&m_soon, &QTimer::timeout, this, &DataSubject::describe);
}

void DataSubject::setPage(DocumentPage *page)
{
    if (m_page) {
        m_page->document()->disconnect(this);
        m_page->sync()->disconnect(this);
        m_page->sync()->engine()->disconnect(this);
    }
    m_page = page;
    m_source.clear();
    forget();
    if (page) {
        connect(page->document(), &StudioDocument::changed, this, &DataSubject::follow);
        connect(page->document(), &StudioDocument::reset, this, &DataSubject::follow);
        connect(page->sync(), &DocumentSync::answersChanged, this, [this] {
            if (!m_isDescribed && !m_problem && !m_source.isEmpty())
                m_soon.start(0); // the engine was away
        });
    }
    follow();
    emit sourceChanged();
}

void DataSubject::setActive(bool isActive)
{
    m_isActive = isActive;
    if (isActive)
        follow();
}

void DataSubject::setSource(const QString &id)
{
    if (m_source == id)
        return;
    m_source = id;
    forget();
    emit sourceChanged();
    describe();
}

void DataSubject::reload()
{
    m_asked.clear();
    describe();
}

/// After each change of the document: the source may be gone, another one, or have other parameters.
void DataSubject::follow()
{
    const JsonValue &sources = m_page ? m_page->document()->document().data["sources"] : JsonValue();
    const auto isThere = [&] {
        return std::any_of(sources.items().begin(), sources.items().end(),
                           [&](const JsonValue &each) { return qString(each["id"].string()) == m_source; });
    };
    if (m_source.isEmpty() ? !sources.items().empty() : !isThere()) {
        m_source = sources.items().empty() ? QString() : qString(sources.items().front()["id"].string());
        forget();
        emit sourceChanged();
    }
    if (m_source.isEmpty())
        return;
    if (sourceOf(m_page->document()->document(), m_source.toStdString()).dump() != m_asked)
        m_soon.start(m_asked.empty() ? 0 : kPauseMs);
}

void DataSubject::forget()
{
    if (m_describeId)
        cancel(m_describeId);
    m_describeId = 0;
    m_asked.clear();
    m_isDescribed = false;
    m_columns.clear();
    m_rows = {};
    m_proposal = {};
    m_problem.reset();
}

void DataSubject::describe()
{
    m_soon.stop();
    if (!m_page || m_source.isEmpty() || !m_isActive)
        return;
    const std::string now = sourceOf(m_page->document()->document(), m_source.toStdString()).dump();
    if (now == m_asked)
        return;
    if (m_describeId)
        cancel(m_describeId);
    m_asked = now;
    m_describeId
        = ask(QStringLiteral("data.describe"), JsonValue::object(), this, [this, now](const Result<JsonValue> &result) {
              if (now == m_asked)
                  take(result);
          });
    emit contentChanged();
}

void DataSubject::take(const Result<JsonValue> &result)
{
    m_describeId = 0;
    m_isDescribed = result.has_value();
    m_problem.reset();
    m_columns.clear();
    m_proposal = {};
    if (!result) {
        const bool isAway = result.error().code.starts_with("engine.") || result.error().code.starts_with("rpc.");
        if (isAway)
            m_asked.clear(); // asked again when it is back
        else
            m_problem = result.error();
    } else {
        for (const JsonValue &column : (*result)["columns"].items())
            m_columns.append(columnOf(column));
        m_rows = {(*result)["rows"]["count"].integer(0), (*result)["rows"]["exact"].boolean()};
        m_proposal = (*result)["proposal"];
    }
    emit described();
}

qint64 DataSubject::ask(const QString &method, JsonValue params, QObject *context,
                        std::function<void(const Result<JsonValue> &)> answer,
                        std::function<void(double, double, const QString &)> progress)
{
    params.set("document", m_page->sync()->name().toStdString()).set("source", m_source.toStdString());
    return m_page->sync()->engine()->request(method, std::move(params), context, std::move(answer),
                                             std::move(progress));
}

void DataSubject::cancel(qint64 id)
{
    if (m_page)
        m_page->sync()->engine()->cancel(id);
}

} // namespace espalier
