// SPDX-License-Identifier: GPL-3.0-or-later
// What run.probe answers, in the form that tensor views show.
#pragma once

#include "engine/base/json_value.h"
#include "gui/engine_client/frame_request.h"
#include "widgets/tensor/tensor_data.h"

#include <QtCore/QStringList>

namespace espalier {

struct ProbedView {
    QString port;
    QString kind; ///< of the layer
    QStringList shape; ///< of the whole tensor, axis by axis
    QStringList axes; ///< their words: "out", "height"
    QString dtype;
    qint64 step = 0;
    qint64 row = -1;
    bool isLive = false;
    JsonValue statistics;
    ValueMatrix values; ///< the part that was sent; empty where there is none
    bool isTruncated = false;
    PictureSheet maps; ///< filters or feature maps; empty for what is one matrix
};

/// Reads an answer to run.probe for one tensor. Lenient: what is missing stays empty.
ProbedView probedView(const JsonValue &result, const QList<AnswerFrame> &frames);
/// An axis' word, translated.
QString axisWord(const QString &axis);

} // namespace espalier
