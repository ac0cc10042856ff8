// SPDX-License-Identifier: Apache-2.0
// Helper threads that stay off the compute threads' cores, and loops over them.
#pragma once

#include <cstdint>
#include <functional>

namespace espalier {

/// Lets the calling thread run on every core that the process may use. OpenMP's binding pins the main thread, and each
/// thread made later inherits that one core; loader and writer threads call this first.
void resetThreadAffinity();

/// Gives the calling thread about a tenth of a core that others want, too. It stays so: use a thread of its own.
void lowerThreadPriority();

/// Calls body(i) once for each i in [0, count) from up to `threads` threads (0: one for each core), and returns when
/// all are done. The order is not defined; `body` must not throw.
void parallelFor(std::int64_t count, int threads, const std::function<void(std::int64_t)> &body);

} // namespace espalier
