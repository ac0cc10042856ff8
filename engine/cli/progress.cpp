// SPDX-License-Identifier: Apache-2.0
#include "engine/cli/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace espalier {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kRedraw{60};
constexpr std::chrono::milliseconds kEventInterval{100};
constexpr std::chrono::seconds kEpochLine{1};

std::string bar(double fraction, int cells)
{
    static const char *const kEighths[] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    const int eighths = static_cast<int>(std::lround(std::clamp(fraction, 0.0, 1.0) * cells * 8));
    std::string out;
    for (int i = 0; i < cells; ++i)
        out += eighths >= (i + 1) * 8 ? "█" : eighths > i * 8 ? kEighths[eighths - i * 8] : "·";
    return out;
}

} // namespace

std::string metricsText(const std::map<std::string, double> &metrics)
{
    std::string text;
    const auto put = [&](const std::string &name, double value) {
        text += (text.empty() ? "" : "  ") + name + " " + fmt::format("{:.4g}", value);
    };
    if (const auto loss = metrics.find("loss"); loss != metrics.end())
        put("loss", loss->second);
    for (const auto &[name, value] : metrics)
        if (name != "loss")
            put(name, value);
    return text;
}

JsonValue metricsToJson(const std::map<std::string, double> &metrics)
{
    JsonValue out = JsonValue::object();
    for (const auto &[name, value] : metrics)
        out.set(name, value);
    return out;
}

TrainProgress::TrainProgress(const Output &output)
    : m_output(output)
    , m_bar(!output.isJson() && Output::isTerminal())
{
}

TrainProgress::~TrainProgress()
{
    clearLine();
}

void TrainProgress::clearLine()
{
    if (m_lineOpen)
        fmt::print("\r\x1b[K");
    m_lineOpen = false;
    std::fflush(stdout);
}

void TrainProgress::stepped(const StepEvent &event)
{
    const auto now = Clock::now();
    if (m_output.isJson() && now - m_lastDrawn >= kEventInterval) {
        m_lastDrawn = now;
        JsonValue fields = JsonValue::object();
        fields.set("step", event.step).set("total_steps", event.totalSteps).set("epoch", event.epoch);
        fields.set("epochs", event.epochs)
            .set("metrics", metricsToJson(event.metrics()))
            .set("learning_rate", event.rate);
        fields.set("samples_per_second", event.samplesPerSecond).set("seconds_left", event.secondsLeft);
        m_output.event("step", std::move(fields));
    }
    if (m_bar && (now - m_lastDrawn >= kRedraw || event.step == event.totalSteps)) {
        m_lastDrawn = now;
        draw(event);
    }
}

void TrainProgress::draw(const StepEvent &event)
{
    const double fraction
        = static_cast<double>(event.step) / static_cast<double>(std::max<std::int64_t>(event.totalSteps, 1));
    const std::string tail = fmt::format(" {:3.0f} %  epoch {}/{}  {}  {:.0f} samples/s  {} left", 100 * fraction,
                                         event.epoch, event.epochs, metricsText(event.metrics()),
                                         event.samplesPerSecond, formatSeconds(event.secondsLeft));
    const int room = Output::terminalWidth() - static_cast<int>(tail.size()) - 1;
    const std::string line = room >= 6 ? bar(fraction, std::min(room, 30)) + tail
                                       : tail.substr(0, static_cast<std::size_t>(Output::terminalWidth() - 1));
    fmt::print("\r\x1b[K{}", line);
    std::fflush(stdout);
    m_lineOpen = true;
}

void TrainProgress::epochFinished(const EpochEvent &event)
{
    JsonValue fields = JsonValue::object();
    fields.set("epoch", event.epoch).set("step", event.step).set("train", metricsToJson(event.train));
    fields.set("validation", metricsToJson(event.validation)).set("seconds", event.seconds).set("best", event.isBest);
    m_output.event("epoch", std::move(fields));
    const auto now = Clock::now();
    if (m_output.isJson()
        || (event.epoch > 3 && now - m_lastEpochLine < kEpochLine)) // hundreds of lines a second help nobody
        return;
    m_lastEpochLine = now;
    clearLine();
    std::string line = fmt::format("epoch {:>4}  {}", event.epoch, metricsText(event.train));
    if (!event.validation.empty())
        line += "  | validation " + metricsText(event.validation);
    fmt::print("{}  {:.2f} s{}\n", line, event.seconds, event.isBest ? "  *" : "");
    std::fflush(stdout);
}

void TrainProgress::checkpointed(const std::string &path, std::int64_t step)
{
    m_output.event("checkpoint", JsonValue::object().set("path", path).set("step", step));
}

} // namespace espalier
