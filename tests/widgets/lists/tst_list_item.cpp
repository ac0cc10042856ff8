// SPDX-License-Identifier: GPL-3.0-or-later
// Ranking: what people type finds what they mean, first.
#include "widgets/lists/list_item.h"

#include <QtTest/QtTest>

using namespace espalier;

namespace {

ListItem item(const char *title, const QStringList &aliases = {})
{
    ListItem made;
    made.id = made.title = QString::fromLatin1(title);
    made.aliases = aliases;
    return made;
}

QList<ListItem> layers()
{
    return {item("Dense", {QStringLiteral("Linear"), QStringLiteral("Gemm")}),
            item("Convolution 2D", {QStringLiteral("Conv2d")}),
            item("Max pool 2D", {QStringLiteral("MaxPool2d")}),
            item("Global average pool", {QStringLiteral("GlobalAveragePooling2D")}),
            item("Batch norm", {QStringLiteral("BatchNormalization")}),
            item("Max"),
            item("Softmax")};
}

} // namespace

class TstListItem : public QObject {
    Q_OBJECT
private slots:
    void theBestComesFirst_data();
    void theBestComesFirst();
    void nothingFitsNonsense();
    void emptyQueryKeepsTheOrder();
};

void TstListItem::theBestComesFirst_data()
{
    QTest::addColumn<QString>("query");
    QTest::addColumn<QString>("first");
    const auto row = [](const char *query, const char *first) {
        QTest::newRow(query) << QString::fromLatin1(query) << QString::fromLatin1(first);
    };
    row("dense", "Dense");
    row("max", "Max"); // exact before the start of another title
    row("pool", "Max pool 2D"); // a word's start, in the list's order
    row("linear", "Dense");
    row("conv2d", "Convolution 2D");
    row("batchnorm", "Batch norm");
    row("gap", "Global average pool"); // letters in order
    row("dnese", "Dense"); // swapped
    row("desne", "Dense");
    row("softmex", "Softmax");
    row("avg pool", "Global average pool");
}

void TstListItem::theBestComesFirst()
{
    QFETCH(const QString, query);
    QFETCH(const QString, first);
    const QList<ListItem> found = rankItems(layers(), query);
    QVERIFY(!found.isEmpty());
    QCOMPARE(found.first().title, first);
}

void TstListItem::nothingFitsNonsense()
{
    QVERIFY(rankItems(layers(), QStringLiteral("zzqx")).isEmpty());
    QCOMPARE(matchScore(layers().first(), QStringLiteral("xy")), 0);
}

void TstListItem::emptyQueryKeepsTheOrder()
{
    QCOMPARE(rankItems(layers(), QStringLiteral("  ")), layers());
}

QTEST_GUILESS_MAIN(TstListItem)
#include "tst_list_item.moc"
