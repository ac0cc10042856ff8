// SPDX-License-Identifier: GPL-3.0-or-later
// The table of actions: sound in itself, and every one of them driven by key or menu in the real window.
#include "tests/gui/window/studio.h"

#include "gui/document/studio_document.h"
#include "tests/gui/window/action_scenarios.h"

#include <QtCore/QDir>
#include <QtCore/QSettings>
#include <QtGui/QAction>
#include <QtWidgets/QDialog>
#include <QtWidgets/QKeySequenceEdit>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QMenu>
#include <QtWidgets/QMenuBar>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QTreeWidget>

using namespace espalier;
using namespace Qt::StringLiterals;

class TstActions : public QObject {
    Q_OBJECT
private slots:
    void idsAreUnique();
    void everyActionHasTextHelpAndAMenu();
    void everyKeyReads();
    void noKeyMeansTwoThings_data();
    void noKeyMeansTwoThings();
    void mnemonicsAreUniqueInTheirMenu();
    void everyActionStandsInItsMenu();
    void ownKeysWorkAndStay();
    void keysChangeInTheSettings();
    void everyScenarioIsOfAnAction();
    void everyActionDoes_data();
    void everyActionDoes();

private:
    Studio &studio();
    std::unique_ptr<Studio> m_studio;
};

namespace {

constexpr std::pair<Keymap, const char *> kKeymaps[] = {{Keymap::Default, "Default"},
                                                        {Keymap::Blender, "Blender"},
                                                        {Keymap::Unreal, "Unreal"},
                                                        {Keymap::ComfyUi, "ComfyUI"}};

QString mnemonicOf(const QString &text)
{
    const QString plain = QString(text).replace(u"&&"_s, QString());
    const qsizetype at = plain.indexOf(QLatin1Char('&'));
    return at < 0 || at + 1 >= plain.size() ? QString() : plain.mid(at + 1, 1).toLower();
}

bool isAboutRuns(QLatin1StringView id)
{
    for (const auto start : {"run."_L1, "runs."_L1, "time."_L1, "chart."_L1, "file.open_logdir"_L1})
        if (id.startsWith(start))
            return true;
    return false;
}

/// A window without a past: runs of the scenarios before would stand in tables and charts.
void forgetRuns(std::unique_ptr<Studio> &studio)
{
    studio.reset();
    QDir(scratch(u"runs"_s)).removeRecursively();
}

} // namespace

Studio &TstActions::studio()
{
    if (!m_studio)
        m_studio = std::make_unique<Studio>();
    return *m_studio;
}

void TstActions::idsAreUnique()
{
    QSet<QString> ids;
    for (const ActionSpec &spec : actionTable()) {
        QVERIFY2(!ids.contains(QString::fromLatin1(spec.id)), spec.id);
        ids.insert(QString::fromLatin1(spec.id));
    }
    QVERIFY(ids.size() > 70);
}

void TstActions::everyActionHasTextHelpAndAMenu()
{
    QSet<QString> menus;
    for (const MenuSpec &menu : menuTable())
        menus.insert(QString::fromLatin1(menu.id));
    for (const ActionSpec &spec : actionTable()) {
        QVERIFY2(*spec.text, spec.id);
        QVERIFY2(*spec.help, spec.id);
        QVERIFY2(menus.contains(QString::fromLatin1(spec.menu)), spec.id);
        QVERIFY2(studio().actions().hasHandler(QString::fromLatin1(spec.id)), spec.id);
    }
}

void TstActions::everyKeyReads()
{
    for (const auto &[keymap, name] : kKeymaps)
        for (const ActionSpec &spec : actionTable())
            for (const QString &text : defaultKeys(spec, keymap)) {
                const QKeySequence key(text, QKeySequence::PortableText);
                QVERIFY2(key.count() == 1 && key[0].key() != Qt::Key_unknown,
                         qPrintable(u"%1: %2"_s.arg(QString::fromLatin1(spec.id), text)));
            }
}

void TstActions::noKeyMeansTwoThings_data()
{
    QTest::addColumn<int>("keymap");
    for (const auto &[keymap, name] : kKeymaps)
        QTest::newRow(name) << static_cast<int>(keymap);
}

void TstActions::noKeyMeansTwoThings()
{
    QFETCH(int, keymap);
    QHash<QString, const char *> taken;
    for (const ActionSpec &spec : actionTable())
        for (const QString &text : defaultKeys(spec, static_cast<Keymap>(keymap))) {
            const QString key = QKeySequence(text, QKeySequence::PortableText).toString(QKeySequence::PortableText);
            QVERIFY2(!taken.contains(key),
                     qPrintable(u"%1: %2 and %3"_s.arg(key, QString::fromLatin1(taken.value(key)),
                                                       QString::fromLatin1(spec.id))));
            taken.insert(key, spec.id);
        }
}

void TstActions::mnemonicsAreUniqueInTheirMenu()
{
    const auto check = [](const QList<QAction *> &actions, const QString &menu) {
        QHash<QString, QString> taken;
        for (const QAction *action : actions) {
            const QString letter = mnemonicOf(action->text());
            if (letter.isEmpty())
                continue;
            QVERIFY2(!taken.contains(letter),
                     qPrintable(u"%1: “%2” and “%3”"_s.arg(menu, taken.value(letter), action->text())));
            taken.insert(letter, action->text());
        }
    };
    check(studio().window().menuBar()->actions(), u"menu bar"_s);
    for (const MenuSpec &spec : menuTable())
        check(studio().actions().menu(QString::fromLatin1(spec.id))->actions(), QString::fromLatin1(spec.id));
}

