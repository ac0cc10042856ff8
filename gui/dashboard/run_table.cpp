// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/dashboard/run_table.h"

#include "gui/dashboard/dashboard.h"
#include "gui/dashboard/drawing_diff.h"
#include "gui/dashboard/metric_tags.h"
#include "gui/dashboard/run_texts.h"
#include "gui/models/focus.h"
#include "gui/models/run_store.h"
#include "widgets/common/figures.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QtCore/QMap>
#include <QtGui/QFont>

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

constexpr int kMostSettings = 12; ///< columns; more would push what one looks for out of sight
const QStringList kMetrics{QStringLiteral("validation/accuracy"), QStringLiteral("validation/loss"),
                           QStringLiteral("train/loss"), QStringLiteral("test/accuracy"), QStringLiteral("test/loss")};

QString settingTitle(const QString &path)
{
    return path.section(QLatin1Char('.'), -1).replace(QLatin1Char('_'), QLatin1Char(' '));
}

QString metricWords(const QString &key)
{
    const MetricTag tag = parseTag(key);
    return splitText(tag.split) + QLatin1Char(' ') + metricTitle(tag).toLower();
}

QByteArray quoted(const QString &text)
{
    return '"' + QString(text).replace(QLatin1Char('"'), QStringLiteral("\"\"")).toUtf8() + '"';
}

} // namespace

RunTable::RunTable(Dashboard *dashboard, QObject *parent)
    : QAbstractTableModel(parent)
    , m_dashboard(dashboard)
{
    connect(dashboard, &Dashboard::runsChanged, this, &RunTable::rebuild);
    connect(dashboard, &Dashboard::focusChanged, this, [this] {
        if (!m_rows.isEmpty())
            emit dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
    });
    rebuild();
}

void RunTable::findColumns()
{
    const RunStore &store = *m_dashboard->store();
    QMap<QString, QStringList> values; // setting -> its different values
    QStringList best;
    QStringList last;
    bool hasTags = false;
    bool hasNotes = false;
    const QStringList runs = store.runs();
    for (const QString &run : runs) {
        const RunInfo *info = store.info(run);
        for (auto it = info->settings.cbegin(); it != info->settings.cend(); ++it)
            if (const QString text = settingText(*it); !values[it.key()].contains(text))
                values[it.key()].append(text);
        for (const QString &metric : kMetrics) {
            if (info->best.contains(metric) && !best.contains(metric))
                best.append(metric);
            if (info->results.contains(metric) && !last.contains(metric))
                last.append(metric);
        }
        hasTags = hasTags || !info->tags.isEmpty();
        hasNotes = hasNotes || !info->note.isEmpty();
    }
    m_settings.clear();
    for (auto it = values.cbegin(); it != values.cend(); ++it) {
        const bool isMissing = std::any_of(runs.begin(), runs.end(), [&](const QString &run) {
            return !store.info(run)->isForeign && !store.info(run)->settings.contains(it.key());
        });
        if (it->size() > 1 || (isMissing && runs.size() > 1))
            m_settings.append(it.key());
    }
    m_columns = {{Kind::Name, {}, tr("Run"), tr("Ticked runs are shown in every chart.")},
                 {Kind::State, {}, tr("State"), tr("How the run stands.")},
                 {Kind::Time, {}, tr("Time"), tr("From start to end, or until now.")},
                 {Kind::Step, {}, tr("Step"), tr("Steps of the optimizer that were done.")}};
    const auto inOrder = [](const QStringList &found) {
        QStringList ordered;
        for (const QString &metric : kMetrics)
            if (found.contains(metric))
                ordered.append(metric);
        return ordered.mid(0, 2);
    };
    for (const QString &key : inOrder(best))
        m_columns.append({Kind::Best, key, tr("Best %1").arg(metricWords(key)),
                          tr("At the epoch whose checkpoint is kept as the best.")});
    for (const QString &key : inOrder(last))
        m_columns.append({Kind::Last, key, tr("Last %1").arg(metricWords(key)), tr("The newest value.")});
    for (const QString &path : m_settings.mid(0, kMostSettings))
        m_columns.append({Kind::Setting, path, settingTitle(path), path});
    m_columns.append({Kind::Tags, {}, tr("Tags"), tr("Words of yours, parted by commas; a double click writes them.")});
    m_columns.append({Kind::Note, {}, tr("Note"), tr("A double click writes it.")});
}

