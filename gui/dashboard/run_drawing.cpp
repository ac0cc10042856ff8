// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/dashboard/run_drawing.h"

#include "gui/engine_client/engine_client.h"
#include "gui/engine_client/text.h"

#include <QtCore/QPointer>

#include <memory>

namespace espalier {
namespace {

/// The bytes of one run.read, as its frames come.
class Reading : public QObject {
public:
    Reading(EngineClient *engine, const QString &run, const QString &file, QObject *context,
            std::function<void(const Result<Document> &)> take)
        : QObject(context)
        , m_take(std::move(take))
    {
        connect(engine, &EngineClient::binary, this, [this](const JsonValue &header, const QByteArray &bytes) {
            if (header["id"].integer(-1) == m_id)
                m_bytes += bytes;
        });
        JsonValue params = JsonValue::object().set("run", run.toStdString()).set("file", file.toStdString());
        m_id = engine->request(
            QStringLiteral("run.read"), std::move(params), this, [this, file](const Result<JsonValue> &result) {
                const Result<Document> document = result ? readDocument(m_bytes.toStdString(), file.toStdString())
                                                         : Result<Document>(tl::unexpected(result.error()));
                m_take(document);
                deleteLater();
            });
    }

private:
    std::function<void(const Result<Document> &)> m_take;
    QByteArray m_bytes;
    qint64 m_id = -1;
};

} // namespace

void readRunDrawing(EngineClient *engine, const QString &run, QObject *context,
                    std::function<void(const Result<Document> &)> take)
{
    engine->request(QStringLiteral("run.open"), JsonValue::object().set("run", run.toStdString()), context,
                    [engine, run, context, take = std::move(take)](const Result<JsonValue> &opened) mutable {
                        if (opened)
                            new Reading(engine, run, qString((*opened)["model"].string()), context, std::move(take));
                        else
                            take(tl::unexpected(opened.error()));
                    });
}

} // namespace espalier
