// SPDX-License-Identifier: Apache-2.0
// A promise of ours that was broken: stop at once, saying where. Never for input.
#pragma once

namespace espalier {
[[noreturn]] void assertionFailed(const char *condition, const char *file, int line, const char *why);
}

#define ESPALIER_ASSERT(condition, why)                                                                                \
    (static_cast<bool>(condition) ? void() : ::espalier::assertionFailed(#condition, __FILE__, __LINE__, why))
