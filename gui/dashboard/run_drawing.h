// SPDX-License-Identifier: GPL-3.0-or-later
// The drawing that a run trained last, read through the engine.
#pragma once

#include "engine/base/error.h"
#include "engine/protocol/document.h"

#include <QtCore/QString>

#include <functional>

class QObject;

namespace espalier {

class EngineClient;

/// Calls `take` once on this thread, unless `context` is gone by then.
void readRunDrawing(EngineClient *engine, const QString &run, QObject *context,
                    std::function<void(const Result<Document> &)> take);

} // namespace espalier
