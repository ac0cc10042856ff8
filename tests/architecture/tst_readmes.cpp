// SPDX-License-Identifier: Apache-2.0
// A newcomer finds the way: six top folders at most, each with a page whose map names every folder in it.
#include "tests/architecture/tree.h"

#include <QRegularExpression>
#include <QtTest>

using namespace espalier::architecture;

class TstReadmes : public QObject {
    Q_OBJECT
private slots:
    void noOtherFolderLiesAtTheTop() { QCOMPARE(allFoldersAtTheTop(), QStringList{"LICENSES"} + topFolders()); }
    void everyTopFolderHasAPage()
    {
        for (const QString &folder : topFolders()) {
            const QString text = textOf(folder + "/README.md");
            QVERIFY2(!text.isNull(), qPrintable(folder + " has no README.md"));
            QVERIFY2(text.count('\n') <= 90, qPrintable(folder + "/README.md is longer than a page"));
            QVERIFY2(text.contains("How do I add"),
                     qPrintable(folder + "/README.md does not say how to add something"));
        }
    }
    void everyFolderIsOnItsMap()
    {
        for (const QString &top : topFolders()) {
            const QString text = textOf(top + "/README.md");
            for (const QString &folder : foldersBelow(top)) {
                const QString name = folder.mid(top.size() + 1);
                if (name.contains('/') || name.startsWith("__"))
                    continue;
                QVERIFY2(text.contains("`" + name + "/"), qPrintable(top + "/README.md does not name " + folder));
            }
        }
    }
    void theFirstPageNamesEveryTopFolder()
    {
        const QString text = textOf("README.md");
        for (const QString &folder : topFolders())
            QVERIFY2(text.contains("`" + folder + "/`"), qPrintable("README.md does not name " + folder));
    }
    void linksLeadSomewhere()
    {
        static const QRegularExpression link(R"(\]\(([^)#:]+)\))");
        for (const QString &folder : QStringList{""} + topFolders()) {
            const QString base = folder.isEmpty() ? QString() : folder + '/';
            const QString text = textOf(base + "README.md");
            for (auto it = link.globalMatch(text); it.hasNext();) {
                const QString target = base + it.next().captured(1);
                QVERIFY2(QFileInfo::exists(QStringLiteral(ESPALIER_SOURCE_DIR "/") + target),
                         qPrintable(base + "README.md links to " + target));
            }
        }
    }
};

QTEST_GUILESS_MAIN(TstReadmes)
#include "tst_readmes.moc"
