// SPDX-License-Identifier: GPL-3.0-or-later
// What the studio remembers from one start to the next (recent files, open tabs), and saving by itself.
#include "gui/document/autosave.h"
#include "gui/document/document_file.h"
#include "gui/document/recent_files.h"
#include "gui/document/session_memory.h"

#include "tests/gui/document/file_support.h"

#include <QtCore/QSettings>

using namespace espalier;
using namespace espalier::test;
using namespace std::chrono_literals;

class TstSession : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void listsRecentFiles();
    void marksThoseThatAreGone();
    void sharesTheListBetweenStudios();
    void saysWhereAndWhat();
    void remembersTabs();
    void survivesAnySettings();
    void savesByItself();
    void leavesWhatItMustNotSave();
    void remembersTheDelay();

private:
    QTemporaryDir m_folder;
};

void TstSession::initTestCase()
{
    QCoreApplication::setOrganizationName(QStringLiteral("espalier-test"));
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_folder.path());
    qputenv("XDG_STATE_HOME", QFile::encodeName(m_folder.filePath(QStringLiteral("state"))));
}

void TstSession::init()
{
    QSettings().clear();
}

void TstSession::listsRecentFiles()
{
    RecentFiles recent;
    QVERIFY(recent.files().empty());
    QSignalSpy changed(&recent, &RecentFiles::changed);
    for (int i = 0; i < 25; ++i)
        recent.add(QStringLiteral("/nets/%1.espalier").arg(i), oneNode());
    QCOMPARE(recent.files().size(), std::size_t{20});
    QCOMPARE(changed.size(), 25);
    QCOMPARE(recent.files().front().title(), QStringLiteral("24"));
    recent.add(QStringLiteral("/nets/../nets/10.espalier"), oneNode());
    recent.remove(QStringLiteral("/nets/12.espalier"));
    const auto titles = [](const RecentFiles &files) {
        QStringList list;
        for (const RecentFile &file : files.files())
            list << file.title();
        return list;
    };
    QCOMPARE(titles(recent).mid(0, 2), (QStringList{QStringLiteral("10"), QStringLiteral("24")}));
    QCOMPARE(titles(recent).count(QStringLiteral("10")), 1);
    QVERIFY(!titles(recent).contains(QStringLiteral("12")));
    QCOMPARE(titles(RecentFiles()), titles(recent)); // the next start
    recent.clear();
    QVERIFY(RecentFiles().files().empty());
}

void TstSession::marksThoseThatAreGone()
{
    const QString here = m_folder.filePath(QStringLiteral("here.espalier"));
    QVERIFY(write(here, "x"));
    RecentFiles recent;
    recent.add(m_folder.filePath(QStringLiteral("gone.espalier")), oneNode());
    recent.add(here, oneNode());
    recent.refresh();
    QTRY_VERIFY(!recent.files().back().exists);
    QVERIFY(recent.files().front().exists);
    recent.add(QStringLiteral("/other"), oneNode()); // what is known stays known
    QVERIFY(!recent.files().back().exists);
}

void TstSession::sharesTheListBetweenStudios()
{
    RecentFiles first;
    RecentFiles second;
    first.add(QStringLiteral("/a"), oneNode());
    second.add(QStringLiteral("/b"), oneNode());
    first.refresh();
    QCOMPARE(first.files().size(), std::size_t{2});
}

void TstSession::saysWhereAndWhat()
{
    Document document = oneNode();
    document.blocks.push_back({.id = "bbbbbbbbbb", .nodes = oneNode().graph.nodes});
    RecentFiles recent;
    recent.add(QDir::homePath() + QStringLiteral("/nets/digits.v2.espalier"), document);
    const RecentFile &file = recent.files().front();
    QCOMPARE(file.title(), QStringLiteral("digits.v2"));
    QCOMPARE(file.folder(), QStringLiteral("~/nets"));
    QCOMPARE(file.nodes, 2);
    QCOMPARE(file.blocks, 1);
    QVERIFY(file.summary().startsWith(QStringLiteral("2 node")));
    QVERIFY(std::abs(file.time.secsTo(QDateTime::currentDateTimeUtc())) < 60);
}

