// SPDX-License-Identifier: GPL-3.0-or-later
// The person's library of blocks in lists, and the way into it.
#pragma once

#include "widgets/lists/list_entry.h"

#include <QtCore/QList>

#include <string>

namespace espalier {

class DocumentPage;

/// Ids of these entries are this and the block's file.
inline constexpr char kLibraryPrefix[] = "library:";

QList<ListEntry> libraryEntries();
/// Copies the block of an instance of the shown graph into the library, and tells where it is.
void keepInLibrary(DocumentPage &page, const std::string &instance);

} // namespace espalier
