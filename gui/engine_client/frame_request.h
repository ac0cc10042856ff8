// SPDX-License-Identifier: GPL-3.0-or-later
// Requests whose answer has binary frames: pictures, files.
#pragma once

#include "gui/engine_client/engine_client.h"

namespace espalier {

struct AnswerFrame {
    JsonValue header;
    QByteArray bytes;
};

using FramesAnswer = std::function<void(const Result<JsonValue> &, const QList<AnswerFrame> &)>;

/// As EngineClient::request; `answer` also gets the frames that came before, in their order. More than 256 MiB of them
/// are an error.
qint64 requestFrames(EngineClient *engine, const QString &method, JsonValue params, QObject *context,
                     FramesAnswer answer, EngineClient::Progress progress = {});

} // namespace espalier
