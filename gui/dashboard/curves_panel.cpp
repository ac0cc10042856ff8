// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/dashboard/curves_panel.h"

#include "gui/dashboard/chart_export.h"
#include "gui/dashboard/dashboard.h"
#include "gui/dashboard/metric_tags.h"
#include "gui/models/focus.h"
#include "gui/models/run_store.h"
#include "widgets/charts/chart_link.h"
#include "widgets/common/theme.h"

#include <QtCore/QEvent>
#include <QtWidgets/QGridLayout>
#include <QtWidgets/QLabel>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QListWidget>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QScrollArea>
#include <QtWidgets/QStackedWidget>
#include <QtWidgets/QVBoxLayout>

#include <algorithm>

namespace espalier {
namespace {

constexpr int kChartWidth = 330; ///< the least, where columns are chosen by the room there is
constexpr int kFullHeight = 230;
constexpr int kLeastHeight = 150;
constexpr int kMostCharts = 200; ///< more are found by searching

QString groupOf(const CurveData &data)
{
    const qsizetype slash = data.key.lastIndexOf(QLatin1Char('/'));
    return slash < 0 ? QString() : data.key.left(slash);
}

} // namespace

CurvesPanel::CurvesPanel(Dashboard *dashboard, QWidget *parent)
    : QWidget(parent)
    , m_dashboard(dashboard)
    , m_stack(new QStackedWidget(this))
    , m_side(new QWidget(this))
    , m_search(new QLineEdit(m_side))
    , m_groups(new QListWidget(m_side))
    , m_scroll(new QScrollArea(this))
    , m_grid(new QWidget)
    , m_link(new ChartLink(this))
{
    const Theme &theme = Theme::current();
    auto *outer = new QHBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->setSpacing(0);
    outer->addWidget(m_stack);
    auto *empty = new QWidget(m_stack);
    auto *lines = new QVBoxLayout(empty);
    auto *sentence = new QLabel(tr("Train, or drop a TensorBoard folder here."), empty);
    sentence->setAlignment(Qt::AlignCenter);
    sentence->setForegroundRole(QPalette::PlaceholderText);
    auto *open = new QPushButton(tr("Open a TensorBoard folder…"), empty);
    connect(open, &QPushButton::clicked, this, &CurvesPanel::openLogdirRequested);
    lines->addStretch();
    lines->addWidget(sentence);
    lines->addWidget(open, 0, Qt::AlignHCenter);
    lines->addStretch();
    m_stack->addWidget(empty);
    auto *content = new QWidget(m_stack);
    m_row = new QHBoxLayout(content);
    m_row->setContentsMargins(0, 0, 0, 0);
    m_row->setSpacing(0);
    auto *side = new QVBoxLayout(m_side);
    side->setContentsMargins(theme.space(Space::Medium), theme.space(Space::Small), theme.space(Space::Small), 0);
    side->setSpacing(theme.space(Space::Small));
    m_search->setPlaceholderText(tr("Search tags"));
    m_search->setAccessibleName(tr("Search tags"));
    m_search->setClearButtonEnabled(true);
    m_groups->setAccessibleName(tr("Groups of tags"));
    m_groups->setFrameShape(QFrame::NoFrame);
    side->addWidget(m_search);
    side->addWidget(m_groups, 1);
    m_side->setFixedWidth(theme.px(200));
    m_side->hide();
    m_row->addWidget(m_side);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->setAccessibleName(tr("Curves"));
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto *grid = new QGridLayout(m_grid);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setSpacing(0);
    m_scroll->setWidget(m_grid);
    m_row->addWidget(m_scroll, 1);
    m_stack->addWidget(content);
    m_scroll->viewport()->installEventFilter(this);
    m_rebuildSoon.setSingleShot(true);
    m_rebuildSoon.setInterval(30);
    connect(&m_rebuildSoon, &QTimer::timeout, this, &CurvesPanel::rebuild);
    const auto soon = [this] { m_rebuildSoon.start(); };
    connect(dashboard, &Dashboard::runsChanged, this, soon);
    connect(dashboard, &Dashboard::tagsChanged, this, soon);
    connect(dashboard, &Dashboard::optionsChanged, this, soon);
    connect(dashboard, &Dashboard::dataChanged, this, &CurvesPanel::refreshLines);
    connect(dashboard, &Dashboard::focusChanged, this, &CurvesPanel::followFocus);
    connect(m_search, &QLineEdit::textChanged, dashboard, &Dashboard::setFilter);
    connect(m_groups, &QListWidget::itemChanged, this, [this](QListWidgetItem *item) {
        if (m_isListing)
            return;
        const QString group = item->data(Qt::UserRole).toString();
        const bool isOn = item->checkState() == Qt::Checked;
        (isOn ? m_shownGroups : m_hiddenGroups).insert(group);
        (isOn ? m_hiddenGroups : m_shownGroups).remove(group);
        m_rebuildSoon.start();
    });
    rebuild();
}

CurvesPanel::~CurvesPanel() = default;

void CurvesPanel::setAside(QWidget *widget)
{
    m_row->addWidget(widget);
}

void CurvesPanel::setFull(bool isFull)
{
    m_isFull = isFull;
    m_side->setVisible(isFull);
    m_rebuildSoon.start();
}

/// Without a search: the groups that are ticked, at first the run as a whole. In the dock there is no list to tick.
bool CurvesPanel::isWanted(const CurveData &curves, const QString &group) const
{
    const QString &filter = m_dashboard->filter();
    if (m_isFull && !filter.isEmpty()) {
        const QStringList words = filter.split(QLatin1Char(' '), Qt::SkipEmptyParts);
        return std::all_of(words.begin(), words.end(), [&](const QString &word) {
            return curves.key.contains(word, Qt::CaseInsensitive) || curves.title.contains(word, Qt::CaseInsensitive);
        });
    }
    if (curves.isPinned)
        return true;
    const bool isForeign = !groups().contains(QString());
    return m_shownGroups.contains(group) || ((group.isEmpty() || isForeign) && !m_hiddenGroups.contains(group));
}

QStringList CurvesPanel::groups() const
{
    QStringList groups;
    for (const CurveData &each : curvesOf(*m_dashboard))
        if (const QString group = groupOf(each); !groups.contains(group))
            groups.append(group);
    return groups;
}

void CurvesPanel::showGroups()
{
    const QStringList names = groups();
    QStringList listed;
    for (int i = 0; i < m_groups->count(); ++i)
        listed.append(m_groups->item(i)->data(Qt::UserRole).toString());
    if (listed == names)
        return;
    m_isListing = true;
    m_groups->clear();
    for (const QString &group : names) {
        auto *item = new QListWidgetItem(groupTitle(group), m_groups);
        item->setData(Qt::UserRole, group);
        item->setFlags(item->flags() | Qt::ItemIsUserCheckable);
        const bool isOn = m_shownGroups.contains(group) || (group.isEmpty() && !m_hiddenGroups.contains(group));
        item->setCheckState(isOn ? Qt::Checked : Qt::Unchecked);
    }
    m_isListing = false;
}

void CurvesPanel::rebuild()
{
    const QList<CurveData> all = curvesOf(*m_dashboard);
    m_stack->setCurrentIndex(all.isEmpty() ? 0 : 1);
    showGroups();
    QList<TimeChart *> order;
    for (const CurveData &each : all)
        if (order.size() < kMostCharts && isWanted(each, groupOf(each)))
            order.append(chartFor(each));
    for (auto it = m_charts.begin(); it != m_charts.end();) {
        if (order.contains(*it)) {
            ++it;
            continue;
        }
        m_shown.remove(*it);
        (*it)->deleteLater();
        (*it)->hide();
        it = m_charts.erase(it);
    }
    m_order = order;
    arrange();
    followFocus();
}

TimeChart *CurvesPanel::chartFor(const CurveData &curves)
{
    TimeChart *&chart = m_charts[curves.key];
    if (!chart) {
        chart = new TimeChart(m_grid);
        TimeChart *made = chart;
        made->setLink(m_link);
        connect(made, &TimeChart::stepRequested, this, [this](qint64 step) { m_dashboard->focus()->setStep(step); });
        connect(made, &ChartView::exportRequested, this, [this](ChartView *taken, const QString &kind) {
            if (const QString problem = takeAway(window(), *taken, kind); !problem.isEmpty())
                emit told(problem);
        });
        made->show();
    }
    m_shown.insert(chart, curves);
    chart->setTitle(curves.isPinned ? tr("%1 · pinned").arg(curves.title) : curves.title);
    chart->setToolTip(curves.help);
    chart->setPercent(curves.isPercent);
    chart->setSeries(curves.series);
    chart->setMarks(curves.marks);
    applyLook(*chart, curves, *m_dashboard);
    return chart;
}

/// As many columns as fit, or as were chosen; in the dock a row is as high as the dock.
void CurvesPanel::arrange()
{
    auto *grid = static_cast<QGridLayout *>(m_grid->layout());
    while (QLayoutItem *item = grid->takeAt(0))
        delete item;
    const Theme &theme = Theme::current();
    const QSize room = m_scroll->viewport()->size();
    const int fitting = std::clamp(room.width() / theme.px(kChartWidth), 1, 4);
    const int columns = m_dashboard->columns() > 0 ? m_dashboard->columns() : fitting;
    const int height = m_isFull ? theme.px(kFullHeight) : std::max(room.height(), theme.px(kLeastHeight));
    int place = 0;
    for (TimeChart *chart : std::as_const(m_order)) {
        chart->setFixedHeight(height);
        grid->addWidget(chart, place / columns, place % columns);
        ++place;
    }
    for (int column = 0; column < 5; ++column)
        grid->setColumnStretch(column, column < columns ? 1 : 0);
    for (int row = 0; row < grid->rowCount(); ++row)
        grid->setRowStretch(row, 0);
    grid->setRowStretch((place + columns - 1) / columns, 1);
    // Tab goes through the charts in the order in which they stand.
    for (qsizetype i = 1; i < m_order.size(); ++i)
        QWidget::setTabOrder(m_order[i - 1], m_order[i]);
}

bool CurvesPanel::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::Resize)
        arrange();
    return QWidget::eventFilter(watched, event);
}

