// SPDX-License-Identifier: Apache-2.0
// Who may include whom. The table is the architecture: a change here is a decision, not a repair.
#include "tests/architecture/tree.h"

#include <QRegularExpression>
#include <QtTest>

using namespace espalier::architecture;

namespace {

/// Folder → folders that it may use beside itself. The longest matching folder counts.
const QMap<QString, QStringList> &allowed()
{
    static const QStringList upToData
        = {"engine/base",  "engine/tensor",  "engine/protocol", "engine/ops", "engine/layers",
           "engine/graph", "engine/program", "engine/backends", "engine/data"};
    static const QMap<QString, QStringList> table = {
        {"engine/base", {}},
        {"engine/tensor", {"engine/base"}},
        {"engine/protocol", {"engine/base"}}, // the studio links these two and nothing else of the engine
        {"engine/ops", {"engine/base", "engine/tensor"}},
        {"engine/layers", {"engine/base", "engine/tensor", "engine/protocol", "engine/ops"}},
        {"engine/graph", {"engine/base", "engine/tensor", "engine/protocol", "engine/ops", "engine/layers"}},
        {"engine/backends", {"engine/base", "engine/tensor", "engine/ops"}},
        {"engine/program", {"engine/base", "engine/tensor", "engine/ops", "engine/backends"}},
        {"engine/data", {"engine/base", "engine/tensor", "engine/protocol"}},
        {"engine/io", {"engine/base", "engine/tensor", "engine/protocol"}},
        {"engine/train", upToData + QStringList{"engine/io"}},
        {"engine/exchange", upToData + QStringList{"engine/io", "engine/train"}},
        {"engine/server", upToData + QStringList{"engine/io", "engine/train", "engine/exchange"}},
        {"engine/cli", upToData + QStringList{"engine/io", "engine/train", "engine/exchange", "engine/server"}},
        {"widgets", {}},
        {"gui", {"widgets", "engine/protocol", "engine/base"}},
        {"tests", {"engine", "widgets", "gui"}},
    };
    return table;
}

bool liesIn(const QString &path, const QString &folder)
{
    return path.startsWith(folder + '/');
}

QString folderOf(const QString &path)
{
    QString best;
    for (auto it = allowed().keyBegin(); it != allowed().keyEnd(); ++it) {
        if (liesIn(path, *it) && it->size() > best.size())
            best = *it;
    }
    return best;
}

/// One sentence for each include of `file` that the table forbids.
QStringList problems(const SourceFile &file)
{
    // \x22 is a quote: moc 6.4 loses its way at one inside a raw string.
    static const QRegularExpression quoted(R"(^\s*#\s*include\s+\x22([^\x22]+)\x22)");
    static const QRegularExpression qt(R"(^\s*#\s*include\s+<(Q[A-Z][^>]*|Qt[^>]*)>)");
    const QString folder = folderOf(file.path);
    if (folder.isEmpty())
        return {file.path + ": lies in no folder of the table"};
    QStringList found;
    for (int i = 0; i < file.lines.size(); ++i) {
        const QString &line = file.lines[i];
        if (!line.contains("include"))
            continue;
        const QString where = QStringLiteral("%1:%2: ").arg(file.path).arg(i + 1);
        if (qt.match(line).hasMatch() && liesIn(file.path, "engine"))
            found.append(where + "the engine knows no Qt");
        const QString target = quoted.match(line).captured(1);
        if (target.isEmpty() || target.endsWith(".moc") || target.endsWith("_generated.h"))
            continue;
        bool fits = liesIn(target, folder);
        for (const QString &other : allowed()[folder])
            fits = fits || liesIn(target, other);
        if (!fits)
            found.append(where + folder + " may not include " + target);
    }
    return found;
}

} // namespace

class TstIncludes : public QObject {
    Q_OBJECT
private slots:
    void forbiddenIncludesAreNoticed_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("line");
        QTest::addColumn<bool>("fits");
        QTest::newRow("below") << "engine/ops/op.h"
                               << "#include \"engine/tensor/shape.h\"" << true;
        QTest::newRow("own") << "engine/ops/op.h"
                             << "#include \"engine/ops/op.h\"" << true;
        QTest::newRow("above") << "engine/tensor/shape.h"
                               << "#include \"engine/ops/op.h\"" << false;
        QTest::newRow("beside") << "engine/protocol/document.h"
                                << "#include \"engine/tensor/shape.h\"" << false;
        QTest::newRow("not from the root") << "engine/tensor/shape.h"
                                           << "#include \"dim.h\"" << false;
        QTest::newRow("like a folder") << "engine/tensor/shape.h"
                                       << "#include \"engine/baseline/x.h\"" << false;
        QTest::newRow("Qt in the engine") << "engine/io/png.cpp"
                                          << "#include <QImage>" << false;
        QTest::newRow("Qt module in the engine") << "engine/io/png.cpp"
                                                 << "# include <QtCore/QFile>" << false;
        QTest::newRow("the wall") << "gui/panels/a.cpp"
                                  << "#include \"engine/graph/graph.h\"" << false;
        QTest::newRow("through the wall's door") << "gui/panels/a.cpp"
                                                 << "#include \"engine/protocol/document.h\"" << true;
        QTest::newRow("widgets know no engine") << "widgets/graph/a.cpp"
                                                << "#include \"engine/base/error.h\"" << false;
        QTest::newRow("tests see all") << "tests/engine/a.cpp"
                                       << "#include \"engine/cli/cli.h\"" << true;
        QTest::newRow("unknown folder") << "engine/misc/a.cpp"
                                        << "" << false;
    }
    void forbiddenIncludesAreNoticed()
    {
        QFETCH(QString, path);
        QFETCH(QString, line);
        QFETCH(bool, fits);
        QCOMPARE(problems({path, {"// first", line}}).isEmpty(), fits);
    }
    void theTreeKeepsTheTable()
    {
        QVERIFY(sourceFiles().size() > 10);
        QStringList found;
        for (const SourceFile &file : sourceFiles())
            found += problems(file);
        QVERIFY2(found.isEmpty(), qPrintable('\n' + found.join('\n')));
    }
    void noFolderUsesOneThatUsesIt()
    {
        for (auto it = allowed().begin(); it != allowed().end(); ++it) {
            for (const QString &used : it.value())
                QVERIFY2(!allowed().value(used).contains(it.key()), qPrintable(it.key() + " <-> " + used));
        }
    }
};

QTEST_GUILESS_MAIN(TstIncludes)
#include "tst_includes.moc"
