// SPDX-License-Identifier: Apache-2.0
// training.schedule: the learning rate of every step as a curve to draw.
#pragma once

#include "engine/server/dispatcher.h"

namespace espalier {

class DataFacts;
class Session;

/// See engine/protocol/README.md.
Result<JsonValue> trainingSchedule(const Call &call, const Session &session, DataFacts &facts);

} // namespace espalier
