// SPDX-License-Identifier: GPL-3.0-or-later
// digits-cnn from an empty canvas by keys alone: data from the Data panel, layers from the palette, their numbers
// typed.
#include "tests/gui/window/digits_drawing.h"

#include "gui/document/studio_document.h"
#include "gui/panels/inspector_panel.h"
#include "gui/window/panel_area.h"
#include "widgets/properties/property_editor.h"

#include <QtWidgets/QCheckBox>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QTabBar>

using namespace espalier;
using namespace Qt::StringLiterals;

class TstDrawByKeys : public QObject {
    Q_OBJECT
private slots:
    void digits();
};

namespace {

void goTo(Studio &studio, const QWidget *area)
{
    for (int i = 0; i < 6 && !(area == QApplication::focusWidget() || area->isAncestorOf(QApplication::focusWidget()));
         ++i)
        studio.keys(u"F6"_s);
    QVERIFY(area == QApplication::focusWidget() || area->isAncestorOf(QApplication::focusWidget()));
}

/// Tab until the keyboard stands where `isThere` says.
template <typename IsThere>
void tabTo(Studio &studio, const IsThere &isThere, const QString &key = u"Tab"_s)
{
    for (int i = 0; i < 80 && !isThere(QApplication::focusWidget()); ++i)
        studio.keys(key);
    QVERIFY2(isThere(QApplication::focusWidget()), "Tab does not come there");
}

void pressButton(Studio &studio, const QString &beginning)
{
    tabTo(studio, [&](const QWidget *focus) {
        const auto *button = qobject_cast<const QPushButton *>(focus);
        return button && button->text().startsWith(beginning);
    });
    studio.keys(u"Space"_s);
}

/// The tab of the right panels, by the tab bar before them.
void showRightPanel(Studio &studio, const QString &id)
{
    PanelArea *area = studio.window().rightPanels();
    goTo(studio, area);
    tabTo(
        studio, [&](const QWidget *focus) { return qobject_cast<const QTabBar *>(focus) && area->isAncestorOf(focus); },
        u"Shift+Tab"_s);
    for (int i = 0; i < 8; ++i)
        studio.keys(u"Left"_s);
    for (int i = 0; i < 8 && area->current() != id; ++i)
        studio.keys(u"Right"_s);
    QCOMPARE(area->current(), id);
    goTo(studio, studio.page());
    goTo(studio, area);
}

/// Types what the sample's node has other than the defaults into the selected node's fields.
void typeParams(Studio &studio, const LayerToDraw &layer)
{
    const JsonValue typed = paramsToType(*studio.window().catalogue().find(layer.kind), layer.like);
    if (typed.members().empty())
        return;
    showRightPanel(studio, u"layer"_s);
    auto *panel = qobject_cast<InspectorPanel *>(studio.window().rightPanels()->panel(u"layer"_s));
    QVERIFY(panel);
    for (const auto &[name, value] : typed.members()) {
        QTRY_VERIFY(panel->editor()->field(qString(name)));
        tabTo(studio, [&, wanted = qString(name)](const QWidget *focus) {
            return focus && focus == panel->editor()->field(wanted);
        });
        QWidget *field = panel->editor()->field(qString(name));
        if (qobject_cast<QCheckBox *>(field)) {
            studio.keys(u"Space"_s);
        } else if (auto *choice = qobject_cast<QComboBox *>(field)) {
            const QString label = choice->itemText(choice->findData(typedText(value)));
            QVERIFY(!label.isEmpty());
            studio.type(label);
            QCOMPARE(choice->currentText(), label);
        } else {
            studio.keys(u"Ctrl+A"_s);
            studio.type(typedText(value));
            studio.keys(u"Return"_s);
        }
        QCOMPARE(studio.nodeById(qString(studio.page()->selectedNodes().front()))->params[name], value);
    }
}

/// A layer from the palette, behind the selected node.
void addBehind(Studio &studio, const LayerToDraw &layer)
{
    goTo(studio, studio.window().leftPanels());
    const std::size_t before = studio.graph().nodes.size();
    studio.keys(u"Ctrl+A"_s);
    studio.type(QString::fromLatin1(layer.search));
    studio.keys(u"Return"_s);
    QCOMPARE(studio.graph().nodes.size(), before + 1);
    QCOMPARE(studio.graph().nodes.back().kind, std::string(layer.kind));
    QVERIFY(studio.waitForAnswers());
    typeParams(studio, layer);
    QVERIFY(studio.waitForAnswers());
}

/// Walks by arrows until the keyboard stands on the node.
void walkTo(Studio &studio, const QString &node)
{
    const QString ways[] = {u"Right"_s, u"Down"_s, u"Up"_s, u"Left"_s};
    for (int i = 0; i < 60 && studio.view().current().id != node; ++i) {
        const QRectF here = studio.view().nodeRect(studio.view().current().id);
        const QPointF off = studio.view().nodeRect(node).center() - here.center();
        const bool isAcross = qAbs(off.x()) >= qAbs(off.y());
        const QString before = studio.view().current().id;
        studio.keys(isAcross ? (off.x() > 0 ? ways[0] : ways[3]) : (off.y() > 0 ? ways[1] : ways[2]));
        if (studio.view().current().id == before)
            studio.keys(ways[i % 4]);
    }
    QCOMPARE(studio.view().current().id, node);
}

/// Everything to its place, and in sight.
void layOut(Studio &studio)
{
    goTo(studio, studio.page());
    studio.keys(u"Ctrl+Shift+A"_s);
    studio.keys(u"Ctrl+Shift+F"_s);
    QTRY_VERIFY(studio.document().undoLabel().contains(u"lay"_s, Qt::CaseInsensitive)
                || studio.document().undoLabel().contains(u"arrange"_s, Qt::CaseInsensitive));
    studio.keys(u"Home"_s);
    studio.settle();
}

/// A wire from the first output to the first input, port by port.
void wireByKeys(Studio &studio, const QString &from, const QString &to)
{
    layOut(studio);
    walkTo(studio, from);
    studio.keys(u"Alt+Right"_s);
    QCOMPARE(studio.view().current().part, GraphPart::Output);
    studio.keys(u"Return"_s);
    QVERIFY(studio.view().hasGesture());
    walkTo(studio, to);
    studio.keys(u"Alt+Left"_s);
    QCOMPARE(studio.view().current(), (GraphSpot{GraphPart::Input, to, u"x"_s}));
    studio.keys(u"Return"_s);
}

QString lastNode(Studio &studio)
{
    return qString(studio.graph().nodes.back().id);
}

} // namespace

