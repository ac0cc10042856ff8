// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/models/run_drawing.h"

#include "gui/engine_client/frame_request.h"
#include "gui/engine_client/text.h"
#include "gui/models/node_path.h"

namespace espalier {

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
    requestFrames(m_engine, QStringLiteral("run.read"),
                  JsonValue::object().set("run", m_run.toStdString()).set("file", file.toStdString()), this,
                  [this, run = m_run, file](const Result<JsonValue> &read, const QList<AnswerFrame> &frames) {
                      if (!read || run != m_run)
                          return;
                      std::string text;
                      for (const AnswerFrame &frame : frames)
                          text.append(frame.bytes.constData(), static_cast<std::size_t>(frame.bytes.size()));
                      Result<Document> document = readDocument(text, file.toStdString());
                      if (!document)
                          return;
                      m_file = file;
                      m_document = std::move(*document);
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
