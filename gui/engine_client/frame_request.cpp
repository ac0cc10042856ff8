// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/engine_client/frame_request.h"

#include <memory>

namespace espalier {
namespace {

constexpr qsizetype kMostBytes = qsizetype{256} << 20;

struct Collected {
    qint64 id = -1;
    qsizetype bytes = 0;
    QList<AnswerFrame> frames;
};

} // namespace

qint64 requestFrames(EngineClient *engine, const QString &method, JsonValue params, QObject *context,
                     FramesAnswer answer, EngineClient::Progress progress)
{
    const auto collected = std::make_shared<Collected>();
    auto *listener = new QObject(context);
    QObject::connect(engine, &EngineClient::binary, listener,
                     [collected](const JsonValue &header, const QByteArray &bytes) {
                         if (header["id"].integer(-1) != collected->id)
                             return;
                         collected->bytes += bytes.size();
                         if (collected->bytes <= kMostBytes)
                             collected->frames.append({header, bytes});
                     });
    const qint64 id = engine->request(
        method, std::move(params), context,
        [collected, listener, answer = std::move(answer)](const Result<JsonValue> &result) {
            listener->deleteLater();
            if (result && collected->bytes > kMostBytes)
                answer(fail("studio.large-answer", "The engine's answer is larger than 256 MiB. Ask for less at once."),
                       {});
            else
                answer(result, collected->frames);
        },
        std::move(progress));
    collected->id = id;
    return id;
}

} // namespace espalier
