// SPDX-License-Identifier: Apache-2.0
// CMake lists are written by hand: a file that nobody lists would silently not be built, and its tests not run.
#include "tests/architecture/tree.h"

#include <QFileInfo>
#include <QRegularExpression>
#include <QtTest>

using namespace espalier::architecture;

namespace {

/// Whether `text` names the file: as "folder/name.cpp" relative to its CMakeLists.txt, or its stem in a list of stems.
bool names(const QString &text, const QString &relative)
{
    const QString file = QRegularExpression::escape(relative);
    const QString stem = QRegularExpression::escape(relative.left(relative.lastIndexOf('.')));
    return text.contains(QRegularExpression(QStringLiteral("(^|[\\s(\"/])(%1|%2)($|[\\s)\"])").arg(file, stem),
                                            QRegularExpression::MultilineOption));
}

/// The nearest CMakeLists.txt at or above the file's folder that names it.
bool isListed(const QString &path)
{
    for (QString folder = QFileInfo(path).path(); folder != "."; folder = QFileInfo(folder).path()) {
        const QString text = textOf(folder + "/CMakeLists.txt");
        if (!text.isNull() && names(text, path.mid(folder.size() + 1)))
            return true;
    }
    return false;
}

} // namespace

class TstSources : public QObject {
    Q_OBJECT
private slots:
    void onlyWholeNamesCount_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<bool>("listed");
        QTest::newRow("alone") << "SOURCES conv.cpp)" << true;
        QTest::newRow("on its own line") << "SOURCES\n    conv.cpp\n    x.cpp" << true;
        QTest::newRow("as a stem") << "foreach(test conv pool)" << true;
        QTest::newRow("part of another") << "SOURCES deconv.cpp conv.cpp.in" << false;
        QTest::newRow("not at all") << "SOURCES pool.cpp" << false;
    }
    void onlyWholeNamesCount()
    {
        QFETCH(QString, text);
        QTEST(names(text, "conv.cpp"), "listed");
    }
    void everySourceIsListed()
    {
        QStringList missing;
        for (const SourceFile &file : sourceFiles()) {
            if ((file.path.endsWith(".cpp") || file.path.endsWith(".cu")) && !isListed(file.path))
                missing.append(file.path);
        }
        QVERIFY2(missing.isEmpty(), qPrintable("in no CMakeLists.txt:\n" + missing.join('\n')));
    }
};

QTEST_GUILESS_MAIN(TstSources)
#include "tst_sources.moc"
