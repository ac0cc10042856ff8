// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/models/run_drawing.h"

#include "gui/engine_client/frame_request.h"
#include "gui/engine_client/text.h"
#include "gui/models/node_path.h"

namespace espalier {
namespace {

/// The drawing that stands in `file` of the run.
void readModel(EngineClient *engine, const QString &run, const QString &file, QObject *context, TakeRunDrawing take)
{
    requestFrames(engine, QStringLiteral("run.read"),
                  JsonValue::object().set("run", run.toStdString()).set("file", file.toStdString()), context,
                  [file, take = std::move(take)](const Result<JsonValue> &read, const QList<AnswerFrame> &frames) {
                      if (!read)
                          return take(tl::unexpected(read.error()));
                      std::string text;
                      for (const AnswerFrame &frame : frames)
                          text.append(frame.bytes.constData(), static_cast<std::size_t>(frame.bytes.size()));
                      take(readDocument(text, file.toStdString()));
                  });
}

} // namespace

void readRunDrawing(EngineClient *engine, const QString &run, QObject *context, TakeRunDrawing take)
{
    engine->request(QStringLiteral("run.open"), JsonValue::object().set("run", run.toStdString()), context,
                    [engine, run, context, take = std::move(take)](const Result<JsonValue> &opened) mutable {
                        if (opened)
                            readModel(engine, run, qString((*opened)["model"].string()), context, std::move(take));
                        else
                            take(tl::unexpected(opened.error()));
                    });
}

RunDrawing::RunDrawing(EngineClient *engine, QObject *parent)
    : QObject(parent)
    , m_engine(engine)
{
    connect(engine, &EngineClient::ready, this, &RunDrawing::refresh);
}

void RunDrawing::setRun(const QString &run)
{
    if (run == m_run)
        return;
    m_run = run;
    m_file.clear();
    const bool had = m_document.has_value();
    m_document.reset();
    if (had)
        emit changed();
    refresh();
}

void RunDrawing::refresh()
{
    if (m_run.isEmpty() || m_engine->state() != EngineClient::State::Ready)
        return;
    m_engine->request(QStringLiteral("run.open"), JsonValue::object().set("run", m_run.toStdString()), this,
                      [this, run = m_run](const Result<JsonValue> &opened) {
                          if (!opened || run != m_run)
                              return;
                          const QString file = qString((*opened)["model"].string());
                          if (!file.isEmpty() && (file != m_file || !m_document))
                              read(file);
                      });
}

void RunDrawing::read(const QString &file)
{
    readModel(m_engine, m_run, file, this, [this, run = m_run, file](const Result<Document> &document) {
        if (!document || run != m_run)
            return;
        m_file = file;
        m_document = *document;
        emit changed();
    });
}

bool RunDrawing::hasSame(const Document &now, const QString &idPath) const
{
    if (!m_document)
        return false;
    const DocumentNode *there = nodeAtPath(*m_document, idPath);
    const DocumentNode *here = nodeAtPath(now, idPath);
    return there && here && there->kind == here->kind && there->params == here->params
        && there->isBypassed() == here->isBypassed() && there->isDisabled() == here->isDisabled();
}

} // namespace espalier
