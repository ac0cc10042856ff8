// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/window/library.h"

#include "gui/document/block_library.h"
#include "gui/document/studio_document.h"
#include "gui/engine_client/text.h"
#include "gui/window/document_page.h"

namespace espalier {

QList<ListEntry> libraryEntries()
{
    QList<ListEntry> entries;
    for (const LibraryBlock &block : listLibrary(blockLibraryFolder())) {
        ListEntry entry;
        entry.id = QLatin1StringView(kLibraryPrefix) + block.path;
        entry.title = block.name;
        entry.category = DocumentPage::tr("Library");
        entry.icon = QStringLiteral("library");
        entry.help = DocumentPage::tr("A block of %1 layers from your library; a copy of it goes into the drawing.")
                         .arg(block.nodes);
        entries.append(entry);
    }
    return entries;
}

void keepInLibrary(DocumentPage &page, const std::string &instance)
{
    const Document &document = page.document()->document();
    const DocumentGraph *graph = document.findGraph(page.graph());
    const DocumentNode *node = graph ? graph->findNode(instance) : nullptr;
    const std::string block(node ? blockUsedBy(*node) : std::string_view());
    if (block.empty())
        return;
    const auto saved = saveToLibrary(document, block, blockLibraryFolder());
    emit page.told(saved ? DocumentPage::tr("Kept in the library as %1").arg(*saved) : text(saved.error()));
}

} // namespace espalier
