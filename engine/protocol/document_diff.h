// SPDX-License-Identifier: Apache-2.0
// What differs between two documents, as a Change: a reload as one undo step, and what an edited run must learn.
#pragma once

#include "engine/protocol/change.h"

namespace espalier {

/// The Change that makes `to` of `from`; objects are the same where their ids are. Small where little differs. Fails
/// only for documents in which an id occurs twice.
Result<Change> changeBetween(const Document &from, const Document &to);

} // namespace espalier