void RunTable::rebuild()
{
    const QList<Column> before = m_columns;
    const QList<Row> rowsBefore = m_rows;
    const RunStore &store = *m_dashboard->store();
    findColumns();
    QStringList runs = store.runs();
    const Column *by = m_sortColumn >= 0 && m_sortColumn < m_columns.size() ? &m_columns[m_sortColumn] : nullptr;
    std::stable_sort(runs.begin(), runs.end(), [&](const QString &a, const QString &b) {
        const RunInfo *left = store.info(a);
        const RunInfo *right = store.info(b);
        if (!by)
            return left->created > right->created;
        const QVariant x = sortKey(*left, *by);
        const QVariant y = sortKey(*right, *by);
        const QPartialOrdering order = QVariant::compare(x, y);
        return m_order == Qt::AscendingOrder ? order == QPartialOrdering::Less : order == QPartialOrdering::Greater;
    });
    QList<Row> rows;
    if (m_group.isEmpty()) {
        for (const QString &run : std::as_const(runs))
            rows.append({run, {}});
    } else {
        QMap<QString, QStringList> groups;
        for (const QString &run : std::as_const(runs))
            groups[settingText(store.info(run)->settings.value(m_group))].append(run);
        for (auto it = groups.cbegin(); it != groups.cend(); ++it) {
            rows.append({{}, headingOf(it.key(), *it)});
            for (const QString &run : *it)
                rows.append({run, {}});
        }
    }
    const auto same = [](const auto &a, const auto &b, auto key) {
        return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [&](const auto &x, const auto &y) {
                   return key(x) == key(y);
               });
    };
    const bool isSame = same(before, m_columns, [](const Column &each) { return each.title + each.key; })
        && same(rowsBefore, rows, [](const Row &each) { return each.run + each.heading; });
    if (isSame) { // only values: what is selected and edited stays
        if (!m_rows.isEmpty())
            emit dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
        return;
    }
    beginResetModel();
    m_rows = rows;
    endResetModel();
}

QString RunTable::headingOf(const QString &value, const QStringList &runs) const
{
    QString heading = tr("%1: %2").arg(settingTitle(m_group), value);
    for (const QString &metric : kMetrics) {
        double sum = 0;
        double squares = 0;
        int count = 0;
        for (const QString &run : runs) {
            const RunInfo *info = m_dashboard->store()->info(run);
            if (!info->best.contains(metric))
                continue;
            const double each = info->best.value(metric);
            sum += each;
            squares += each * each;
            ++count;
        }
        if (count == 0)
            continue;
        const double mean = sum / count;
        const double deviation = std::sqrt(std::max(squares / count - mean * mean, 0.0));
        return heading + QStringLiteral("  ·  ")
            + tr("%1 %2 ± %3 in %4 runs")
                  .arg(metricWords(metric), metricText(metric, mean), metricText(metric, deviation))
                  .arg(count);
    }
    return heading;
}

void RunTable::sort(int column, Qt::SortOrder order)
{
    m_sortColumn = column;
    m_order = order;
    rebuild();
}

void RunTable::groupBy(const QString &setting)
{
    m_group = setting;
    rebuild();
}

int RunTable::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int RunTable::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_columns.size());
}

QString RunTable::runAt(int row) const
{
    return row < 0 || row >= m_rows.size() ? QString() : m_rows[row].run;
}

int RunTable::rowOf(const QString &run) const
{
    for (int row = 0; row < m_rows.size(); ++row)
        if (m_rows[row].run == run)
            return row;
    return -1;
}

QString RunTable::textAt(const RunInfo &info, const Column &column) const
{
    const QString none = QStringLiteral("–");
    switch (column.kind) {
    case Kind::Name:
        return info.name;
    case Kind::State:
        if (info.isGone)
            return tr("its folder is gone");
        return info.state == QLatin1StringView("failed") && !info.error.isEmpty() ? tr("failed: %1").arg(info.error)
            : info.isForeign                                                      ? tr("a log")
                                                                                  : stateText(info.state);
    case Kind::Time: {
        const double seconds = info.seconds(QDateTime::currentDateTimeUtc());
        return seconds < 0 ? none : formatDuration(seconds, 2);
    }
    case Kind::Step: {
        const auto progress = m_dashboard->store()->progress(info.run);
        return formatCount(std::max(info.step, progress ? progress->step : 0));
    }
    case Kind::Best:
        return info.best.contains(column.key) ? metricText(column.key, info.best.value(column.key)) : none;
    case Kind::Last:
        return info.results.contains(column.key) ? metricText(column.key, info.results.value(column.key)) : none;
    case Kind::Setting:
        return settingText(info.settings.value(column.key));
    case Kind::Tags:
        return info.tags.join(QStringLiteral(", "));
    case Kind::Note:
        return info.note;
    }
    return {};
}

QVariant RunTable::sortKey(const RunInfo &info, const Column &column) const
{
    switch (column.kind) {
    case Kind::Time:
        return info.seconds(QDateTime::currentDateTimeUtc());
    case Kind::Step:
        return info.step;
    case Kind::Best:
        return info.best.value(column.key, -1e300);
    case Kind::Last:
        return info.results.value(column.key, -1e300);
    case Kind::Setting: {
        const JsonValue value = info.settings.value(column.key);
        return value.isNumber() ? QVariant(value.number()) : QVariant(settingText(value));
    }
    default:
        return textAt(info, column);
    }
}

