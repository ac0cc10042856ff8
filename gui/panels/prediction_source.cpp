// SPDX-License-Identifier: GPL-3.0-or-later
// What panels of predictions share: the question, its answer, and when to ask again.
#include "gui/engine_client/engine_client.h"
#include "gui/engine_client/text.h"
#include "gui/models/focus.h"
#include "gui/models/run_store.h"
#include "gui/panels/predictions_panel.h"
#include "gui/window/document_page.h"
#include "widgets/common/figures.h"

#include <QtCore/QTimer>

namespace espalier {
namespace {

constexpr int kPage = 100;
constexpr int kLivePauseMs = 3000; ///< the whole validation part is predicted each time

} // namespace

PredictionSource::PredictionSource(RunStore *runs, QObject *parent)
    : QObject(parent)
    , m_runs(runs)
    , m_soon(new QTimer(this))
{
    m_soon->setSingleShot(true);
    connect(m_soon, &QTimer::timeout, this, [this] { ask(0); });
    connect(runs, &RunStore::ended, this, [this](const QString &run) {
        if (m_page && m_page->focus()->run() == run)
            soon();
    });
}

void PredictionSource::setPage(DocumentPage *page)
{
    if (m_page)
        m_page->focus()->disconnect(this);
    m_page = page;
    if (page) {
        connect(page->focus(), &Focus::runChanged, this, [this] {
            m_filter.target = m_filter.predicted = -1;
            soon();
        });
        connect(page->focus(), &Focus::timeChanged, this, &PredictionSource::soon);
        connect(page->focus(), &Focus::sampleChanged, this, &PredictionSource::changed);
    }
    soon();
}

void PredictionSource::setFilter(const Filter &filter)
{
    if (filter == m_filter)
        return;
    m_filter = filter;
    soon();
}

void PredictionSource::soon()
{
    m_answer = {};
    m_items.clear();
    emit changed(); // whoever is visible asks
}

void PredictionSource::refresh()
{
    const bool hasRun = m_page && !m_page->focus()->run().isEmpty();
    if (!hasRun) {
        m_problem.clear();
        return;
    }
    if (m_run != m_page->focus()->run() || (m_answer.isNull() && m_problem.isEmpty()))
        ask(0);
    else if (m_answer["live"].boolean() && !m_soon->isActive())
        m_soon->start(kLivePauseMs);
}

void PredictionSource::more()
{
    if (!m_answer.isNull() && m_pending < 0 && static_cast<std::int64_t>(m_items.size()) < m_answer["total"].integer())
        ask(static_cast<qint64>(m_items.size()));
}

void PredictionSource::ask(qint64 offset)
{
    if (!m_page || m_page->focus()->run().isEmpty())
        return;
    if (m_pending >= 0) {
        m_isAgain = true;
        return;
    }
    const QString run = m_page->focus()->run();
    JsonValue params = JsonValue::object().set("run", run.toStdString()).set("part", m_filter.part.toStdString());
    params.set("sort", m_filter.sort.toStdString())
        .set("offset", static_cast<std::int64_t>(offset))
        .set("limit", kPage);
    if (m_filter.wrongOnly)
        params.set("wrong", true);
    if (m_filter.target >= 0)
        params.set("target", m_filter.target);
    if (m_filter.predicted >= 0)
        params.set("predicted", m_filter.predicted);
    m_pending = m_runs->engine()->request(QStringLiteral("run.predictions"), std::move(params), this,
                                          [this, run, offset, asked = m_filter](const Result<JsonValue> &result) {
                                              m_pending = -1;
                                              const bool isOld
                                                  = !m_page || m_page->focus()->run() != run || asked != m_filter;
                                              if (std::exchange(m_isAgain, false) || isOld) {
                                                  ask(0);
                                                  return;
                                              }
                                              m_run = run;
                                              m_problem = result ? QString() : text(result.error());
                                              if (!result) {
                                                  m_answer = {};
                                                  m_items.clear();
                                              } else if (offset > 0 && !m_answer.isNull()) {
                                                  const JsonValue::Array &more = (*result)["items"].items();
                                                  m_items.insert(m_items.end(), more.begin(), more.end());
                                                  emit moreCame();
                                                  return;
                                              } else {
                                                  m_answer = *result;
                                                  m_items = (*result)["items"].items();
                                              }
                                              emit changed();
                                          });
}

QString PredictionSource::title() const
{
    if (!m_page || m_answer.isNull())
        return {};
    QStringList parts;
    if (const RunInfo *info = m_runs->info(m_page->focus()->run()))
        parts.append(info->name);
    parts.append(tr("step %1").arg(formatCount(m_answer["step"].integer())));
    const QString part = m_filter.part == QLatin1StringView("train") ? tr("train")
        : m_filter.part == QLatin1StringView("test")                 ? tr("test")
                                                                     : tr("validation");
    if (m_answer["accuracy"].isNumber())
        parts.append(QStringLiteral("%1 %2").arg(part, formatPercent(m_answer["accuracy"].number())));
    else
        parts.append(part);
    if (m_answer["r2"].isNumber())
        parts.append(tr("R² %1").arg(formatNumber(m_answer["r2"].number())));
    if (m_answer["mae"].isNumber())
        parts.append(tr("mean error %1").arg(formatNumber(m_answer["mae"].number())));
    return parts.join(QStringLiteral(" · "));
}

} // namespace espalier
