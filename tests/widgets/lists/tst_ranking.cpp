// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/lists/ranking.h"

#include <QtTest>

using namespace espalier;
using namespace Qt::StringLiterals;

namespace {

ListEntry entry(const QString &title, const QStringList &aliases = {})
{
    return {title, title, u"Core"_s, {}, {}, aliases};
}

QStringList titles(const QString &query, const QList<ListEntry> &entries)
{
    QStringList found;
    for (const int index : ranked(query, entries))
        found.append(entries[index].title);
    return found;
}

} // namespace

class TstRanking : public QObject {
    Q_OBJECT
private slots:
    void kinds_data()
    {
        QTest::addColumn<QString>("query");
        QTest::addColumn<QString>("title");
        QTest::addColumn<QStringList>("aliases");
        QTest::addColumn<int>("kind");
        const auto row = [](const char *query, const char *title, MatchKind kind, const QStringList &aliases = {}) {
            QTest::addRow("%s in %s", query, title)
                << QString::fromUtf8(query) << QString::fromUtf8(title) << aliases << static_cast<int>(kind);
        };
        row("Dense", "Dense", MatchKind::Exact);
        row("conv 2d", "Conv2D", MatchKind::Exact);
        row("batch_norm", "Batch norm", MatchKind::Exact);
        row("den", "Dense", MatchKind::Prefix);
        row("", "Dense", MatchKind::Prefix);
        row("pool", "Max pooling", MatchKind::WordStart);
        row("mp", "Max pooling", MatchKind::WordStart);
        row("pool max", "Max pooling", MatchKind::WordStart);
        row("2d", "Conv2D", MatchKind::WordStart);
        row("linear", "Dense", MatchKind::Alias, {u"Linear"_s});
        row("connected", "Dense", MatchKind::Alias, {u"fully connected"_s});
        row("ens", "Dense", MatchKind::Inside);
        row("dns", "Dense", MatchKind::Subsequence);
        row("desne", "Dense", MatchKind::Typo);
        row("sofmtax", "Softmax", MatchKind::Typo);
        row("lineer", "Dense", MatchKind::Typo, {u"Linear"_s});
    }
    void kinds()
    {
        QFETCH(QString, query);
        QFETCH(QString, title);
        QFETCH(QStringList, aliases);
        QFETCH(int, kind);
        const auto found = matchKind(query, entry(title, aliases));
        QVERIFY(found.has_value());
        QCOMPARE(static_cast<int>(*found), kind);
    }
    void whatDoesNotMatch()
    {
        QVERIFY(!matchKind(u"xyz"_s, entry(u"Dense"_s)));
        QVERIFY(!matchKind(u"dxx"_s, entry(u"Dense"_s)));
        QVERIFY(!matchKind(u"convolution"_s, entry(u"Dense"_s)));
    }
    void theBetterMatchComesFirst()
    {
        const QList<ListEntry> entries{entry(u"Nonadditive"_s), entry(u"Additive loss"_s),
                                       entry(u"Matrix add"_s),  entry(u"Sum"_s, {u"add up"_s}),
                                       entry(u"Add"_s),         entry(u"Abandoned"_s)};
        QCOMPARE(
            titles(u"add"_s, entries),
            (QStringList{u"Add"_s, u"Additive loss"_s, u"Matrix add"_s, u"Sum"_s, u"Nonadditive"_s, u"Abandoned"_s}));
    }
    void equalsKeepTheShorterTitleThenTheirOrder()
    {
        const QList<ListEntry> entries{entry(u"Max pooling"_s), entry(u"Maximum"_s), entry(u"Max"_s),
                                       entry(u"Maxable"_s)};
        QCOMPARE(titles(u"ma"_s, entries), (QStringList{u"Max"_s, u"Maximum"_s, u"Maxable"_s, u"Max pooling"_s}));
        QCOMPARE(titles(u" "_s, entries).first(), u"Max pooling"_s);
    }
    void hugeQueriesCostNothing()
    {
        const QList<ListEntry> entries(500, entry(QString(2000, u'a'), {QString(2000, u'b')}));
        QVERIFY(titles(QString(1000000, u'c'), entries).isEmpty());
    }
};

QTEST_GUILESS_MAIN(TstRanking)
#include "tst_ranking.moc"