/// Points come 20 times a second: only what is in sight is painted.
void CurvesPanel::refreshLines(const QStringList &runs)
{
    const bool isOfOurs
        = std::any_of(runs.begin(), runs.end(), [this](const QString &run) { return m_dashboard->isShown(run); });
    if (!isOfOurs || !isVisible())
        return;
    const QList<ChartMark> marks = curvesOf(*m_dashboard).value(0).marks;
    for (TimeChart *chart : std::as_const(m_order))
        chart->setMarks(marks);
    for (TimeChart *chart : std::as_const(m_order))
        if (!chart->visibleRegion().isEmpty())
            chart->refresh();
}

void CurvesPanel::followFocus()
{
    const Focus *focus = m_dashboard->focus();
    for (TimeChart *chart : std::as_const(m_order))
        chart->setTimeCursor(focus->isLive() ? std::nullopt : std::optional(focus->step()));
}

TimeChart *CurvesPanel::current() const
{
    for (TimeChart *chart : m_order)
        if (chart->hasFocus())
            return chart;
    return m_order.isEmpty() ? nullptr : m_order.first();
}

void CurvesPanel::pinCurrent()
{
    if (const TimeChart *chart = current())
        m_dashboard->setPinned(dataOf(chart).key, !dataOf(chart).isPinned);
}

void CurvesPanel::takeCurrent(const QString &kind)
{
    if (TimeChart *chart = current())
        if (const QString problem = takeAway(window(), *chart, kind); !problem.isEmpty())
            emit told(problem);
}

void CurvesPanel::fitAll()
{
    m_link->setRange(std::nullopt);
    for (TimeChart *chart : std::as_const(m_order))
        chart->fit();
}

void CurvesPanel::focusSearch()
{
    m_search->setFocus(Qt::ShortcutFocusReason);
    m_search->selectAll();
}

} // namespace espalier
