// SPDX-License-Identifier: Apache-2.0
#include "engine/train/probe_program.h"

#include "engine/graph/lower.h"
#include "engine/ops/autodiff.h"
#include "engine/program/pipeline.h"

#include <algorithm>

namespace espalier {
namespace {

/// The forward pass alone: nothing is observed or updated, and no output is left.
Builder lookingAt(const Lowered &lowered)
{
    Builder b(lowered.program);
    b.program().outputs.clear();
    b.program().observations.clear();
    for (ProgramState &state : b.program().states)
        state.finalValue = state.value;
    return b;
}

ValueId outputNamed(const Program &program, const std::string &name)
{
    const auto at = std::find_if(program.outputs.begin(), program.outputs.end(),
                                 [&](const ProgramOutput &output) { return output.name == name; });
    return at == program.outputs.end() ? kNoValue : at->value;
}

std::string lossOutput(std::size_t index, const char *part)
{
    return "loss." + std::to_string(index) + "." + part;
}

/// As a training step does: stabilised first, so that no gradient is NaN that isn't NaN there.
Program withGradients(const Lowered &lowered, std::span<const ProbeWish> wishes, Builder b)
{
    for (std::size_t i = 0; i < lowered.losses.size(); ++i) {
        b.output(lossOutput(i, "sum"), lowered.losses[i].sum);
        b.output(lossOutput(i, "count"), lowered.losses[i].count);
    }
    PipelineOptions options;
    options.afterAutodiff = false;
    b = Builder(optimise(b.program(), options));
    std::vector<ValueId> sums;
    std::vector<ValueId> seeds;
    for (std::size_t i = 0; i < lowered.losses.size(); ++i) {
        sums.push_back(outputNamed(b.program(), lossOutput(i, "sum")));
        seeds.push_back(
            b.div(b.literal(lowered.losses[i].weight, sums.back()), outputNamed(b.program(), lossOutput(i, "count"))));
    }
    std::vector<ValueId> values;
    for (std::size_t i = 0; i < wishes.size(); ++i)
        values.push_back(outputNamed(b.program(), probeOutput(i)));
    std::vector<ValueId> wanted;
    for (std::size_t i = 0; i < wishes.size(); ++i)
        if (wishes[i].gradient)
            wanted.push_back(values[i]);
    const std::vector<ValueId> gradients = backpropagate(b, sums, seeds, wanted);
    b.program().outputs.clear();
    std::size_t next = 0;
    for (std::size_t i = 0; i < wishes.size(); ++i) {
        const ValueId value = wishes[i].gradient ? gradients[next++] : values[i];
        if (value != kNoValue)
            b.output(probeOutput(i), value);
    }
    return b.take();
}

} // namespace

std::string probeOutput(std::size_t wish)
{
    return "probe." + std::to_string(wish);
}

Program probeProgram(const Lowered &lowered, std::span<const ProbeWish> wishes)
{
    Builder b = lookingAt(lowered);
    for (std::size_t i = 0; i < wishes.size(); ++i)
        b.output(probeOutput(i), wishes[i].value);
    const bool takesGradients
        = std::any_of(wishes.begin(), wishes.end(), [](const ProbeWish &w) { return w.gradient; });
    Program program = takesGradients ? withGradients(lowered, wishes, std::move(b)) : b.take();
    program.name = "probe";
    return optimise(program);
}

Program predictionProgram(const Lowered &lowered, std::size_t loss)
{
    Builder b = lookingAt(lowered);
    const LossInfo &info = lowered.losses[loss];
    for (const auto &[name, value] :
         {std::pair("terms", info.terms), std::pair("prediction", info.prediction), std::pair("target", info.target)})
        if (value != kNoValue)
            b.output(name, value);
    b.program().name = "predictions";
    return optimise(b.program());
}

} // namespace espalier
