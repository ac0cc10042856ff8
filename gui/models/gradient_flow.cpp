// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/models/gradient_flow.h"

#include "gui/engine_client/engine_client.h"
#include "gui/models/focus.h"
#include "gui/models/run_store.h"

#include <QtCore/QTimer>

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

constexpr qsizetype kAtOnce = 64; ///< tensors of one probe
constexpr int kPauseMs = 2000; ///< a probe goes forward and back through the whole model
constexpr double kWidest = 4;
constexpr double kThinnest = 0.5;

} // namespace

float wireWeight(double norm, double greatest)
{
    if (!(norm > 0) || !(greatest > 0) || !std::isfinite(norm) || !std::isfinite(greatest))
        return static_cast<float>(kThinnest);
    return static_cast<float>(std::clamp(kWidest + std::log10(norm / greatest), kThinnest, kWidest));
}

GradientFlow::GradientFlow(RunStore *runs, Focus *focus, QObject *parent)
    : QObject(parent)
    , m_runs(runs)
    , m_focus(focus)
    , m_soon(new QTimer(this))
{
    m_soon->setSingleShot(true);
    connect(m_soon, &QTimer::timeout, this, &GradientFlow::ask);
    connect(focus, &Focus::runChanged, this, [this] {
        m_weights.clear();
        emit changed();
        if (m_isOn)
            m_soon->start(0);
    });
    connect(focus, &Focus::sampleChanged, this, [this] {
        if (m_isOn)
            m_soon->start(0);
    });
    connect(runs, &RunStore::changed, this, [this](const QStringList &runsChanged) {
        if (m_isOn && m_focus->isLive() && runsChanged.contains(m_focus->run()) && !m_soon->isActive())
            m_soon->start(kPauseMs);
    });
}

void GradientFlow::setOn(bool on)
{
    if (on == m_isOn)
        return;
    m_isOn = on;
    if (on) {
        m_soon->start(0);
        return;
    }
    m_soon->stop();
    m_weights.clear();
    emit changed();
}

void GradientFlow::setOutputs(const QList<GraphEnd> &outputs, const QHash<QString, QString> &paths)
{
    if (outputs == m_outputs && paths == m_paths)
        return;
    m_outputs = outputs;
    m_paths = paths;
    if (m_isOn)
        m_soon->start(0);
}

void GradientFlow::ask()
{
    if (m_isAsking || m_focus->run().isEmpty() || m_outputs.isEmpty())
        return;
    m_norms.clear();
    m_isAsking = true;
    askFrom(0, m_focus->run());
}

void GradientFlow::askFrom(qsizetype first, const QString &run)
{
    const QList<GraphEnd> part = m_outputs.mid(first, kAtOnce);
    if (part.isEmpty() || run != m_focus->run()) {
        finish();
        return;
    }
    JsonValue::Array tensors;
    for (const GraphEnd &output : part)
        tensors.push_back(JsonValue::object()
                              .set("node", m_paths.value(output.node).toStdString())
                              .set("port", output.port.toStdString())
                              .set("gradient", true));
    JsonValue params = JsonValue::object().set("run", run.toStdString()).set("values", 0);
    params.set("tensors", JsonValue(std::move(tensors)));
    if (m_focus->sample().row >= 0)
        params.set("rows", JsonValue(JsonValue::Array{JsonValue(static_cast<std::int64_t>(m_focus->sample().row))}));
    m_runs->engine()->request(
        QStringLiteral("run.probe"), std::move(params), this,
        [this, part, first, run](const Result<JsonValue> &result) {
            const JsonValue::Array probed = result ? (*result)["tensors"].items() : JsonValue::Array{};
            for (std::size_t i = 0; i < probed.size() && i < static_cast<std::size_t>(part.size()); ++i)
                if (const JsonValue &norm = probed[i]["statistics"]["norm"]; norm.isNumber())
                    m_norms.insert(part[static_cast<qsizetype>(i)], norm.number());
            askFrom(first + kAtOnce, run);
        });
}

void GradientFlow::finish()
{
    m_isAsking = false;
    if (!m_isOn)
        return;
    double greatest = 0;
    for (const double norm : std::as_const(m_norms))
        greatest = std::max(greatest, std::isfinite(norm) ? norm : 0);
    m_weights.clear();
    for (auto it = m_norms.cbegin(); it != m_norms.cend(); ++it)
        m_weights.insert(it.key(), wireWeight(it.value(), greatest));
    emit changed();
}

} // namespace espalier
