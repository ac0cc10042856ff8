// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/dashboard/runs_panel.h"

#include "gui/dashboard/chart_export.h"
#include "gui/dashboard/compare_view.h"
#include "gui/dashboard/dashboard.h"
#include "gui/dashboard/run_table.h"
#include "gui/models/focus.h"
#include "gui/models/run_store.h"
#include "widgets/common/figures.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QtGui/QContextMenuEvent>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QHeaderView>
#include <QtWidgets/QInputDialog>
#include <QtWidgets/QLabel>
#include <QtWidgets/QMenu>
#include <QtWidgets/QStackedWidget>
#include <QtWidgets/QTableView>
#include <QtWidgets/QToolButton>
#include <QtWidgets/QVBoxLayout>

#include <algorithm>

namespace espalier {
namespace {

QTableView *makeView(RunTable *table, QWidget *parent)
{
    const Theme &theme = Theme::current();
    auto *view = new QTableView(parent);
    view->setModel(table);
    view->setFrameShape(QFrame::NoFrame);
    view->setShowGrid(false);
    view->setSelectionBehavior(QAbstractItemView::SelectRows);
    view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    view->setTabKeyNavigation(false);
    view->setWordWrap(false);
    view->verticalHeader()->hide();
    view->verticalHeader()->setDefaultSectionSize(theme.sizes.row);
    view->horizontalHeader()->setHighlightSections(false);
    view->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    view->setAccessibleName(RunsPanel::tr("Runs"));
    return view;
}

/// Headings reach over the whole width.
void spanHeadings(QTableView *view, const RunTable *table)
{
    view->clearSpans();
    for (int row = 0; row < table->rowCount(); ++row)
        if (table->runAt(row).isEmpty())
            view->setSpan(row, 0, 1, std::max(table->columnCount(), 2));
}

} // namespace

RunsPanel::RunsPanel(Dashboard *dashboard, QWidget *parent)
    : QWidget(parent)
    , m_dashboard(dashboard)
    , m_stack(new QStackedWidget(this))
    , m_table(new RunTable(dashboard, this))
    , m_compare(new CompareView(dashboard, m_stack))
    , m_space(new QLabel(this))
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_stack);
    auto *list = new QWidget(m_stack);
    auto *lines = new QVBoxLayout(list);
    lines->setContentsMargins(0, 0, 0, 0);
    lines->setSpacing(0);
    auto *bar = new QWidget(list);
    buildBar(bar);
    lines->addWidget(bar);
    m_view = makeView(m_table, list);
    m_view->setEditTriggers(QAbstractItemView::DoubleClicked);
    m_view->setSortingEnabled(true);
    m_view->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
    m_view->horizontalHeader()->setStretchLastSection(true);
    lines->addWidget(m_view, 1);
    auto *empty = new QLabel(tr("Train, or drop a TensorBoard folder here: each run gets a row."), m_stack);
    empty->setAlignment(Qt::AlignCenter);
    empty->setForegroundRole(QPalette::PlaceholderText);
    m_stack->addWidget(list);
    m_stack->addWidget(m_compare);
    m_stack->addWidget(empty);
    connect(m_compare, &CompareView::closed, this, [this] {
        m_stack->setCurrentIndex(0);
        m_view->setFocus(Qt::OtherFocusReason);
    });
    connect(m_table, &RunTable::modelReset, this, &RunsPanel::refresh);
    connect(m_table, &RunTable::told, this, &RunsPanel::told);
    connect(m_view, &QTableView::activated, this, [this](const QModelIndex &index) {
        if (const QString run = m_table->runAt(index.row()); !run.isEmpty())
            m_dashboard->focus()->setRun(run);
    });
    connect(m_view->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex &index) {
        if (const QString run = m_table->runAt(index.row()); !run.isEmpty())
            m_dashboard->focus()->setRun(run);
    });
    refresh();
}

