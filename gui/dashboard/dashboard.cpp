// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/dashboard/dashboard.h"

#include "gui/models/focus.h"
#include "gui/models/run_store.h"
#include "gui/window/document_page.h"
#include "widgets/common/theme.h"

#include <QtCore/QFileInfo>
#include <QtCore/QSettings>

#include <algorithm>

namespace espalier {
namespace {

constexpr int kShownByThemselves = 3; ///< the newest runs, without a choice of the person

} // namespace

Dashboard::Dashboard(RunStore *store, QObject *parent)
    : QObject(parent)
    , m_store(store)
    , m_ownFocus(new Focus(this))
{
    const QSettings settings;
    m_smoothing = qBound(0.0, settings.value(QStringLiteral("curves/smoothing"), m_smoothing).toDouble(), 0.999);
    m_axis = static_cast<CurveAxis>(qBound(0, settings.value(QStringLiteral("curves/axis"), 0).toInt(), 3));
    m_columns = qBound(0, settings.value(QStringLiteral("curves/columns"), 0).toInt(), 4);
    m_pinned = settings.value(QStringLiteral("curves/pinned")).toStringList();
    connect(store, &RunStore::runsChanged, this, &Dashboard::followShown);
    connect(store, &RunStore::tagsChanged, this, &Dashboard::tagsChanged);
    connect(store, &RunStore::changed, this, &Dashboard::dataChanged);
    connect(m_ownFocus, &Focus::changed, this, &Dashboard::focusChanged);
    connect(m_ownFocus, &Focus::runChanged, this, &Dashboard::followShown);
}

Dashboard::~Dashboard() = default;

DocumentPage *Dashboard::page() const
{
    return m_page;
}

Focus *Dashboard::focus() const
{
    return m_page ? m_page->focus() : m_ownFocus;
}

void Dashboard::setPage(DocumentPage *page)
{
    if (m_page == page)
        return;
    if (m_page)
        m_page->focus()->disconnect(this);
    m_page = page;
    if (page) {
        connect(page->focus(), &Focus::changed, this, &Dashboard::focusChanged);
        connect(page->focus(), &Focus::runChanged, this, &Dashboard::followShown);
    }
    followShown();
    emit pageChanged();
    emit focusChanged();
}

QStringList Dashboard::shown() const
{
    return m_shown;
}

bool Dashboard::isShown(const QString &run) const
{
    return m_shown.contains(run);
}

void Dashboard::setShown(const QString &run, bool isShown)
{
    m_choice.insert(run, isShown);
    followShown();
}

void Dashboard::showOnlyFocus()
{
    for (const QString &run : m_store->runs())
        m_choice.insert(run, run == focus()->run());
    followShown();
}

/// The run looked at is always shown; of the others what the person chose, and the newest without a choice.
void Dashboard::followShown()
{
    QStringList all = m_store->runs();
    const auto createdOf = [this](const QString &run) { return m_store->info(run)->created; };
    std::stable_sort(all.begin(), all.end(),
                     [&](const QString &a, const QString &b) { return createdOf(a) < createdOf(b); });
    QStringList shown;
    for (qsizetype i = 0; i < all.size(); ++i) {
        const QString &run = all[i];
        const RunInfo *info = m_store->info(run);
        const bool byItself = info->isAlive || info->isForeign || i >= all.size() - kShownByThemselves;
        if (run == focus()->run() || m_choice.value(run, byItself))
            shown.append(run);
    }
    for (const QString &run : std::as_const(shown))
        m_store->follow(run);
    for (const QString &run : std::as_const(m_shown))
        if (!shown.contains(run) && m_store->info(run) && !m_store->info(run)->isAlive)
            m_store->leave(run);
    m_shown = shown;
    keepColours();
    emit runsChanged();
}

/// A run keeps its colour while it is shown; one that comes takes the first that is free.
void Dashboard::keepColours()
{
    m_slots.removeIf([this](const auto &entry) { return !m_shown.contains(entry.key()); });
    for (const QString &run : std::as_const(m_shown)) {
        if (m_slots.contains(run))
            continue;
        int free = 0;
        const auto isTaken = [&](int slot) {
            return std::any_of(m_slots.cbegin(), m_slots.cend(), [&](int taken) { return taken == slot; });
        };
        while (isTaken(free))
            ++free;
        m_slots.insert(run, free);
    }
}

QColor Dashboard::colour(const QString &run) const
{
    const Theme &theme = Theme::current();
    if (const RunInfo *info = m_store->info(run); info && !info->colour.isEmpty()) {
        // "series-3": one of the eight, right in both themes.
        bool isIndex = false;
        const int index = info->colour.section(QLatin1Char('-'), -1).toInt(&isIndex);
        if (info->colour.startsWith(QLatin1StringView("series-")) && isIndex)
            return theme.seriesColour(index);
        if (const QColor own(info->colour); own.isValid())
            return own;
    }
    const auto slot = m_slots.constFind(run);
    return slot == m_slots.cend() ? theme.faint : theme.seriesColour(*slot);
}

int Dashboard::marker(const QString &run) const
{
    return Theme::current().seriesMarker(m_slots.value(run, 0));
}

QString Dashboard::name(const QString &run) const
{
    const RunInfo *info = m_store->info(run);
    return info && !info->name.isEmpty() ? info->name : QFileInfo(run).fileName();
}

void Dashboard::setSmoothing(double weight)
{
    m_smoothing = qBound(0.0, weight, 0.999);
    remember();
    emit optionsChanged();
}

void Dashboard::setAxis(CurveAxis axis)
{
    m_axis = axis;
    remember();
    emit optionsChanged();
}

void Dashboard::setScale(CurveScale scale)
{
    m_scale = scale;
    emit optionsChanged();
}

void Dashboard::setColumns(int columns)
{
    m_columns = qBound(0, columns, 4);
    remember();
    emit optionsChanged();
}

void Dashboard::setPinned(const QString &key, bool isPinned)
{
    m_pinned.removeAll(key);
    if (isPinned)
        m_pinned.append(key);
    remember();
    emit optionsChanged();
}

void Dashboard::setFilter(const QString &words)
{
    if (m_filter == words)
        return;
    m_filter = words;
    emit optionsChanged();
}

void Dashboard::remember() const
{
    QSettings settings;
    settings.setValue(QStringLiteral("curves/smoothing"), m_smoothing);
    settings.setValue(QStringLiteral("curves/axis"), static_cast<int>(m_axis));
    settings.setValue(QStringLiteral("curves/columns"), m_columns);
    settings.setValue(QStringLiteral("curves/pinned"), m_pinned);
}

} // namespace espalier
