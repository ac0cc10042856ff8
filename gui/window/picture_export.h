// SPDX-License-Identifier: GPL-3.0-or-later
// The drawing as a file: PNG, SVG or PDF, all of the shown graph.
#pragma once

#include <QtCore/QString>

namespace espalier {

class DocumentPage;

/// Asks for a file name and tells on the page how it went.
void askAndExportPicture(DocumentPage &page);
/// Writes by the ending of `path`. Empty, or the sentence that says what went wrong.
QString exportPicture(DocumentPage &page, const QString &path);

} // namespace espalier
