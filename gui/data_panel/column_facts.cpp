// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/data_panel/column_facts.h"

#include "gui/data_panel/data_subject.h"
#include "gui/engine_client/text.h"
#include "widgets/common/figures.h"
#include "widgets/common/theme.h"

#include <QtGui/QPainter>

#include <algorithm>
#include <numeric>

namespace espalier {
namespace {

constexpr int kBarsWidth = 88;
constexpr int kMostNamed = 3; ///< classes in the words of a line

QList<qint64> counts(const JsonValue &list)
{
    QList<qint64> all;
    for (const JsonValue &item : list.items())
        all.append(item.integer(0));
    return all;
}

QString rangeText(const JsonValue &numbers)
{
    return ColumnFactsModel::tr("%1 … %2, mean %3, deviation %4")
        .arg(formatNumber(numbers["minimum"].number()), formatNumber(numbers["maximum"].number()),
             formatNumber(numbers["mean"].number()), formatNumber(numbers["deviation"].number()));
}

QString classesText(const DataColumn &column, const QList<qint64> &bars)
{
    const double all = static_cast<double>(std::accumulate(bars.begin(), bars.end(), qint64{0}));
    QList<int> order(bars.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return bars[a] > bars[b]; });
    QStringList parts;
    for (const int i : order.mid(0, kMostNamed))
        parts.append(QStringLiteral("%1 %2").arg(i < column.labels.size() ? column.labels[i] : QString::number(i),
                                                 formatPercent(all > 0 ? static_cast<double>(bars[i]) / all : 0, 2)));
    if (order.size() > kMostNamed)
        parts.append(QStringLiteral("…"));
    return parts.join(QStringLiteral(", "));
}

/// The share of missing cells in the file's column of this name; of the target by its role.
double missingOf(const JsonValue &statistics, const QString &name)
{
    for (const JsonValue &cell : statistics["cells"].items())
        if (qString(cell["name"].string()) == name && cell["rows"].integer(0) > 0)
            return cell["missing"].number() / cell["rows"].number();
    return 0;
}

} // namespace

QString ColumnFacts::sentence() const
{
    QString all = QStringLiteral("%1: %2").arg(name, type);
    if (!words.isEmpty())
        all += QStringLiteral("; ") + words;
    if (missing > 0)
        all += ColumnFactsModel::tr("; %1 missing").arg(formatPercent(missing, 2));
    return all;
}

QList<ColumnFacts> columnFacts(const QList<DataColumn> &columns, const JsonValue &statistics)
{
    QList<ColumnFacts> all;
    for (qsizetype c = 0; c < columns.size(); ++c) {
        const DataColumn &column = columns[c];
        const auto &found = statistics["columns"].items();
        const JsonValue &of
            = static_cast<std::size_t>(c) < found.size() ? found[static_cast<std::size_t>(c)] : JsonValue::object();
        const auto &entries = of["entries"].items();
        if (!column.elementNames.isEmpty() && !entries.empty()) {
            for (const JsonValue &entry : entries) {
                const QString name = qString(entry["name"].string());
                all.append({name, ColumnFactsModel::tr("number"), rangeText(entry), counts(entry["histogram"]), false,
                            missingOf(statistics, name.section(QStringLiteral(" = "), 0, 0))});
            }
            continue;
        }
        ColumnFacts facts{column.name, column.typeText(), {}, {}, column.classes > 0, 0};
        facts.missing = missingOf(statistics, column.name);
        if (of.has("rows")) {
            facts.bars = counts(of[facts.isClasses ? "class_counts" : "histogram"]);
            facts.words = facts.isClasses ? classesText(column, facts.bars) : rangeText(of);
        }
        all.append(facts);
    }
    return all;
}

void ColumnFactsModel::setFacts(QList<ColumnFacts> facts)
{
    beginResetModel();
    m_facts = std::move(facts);
    endResetModel();
}

int ColumnFactsModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_facts.size());
}