void RunsPanel::buildBar(QWidget *bar)
{
    const Theme &theme = Theme::current();
    auto *row = new QHBoxLayout(bar);
    row->setContentsMargins(theme.space(Space::Small), theme.space(Space::Tiny), theme.space(Space::Medium), 0);
    const auto add = [&](const QString &text, const QString &tip, auto act) {
        auto *button = new QToolButton(bar);
        button->setText(text);
        button->setToolTip(tip);
        button->setAutoRaise(true);
        button->setFont(theme.font(TextSize::Caption));
        connect(button, &QToolButton::clicked, this, act);
        row->addWidget(button);
        return button;
    };
    add(tr("Compare"), tr("Settings, drawing and curves of the two selected runs."), [this] { compareSelected(); });
    add(tr("Rename"), tr("What people call it; its folder stays."), [this] { renameCurrent(); });
    add(tr("Delete"), tr("Moves the selected runs into the trash."), [this] { deleteSelected(); });
    m_restore = add(tr("Bring back"), tr("Takes the runs that were deleted last out of the trash."),
                    [this] { restoreLast(); });
    add(tr("Save as CSV…"), tr("The table as it stands, with exact values."), [this] { saveCsv(); });
    m_groups = add(tr("Group"), tr("Runs with the same value of a setting stand together, with their mean."), [] {});
    m_groups->setPopupMode(QToolButton::InstantPopup);
    m_groups->setMenu(new QMenu(m_groups));
    connect(m_groups->menu(), &QMenu::aboutToShow, this, &RunsPanel::fillGroups);
    row->addStretch();
    m_space->setForegroundRole(QPalette::PlaceholderText);
    m_space->setFont(theme.font(TextSize::Caption));
    row->addWidget(m_space);
}

void RunsPanel::fillGroups()
{
    QMenu *menu = m_groups->menu();
    menu->clear();
    QAction *none = menu->addAction(tr("No groups"), this, [this] { m_table->groupBy({}); });
    none->setCheckable(true);
    none->setChecked(m_table->groupedBy().isEmpty());
    for (const QString &setting : m_table->differing()) {
        QAction *action = menu->addAction(setting, this, [this, setting] { m_table->groupBy(setting); });
        action->setCheckable(true);
        action->setChecked(m_table->groupedBy() == setting);
    }
}

void RunsPanel::refresh()
{
    if (!isComparing())
        m_stack->setCurrentIndex(m_table->rowCount() == 0 ? 2 : 0);
    spanHeadings(m_view, m_table);
    m_view->resizeColumnsToContents();
    m_restore->setEnabled(canRestore());
    const qint64 bytes = m_dashboard->store()->trashBytes();
    m_space->setText(bytes > 0 ? tr("%1 in the trash").arg(formatBytes(static_cast<double>(bytes))) : QString());
    setFocusProxy(m_table->rowCount() == 0 ? nullptr : m_view);
}

void RunsPanel::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    m_dashboard->store()->refresh(); // runs of the command line may have come
}

QStringList RunsPanel::selected() const
{
    QStringList runs;
    QModelIndexList rows = m_view->selectionModel()->selectedRows();
    std::sort(rows.begin(), rows.end());
    for (const QModelIndex &index : std::as_const(rows))
        if (const QString run = m_table->runAt(index.row()); !run.isEmpty())
            runs.append(run);
    return runs;
}

QString RunsPanel::current() const
{
    const QStringList runs = selected();
    return runs.isEmpty() ? m_dashboard->focus()->run() : runs.first();
}

void RunsPanel::select(const QStringList &runs)
{
    m_view->clearSelection();
    for (const QString &run : runs)
        if (const int row = m_table->rowOf(run); row >= 0)
            m_view->selectionModel()->select(m_table->index(row, 0),
                                             QItemSelectionModel::Select | QItemSelectionModel::Rows);
}

void RunsPanel::renameCurrent()
{
    const QString run = current();
    const int row = m_table->rowOf(run);
    if (row < 0)
        return;
    const QModelIndex index = m_table->index(row, 0);
    QInputDialog dialog(this);
    dialog.setWindowTitle(tr("Rename the run"));
    dialog.setLabelText(tr("What people call it; its folder stays."));
    dialog.setTextValue(index.data(Qt::EditRole).toString());
    if (dialog.exec() == QDialog::Accepted)
        m_table->setData(m_table->index(m_table->rowOf(run), 0), dialog.textValue(), Qt::EditRole);
}

void RunsPanel::deleteSelected()
{
    QStringList runs = selected();
    if (runs.isEmpty() && !current().isEmpty())
        runs.append(current());
    RunStore *store = m_dashboard->store();
    QStringList gone;
    for (const QString &run : std::as_const(runs)) {
        const RunInfo *info = store->info(run);
        if (!info || info->isForeign)
            continue;
        if (info->isAlive) {
            emit told(tr("%1 still trains. Stop it first.").arg(info->name));
            continue;
        }
        gone.append(run);
        if (m_dashboard->focus()->run() == run)
            m_dashboard->focus()->setRun({});
        store->trash(run, [this](const QString &problem) {
            if (!problem.isEmpty())
                emit told(problem);
            refresh();
        });
    }
    if (gone.isEmpty())
        return;
    m_deleted.append(gone);
    refresh();
    emit told(gone.size() == 1 ? tr("The run is in the trash; Bring back takes it out again.")
                               : tr("%1 runs are in the trash; Bring back takes them out again.").arg(gone.size()));
}

