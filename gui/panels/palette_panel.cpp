// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/panels/palette_panel.h"

#include "gui/document/studio_document.h"
#include "gui/models/layer_lists.h"
#include "gui/window/canvas_controller.h"
#include "gui/window/document_page.h"
#include "gui/window/library.h"
#include "widgets/lists/palette_list.h"

#include <QtWidgets/QVBoxLayout>

namespace espalier {

PalettePanel::PalettePanel(Content content, QWidget *parent)
    : QWidget(parent)
    , m_content(content)
    , m_list(new PaletteList(this))
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_list);
    setFocusProxy(m_list);
    m_list->setMimeType(QLatin1StringView(kLayerMime));
    connect(m_list, &PaletteList::activated, this, &PalettePanel::addRequested);
}

void PalettePanel::setPage(DocumentPage *page)
{
    if (m_page) {
        m_page->disconnect(this);
        m_page->document()->disconnect(this);
    }
    m_page = page;
    if (page) {
        connect(page, &DocumentPage::graphChanged, this, &PalettePanel::refresh);
        if (m_content == Content::Blocks)
            connect(page->document(), &StudioDocument::changed, this, &PalettePanel::refresh);
    }
    refresh();
}

void PalettePanel::refresh()
{
    QList<ListEntry> items = m_page ? layerItems(m_page->editContext()) : QList<ListEntry>();
    const bool wantsBlocks = m_content == Content::Blocks;
    items.removeIf([wantsBlocks](const ListEntry &item) {
        return item.id.startsWith(QLatin1StringView("block:")) != wantsBlocks;
    });
    if (wantsBlocks && m_page)
        items += libraryEntries();
    m_list->setEntries(items);
    const auto count = static_cast<int>(items.size());
    m_list->setPlaceholder(!wantsBlocks     ? tr("Search %1 layers").arg(count)
                               : count == 0 ? tr("Ctrl+G makes a block of a selection")
                                            : tr("Search blocks"),
                           wantsBlocks ? QString() : QStringLiteral("Tab"));
}

} // namespace espalier
