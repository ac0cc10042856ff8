// SPDX-License-Identifier: GPL-3.0-or-later
// History: undo, redo, jump, merge, clean mark, and who is told.
#include "gui/document/studio_document.h"

#include <QtTest/QtTest>

using namespace espalier;

namespace {

Document oneNode()
{
    Document document;
    document.graph.nodes.push_back({.id = "aaaaaaaaaa", .kind = "Dense", .name = "fc"});
    return document;
}

Edit renameTo(const char *name, std::string mergeKey = {})
{
    Edit edit;
    edit.change.operations.push_back(setNodeField("root", "aaaaaaaaaa", "name", name));
    edit.label = QString::fromLatin1(name);
    edit.mergeKey = std::move(mergeKey);
    return edit;
}

std::string nameIn(const StudioDocument &document)
{
    return document.document().graph.nodes.front().name;
}

} // namespace

class TstStudioDocument : public QObject {
    Q_OBJECT
private slots:
    void undoesAndRedoes();
    void jumps();
    void mergesADrag();
    void mergesEditsOfOtherFields();
    void knowsWhenItIsClean();
    void refusesWhatDoesNotFit();
    void refusesWhenReadOnly();
    void showsTheBlockThatIsUndone();
    void appliesAFix();
};

void TstStudioDocument::undoesAndRedoes()
{
    StudioDocument document(oneNode());
    QSignalSpy changed(&document, &StudioDocument::changed);
    QVERIFY(document.apply(renameTo("a")));
    QVERIFY(document.apply(renameTo("b")));
    QCOMPARE(document.history().size(), std::size_t{2});
    QCOMPARE(document.undoLabel(), QStringLiteral("b"));
    document.undo();
    QCOMPARE(nameIn(document), std::string("a"));
    QCOMPARE(document.redoLabel(), QStringLiteral("b"));
    document.undo();
    QVERIFY(document.document() == oneNode());
    QVERIFY(!document.canUndo());
    document.undo();
    document.redo();
    document.redo();
    document.redo();
    QCOMPARE(nameIn(document), std::string("b"));
    QCOMPARE(changed.size(), 6);
    QCOMPARE(changed.last().at(1).toInt(), document.version());
    document.undo();
    QVERIFY(document.apply(renameTo("c"))); // a new edit takes the place of what was undone
    QVERIFY(!document.canRedo());
    QCOMPARE(document.history().size(), std::size_t{2});
}

void TstStudioDocument::jumps()
{
    StudioDocument document(oneNode());
    for (const char *name : {"a", "b", "c", "d"})
        QVERIFY(document.apply(renameTo(name)));
    QSignalSpy told(&document, &StudioDocument::historyChanged);
    document.jumpTo(1);
    QCOMPARE(nameIn(document), std::string("a"));
    QCOMPARE(told.size(), 1);
    document.jumpTo(99);
    QCOMPARE(nameIn(document), std::string("d"));
    document.jumpTo(0);
    QVERIFY(document.document() == oneNode());
}

void TstStudioDocument::mergesADrag()
{
    StudioDocument document(oneNode());
    for (const char *name : {"a", "b", "c"})
        QVERIFY(document.apply(renameTo(name, "drag")));
    QCOMPARE(document.history().size(), std::size_t{1});
    QCOMPARE(document.history().front().change.operations.size(), std::size_t{1});
    document.undo();
    QCOMPARE(nameIn(document), std::string("fc"));
    document.redo();
    QCOMPARE(nameIn(document), std::string("c"));
    QVERIFY(document.apply(renameTo("d", "drag"))); // after an undo begins another step
    QCOMPARE(document.history().size(), std::size_t{2});
    document.endMerge();
    QVERIFY(document.apply(renameTo("e", "drag")));
    QCOMPARE(document.history().size(), std::size_t{3});
    QVERIFY(document.apply(renameTo("f", "another")));
    QCOMPARE(document.history().size(), std::size_t{4});
}

void TstStudioDocument::mergesEditsOfOtherFields()
{
    StudioDocument document(oneNode());
    QVERIFY(document.apply(renameTo("a", "key")));
    Edit edit = renameTo("b", "key");
    edit.change.operations.push_back(setNodeField("root", "aaaaaaaaaa", "bypass", true));
    QVERIFY(document.apply(edit));
    QCOMPARE(document.history().size(), std::size_t{1});
    document.undo();
    QVERIFY(document.document() == oneNode());
    document.redo();
    QVERIFY(document.document().graph.nodes.front().isBypassed());
}

void TstStudioDocument::knowsWhenItIsClean()
{
    StudioDocument document(oneNode());
    QSignalSpy told(&document, &StudioDocument::cleanChanged);
    QVERIFY(document.isClean());
    QVERIFY(document.apply(renameTo("a", "key")));
    QVERIFY(!document.isClean());
    document.undo();
    QVERIFY(document.isClean());
    document.redo();
    document.markClean();
    QVERIFY(document.isClean());
    QVERIFY(document.apply(renameTo("b", "key"))); // the saved state stays reachable
    QCOMPARE(document.history().size(), std::size_t{2});
    document.undo();
    QVERIFY(document.isClean());
    document.undo();
    QVERIFY(document.apply(renameTo("c"))); // what is on disk can't be reached any more
    QVERIFY(!document.isClean());
    document.undo();
    QVERIFY(!document.isClean());
    QVERIFY(told.size() >= 6);
}

void TstStudioDocument::refusesWhatDoesNotFit()
{
    StudioDocument document(oneNode());
    Edit edit = renameTo("a");
    edit.change.operations.push_back(removeWire("root", "bbbbbbbbbb"));
    QVERIFY(!document.apply(edit));
    QVERIFY(document.document() == oneNode());
    QVERIFY(!document.canUndo());
    QCOMPARE(document.version(), 0);
    QVERIFY(document.apply(Edit())); // nothing to do
    QVERIFY(!document.canUndo());
}

void TstStudioDocument::refusesWhenReadOnly()
{
    StudioDocument document(oneNode());
    document.setReadOnly(true);
    const auto refused = document.apply(renameTo("a"));
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, std::string("document.read-only"));
    QVERIFY(document.document() == oneNode());
}

void TstStudioDocument::showsTheBlockThatIsUndone()
{
    Document two = oneNode();
    two.blocks.push_back({.id = "cccccccccc", .name = "head"});
    StudioDocument document(two);
    QSignalSpy shown(&document, &StudioDocument::graphShouldShow);
    Edit inBlock;
    inBlock.change.operations.push_back(insertNode("cccccccccc", {.id = "dddddddddd", .kind = "ReLU", .name = "relu"}));
    inBlock.graph = "cccccccccc";
    QVERIFY(document.apply(inBlock));
    QCOMPARE(shown.size(), 0);
    document.undo();
    QCOMPARE(shown.last().at(0).toString(), QStringLiteral("cccccccccc"));
}

void TstStudioDocument::appliesAFix()
{
    StudioDocument document(oneNode());
    const Fix fix{"Rename", {}, changeToJson(renameTo("fixed").change).dump()};
    QVERIFY(document.applyFix(fix, QStringLiteral("Rename"), "root"));
    QCOMPARE(nameIn(document), std::string("fixed"));
    QVERIFY(!document.applyFix({"Bad", {}, "[{]"}, QStringLiteral("Bad"), "root"));
}

QTEST_GUILESS_MAIN(TstStudioDocument)
#include "tst_studio_document.moc"