void RunsPanel::restoreLast()
{
    if (!canRestore())
        return;
    for (const QString &run : m_deleted.takeLast())
        m_dashboard->store()->restore(run, [this](const QString &problem) {
            if (!problem.isEmpty())
                emit told(problem);
            refresh();
        });
    refresh();
}

bool RunsPanel::isComparing() const
{
    return m_stack->currentIndex() == 1;
}

void RunsPanel::compareSelected()
{
    QStringList runs = selected();
    if (runs.size() == 1 && runs.first() != m_dashboard->focus()->run() && !m_dashboard->focus()->run().isEmpty())
        runs.append(m_dashboard->focus()->run());
    for (int row = 0; row < m_table->rowCount() && runs.size() < 2; ++row) // else the newest beside it
        if (const QString run = m_table->runAt(row); !run.isEmpty() && !runs.contains(run))
            runs.append(run);
    if (runs.size() < 2) {
        emit told(tr("Two runs are compared: there is only one."));
        return;
    }
    std::stable_sort(runs.begin(), runs.end(), [this](const QString &a, const QString &b) {
        return m_dashboard->store()->info(a)->created < m_dashboard->store()->info(b)->created;
    });
    m_compare->compare(runs[0], runs[1]);
    m_stack->setCurrentIndex(1);
    m_compare->setFocus(Qt::OtherFocusReason);
}

void RunsPanel::saveCsv()
{
    if (const QString problem = askAndSaveCsv(window(), tr("runs"), m_table->csv()); !problem.isEmpty())
        emit told(problem);
}

void RunsPanel::contextMenuEvent(QContextMenuEvent *event)
{
    const QString run = current();
    const RunInfo *info = m_dashboard->store()->info(run);
    if (isComparing() || !info)
        return;
    const Theme &theme = Theme::current();
    QMenu menu(this);
    menu.addAction(tr("Compare"), this, &RunsPanel::compareSelected);
    if (!info->isForeign) {
        menu.addAction(tr("Rename…"), this, &RunsPanel::renameCurrent);
        QMenu *colours = menu.addMenu(tr("Colour"));
        colours->addAction(tr("Its own"), this, [this, run] { m_dashboard->store()->setColour(run, {}); });
        for (int i = 0; i < theme.series.size(); ++i)
            colours->addAction(
                icon(QStringLiteral("record"), theme.series[i]), tr("Colour %1").arg(i + 1), this,
                [this, run, i] { m_dashboard->store()->setColour(run, Theme::current().seriesColour(i).name()); });
        menu.addAction(tr("Delete"), this, &RunsPanel::deleteSelected);
    }
    menu.addAction(tr("Show only this one"), this, [this, run] {
        m_dashboard->focus()->setRun(run);
        m_dashboard->showOnlyFocus();
    });
    menu.exec(event->globalPos());
}

RunList::RunList(Dashboard *dashboard, RunTable *table, QWidget *parent)
    : QWidget(parent)
    , m_view(makeView(table, this))
    , m_table(table)
{
    const Theme &theme = Theme::current();
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(theme.space(Space::Small), theme.space(Space::Tiny), 0, 0);
    column->setSpacing(0);
    m_view->horizontalHeader()->setMinimumSectionSize(theme.px(40));
    m_view->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_view->setSelectionMode(QAbstractItemView::SingleSelection);
    column->addWidget(m_view);
    setFixedWidth(theme.px(300));
    connect(table, &RunTable::modelReset, this, &RunList::hideColumns);
    connect(m_view, &QTableView::clicked, this, [this, dashboard](const QModelIndex &index) {
        if (const QString run = m_table->runAt(index.row()); !run.isEmpty())
            dashboard->focus()->setRun(run);
    });
    setFocusProxy(m_view);
    hideColumns();
}

/// Name, state, and the first of the best values.
void RunList::hideColumns()
{
    spanHeadings(m_view, m_table);
    for (int column = 0; column < m_table->columnCount(); ++column)
        m_view->setColumnHidden(column, column != 0 && column != 1 && column != 4);
    QHeaderView *header = m_view->horizontalHeader();
    if (m_table->columnCount() < 5)
        return;
    header->setSectionResizeMode(QHeaderView::Interactive);
    header->setSectionResizeMode(0, QHeaderView::Stretch);
    header->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    // Its title is longer than its numbers, and the names need the room.
    header->setSectionResizeMode(4, QHeaderView::Fixed);
    header->resizeSection(4, Theme::current().px(84));
}

} // namespace espalier
