// SPDX-License-Identifier: Apache-2.0
// The backend that trains: oneDNN for the heavy ops, own kernels for the rest, on the processor's vector units.
#pragma once

#include "engine/backends/backend.h"

namespace espalier {

Result<std::unique_ptr<Backend>> makeCpuBackend(const BackendOptions &options);

} // namespace espalier