void TstActions::everyActionStandsInItsMenu()
{
    for (const ActionSpec &spec : actionTable()) {
        const QMenu *menu = studio().actions().menu(QString::fromLatin1(spec.menu));
        QVERIFY2(menu->actions().contains(studio().actions().action(QString::fromLatin1(spec.id))), spec.id);
    }
    for (const MenuSpec &spec : menuTable())
        QVERIFY2(!QString::fromLatin1(spec.id).contains(u'/') || studio().actions().menu(QString::fromLatin1(spec.id)),
                 spec.id);
}

void TstActions::ownKeysWorkAndStay()
{
    Studio &s = studio();
    s.clear();
    QVERIFY(s.openDigits());
    s.actions().setKeys(u"model.bypass", {QKeySequence(u"Ctrl+Alt+B"_s)});
    s.select({u"conv1"_s});
    s.keys(u"Ctrl+Alt+B"_s);
    QVERIFY(s.nodeNamed(u"conv1"_s)->isBypassed());
    s.keys(u"M"_s); // no longer
    QVERIFY(s.nodeNamed(u"conv1"_s)->isBypassed());
    // A key that another has is taken from it.
    s.actions().setKeys(u"model.bypass", {QKeySequence(u"H"_s)});
    QVERIFY(!s.actions().keys(u"model.collapse").contains(QKeySequence(u"H"_s)));
    QWidget other;
    const Actions again(&other);
    QCOMPARE(again.keys(u"model.bypass"), QList<QKeySequence>{QKeySequence(u"H"_s)});
    QVERIFY(!again.keys(u"model.collapse").contains(QKeySequence(u"H"_s)));
    s.actions().resetKeys(u"model.bypass");
    QVERIFY(s.actions().keys(u"model.bypass").contains(QKeySequence(u"M"_s)));
    QSettings().clear();
}

void TstActions::keysChangeInTheSettings()
{
    Studio &s = studio();
    s.clear();
    QVERIFY(s.openDigits());
    s.whenModal([&](QWidget *dialog) {
        auto *list = dialog->findChild<QTreeWidget *>();
        QVERIFY(list);
        for (int i = 0; i < list->topLevelItemCount(); ++i)
            if (list->topLevelItem(i)->text(0) == u"Bypass"_s)
                list->setCurrentItem(list->topLevelItem(i));
        s.whenModal([](QWidget *inner) {
            QTest::keyClick(inner->findChild<QKeySequenceEdit *>(), Qt::Key_B, Qt::ControlModifier | Qt::AltModifier);
            for (QPushButton *button : inner->findChildren<QPushButton *>())
                if (button->text().remove(QLatin1Char('&')) == u"OK"_s)
                    QTest::mouseClick(button, Qt::LeftButton);
        });
        list->setFocus();
        for (QPushButton *button : dialog->findChildren<QPushButton *>())
            if (button->text() == u"Change…"_s)
                QTest::mouseClick(button, Qt::LeftButton);
        QTest::keyClick(dialog, Qt::Key_Escape);
    });
    s.keys(u"F1"_s);
    QTRY_VERIFY(s.metModal());
    QCOMPARE(s.actions().keys(u"model.bypass"), QList<QKeySequence>{QKeySequence(u"Ctrl+Alt+B"_s)});
    s.select({u"conv1"_s});
    s.keys(u"Ctrl+Alt+B"_s);
    QVERIFY(s.nodeNamed(u"conv1"_s)->isBypassed());
    s.actions().resetKeys(u"model.bypass");
}

void TstActions::everyScenarioIsOfAnAction()
{
    QSet<QString> driven;
    for (const Scenario &scenario : actionScenarios()) {
        QVERIFY2(findAction(QString::fromLatin1(scenario.id)), scenario.id);
        driven.insert(QString::fromLatin1(scenario.id));
    }
    for (const ActionSpec &spec : actionTable())
        QVERIFY2(driven.contains(QString::fromLatin1(spec.id)), spec.id);
}

void TstActions::everyActionDoes_data()
{
    QTest::addColumn<int>("scenario");
    int row = 0;
    for (const Scenario &scenario : actionScenarios())
        QTest::newRow(scenario.id) << row++;
}

void TstActions::everyActionDoes()
{
    QFETCH(int, scenario);
    const Scenario &play = actionScenarios()[static_cast<std::size_t>(scenario)];
    if (isAboutRuns(QLatin1StringView(play.id)))
        forgetRuns(m_studio);
    if (play.needsTraining) {
        m_studio = std::make_unique<Studio>(realEngine());
        QVERIFY(openLongTraining(*m_studio));
    } else {
        studio().clear();
        QVERIFY(studio().openDigits());
    }
    QSignalSpy triggered(&studio().actions(), &Actions::triggered);
    play.act(studio());
    if (QTest::currentTestFailed()) {
        m_studio.reset(); // the next one gets a fresh window
        return;
    }
    const bool wasDriven = std::any_of(triggered.begin(), triggered.end(), [&](const QList<QVariant> &call) {
        return call.first().toString() == QLatin1StringView(play.id);
    });
    QVERIFY2(wasDriven, "the scenario does not drive its action");
    if (play.needsTraining)
        m_studio.reset();
}

int main(int argc, char **argv)
{
    return runStudioTest<TstActions>(argc, argv);
}

#include "tst_actions.moc"
