// SPDX-License-Identifier: Apache-2.0
// Shows training as it goes: a bar on a terminal, a plain line an epoch elsewhere, JSON events for machines.
#pragma once

#include "engine/cli/output.h"
#include "engine/train/trainer.h"

#include <chrono>

namespace espalier {

class TrainProgress : public TrainObserver {
public:
    explicit TrainProgress(const Output &output);
    ~TrainProgress() override; ///< leaves the cursor on a fresh line

    void stepped(const StepEvent &event) override;
    void epochFinished(const EpochEvent &event) override;
    void checkpointed(const std::string &path, std::int64_t step) override;

private:
    void draw(const StepEvent &event);
    void clearLine();

    const Output &m_output;
    bool m_bar;
    bool m_lineOpen = false;
    std::chrono::steady_clock::time_point m_lastDrawn{};
    std::chrono::steady_clock::time_point m_lastEpochLine{};
};

/// "loss 0.0312  accuracy 0.9910"
std::string metricsText(const std::map<std::string, double> &metrics);
JsonValue metricsToJson(const std::map<std::string, double> &metrics);

} // namespace espalier
