// SPDX-License-Identifier: Apache-2.0
#include "engine/train/evaluate.h"

#include "engine/base/assert.h"

#include <array>
#include <cstring>

namespace espalier {
namespace {

void countConfusion(const TrainingPlan &plan, const Executable &program, ConfusionMatrix &confusion)
{
    for (const LossSummary &loss : plan.allLosses()) {
        if (!loss.isClassification)
            continue;
        const Tensor predicted = program.output(loss.name + "/predicted");
        const Tensor target = program.output(loss.name + "/target");
        for (std::int64_t i = 0; i < predicted.elements(); ++i)
            confusion.add(static_cast<std::int64_t>(target.at(i)), static_cast<std::int64_t>(predicted.at(i)));
        return;
    }
}

} // namespace

std::vector<ScalarRole> scalarRoles(const Executable &program, MetricSums &sums)
{
    std::vector<ScalarRole> roles;
    for (std::size_t i = 0; i < program.outputs().size(); ++i) {
        const Executable::Port &port = program.outputs()[i];
        if (port.name == "finite")
            roles.push_back({ScalarRole::Kind::Finite, i, 0, port.type.dtype});
        else if (port.type.shape.rank() != 0 || !isFloating(port.type.dtype))
            continue;
        else if (port.name.starts_with("grad_norm."))
            roles.push_back({ScalarRole::Kind::GradientNorm, i, 0, port.type.dtype});
        else
            roles.push_back({ScalarRole::Kind::Sum, i, sums.slot(port.name), port.type.dtype});
    }
    return roles;
}

ScalarResults runAndRead(Backend &backend, Executable &program, const std::vector<ScalarRole> &roles, MetricSums &sums)
{
    constexpr std::size_t kMaxScalars = 256;
    ESPALIER_ASSERT(roles.size() <= kMaxScalars, "too many scalar outputs");
    std::array<std::array<std::byte, 8>, kMaxScalars> raw;
    program.run();
    for (std::size_t i = 0; i < roles.size(); ++i)
        program.readOutput(roles[i].index, std::span(raw[i]).first(byteSize(roles[i].dtype)));
    backend.synchronize();
    ScalarResults results;
    for (std::size_t i = 0; i < roles.size(); ++i) {
        if (roles[i].kind == ScalarRole::Kind::Finite) {
            results.finite = raw[i][0] != std::byte{0};
            continue;
        }
        double value = 0;
        if (roles[i].dtype == DType::Float64) {
            std::memcpy(&value, raw[i].data(), sizeof value);
        } else if (roles[i].dtype == DType::Float32) {
            float narrow = 0;
            std::memcpy(&narrow, raw[i].data(), sizeof narrow);
            value = static_cast<double>(narrow);
        } else {
            bfloat16 half;
            std::memcpy(&half, raw[i].data(), sizeof half);
            value = static_cast<double>(static_cast<float>(half));
        }
        if (roles[i].kind == ScalarRole::Kind::GradientNorm)
            results.gradientNorm = value;
        else
            sums.add(roles[i].slot, value);
    }
    return results;
}

void setBatchInputs(Executable &program, const FeedBatch &batch, std::int64_t step, std::int64_t seed)
{
    const auto bytes = [](const std::int64_t &value) { return std::as_bytes(std::span(&value, 1)); };
    for (std::size_t i = 0; i < program.inputs().size(); ++i) {
        const std::string &name = program.inputs()[i].name;
        if (name == "step")
            program.setInput(i, bytes(step));
        else if (name == "seed")
            program.setInput(i, bytes(seed));
        else
            for (const auto &[column, tensor] : batch.columns)
                if (column == name)
                    program.setInput(i, {static_cast<const std::byte *>(tensor.data()), tensor.bytes()});
    }
}

Result<std::map<std::string, double>> evaluatePart(TrainingPlan &plan, Feed &feed, Part part,
                                                   ConfusionMatrix *confusion)
{
    if (feed.rows(part) == 0)
        return std::map<std::string, double>{};
    ESPALIER_CHECK(feed.start(part, 0, 0));
    MetricSums sums;
    std::map<const Executable *, std::vector<ScalarRole>> roles;
    for (;;) {
        ESPALIER_TRY(const auto batch, feed.next());
        if (!batch)
            break;
        ESPALIER_TRY(Executable *const program, plan.evaluate(batch->rows, confusion != nullptr));
        const auto [known, isNew] = roles.try_emplace(program);
        if (isNew)
            known->second = scalarRoles(*program, sums);
        setBatchInputs(*program, *batch, 0, plan.settings().seed);
        runAndRead(plan.backend(), *program, known->second, sums);
        if (confusion)
            countConfusion(plan, *program, *confusion);
    }
    return MetricTable(plan.allLosses(), sums).results(sums);
}

} // namespace espalier
