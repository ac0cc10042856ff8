// SPDX-License-Identifier: Apache-2.0
#include "engine/train/health.h"

#include "engine/graph/resolve.h"
#include "engine/protocol/change.h"

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

constexpr std::size_t kMostHistory = 100;
constexpr std::size_t kMostFindings = 1000;

std::int64_t percent(double share)
{
    return std::isnan(share) ? 0 : std::llround(std::clamp(share, 0.0, 1e9) * 100);
}

Fix clipFix()
{
    const Change change{{setDocumentField("training/optimizer/clip_norm", JsonValue(1.0))}};
    return {"Clip the gradients", {}, changeToJson(change).dump()};
}

} // namespace

std::vector<LayerPlace> layersOf(const Document &document)
{
    const ResolvedGraph graph = resolve(document);
    std::vector<LayerPlace> layers;
    for (const ResolvedNode &node : graph.nodes) {
        LayerPlace place{node.namePath, node.idPath, {}};
        for (const ResolvedPort &port : node.inputs)
            for (const Source &source : port.sources)
                place.inputs.push_back(graph.nodes[static_cast<std::size_t>(source.node)].namePath);
        layers.push_back(std::move(place));
    }
    return layers;
}

Error HealthFinding::sentence() const
{
    Error e;
    if (code == "health.dead")
        e = error(
            code,
            "{0} % of the units of {1} gave 0 for every sample of the batches that were looked at: nothing reaches "
            "them and they don't learn any more. Lower the learning rate, or use LeakyReLU or batch normalisation "
            "there.",
            percent(value), name);
    else if (code == "health.vanishing")
        e = error(code,
                  "The gradients of {0} are {1} times smaller than the largest ones of the drawing, so it hardly "
                  "learns. Use ReLU instead of sigmoid or tanh, batch normalisation, or a shortcut round the layers "
                  "behind it.",
                  name, std::llround(1 / std::max(value, 1e-15)));
    else
        e = error(code,
                  "One step changed the weights of {0} by {1} % of their size, so what it had learned is gone. Lower "
                  "the learning rate, or clip the gradients.",
                  name, percent(value))
                .fix(clipFix());
    return std::move(e).at({.node = node.substr(node.rfind('/') + 1)});
}

HealthMonitor::HealthMonitor(std::vector<LayerPlace> places, HealthThresholds thresholds)
    : m_thresholds(thresholds)
{
    for (LayerPlace &place : places)
        m_places[place.name] = std::move(place);
}

void HealthMonitor::goBack(std::int64_t step)
{
    m_suspicions.clear();
    std::erase_if(m_findings, [&](const HealthFinding &f) { return f.since >= step; });
    for (HealthFinding &finding : m_findings) {
        std::erase_if(finding.history, [&](const auto &point) { return point.first >= step; });
        if (finding.step >= step && !finding.history.empty())
            std::tie(finding.step, finding.value) = finding.history.back();
    }
    ++m_changes;
}

/// A finding begins after `patience` observations in a row and ends with the first that does not show it.
void HealthMonitor::judge(const char *code, const std::string &layer, bool isTrue, double value, int patience)
{
    const auto open = std::find_if(m_findings.begin(), m_findings.end(), [&](const HealthFinding &f) {
        return f.isActive && f.code == code && f.name == layer;
    });
    Suspicion &suspicion = m_suspicions[{code, layer}];
    if (!isTrue) {
        suspicion = {};
        if (open == m_findings.end())
            return;
        open->isActive = false;
        ++m_changes;
        return;
    }
    if (suspicion.count++ == 0)
        suspicion.since = m_step;
    if (open != m_findings.end()) {
        open->step = m_step;
        open->value = value;
        open->history.emplace_back(m_step, value);
        if (open->history.size() > kMostHistory)
            open->history.erase(open->history.begin());
    } else if (suspicion.count >= patience && m_findings.size() < kMostFindings) {
        const auto place = m_places.find(layer);
        m_findings.push_back({code,
                              layer,
                              place == m_places.end() ? "" : place->second.node,
                              suspicion.since,
                              m_step,
                              value,
                              true,
                              {{m_step, value}}});
        ++m_changes;
    }
}

/// What comes in dead goes on dead through pooling and reshaping: the layer where it begins is the one to mend.
bool HealthMonitor::isFirstDead(const std::string &layer, const std::map<std::string, double> &dead) const
{
    const auto place = m_places.find(layer);
    if (place == m_places.end())
        return true;
    return std::none_of(place->second.inputs.begin(), place->second.inputs.end(),
                        [&](const std::string &input) { return dead.contains(input); });
}

void HealthMonitor::observe(std::int64_t step, const std::vector<LayerHealth> &layers)
{
    if (step <= m_step)
        goBack(step);
    m_step = step;
    std::map<std::string, double> dead;
    double largest = 0;
    bool isCut = false; // a layer through which no gradient comes: those before it have none for that reason
    for (const LayerHealth &layer : layers) {
        if (layer.deadShare && *layer.deadShare > m_thresholds.deadShare)
            dead[layer.name] = *layer.deadShare;
        isCut = isCut || (layer.deadShare && *layer.deadShare >= 1);
        if (layer.gradientSize && std::isfinite(*layer.gradientSize))
            largest = std::max(largest, *layer.gradientSize);
    }
    for (const LayerHealth &layer : layers) {
        if (layer.deadShare)
            judge("health.dead", layer.name, dead.contains(layer.name) && isFirstDead(layer.name, dead),
                  *layer.deadShare, m_thresholds.deadPatience);
        if (layer.gradientSize) {
            const double ratio = largest > 0 ? *layer.gradientSize / largest : 1;
            judge("health.vanishing", layer.name, ratio < m_thresholds.vanishingRatio && !isCut, ratio,
                  m_thresholds.vanishingPatience);
        }
        if (layer.updateRatio)
            judge("health.exploding", layer.name, *layer.updateRatio > m_thresholds.updateRatio, *layer.updateRatio,
                  m_thresholds.explodingPatience);
    }
}

} // namespace espalier
