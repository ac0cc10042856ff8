// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/document/session_memory.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QSettings>

#include <algorithm>

namespace espalier {
namespace {

constexpr std::size_t kMostTabs = 200;
const char *const kKey = "session";

QJsonObject toJson(const RememberedTab &tab)
{
    QJsonObject views;
    for (auto view = tab.views.begin(); view != tab.views.end(); ++view)
        views.insert(view.key(), QJsonArray{view->zoom, view->centre.x(), view->centre.y()});
    return {{QStringLiteral("path"), tab.path}, {QStringLiteral("graph"), tab.graph}, {QStringLiteral("views"), views}};
}

RememberedTab fromJson(const QJsonObject &json)
{
    RememberedTab tab;
    tab.path = json.value(QStringLiteral("path")).toString();
    tab.graph = json.value(QStringLiteral("graph")).toString(tab.graph);
    const QJsonObject views = json.value(QStringLiteral("views")).toObject();
    for (auto view = views.begin(); view != views.end(); ++view) {
        const QJsonArray numbers = view->toArray();
        const RememberedView is{numbers.at(0).toDouble(), {numbers.at(1).toDouble(), numbers.at(2).toDouble()}};
        if (numbers.size() == 3 && is.zoom > 0)
            tab.views.insert(view.key(), is);
    }
    return tab;
}

} // namespace

void rememberSession(const RememberedSession &session)
{
    QJsonArray tabs;
    int active = 0;
    for (std::size_t i = 0; i < session.tabs.size(); ++i) {
        if (static_cast<int>(i) == session.active)
            active = static_cast<int>(tabs.size());
        if (!session.tabs[i].path.isEmpty())
            tabs.append(toJson(session.tabs[i]));
    }
    const QJsonObject json{{QStringLiteral("tabs"), tabs}, {QStringLiteral("active"), active}};
    QSettings().setValue(QLatin1String(kKey), QString::fromUtf8(QJsonDocument(json).toJson(QJsonDocument::Compact)));
}

RememberedSession rememberedSession()
{
    const QString text = QSettings().value(QLatin1String(kKey)).toString();
    const QJsonObject json = QJsonDocument::fromJson(text.toUtf8()).object();
    RememberedSession session;
    for (const QJsonValue tab : json.value(QStringLiteral("tabs")).toArray())
        if (const RememberedTab read = fromJson(tab.toObject());
            !read.path.isEmpty() && session.tabs.size() < kMostTabs)
            session.tabs.push_back(read);
    const int last = std::max(static_cast<int>(session.tabs.size()) - 1, 0);
    session.active = std::clamp(json.value(QStringLiteral("active")).toInt(), 0, last);
    return session;
}

} // namespace espalier
