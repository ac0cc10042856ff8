// SPDX-License-Identifier: GPL-3.0-or-later
// From a mistake to its mending: the mark on the node, the sentence, the row, the button.
#include "gui/document/studio_document.h"
#include "gui/engine_client/text.h"
#include "gui/models/document_sync.h"
#include "gui/panels/problem_box.h"
#include "gui/panels/problems_panel.h"
#include "gui/window/panel_area.h"
#include "gui/window/status_line.h"
#include "tests/gui/window/studio.h"

#include <QtWidgets/QLabel>
#include <QtWidgets/QListWidget>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QToolButton>

using namespace espalier;

namespace {

QListWidget *listOf(Studio &studio)
{
    return studio.window().problems()->findChild<QListWidget *>();
}

QPushButton *buttonWithText(QWidget *within, const QString &text = {})
{
    for (QPushButton *button : within->findChildren<QPushButton *>())
        if (button->isVisible() && (text.isEmpty() || button->text() == text))
            return button;
    return nullptr;
}

/// What the inspector says of the selected node's problem.
ProblemBox *boxOf(Studio &studio)
{
    for (ProblemBox *box : studio.window().rightPanels()->findChildren<ProblemBox *>())
        if (box->isVisible())
            return box;
    return nullptr;
}

/// Takes a wire away, by mouse and key.
void cutWireInto(Studio &studio, const QString &from, const QString &to)
{
    Hand hand = studio.hand();
    studio.view().setFocus();
    const GraphWire *wire = studio.model().wire(studio.wire(from, to));
    QVERIFY(wire);
    const QPointF begin = studio.view().portPosition(wire->from, true);
    studio.view().setViewState({1, (begin + studio.view().portPosition(wire->to, false)) / 2});
    studio.settle();
    hand.click(studio.middleOfWire(from, to));
    QTest::qWait(0);
    studio.keys(QStringLiteral("Del"));
    QVERIFY(!studio.isWired(from, to));
}

} // namespace

class TstProblems : public QObject {
    Q_OBJECT
private slots:
    void init();
    void aMissingWireIsSeenEverywhere();
    void aFixInThePanelMends();
    void aFixInTheInspectorMends();
    void jumpGoesIntoTheBlock();
    void f8ShowsTheNextOne();
    void theStatusLineCountsAndOpensThem();

private:
    std::unique_ptr<Studio> m_studio;
};

void TstProblems::init()
{
    m_studio.reset();
    m_studio = std::make_unique<Studio>(realEngine());
    QVERIFY(m_studio->openDigits());
    QTRY_VERIFY(m_studio->answers().problems.isEmpty());
}

void TstProblems::aMissingWireIsSeenEverywhere()
{
    Studio &studio = *m_studio;
    cutWireInto(studio, QStringLiteral("dropout"), QStringLiteral("fc2"));
    QVERIFY(!studio.isWired(QStringLiteral("dropout"), QStringLiteral("fc2")));
    QVERIFY(studio.waitForAnswers());
    QVERIFY(!studio.answers().problems.isEmpty());
    const Error problem = studio.answers().problems.first();
    const QString sentence = text(problem);
    const QString bad = qString(problem.where.node);

    const GraphNode *node = studio.model().node(bad);
    QVERIFY(node);
    QCOMPARE(node->problem, sentence);
    const auto hasBadPort
        = std::any_of(node->inputs.begin(), node->inputs.end(), [](const GraphPort &port) { return port.hasProblem; });
    QVERIFY(hasBadPort);

    QListWidget *list = listOf(studio);
    QTRY_COMPARE(list->count(), static_cast<int>(studio.answers().problems.size()));
    const auto labels = list->itemWidget(list->item(0))->findChildren<QLabel *>();
    QVERIFY(std::any_of(labels.begin(), labels.end(), [&](QLabel *label) { return label->text() == sentence; }));

    studio.hand().click(studio.view().nodeRect(bad).center());
    QTRY_VERIFY(boxOf(studio));
    ProblemBox *box = boxOf(studio);
    QCOMPARE(box->findChild<QLabel *>()->text(), sentence);

    studio.keys(QStringLiteral("Ctrl+Z"));
    QVERIFY(studio.waitForAnswers());
    QTRY_VERIFY(studio.answers().problems.isEmpty());
    QVERIFY(studio.model().node(bad)->problem.isEmpty());
}

