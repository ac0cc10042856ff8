// SPDX-License-Identifier: Apache-2.0
#include "engine/program/pipeline.h"

#include "engine/program/passes/passes.h"
#include "engine/program/precision.h"

#include <chrono>

namespace espalier {
namespace {

struct Pass {
    std::string_view name;
    Program (*run)(const Program &program, const RewriteOptions &options);
};

/// A pass without options.
template <Program (*pass)(const Program &)>
Program plain(const Program &program, const RewriteOptions &)
{
    return pass(program);
}

std::vector<Pass> passes(const PipelineOptions &options)
{
    std::vector<Pass> all = {
        {"eliminate-dead", plain<eliminateDead>},
        {"fold-constants", plain<foldConstants>},
        {"merge", plain<merge>},
        {"canonicalise", canonicalise},
        {"stabilise", stabilise},
    };
    if (options.bfloat16)
        all.push_back({"precision", plain<toMixedPrecision>});
    if (options.afterAutodiff)
        all.push_back({"specialise", specialise});
    all.push_back({"fold-constants", plain<foldConstants>}); // what rules made of constants
    all.push_back({"merge", plain<merge>});
    return all;
}

} // namespace

Program optimise(const Program &program, const PipelineOptions &options)
{
    using Clock = std::chrono::steady_clock;
    if (options.dump)
        options.dump("", program);
    Program current = program;
    for (const Pass &pass : passes(options)) {
        int rewrites = 0;
        const auto start = Clock::now();
        current = pass.run(current, {options.afterAutodiff, options.unsafe, &rewrites});
        const std::chrono::duration<double, std::milli> took = Clock::now() - start;
        if (options.report)
            options.report->push_back(
                {std::string(pass.name), took.count(), static_cast<int>(current.instructions.size()), rewrites});
        if (options.dump)
            options.dump(pass.name, current);
    }
    return current;
}

std::vector<std::string_view> passNames(const PipelineOptions &options)
{
    std::vector<std::string_view> names;
    for (const Pass &pass : passes(options))
        names.push_back(pass.name);
    return names;
}

} // namespace espalier
