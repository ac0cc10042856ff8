// SPDX-License-Identifier: Apache-2.0
#include "engine/base/processor.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string_view>

namespace espalier {
namespace {

std::string readName()
{
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("model name"))
            if (const std::size_t colon = line.find(": "); colon != std::string::npos)
                return line.substr(colon + 2);
    return "processor";
}

std::string findClass()
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (wide && __builtin_cpu_supports("avx512bf16"))
        return "avx512_bf16";
    if (wide)
        return "avx512";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return "avx2";
#endif
    return "baseline";
}

std::vector<int> currentSet()
{
    std::vector<int> processors;
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof set, &set) != 0)
        return {0};
    for (int i = 0; i < CPU_SETSIZE; ++i)
        if (CPU_ISSET(i, &set))
            processors.push_back(i);
    return processors;
}

void useSet(const std::vector<int> &processors)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int i : processors)
        if (i >= 0 && i < CPU_SETSIZE)
            CPU_SET(i, &set);
    // Failure (a core that was taken from us since) leaves the narrower set: slower, not wrong.
    (void)::sched_setaffinity(0, sizeof set, &set);
}

struct Bound {
    long process = 0;
    std::vector<int> processors;
};

std::optional<Bound> boundByVariable()
{
    const char *text = std::getenv(kBoundVariable);
    if (!text)
        return std::nullopt;
    const std::string_view view(text);
    Bound bound;
    const auto [end, code] = std::from_chars(view.data(), view.data() + view.size(), bound.process);
    if (code != std::errc() || end == view.data() + view.size() || *end != ':')
        return std::nullopt;
    bound.processors = parseProcessorSet(std::string(view.substr(static_cast<std::size_t>(end + 1 - view.data()))));
    return bound.processors.empty() ? std::nullopt : std::optional(std::move(bound));
}

} // namespace

const std::string &processorName()
{
    static const std::string name = readName();
    return name;
}

const std::string &processorClass()
{
    static const std::string found = findClass();
    return found;
}

std::vector<int> processorSet()
{
    const auto bound = boundByVariable();
    return bound && bound->process == ::getpid() ? bound->processors : currentSet();
}

std::string processorSetText(const std::vector<int> &processors)
{
    std::string text;
    for (std::size_t i = 0; i < processors.size();) {
        std::size_t last = i;
        while (last + 1 < processors.size() && processors[last + 1] == processors[last] + 1)
            ++last;
        text += (text.empty() ? "" : ",") + std::to_string(processors[i]);
        if (last > i)
            text += "-" + std::to_string(processors[last]);
        i = last + 1;
    }
    return text;
}

std::vector<int> parseProcessorSet(const std::string &text)
{
    std::vector<int> processors;
    const char *at = text.data();
    const char *const end = text.data() + text.size();
    while (at < end) {
        int first = 0;
        auto parsed = std::from_chars(at, end, first);
        if (parsed.ec != std::errc() || first < 0)
            return {};
        int last = first;
        if (parsed.ptr < end && *parsed.ptr == '-')
            parsed = std::from_chars(parsed.ptr + 1, end, last);
        if (parsed.ec != std::errc() || last < first || last >= CPU_SETSIZE
            || (parsed.ptr < end && (*parsed.ptr != ',' || parsed.ptr + 1 == end)))
            return {};
        for (int i = first; i <= last; ++i)
            processors.push_back(i);
        at = parsed.ptr + 1;
    }
    return processors;
}

void reexecBound(int, char **argv)
{
    const auto bound = boundByVariable();
    if (bound && bound->process == ::getpid())
        return;
    if (bound)
        useSet(bound->processors);
    else if (std::getenv("OMP_PROC_BIND"))
        return;
    const std::string mark = std::to_string(::getpid()) + ":" + processorSetText(currentSet());
    ::setenv(kBoundVariable, mark.c_str(), 1);
    // A thread that waits for its team gives its core away soon: where another program wants the core, a long spin
    // costs a time slice in every parallel region (measured: 47 s instead of 1.3 s on a busy machine).
    ::setenv("GOMP_SPINCOUNT", "1000", 0);
    ::setenv("OMP_PROC_BIND", "true", 1);
    if (!std::getenv("OMP_PLACES"))
        ::setenv("OMP_PLACES", "cores", 1);
    ::execv("/proc/self/exe", argv);
}

} // namespace espalier
