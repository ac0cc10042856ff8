// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/models/node_watch.h"

#include "engine/protocol/error_json.h"
#include "gui/engine_client/engine_client.h"
#include "gui/engine_client/text.h"
#include "gui/models/focus.h"
#include "gui/models/node_path.h"
#include "gui/models/run_drawing.h"
#include "gui/models/run_store.h"
#include "widgets/charts/histogram_series.h"
#include "widgets/charts/series.h"
#include "widgets/common/figures.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace espalier {
namespace {

constexpr double kTail = 50; ///< basis points of the values that each end may leave out

QString wordOf(NodePicture picture)
{
    switch (picture) {
    case NodePicture::Activations:
        return NodeWatch::tr("activations");
    case NodePicture::Weights:
        return NodeWatch::tr("weights");
    case NodePicture::Gradients:
        return NodeWatch::tr("gradients");
    case NodePicture::Nothing:
        break;
    }
    return {};
}

} // namespace

QList<float> silhouette(const HistogramFrame &frame, int bars)
{
    if (frame.bins.empty() || bars <= 0)
        return {};
    double low = frame.percentile(kTail);
    double high = frame.percentile(10'000 - kTail);
    if (!std::isfinite(low) || !std::isfinite(high))
        return {};
    if (!(low < high)) {
        const double wide = std::max(std::abs(low), 1e-12);
        low -= wide;
        high += wide;
    }
    const std::vector<float> counts = frame.resampled(low, high, bars);
    const float most = *std::max_element(counts.begin(), counts.end());
    QList<float> heights;
    heights.reserve(bars);
    for (const float count : counts)
        heights.append(most > 0 ? std::sqrt(std::max(0.0F, count) / most) : 0);
    return heights;
}

NodeWatch::NodeWatch(RunStore *store, Focus *focus, QObject *parent)
    : QObject(parent)
    , m_store(store)
    , m_focus(focus)
    , m_drawing(new RunDrawing(store->engine(), this))
{
    m_soon.setSingleShot(true);
    m_last.start();
    connect(&m_soon, &QTimer::timeout, this, &NodeWatch::look);
    connect(m_drawing, &RunDrawing::changed, this, [this] {
        resolve();
        emit reset();
        soon();
    });
    connect(focus, &Focus::runChanged, this, [this] {
        if (!m_focus->run().isEmpty())
            m_store->follow(m_focus->run());
        m_health = {};
        m_shares.clear();
        m_drawing->setRun(m_focus->run());
        resolve();
        emit reset();
        askHealth();
        askShares();
        soon();
    });
    connect(focus, &Focus::timeChanged, this, &NodeWatch::soon);
    connect(store, &RunStore::changed, this, [this](const QStringList &runs) {
        if (runs.contains(m_focus->run()))
            soon();
    });
    connect(store, &RunStore::tagsChanged, this, [this](const QString &run) { m_hasNewTags |= run == m_focus->run(); });
    connect(store, &RunStore::healthChanged, this, [this](const QString &run) {
        if (run != m_focus->run())
            return;
        m_health = m_store->health(run);
        soon();
    });
    connect(store, &RunStore::ended, this, [this](const QString &run) {
        if (run == m_focus->run()) {
            askHealth();
            m_drawing->refresh();
        }
    });
}

void NodeWatch::setSource(std::function<Shown()> source)
{
    m_source = std::move(source);
    shownChanged();
}

void NodeWatch::shownChanged()
{
    m_isShownStale = true;
    soon();
}

void NodeWatch::setPicture(NodePicture picture)
{
    if (picture == m_picture)
        return;
    m_picture = picture;
    resolve();
    emit reset();
    soon();
}

/// Places and names anew; what is shown of nodes that stay is kept until there is something newer.
void NodeWatch::resolve()
{
    m_hasNewTags = true;
    m_isShownStale = false;
    m_places.clear();
    const NodeLooks before = std::exchange(m_looks, {});
    const Document *there = m_drawing->document();
    bool isAny = false;
    if (m_source && there && !m_focus->run().isEmpty()) {
        const Shown shown = m_source();
        for (auto it = shown.paths.cbegin(); it != shown.paths.cend(); ++it) {
            Place place;
            place.path = it.value();
            place.result = resultPath(*there, place.path);
            place.name = namePath(*there, place.result);
            NodeLook look;
            look.word = wordOf(m_picture);
            look.isInRun = m_drawing->hasSame(shown.drawing, place.path);
            const auto had = before.constFind(it.key());
            if (had != before.cend() && had->word == look.word && had->isInRun == look.isInRun)
                look = *had;
            else
                m_fresh.insert(it.key());
            isAny |= look.isInRun;
            m_looks.insert(it.key(), look);
            m_places.insert(it.key(), place);
        }
    }
    // A run of another drawing says nothing about any node: that is no reason to write so on each.
    if (std::exchange(m_isOfRun, isAny) != isAny)
        emit reset();
}

void NodeWatch::soon()
{
    if (m_soon.isActive() || m_focus->run().isEmpty())
        return;
    m_soon.start(static_cast<int>(std::max<qint64>(0, kPauseMs - m_last.elapsed())));
}

QString NodeWatch::tagOf(const QString &name, const QSet<QString> &tags) const
{
    if (name.isEmpty() || m_picture == NodePicture::Nothing)
        return {};
    if (m_picture == NodePicture::Activations) {
        const QString tag = name + QStringLiteral("/activation");
        return tags.contains(tag) ? tag : QString();
    }
    const QString end = m_picture == NodePicture::Gradients ? QStringLiteral("/gradient") : QString();
    for (const QString &own : {QStringLiteral(".weight"), QStringLiteral(".weight_ih"), QStringLiteral(".bias")})
        if (tags.contains(name + own + end))
            return name + own + end;
    return {};
}

void NodeWatch::findTags()
{
    if (!std::exchange(m_hasNewTags, false))
        return;
    const QStringList list = m_store->tags(m_focus->run(), RunStore::TagKind::Histogram);
    const QSet<QString> tags(list.begin(), list.end());
    for (Place &place : m_places)
        place.tag = tagOf(place.name, tags);
}

void NodeWatch::look()
{
    m_last.restart();
    if (m_isShownStale)
        resolve();
    if (!m_isOfRun)
        return;
    findTags();
    const qint64 step = m_focus->isLive() ? std::numeric_limits<qint64>::max() : m_focus->step();
    for (auto place = m_places.begin(); place != m_places.end(); ++place) {
        NodeLook look = m_looks.value(place.key());
        look.warning = warningOf(*place, step);
        if (const auto share = shareOf(*place); share && look.isInRun)
            look.share = formatPercent(*share, 2);
        const auto frames = place->tag.isEmpty() ? nullptr : m_store->histograms(m_focus->run(), place->tag);
        const qsizetype at = frames ? frames->atStep(step) : -1;
        if (at < 0) {
            look.picture.clear();
            look.tip.clear();
            place->step.reset();
        } else if (place->step != frames->at(at).step) {
            place->step = frames->at(at).step;
            look.picture = silhouette(frames->at(at));
            look.tip = tipOf(*place, *place->step);
        }
        mark(place.key(), look);
    }
    tell();
}

void NodeWatch::mark(const QString &node, const NodeLook &look)
{
    NodeLook &now = m_looks[node];
    if (now == look)
        return;
    now = look;
    m_fresh.insert(node);
}

void NodeWatch::tell()
{
    if (m_fresh.isEmpty())
        return;
    const QSet<QString> fresh = std::exchange(m_fresh, {});
    emit changed(QStringList(fresh.cbegin(), fresh.cend()));
}

QString NodeWatch::warningOf(const Place &place, qint64 step) const
{
    for (const JsonValue &finding : m_health["findings"].items()) {
        const QString path = qString(finding["node"].string());
        if (path != place.path && path != place.result && !path.startsWith(place.path + QLatin1Char('/')))
            continue;
        const bool isOver = !finding["active"].boolean() && step > finding["step"].integer();
        if (step < finding["since"].integer() || isOver)
            continue;
        if (const auto error = errorFromJson(finding); !error.text.empty())
            return text(error);
        return qString(finding["message"].string());
    }
    return {};
}

QString NodeWatch::tipOf(const Place &place, qint64 step) const
{
    const auto value = [&](const char *statistic) -> std::optional<double> {
        const QString tag = QStringLiteral("layers/%1/%2").arg(place.name, QLatin1StringView(statistic));
        const auto series = m_store->series(m_focus->run(), tag);
        const qsizetype at = series ? series->atStep(step) : -1;
        return at < 0 ? std::nullopt : std::optional<double>(series->value(at));
    };
    QStringList lines;
    const auto mean = value("activation_mean");
    const auto deviation = value("activation_std");
    if (mean && deviation)
        lines.append(tr("Activations: mean %1, spread %2").arg(formatNumber(*mean), formatNumber(*deviation)));
    if (const auto zeros = value("activation_zero_share"))
        lines.append(tr("Exactly zero: %1 of them").arg(formatPercent(*zeros)));
    if (const auto norm = value("gradient_norm"))
        lines.append(tr("Size of its gradient: %1").arg(formatNumber(*norm)));
    if (const auto ratio = value("update_ratio"))
        lines.append(tr("A step changes its weights by %1").arg(formatPercent(*ratio)));
    if (const auto share = shareOf(place))
        lines.append(tr("Time: %1 of a step, %2").arg(formatPercent(*share), formatDuration(*share * m_stepSeconds)));
    return lines.isEmpty()
        ? QString()
        : tr("At step %1:").arg(formatCount(step)) + QLatin1Char('\n') + lines.join(QLatin1Char('\n'));
}

void NodeWatch::askHealth()
{
    if (m_focus->run().isEmpty() || m_store->engine()->state() != EngineClient::State::Ready)
        return;
    m_store->engine()->request(QStringLiteral("run.health"),
                               JsonValue::object().set("run", m_focus->run().toStdString()), this,
                               [this, run = m_focus->run()](const Result<JsonValue> &health) {
                                   if (!health || run != m_focus->run())
                                       return; // of another program, or too old: nothing is known then
                                   m_health = *health;
                                   soon();
                               });
}

/// Which share of a step each layer takes, by a measurement beside training; a block has that of all it holds.
void NodeWatch::askShares()
{
    if (m_focus->run().isEmpty() || m_store->engine()->state() != EngineClient::State::Ready)
        return;
    m_store->engine()->request(QStringLiteral("run.profile"),
                               JsonValue::object().set("run", m_focus->run().toStdString()), this,
                               [this, run = m_focus->run()](const Result<JsonValue> &profile) {
                                   if (!profile || run != m_focus->run())
                                       return;
                                   m_stepSeconds = (*profile)["seconds"].number();
                                   for (const JsonValue &node : (*profile)["nodes"].items())
                                       m_shares.insert(qString(node["node"].string()), node["share"].number());
                                   soon();
                               });
}

std::optional<double> NodeWatch::shareOf(const Place &place) const
{
    if (const auto own = m_shares.constFind(place.path); own != m_shares.cend())
        return *own;
    const QString inside = place.path + QLatin1Char('/');
    double sum = 0;
    for (auto it = m_shares.cbegin(); it != m_shares.cend(); ++it)
        if (it.key().startsWith(inside))
            sum += it.value();
    return sum > 0 ? std::optional(sum) : std::nullopt;
}

} // namespace espalier
