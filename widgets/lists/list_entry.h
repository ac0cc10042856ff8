// SPDX-License-Identifier: GPL-3.0-or-later
// One thing that a person can take from a list, as plain data.
#pragma once

#include <QtCore/QString>
#include <QtCore/QStringList>

namespace espalier {

struct ListEntry {
    QString id;
    QString title;
    QString category; ///< as people read it; entries of one category stand together
    QString icon; ///< name of its picture in the category's square
    QString help; ///< a sentence
    QStringList aliases; ///< other names that people search for

    friend bool operator==(const ListEntry &, const ListEntry &) = default;
};

} // namespace espalier
