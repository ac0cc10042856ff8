// SPDX-License-Identifier: GPL-3.0-or-later
// Auto-layout of a page: everything with the insides of blocks, or the selection alone; one undo step.
#include "gui/document/studio_document.h"
#include "gui/engine_client/engine_client.h"
#include "gui/window/auto_layout.h"
#include "gui/window/document_page.h"

#include <QtTest/QtTest>

using namespace espalier;

namespace {

DocumentNode node(const char *id, const char *kind)
{
    DocumentNode made;
    made.id = id;
    made.kind = kind;
    made.name = id;
    return made;
}

DocumentWire wire(const char *id, const char *from, const char *to)
{
    DocumentWire made;
    made.id = id;
    made.from = {from, "y"};
    made.to = {to, "x"};
    return made;
}

/// Everything lies on one heap: three nodes in the root, two in a block.
Document heap()
{
    Document document;
    document.graph.nodes
        = {node("aaaaaaaaaa", "ReLU"), node("bbbbbbbbbb", "ReLU"), node("cccccccccc", "block:dddddddddd")};
    document.graph.wires = {wire("eeeeeeeeee", "aaaaaaaaaa", "bbbbbbbbbb")};
    DocumentGraph block;
    block.id = "dddddddddd";
    block.name = "inner";
    block.nodes = {node("ffffffffff", "ReLU"), node("gggggggggg", "ReLU")};
    block.wires = {wire("hhhhhhhhhh", "ffffffffff", "gggggggggg")};
    document.blocks.push_back(block);
    return document;
}

class Page {
public:
    Page()
        : m_engine({QStringLiteral("/nowhere"), {}})
        , m_document(new StudioDocument(heap()))
        , m_page(m_document, &m_engine, &m_catalogue)
    {
    }
    DocumentPage &page() { return m_page; }
    StudioDocument &document() { return *m_document; }
    int x(const char *graph, const char *id) const { return m_document->document().findGraph(graph)->findNode(id)->x; }

private:
    EngineClient m_engine;
    Catalogue m_catalogue;
    StudioDocument *m_document;
    DocumentPage m_page;
};

} // namespace

class TstAutoLayout : public QObject {
    Q_OBJECT
private slots:
    void everythingWithBlocksInOneStep();
    void theSelectionAlone();
    void anEditMeanwhileWins();
};

void TstAutoLayout::everythingWithBlocksInOneStep()
{
    Page page;
    layOut(page.page());
    QTRY_COMPARE(page.document().history().size(), std::size_t{1});
    QVERIFY(page.x("root", "aaaaaaaaaa") < page.x("root", "bbbbbbbbbb"));
    QVERIFY(page.x("dddddddddd", "ffffffffff") < page.x("dddddddddd", "gggggggggg"));
    page.document().undo();
    QVERIFY(page.document().document() == heap());
}

void TstAutoLayout::theSelectionAlone()
{
    Page page;
    GraphSelection selection;
    selection.nodes = {QStringLiteral("aaaaaaaaaa"), QStringLiteral("bbbbbbbbbb")};
    page.page().view()->setSelection(selection);
    layOut(page.page());
    QTRY_COMPARE(page.document().history().size(), std::size_t{1});
    QVERIFY(page.x("root", "aaaaaaaaaa") < page.x("root", "bbbbbbbbbb"));
    QCOMPARE(page.x("root", "cccccccccc"), 0);
    QCOMPARE(page.x("dddddddddd", "gggggggggg"), 0);
}

void TstAutoLayout::anEditMeanwhileWins()
{
    Page page;
    layOut(page.page());
    Change change;
    change.operations.push_back(setNodeField("root", "aaaaaaaaaa", "name", "renamed"));
    QVERIFY(page.document().apply(change, QStringLiteral("Rename")));
    QThreadPool::globalInstance()->waitForDone();
    QCoreApplication::processEvents();
    QCOMPARE(page.document().history().size(), std::size_t{1});
    QCOMPARE(page.x("root", "bbbbbbbbbb"), 0);
}

QTEST_MAIN(TstAutoLayout)
#include "tst_auto_layout.moc"
