// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/lists/ranking.h"

#include <algorithm>
#include <numeric>

namespace espalier {
namespace {

constexpr qsizetype kLongestQuery = 100; // no name is longer, and what is pasted by mistake costs nothing

bool isSeparator(QChar c)
{
    return c.isSpace() || c == u'-' || c == u'_' || c == u'/' || c == u'.';
}

QString squeezed(const QString &text)
{
    QString result;
    for (const QChar c : text) {
        if (!isSeparator(c))
            result.append(c.toCaseFolded());
    }
    return result;
}

/// Words as people see them: parted by separators, by a capital after a small letter, by digits after letters.
QStringList words(const QString &text)
{
    QStringList result;
    QString word;
    QChar before;
    for (const QChar c : text) {
        const bool begins = (c.isUpper() && before.isLower()) || (c.isDigit() && before.isLetter());
        if ((isSeparator(c) || begins) && !word.isEmpty()) {
            result.append(word);
            word.clear();
        }
        if (!isSeparator(c))
            word.append(c.toCaseFolded());
        before = c;
    }
    if (!word.isEmpty())
        result.append(word);
    return result;
}

/// Whether `query` is made of beginnings of the words in their order: "mp", "maxp" and "pool" in "max pooling".
bool startsWords(QStringView query, const QStringList &all, qsizetype from)
{
    if (query.isEmpty())
        return true;
    for (qsizetype i = from; i < all.size(); ++i) {
        const QString &word = all[i];
        qsizetype common = 0;
        while (common < word.size() && common < query.size() && word[common] == query[common])
            ++common;
        for (qsizetype length = common; length > 0; --length) {
            if (startsWords(query.mid(length), all, i + 1))
                return true;
        }
    }
    return false;
}

/// `startsWords` tries all splits: names of more words than these are matched by less clever means.
bool beginsWords(const QString &query, const QString &text)
{
    const QStringList all = words(text);
    return all.size() <= 8 && query.size() <= 24 && startsWords(query, all, 0);
}

/// Each typed word begins a word of the title, in any order: "pool max".
bool eachWordBegins(const QString &query, const QString &text)
{
    const QStringList typed = words(query);
    const QStringList all = words(text);
    return typed.size() > 1 && std::all_of(typed.begin(), typed.end(), [&](const QString &word) {
               return std::any_of(all.begin(), all.end(), [&](const QString &each) { return each.startsWith(word); });
           });
}

bool isSubsequence(const QString &query, const QString &text)
{
    qsizetype at = 0;
    for (const QChar c : text) {
        if (at < query.size() && c == query[at])
            ++at;
    }
    return at == query.size();
}

/// Fewest slips (a letter more, less, other, or two swapped) between `query` and a beginning of `text`.
qsizetype slips(const QString &query, const QString &text)
{
    const qsizetype rows = query.size();
    const qsizetype columns = std::min(text.size(), query.size() + 2);
    QList<QList<qsizetype>> cost(rows + 1, QList<qsizetype>(columns + 1));
    for (qsizetype i = 0; i <= rows; ++i) {
        for (qsizetype j = 0; j <= columns; ++j) {
            if (i == 0 || j == 0) {
                cost[i][j] = i + j;
                continue;
            }
            const qsizetype other = cost[i - 1][j - 1] + (query[i - 1] == text[j - 1] ? 0 : 1);
            cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, other});
            if (i > 1 && j > 1 && query[i - 1] == text[j - 2] && query[i - 2] == text[j - 1])
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    }
    return *std::min_element(cost[rows].begin(), cost[rows].end());
}

bool isTypoOf(const QString &query, const QString &text)
{
    const qsizetype allowed = query.size() >= 7 ? 2 : query.size() >= 4 ? 1 : 0;
    return allowed > 0 && slips(query, text) <= allowed;
}

bool isAlias(const QString &query, const QString &squeezedQuery, const QString &alias)
{
    return squeezed(alias).startsWith(squeezedQuery) || beginsWords(squeezedQuery, alias)
        || eachWordBegins(query, alias);
}

} // namespace

std::optional<MatchKind> matchKind(const QString &fullQuery, const ListEntry &entry)
{
    const QString query = fullQuery.left(kLongestQuery);
    const QString typed = squeezed(query);
    const QString title = squeezed(entry.title);
    if (typed.isEmpty())
        return MatchKind::Prefix;
    if (typed == title)
        return MatchKind::Exact;
    if (title.startsWith(typed))
        return MatchKind::Prefix;
    if (beginsWords(typed, entry.title) || eachWordBegins(query, entry.title))
        return MatchKind::WordStart;
    const auto anyAlias = [&](auto &&test) { return std::any_of(entry.aliases.begin(), entry.aliases.end(), test); };
    if (anyAlias([&](const QString &alias) { return isAlias(query, typed, alias); }))
        return MatchKind::Alias;
    if (title.contains(typed))
        return MatchKind::Inside;
    if (isSubsequence(typed, title))
        return MatchKind::Subsequence;
    if (isTypoOf(typed, title) || anyAlias([&](const QString &alias) { return isTypoOf(typed, squeezed(alias)); }))
        return MatchKind::Typo;
    return std::nullopt;
}

QList<int> ranked(const QString &query, const QList<ListEntry> &entries)
{
    struct Found {
        int index = 0;
        MatchKind kind = MatchKind::Exact;
        qsizetype length = 0;
    };
    QList<Found> found;
    const bool isEmpty = squeezed(query.left(kLongestQuery)).isEmpty();
    for (int i = 0; i < entries.size(); ++i) {
        if (const auto kind = matchKind(query, entries[i]))
            found.append({i, *kind, isEmpty ? 0 : entries[i].title.size()});
    }
    std::stable_sort(found.begin(), found.end(), [](const Found &a, const Found &b) {
        return a.kind != b.kind ? a.kind < b.kind : a.length < b.length;
    });
    QList<int> order;
    for (const Found &each : found)
        order.append(each.index);
    return order;
}

} // namespace espalier