void TstDrawByKeys::digits()
{
    Studio studio(realEngine());
    studio.newDrawing();
    studio.keys(u"F4"_s);
    pressButton(studio, u"Built-in data set"_s); // the digits are the first of them
    QTRY_VERIFY(!studio.document().document().data.isNull());
    QPushButton *propose = nullptr;
    for (QPushButton *each : studio.window().rightPanels()->findChildren<QPushButton *>())
        if (each->text().startsWith(u"Add input"_s))
            propose = each;
    QVERIFY(propose);
    QTRY_VERIFY(propose->isEnabled());
    pressButton(studio, u"Add input"_s);
    QCOMPARE(studio.graph().nodes.size(), std::size_t(5));
    QCOMPARE(studio.selectedNames(), QStringList(u"data"_s));
    for (const LayerToDraw &layer : digitsPictureChain()) {
        addBehind(studio, layer);
        if (QTest::currentTestFailed())
            return;
    }
    const QString flatten = studio.node(u"flatten"_s);
    const QString out = studio.node(u"out"_s);
    wireByKeys(studio, lastNode(studio), flatten);
    walkTo(studio, flatten);
    studio.keys(u"Space"_s);
    QCOMPARE(studio.selectedNames(), QStringList(u"flatten"_s));
    for (const LayerToDraw &layer : digitsVectorChain()) {
        addBehind(studio, layer);
        if (QTest::currentTestFailed())
            return;
    }
    wireByKeys(studio, lastNode(studio), out);
    checkIsDigits(studio);
}

int main(int argc, char **argv)
{
    return runStudioTest<TstDrawByKeys>(argc, argv);
}

#include "tst_draw_by_keys.moc"