QVariant RunTable::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= m_rows.size())
        return {};
    const Row &row = m_rows[index.row()];
    const Theme &theme = Theme::current();
    if (row.run.isEmpty()) {
        if (index.column() == 0 && role == Qt::DisplayRole)
            return row.heading;
        return role == Qt::FontRole ? QVariant(theme.font(TextSize::Caption, TextWeight::Strong)) : QVariant();
    }
    const RunInfo *info = m_dashboard->store()->info(row.run);
    if (!info)
        return {};
    const Column &column = m_columns[index.column()];
    const bool isNumber = column.kind != Kind::Name && column.kind != Kind::State && column.kind != Kind::Tags
        && column.kind != Kind::Note;
    switch (role) {
    case Qt::DisplayRole:
    case Qt::EditRole:
        return textAt(*info, column);
    case Qt::CheckStateRole:
        if (column.kind == Kind::Name)
            return m_dashboard->isShown(row.run) ? Qt::Checked : Qt::Unchecked;
        return {};
    case Qt::DecorationRole:
        if (column.kind == Kind::Name)
            return icon(QStringLiteral("record"), m_dashboard->colour(row.run));
        return {};
    case Qt::TextAlignmentRole:
        return int(Qt::AlignVCenter | (isNumber ? Qt::AlignRight : Qt::AlignLeft));
    case Qt::FontRole:
        return theme.font(TextSize::Body,
                          m_dashboard->focus()->run() == row.run ? TextWeight::Strong : TextWeight::Regular);
    case Qt::ForegroundRole:
        if (column.kind == Kind::State && info->state == QLatin1StringView("failed"))
            return theme.errorText;
        return m_dashboard->isShown(row.run) ? theme.text : theme.muted;
    case Qt::ToolTipRole:
        return column.kind == Kind::Name ? QVariant(row.run)
            : column.kind == Kind::State ? QVariant(info->error.isEmpty() ? textAt(*info, column) : info->error)
                                         : QVariant(column.tip);
    default:
        return {};
    }
}

QVariant RunTable::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section >= m_columns.size())
        return {};
    if (role == Qt::DisplayRole)
        return m_columns[section].title;
    return role == Qt::ToolTipRole ? QVariant(m_columns[section].tip) : QVariant();
}

Qt::ItemFlags RunTable::flags(const QModelIndex &index) const
{
    if (!index.isValid() || m_rows[index.row()].run.isEmpty())
        return Qt::ItemIsEnabled;
    Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
    const Kind kind = m_columns[index.column()].kind;
    if (kind == Kind::Name)
        flags |= Qt::ItemIsUserCheckable;
    const RunInfo *info = m_dashboard->store()->info(m_rows[index.row()].run);
    if (info && !info->isForeign && (kind == Kind::Name || kind == Kind::Tags || kind == Kind::Note))
        flags |= Qt::ItemIsEditable;
    return flags;
}

bool RunTable::setData(const QModelIndex &index, const QVariant &value, int role)
{
    const QString run = runAt(index.row());
    RunStore *store = m_dashboard->store();
    const RunInfo *info = store->info(run);
    if (!info)
        return false;
    if (role == Qt::CheckStateRole) {
        m_dashboard->setShown(run, value.toInt() == Qt::Checked);
        return true;
    }
    const QString text = value.toString().trimmed();
    const auto tell = [this](const QString &problem) {
        if (!problem.isEmpty())
            emit told(problem);
    };
    switch (m_columns[index.column()].kind) {
    case Kind::Name:
        if (text != info->name)
            store->rename(run, text, tell);
        return true;
    case Kind::Tags: {
        QStringList tags;
        for (const QString &tag : text.split(QLatin1Char(','), Qt::SkipEmptyParts))
            if (!tag.trimmed().isEmpty())
                tags.append(tag.trimmed());
        store->annotate(run, tags, info->note, tell);
        return true;
    }
    case Kind::Note:
        store->annotate(run, info->tags, text, tell);
        return true;
    default:
        return false;
    }
}

QByteArray RunTable::csv() const
{
    QByteArray text;
    for (const Column &column : m_columns)
        text += quoted(column.key.isEmpty() ? column.title : column.title + QStringLiteral(" (") + column.key + u')')
            + (&column == &m_columns.last() ? "\n" : ",");
    for (const Row &row : m_rows) {
        const RunInfo *info = m_dashboard->store()->info(row.run);
        if (!info)
            continue;
        for (const Column &column : m_columns) {
            QByteArray cell = quoted(textAt(*info, column));
            if (column.kind == Kind::Best && info->best.contains(column.key))
                cell = QByteArray::number(info->best.value(column.key), 'g', 9); // as it is, for other programs
            else if (column.kind == Kind::Last && info->results.contains(column.key))
                cell = QByteArray::number(info->results.value(column.key), 'g', 9);
            else if (column.kind == Kind::Step)
                cell = QByteArray::number(info->step);
            text += cell + (&column == &m_columns.last() ? "\n" : ",");
        }
    }
    return text;
}

} // namespace espalier
