// SPDX-License-Identifier: Apache-2.0
#include "engine/base/threads.h"

#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace espalier {

void resetThreadAffinity()
{
    cpu_set_t all;
    CPU_ZERO(&all);
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
        CPU_SET(cpu, &all);
    // The kernel keeps the process inside its cpuset, so this asks for no more than it has. Failure costs speed only.
    (void)sched_setaffinity(0, sizeof all, &all);
}

void lowerThreadPriority()
{
    constexpr int kNice = 10; // weight 110 against 1024
    (void)setpriority(PRIO_PROCESS, 0, kNice); // 0: on Linux this thread alone. Failure costs others a little speed.
}

void parallelFor(std::int64_t count, int threads, const std::function<void(std::int64_t)> &body)
{
    const std::int64_t wanted = threads > 0 ? threads : std::max(1u, std::thread::hardware_concurrency());
    const std::int64_t used = std::min(wanted, count);
    std::atomic<std::int64_t> next{0};
    const auto work = [&] {
        for (std::int64_t i = next++; i < count; i = next++)
            body(i);
    };
    if (used <= 1)
        return work();
    std::vector<std::jthread> helpers;
    for (std::int64_t i = 0; i < used; ++i) {
        helpers.emplace_back([&work] {
            resetThreadAffinity();
            work();
        });
    }
}

} // namespace espalier
