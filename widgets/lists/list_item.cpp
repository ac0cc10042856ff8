// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/lists/list_item.h"

#include <algorithm>
#include <vector>

namespace espalier {
namespace {

constexpr int kExact = 100;
constexpr int kStart = 90;
constexpr int kWordStart = 80;
constexpr int kAlias = 70;
constexpr int kAliasStart = 60;
constexpr int kInside = 50;
constexpr int kAliasInside = 40;
constexpr int kInOrder = 20;
constexpr int kSlip = 10;
constexpr qsizetype kShortestForSlips = 4; ///< shorter words are one slip from everything

QString folded(const QString &text)
{
    QString out;
    out.reserve(text.size());
    for (const QChar c : text)
        if (c.isLetterOrNumber())
            out.append(c.toCaseFolded());
    return out;
}

/// "GlobalAvgPool 2D" → "global", "avg", "pool", "2d": words end at blanks, marks and capitals.
bool startsAWord(const QString &title, const QString &query)
{
    for (qsizetype i = 1; i < title.size(); ++i) {
        const bool begins = title[i].isLetterOrNumber()
            && (!title[i - 1].isLetterOrNumber() || (title[i].isUpper() && !title[i - 1].isUpper()));
        if (begins && folded(title.mid(i)).startsWith(query))
            return true;
    }
    return false;
}

bool lettersInOrder(const QString &text, const QString &query)
{
    qsizetype at = 0;
    for (const QChar c : text)
        if (at < query.size() && c == query[at])
            ++at;
    return at == query.size();
}

/// Whether one insertion, removal, exchange or swap of neighbours makes `query` the start of `text`.
bool isOneSlipAway(const QString &text, const QString &query)
{
    const qsizetype n = std::min(text.size(), query.size());
    qsizetype same = 0;
    while (same < n && text[same] == query[same])
        ++same;
    const auto rest = [&](qsizetype fromText, qsizetype fromQuery) {
        const QStringView left = QStringView(query).mid(std::min(fromQuery, query.size()));
        return QStringView(text).mid(std::min(fromText, text.size())).startsWith(left);
    };
    const bool isSwap
        = same + 1 < n && text[same] == query[same + 1] && text[same + 1] == query[same] && rest(same + 2, same + 2);
    return isSwap || rest(same + 1, same + 1) || rest(same + 1, same) || rest(same, same + 1);
}

int aliasScore(const ListItem &item, const QString &query)
{
    int best = 0;
    for (const QString &alias : item.aliases) {
        const QString text = folded(alias);
        best = std::max(best,
                        text == query                ? kAlias
                            : text.startsWith(query) ? kAliasStart
                            : text.contains(query)   ? kAliasInside
                                                     : 0);
    }
    return best;
}

} // namespace

int matchScore(const ListItem &item, const QString &typed)
{
    const QString query = folded(typed);
    if (query.isEmpty())
        return kExact;
    const QString title = folded(item.title);
    if (title == query)
        return kExact;
    if (title.startsWith(query))
        return kStart;
    if (startsAWord(item.title, query))
        return kWordStart;
    if (const int score = aliasScore(item, query); score > kInside)
        return score;
    if (title.contains(query))
        return kInside;
    if (const int score = aliasScore(item, query); score > 0)
        return score;
    if (lettersInOrder(title, query))
        return kInOrder;
    return query.size() >= kShortestForSlips && isOneSlipAway(title, query) ? kSlip : 0;
}

QList<ListItem> rankItems(const QList<ListItem> &items, const QString &query)
{
    if (folded(query).isEmpty())
        return items;
    std::vector<std::pair<int, const ListItem *>> found;
    for (const ListItem &item : items)
        if (const int score = matchScore(item, query); score > 0)
            found.emplace_back(score, &item);
    std::stable_sort(found.begin(), found.end(), [](const auto &a, const auto &b) { return a.first > b.first; });
    QList<ListItem> ranked;
    for (const auto &[score, item] : found)
        ranked.append(*item);
    return ranked;
}

} // namespace espalier