QVariant ColumnFactsModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid())
        return {};
    const ColumnFacts &facts = m_facts[index.row()];
    if (role == Qt::DisplayRole)
        return facts.name;
    if (role == Qt::AccessibleTextRole || role == Qt::ToolTipRole)
        return facts.sentence();
    return {};
}

QSize ColumnFactsDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const
{
    const Theme &theme = Theme::current();
    const int lines = QFontMetrics(theme.font()).height() + QFontMetrics(theme.font(TextSize::Caption)).height();
    return {option.rect.width(), lines + 2 * theme.space(Space::Small)};
}

void ColumnFactsDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const auto *model = qobject_cast<const ColumnFactsModel *>(index.model());
    if (!model)
        return;
    const ColumnFacts &facts = model->facts(index.row());
    const Theme &theme = Theme::current();
    painter->save();
    if (option.state.testFlag(QStyle::State_MouseOver) || option.state.testFlag(QStyle::State_Selected))
        painter->fillRect(option.rect, theme.hover);
    const QRect box = option.rect.adjusted(theme.space(Space::Tiny), theme.space(Space::Small),
                                           -theme.space(Space::Tiny), -theme.space(Space::Small));
    const QRect bars(box.right() - theme.px(kBarsWidth), box.top(), theme.px(kBarsWidth), box.height());
    const QRect words(box.left(), box.top(), bars.left() - box.left() - theme.space(Space::Small), box.height());
    const QFontMetrics body(theme.font(TextSize::Body, TextWeight::Strong));
    painter->setFont(theme.font(TextSize::Body, TextWeight::Strong));
    painter->setPen(theme.text);
    const QString name = body.elidedText(facts.name, Qt::ElideMiddle, words.width());
    painter->drawText(QRect(words.left(), words.top(), words.width(), body.height()), Qt::AlignLeft, name);
    const QFontMetrics small(theme.font(TextSize::Caption));
    painter->setFont(theme.font(TextSize::Caption));
    painter->setPen(theme.muted);
    const int used = body.horizontalAdvance(name) + theme.space(Space::Small);
    const QRect second(words.left(), words.top() + body.height(), words.width(), small.height());
    const QString type
        = facts.missing > 0 ? ColumnFactsModel::tr("%1 missing").arg(formatPercent(facts.missing, 2)) : facts.type;
    if (facts.missing > 0)
        painter->setPen(theme.warningText);
    painter->drawText(QRect(words.left() + used, words.top(), words.width() - used, body.height()),
                      Qt::AlignRight | Qt::AlignVCenter, small.elidedText(type, Qt::ElideRight, words.width() - used));
    painter->setPen(theme.muted);
    painter->drawText(
        second, Qt::AlignLeft,
        small.elidedText(facts.words.isEmpty() ? facts.type : facts.words, Qt::ElideRight, second.width()));
    const qint64 most = facts.bars.isEmpty() ? 0 : *std::max_element(facts.bars.begin(), facts.bars.end());
    if (most > 0) {
        const qreal step = static_cast<qreal>(bars.width()) / static_cast<qreal>(facts.bars.size());
        const qreal gap = step >= 3 ? 1 : 0;
        for (qsizetype i = 0; i < facts.bars.size(); ++i) {
            const qreal share = static_cast<qreal>(facts.bars[i]) / static_cast<qreal>(most);
            const qreal height = facts.bars[i] > 0 ? std::max(1.0, share * bars.height()) : 0;
            painter->fillRect(
                QRectF(bars.left() + static_cast<qreal>(i) * step, bars.bottom() + 1 - height, step - gap, height),
                theme.seriesColour(facts.isClasses ? 1 : 0));
        }
        painter->fillRect(QRect(bars.left(), bars.bottom() + 1, bars.width(), 1), theme.line);
    }
    if (option.state.testFlag(QStyle::State_HasFocus)) {
        painter->setPen(QPen(theme.selection, 2));
        painter->drawRect(option.rect.adjusted(1, 1, -1, -1));
    }
    painter->restore();
}

} // namespace espalier
