// SPDX-License-Identifier: GPL-3.0-or-later
// An entry of a searchable list, and how well it fits what a person typed.
#pragma once

#include <QtCore/QList>
#include <QtCore/QString>
#include <QtCore/QStringList>

namespace espalier {

struct ListItem {
    QString id; ///< what is given back when it is chosen
    QString title;
    QString category; ///< heading, and role of its colour
    QString icon;
    QString help; ///< one sentence
    QStringList aliases; ///< more words to find it by
    friend bool operator==(const ListItem &, const ListItem &) = default;
};

/// How well `query` finds `item`: 0 not at all; exact title > its start > start of one of its words > exact alias >
/// start of an alias > inside > letters in order > one slip of the keyboard. Case and blanks do not count.
int matchScore(const ListItem &item, const QString &query);

/// The items that `query` finds, best first, equals in the order of `items`. All, for an empty query.
QList<ListItem> rankItems(const QList<ListItem> &items, const QString &query);

} // namespace espalier