void TstProblems::aFixInThePanelMends()
{
    Studio &studio = *m_studio;
    cutWireInto(studio, QStringLiteral("data"), QStringLiteral("loss"));
    QVERIFY(studio.waitForAnswers());
    QVERIFY(!studio.answers().problems.isEmpty());
    QListWidget *list = listOf(studio);
    QTRY_VERIFY(list->count() > 0);
    studio.window().bottomPanels()->setCurrent(QStringLiteral("problems"));
    QPushButton *fix = buttonWithText(list);
    QVERIFY2(fix, "no button in the Problems panel");
    QTest::mouseClick(fix, Qt::LeftButton);
    QVERIFY(studio.waitForAnswers());
    QTRY_VERIFY2(studio.answers().problems.isEmpty(),
                 studio.answers().problems.isEmpty() ? "" : qPrintable(text(studio.answers().problems.first())));
    QVERIFY(studio.isWired(QStringLiteral("data"), QStringLiteral("loss")));
    QVERIFY(studio.document().canUndo());
}

void TstProblems::aFixInTheInspectorMends()
{
    Studio &studio = *m_studio;
    cutWireInto(studio, QStringLiteral("data"), QStringLiteral("loss"));
    QVERIFY(studio.waitForAnswers());
    QVERIFY(!studio.answers().problems.isEmpty());
    studio.select({QStringLiteral("loss")});
    QTRY_VERIFY(boxOf(studio));
    ProblemBox *box = boxOf(studio);
    QPushButton *fix = buttonWithText(box);
    QVERIFY(fix);
    QTest::mouseClick(fix, Qt::LeftButton);
    QVERIFY(studio.waitForAnswers());
    QTRY_VERIFY(studio.answers().problems.isEmpty());
}

void TstProblems::jumpGoesIntoTheBlock()
{
    Studio &studio = *m_studio;
    studio.select({QStringLiteral("conv2"), QStringLiteral("norm2"), QStringLiteral("relu2")});
    studio.keys(QStringLiteral("Ctrl+G"));
    QVERIFY(studio.waitForAnswers());
    QCOMPARE(studio.document().document().blocks.size(), std::size_t(1));
    studio.keys(QStringLiteral("Ctrl+E"));
    QVERIFY(studio.page()->isInBlock());
    const std::string block = studio.page()->graph();
    QVERIFY(studio.waitForAnswers());
    studio.keys(QStringLiteral("Home"));
    studio.settle();
    cutWireInto(studio, QStringLiteral("conv2"), QStringLiteral("norm2"));
    studio.keys(QStringLiteral("Backspace"));
    QVERIFY(!studio.page()->isInBlock());
    QVERIFY(studio.waitForAnswers());
    const QList<Error> problems = studio.answers().problems;
    const auto inBlock
        = std::find_if(problems.begin(), problems.end(), [&](const Error &each) { return each.where.graph == block; });
    QVERIFY(inBlock != problems.end());
    QListWidget *list = listOf(studio);
    QTRY_COMPARE(list->count(), static_cast<int>(problems.size()));
    QListWidgetItem *row = list->item(static_cast<int>(inBlock - problems.begin()));
    list->scrollToItem(row);
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualItemRect(row).topLeft() + QPoint(4, 4));
    QCOMPARE(studio.page()->graph(), block);
    QVERIFY(studio.view().selection().nodes.contains(qString(inBlock->where.node)));
    QVERIFY(studio.view().hasFocus());
}

void TstProblems::f8ShowsTheNextOne()
{
    Studio &studio = *m_studio;
    cutWireInto(studio, QStringLiteral("dropout"), QStringLiteral("fc2"));
    QVERIFY(studio.waitForAnswers());
    studio.select({});
    studio.keys(QStringLiteral("F8"));
    QVERIFY(studio.view().selection().nodes.contains(qString(studio.answers().problems.first().where.node)));
}

void TstProblems::theStatusLineCountsAndOpensThem()
{
    Studio &studio = *m_studio;
    cutWireInto(studio, QStringLiteral("dropout"), QStringLiteral("fc2"));
    QVERIFY(studio.waitForAnswers());
    studio.window().bottomPanels()->hide();
    QToolButton *count = nullptr;
    for (QToolButton *button : studio.window().statusLine()->findChildren<QToolButton *>())
        if (button->text().contains(QStringLiteral("problem")))
            count = button;
    QVERIFY(count);
    QVERIFY(count->text().startsWith(QString::number(studio.answers().problems.size())));
    QTest::mouseClick(count, Qt::LeftButton);
    QVERIFY(studio.window().bottomPanels()->isVisible());
    QCOMPARE(studio.window().bottomPanels()->current(), QStringLiteral("problems"));
}

int main(int argc, char **argv)
{
    return runStudioTest<TstProblems>(argc, argv);
}

#include "tst_problems.moc"
