// SPDX-License-Identifier: Apache-2.0
#include "engine/server/run_health.h"

#include "engine/base/file.h"
#include "engine/io/run_directory.h"
#include "engine/protocol/document.h"
#include "engine/protocol/error_json.h"
#include "engine/protocol/event_reader.h"
#include "engine/server/run_files.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace espalier {
namespace {

constexpr std::size_t kMostReaders = 4;
constexpr std::string_view kPrefix = "layers/";

JsonValue findingToJson(const HealthFinding &finding)
{
    JsonValue history = JsonValue::array();
    for (const auto &[step, value] : finding.history)
        history.append(JsonValue(JsonValue::Array{step, value}));
    JsonValue json = JsonValue::object();
    json.set("code", finding.code).set("node", finding.node).set("name", finding.name).set("since", finding.since);
    json.set("step", finding.step).set("value", finding.value).set("active", finding.isActive);
    const JsonValue sentence = errorToJson(finding.sentence());
    for (const auto &[name, member] : sentence.members())
        if (name != "code")
            json.set(name, member);
    return json.set("history", std::move(history));
}

} // namespace

JsonValue healthToJson(const std::string &run, const HealthMonitor &monitor)
{
    JsonValue findings = JsonValue::array();
    for (const HealthFinding &finding : monitor.findings())
        findings.append(findingToJson(finding));
    const HealthThresholds &t = monitor.thresholds();
    return JsonValue::object()
        .set("run", run)
        .set("step", monitor.step())
        .set("thresholds",
             JsonValue::object()
                 .set("dead_share", t.deadShare)
                 .set("vanishing_ratio", t.vanishingRatio)
                 .set("update_ratio", t.updateRatio))
        .set("findings", std::move(findings));
}

/// Puts the scalars of a step together again.
class HealthReader : public EventSink {
public:
    HealthReader(std::string run, std::vector<LayerPlace> places)
        : m_run(std::move(run))
        , m_monitor(std::move(places))
    {
    }
    const std::string &run() const { return m_run; }

    Result<void> readOn()
    {
        for (const RunFile &file : listRunFiles(m_run)) {
            if (!isEventFileName(file.name))
                continue; // also those in subfolders
            auto open = m_files.find(file.name);
            if (open == m_files.end()) {
                ESPALIER_TRY(EventFile events, EventFile::open(m_run + "/" + file.name));
                open = m_files.emplace(file.name, std::move(events)).first;
            }
            for (;;) {
                const auto records = open->second.poll(*this);
                if (!records || *records == 0)
                    break; // what is damaged ends there; what was read counts
            }
        }
        return {};
    }

    /// With the step that may not be whole yet.
    HealthMonitor now() const
    {
        HealthMonitor monitor = m_monitor;
        flush(monitor, m_step, m_layers);
        return monitor;
    }

    void scalar(const EventStamp &stamp, std::string_view tag, double value) override
    {
        const std::size_t end = tag.rfind('/');
        if (!tag.starts_with(kPrefix) || end <= kPrefix.size() - 1)
            return;
        if (stamp.step != m_step) {
            flush(m_monitor, m_step, m_layers);
            m_layers.clear();
            m_step = stamp.step;
        }
        Layer &layer = m_layers[std::string(tag.substr(kPrefix.size(), end - kPrefix.size()))];
        const std::string_view statistic = tag.substr(end + 1);
        if (statistic == "dead_share")
            layer.health.deadShare = value;
        else if (statistic == "gradient_mean")
            layer.gradientMean = value;
        else if (statistic == "gradient_std")
            layer.gradientStd = value;
        else if (statistic == "weight_norm")
            layer.health.weightNorm = value;
        else if (statistic == "update_ratio")
            layer.health.updateRatio = value;
    }

private:
    struct Layer {
        LayerHealth health;
        std::optional<double> gradientMean;
        std::optional<double> gradientStd;
    };
    using Layers = std::map<std::string, Layer>;

    static void flush(HealthMonitor &monitor, std::int64_t step, const Layers &layers)
    {
        if (layers.empty())
            return;
        std::vector<LayerHealth> seen;
        for (const auto &[name, layer] : layers) {
            LayerHealth health = layer.health;
            health.name = name;
            if (layer.gradientMean && layer.gradientStd)
                health.gradientSize
                    = std::hypot(*layer.gradientMean, *layer.gradientStd); // the root of the mean square
            seen.push_back(std::move(health));
        }
        monitor.observe(step, seen);
    }

    std::string m_run;
    HealthMonitor m_monitor;
    std::map<std::string, EventFile> m_files;
    std::int64_t m_step = -1;
    Layers m_layers; ///< of m_step
};

HealthReaders::HealthReaders() = default;
HealthReaders::~HealthReaders() = default;

Result<JsonValue> HealthReaders::answer(const std::string &run)
{
    const std::lock_guard lock(m_mutex);
    auto found = std::find_if(m_readers.begin(), m_readers.end(), [&](const auto &r) { return r->run() == run; });
    if (found == m_readers.end()) {
        ESPALIER_TRY(const RunDirectory directory, RunDirectory::open(run));
        std::vector<LayerPlace> places;
        if (const auto text = readFile(directory.modelPath(directory.latestRevision()), kMaxDocumentBytes))
            if (const auto document = readDocument(*text, run))
                places = layersOf(*document);
        m_readers.push_front(std::make_unique<HealthReader>(run, std::move(places)));
        if (m_readers.size() > kMostReaders)
            m_readers.pop_back();
    } else {
        m_readers.splice(m_readers.begin(), m_readers, found);
    }
    ESPALIER_CHECK(m_readers.front()->readOn());
    return healthToJson(run, m_readers.front()->now());
}

} // namespace espalier