void TstSession::remembersTabs()
{
    QVERIFY(rememberedSession() == RememberedSession());
    RememberedSession session;
    session.tabs.push_back({.path = QStringLiteral("/a.espalier")});
    session.tabs.push_back({}); // without a file
    session.tabs.push_back({.path = QStringLiteral("/ü/b.espalier"), .graph = QStringLiteral("bbbbbbbbbb")});
    session.tabs.back().views.insert(QStringLiteral("root"), {0.35, {-120.5, 1e6}});
    session.tabs.back().views.insert(QStringLiteral("bbbbbbbbbb"), {2, {0, 0}});
    session.active = 2;
    rememberSession(session);
    session.tabs.erase(session.tabs.begin() + 1);
    session.active = 1;
    QVERIFY(rememberedSession() == session);
}

void TstSession::survivesAnySettings()
{
    for (const char *text : {"", "x", "[]", "{\"tabs\": 3}", "{\"tabs\": [1, {\"path\": 2}, {\"path\": \"\"}]}",
                             "{\"active\": 99}", "{\"active\": -1, \"tabs\": {}}"}) {
        QSettings().setValue(QStringLiteral("session"), QString::fromLatin1(text));
        QVERIFY(rememberedSession() == RememberedSession());
    }
    QSettings().setValue(QStringLiteral("session"),
                         QStringLiteral("{\"tabs\": [{\"path\": \"/a\", \"views\": {\"root\": [0, 1, 2], \"x\": []}}], "
                                        "\"active\": 7}"));
    const RememberedSession session = rememberedSession();
    QCOMPARE(session.active, 0);
    QCOMPARE(session.tabs.size(), std::size_t{1});
    QVERIFY(session.tabs.front().views.isEmpty()); // a zoom of 0 shows nothing
}

void TstSession::savesByItself()
{
    const QString path = m_folder.filePath(QStringLiteral("auto.espalier"));
    QVERIFY(write(path, writeDocument(oneNode())));
    StudioDocument document;
    DocumentFile file(document);
    QVERIFY(file.open(path));
    Autosave autosave(file);
    QSignalSpy saved(&file, &DocumentFile::saved);
    QVERIFY(document.apply(renameTo(QStringLiteral("a"))));
    QTest::qWait(50);
    QVERIFY(!document.isClean()); // off until it is wanted
    autosave.setDelay(10ms);
    QTRY_VERIFY(document.isClean());
    QCOMPARE(nameIn(readDocument(read(path), "auto").value()), std::string("a"));
    QVERIFY(document.apply(renameTo(QStringLiteral("b"))));
    QTRY_COMPARE(saved.size(), 2);
    document.undo();
    QTRY_COMPARE(saved.size(), 3);
    QCOMPARE(nameIn(readDocument(read(path), "auto").value()), std::string("a"));
    autosave.setDelay(0ms);
    document.redo();
    QTest::qWait(50);
    QCOMPARE(saved.size(), 3);
}

void TstSession::leavesWhatItMustNotSave()
{
    StudioDocument untitled(oneNode());
    DocumentFile untitledFile(untitled);
    Autosave first(untitledFile);
    first.setDelay(1ms);
    QVERIFY(untitled.apply(renameTo(QStringLiteral("a"))));

    const QString path = m_folder.filePath(QStringLiteral("auto.espalier"));
    QVERIFY(write(path, writeDocument(oneNode())));
    StudioDocument document;
    DocumentFile file(document);
    QVERIFY(file.open(path));
    Autosave second(file);
    QVERIFY(write(path, writeDocument(oneNode("theirs"))));
    QTRY_COMPARE(file.diskState(), DocumentFile::DiskState::Changed);
    second.setDelay(1ms);
    QVERIFY(document.apply(renameTo(QStringLiteral("mine"))));
    QTest::qWait(50);
    QVERIFY(!untitled.isClean());
    QVERIFY(!document.isClean());
    QCOMPARE(nameIn(readDocument(read(path), "auto").value()), std::string("theirs"));
    file.keepMine(); // and now it may
    QTRY_COMPARE(nameIn(readDocument(read(path), "auto").value()), std::string("mine"));
}

void TstSession::remembersTheDelay()
{
    QCOMPARE(Autosave::chosenSeconds(), 0);
    Autosave::chooseSeconds(30);
    QCOMPARE(Autosave::chosenSeconds(), 30);
    Autosave::chooseSeconds(-3);
    QCOMPARE(Autosave::chosenSeconds(), 0);
    QSettings().setValue(QStringLiteral("autosave_seconds"), QStringLiteral("often"));
    QCOMPARE(Autosave::chosenSeconds(), 0);
}

QTEST_GUILESS_MAIN(TstSession)
#include "tst_session.moc"
