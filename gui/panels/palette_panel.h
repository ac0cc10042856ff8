// SPDX-License-Identifier: GPL-3.0-or-later
// The layers to draw with, and the blocks of the drawing and the library.
#pragma once

#include <QtWidgets/QWidget>

namespace espalier {

class DocumentPage;
class PaletteList;

/// One list of layers; "blocks" shows the drawing's blocks and the library instead.
class PalettePanel : public QWidget {
    Q_OBJECT
public:
    enum class Content { Layers, Blocks };
    explicit PalettePanel(Content content, QWidget *parent = nullptr);

    void setPage(DocumentPage *page);
    PaletteList *list() const { return m_list; }
    void refresh();

signals:
    /// Enter or double click: the layer goes behind the selected node.
    void addRequested(const QString &kind);

private:
    Content m_content;
    PaletteList *m_list;
    DocumentPage *m_page = nullptr;
};

} // namespace espalier
