// SPDX-License-Identifier: Apache-2.0
// The reference as a backend: every op in plain loops on host memory. Other backends borrow its kernels.
#pragma once

#include "engine/backends/backend.h"

namespace espalier {

Result<std::unique_ptr<Backend>> makeReferenceBackend(const BackendOptions &options);

/// A kernel for the single instruction of `group` that runs the reference's loops on row-major host memory, for any
/// backend whose memory the host can read. Declines only an op that the reference lacks.
tl::expected<Prepared, Decline> prepareReferenceKernel(const Group &group);

} // namespace espalier
