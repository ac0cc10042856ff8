// SPDX-License-Identifier: Apache-2.0
#include "engine/program/audit.h"

#include <algorithm>

namespace espalier {
namespace {

constexpr double kSmall = 64e3; ///< bytes: a few microseconds even in plain loops
constexpr std::ptrdiff_t kReordersPerConvolution = 5;

bool accepts(const AcceptedKernel &entry, const KernelReport &kernel, std::string_view processorClass)
{
    return entry.op == kernel.ops && kernel.implementation.starts_with(entry.implementation)
        && (entry.processorClass.empty() || entry.processorClass == processorClass)
        && (entry.maxBytes == 0 || kernel.bytes <= entry.maxBytes);
}

} // namespace

const std::vector<AcceptedKernel> &acceptedKernels()
{
    static const std::vector<AcceptedKernel> kAccepted{
        {"argmax", "ref", "", 0, "for the accuracy of a batch: one pass over the scores"},
        {"equal", "ref", "", 0, "compares class numbers, which are integers"},
        {"cast", "ref", "", kSmall, "class numbers of one batch"},
        {"in_top_k", "ref", "", 0, "for a metric of a batch: one pass over the scores"},
        {"broadcast_to", "ref", "", kSmall, "fills a small tensor"},
        {"random_uniform", "ref", "", 1e6, "ten Philox rounds a number cost more than the loop around them"},
        {"random_normal", "ref", "", 1e6, "as random_uniform"},
        {"embedding", "ref", "", 0, "copies rows"},
        {"embedding_backward", "ref", "", 0, "adds rows, in the order of the batch"},
        {"scan", "ref", "", 0, "a drawn cell runs its body step by step; LSTM is the fast recurrence"},
        {"transpose", "ref", "", kSmall, "a small copy"},
        {"concat", "ref", "", 1e6, "copies rows"},
        {"slice", "ref", "", 1e6, "copies rows"},
    };
    return kAccepted;
}

bool isSlowImplementation(std::string_view implementation)
{
    const auto has = [&](std::string_view part) { return implementation.find(part) != std::string_view::npos; };
    return implementation.starts_with("ref") || implementation.starts_with("dnnl:ref") || has("simple_nchw:any")
        || has("ncsp_bnorm") || has("simple:any");
}

std::vector<std::string> auditFindings(const std::vector<KernelReport> &kernels, std::string_view processorClass)
{
    std::vector<std::string> findings;
    for (const KernelReport &kernel : kernels) {
        if (!isSlowImplementation(kernel.implementation))
            continue;
        const auto &accepted = acceptedKernels();
        if (std::any_of(accepted.begin(), accepted.end(),
                        [&](const AcceptedKernel &a) { return accepts(a, kernel, processorClass); }))
            continue;
        findings.push_back(kernel.ops + " on " + kernel.shapes + " runs on the slow path " + kernel.implementation
                           + (kernel.declined.empty() ? "" : " (" + kernel.declined + ")"));
    }
    const auto count = [&](std::string_view part) {
        return std::count_if(kernels.begin(), kernels.end(),
                             [&](const KernelReport &k) { return k.ops.find(part) != std::string::npos; });
    };
    const auto reorders
        = std::count_if(kernels.begin(), kernels.end(), [](const KernelReport &k) { return k.ops == "reorder"; });
    const auto allowed
        = kReordersPerConvolution * std::max<std::ptrdiff_t>(count("conv2d_backward_weights"), count("conv2d"));
    if (reorders > allowed)
        findings.push_back("layouts bounce: " + std::to_string(reorders)
                           + " reorders, where the convolutions account for " + std::to_string(allowed));
    return findings;
}

} // namespace espalier
