// SPDX-License-Identifier: Apache-2.0
#include "engine/base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace espalier {

void assertionFailed(const char *condition, const char *file, int line, const char *why)
{
    std::fprintf(stderr, "espalier: internal error: %s (%s) at %s:%d\n", why, condition, file, line);
    std::abort();
}

} // namespace espalier
