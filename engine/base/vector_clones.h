// SPDX-License-Identifier: Apache-2.0
// One source for every processor: functions that exist once for each class of processor.
#pragma once

/// Before a free function: the loader picks the version by what the processor says at run time.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define ESPALIER_CLONES __attribute__((target_clones("default", "avx2", "avx512f")))
#else
#define ESPALIER_CLONES
#endif
