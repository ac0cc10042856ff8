// SPDX-License-Identifier: Apache-2.0
// Each file says its licence, and one that is long says why.
#include "tests/architecture/tree.h"

#include <QtTest>

#include <algorithm>

using namespace espalier::architecture;

namespace {

constexpr int kLongestUnexplained = 500;

bool explainsItsLength(const SourceFile &file)
{
    for (const QString &line : file.lines.mid(0, 6)) {
        if (line.startsWith("//") && line.contains("long", Qt::CaseInsensitive) && line.contains("because"))
            return true;
    }
    return false;
}

bool isTooLong(const SourceFile &file)
{
    return file.lines.size() - 1 > kLongestUnexplained && !explainsItsLength(file);
}

QString licenceOf(const QString &path)
{
    static const QStringList studio{"gui/",       "widgets/",           "tests/benchmarks/",
                                    "tests/gui/", "tests/screenshots/", "tests/widgets/"};
    const bool isStudio
        = std::any_of(studio.begin(), studio.end(), [&](const QString &f) { return path.startsWith(f); });
    return isStudio ? "GPL-3.0-or-later" : "Apache-2.0";
}

} // namespace

class TstFiles : public QObject {
    Q_OBJECT
private slots:
    void aLongFileMustExplainItself()
    {
        SourceFile file{"engine/a.cpp", QStringList(502)};
        QVERIFY(isTooLong(file));
        file.lines[1] = "// This file is long because its table has a row for each op.";
        QVERIFY(!isTooLong(file));
        QVERIFY(!isTooLong({"engine/b.cpp", QStringList(501)}));
    }
    void longFilesExplainThemselves()
    {
        QList<SourceFile> files = sourceFiles();
        std::stable_sort(files.begin(), files.end(),
                         [](const SourceFile &a, const SourceFile &b) { return a.lines.size() > b.lines.size(); });
        for (const SourceFile &file : files.mid(0, 10))
            qInfo("%4d lines  %s", static_cast<int>(file.lines.size() - 1), qPrintable(file.path));
        QStringList silent;
        for (const SourceFile &file : files) {
            if (isTooLong(file))
                silent.append(file.path);
        }
        QVERIFY2(
            silent.isEmpty(),
            qPrintable("past 500 lines and silent about it (// This file is long because ...):\n" + silent.join('\n')));
    }
    void everyFileSaysItsLicence()
    {
        QStringList without;
        for (const SourceFile &file : sourceFiles()) {
            if (file.lines.value(0) != "// SPDX-License-Identifier: " + licenceOf(file.path))
                without.append(file.path + ": expected // SPDX-License-Identifier: " + licenceOf(file.path));
        }
        QVERIFY2(without.isEmpty(), qPrintable('\n' + without.join('\n')));
    }
    void everyHeaderIsGuardedOnce()
    {
        QStringList without;
        for (const SourceFile &file : sourceFiles()) {
            if (file.path.endsWith(".h") && !file.lines.contains("#pragma once"))
                without.append(file.path);
        }
        QVERIFY2(without.isEmpty(), qPrintable('\n' + without.join('\n')));
    }
};

QTEST_GUILESS_MAIN(TstFiles)
#include "tst_files.moc"
