// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/models/document_sync.h"

#include "engine/protocol/change.h"
#include "engine/protocol/document.h"
#include "gui/document/studio_document.h"
#include "gui/engine_client/engine_client.h"
#include "gui/engine_client/text.h"

namespace espalier {
namespace {

constexpr int kEstimateDelayMs = 400; ///< after the last edit: it is slower, and nobody waits for it

/// The engine counts from 1.
std::int64_t wireVersion(int version)
{
    return std::int64_t{version} + 1;
}

Estimate estimateFromJson(const JsonValue &json)
{
    Estimate estimate;
    estimate.isKnown = true;
    estimate.memoryBytes = json["memory"]["total"].number();
    estimate.epochSeconds = json["epoch_seconds"].number();
    estimate.how = qString(json["how"].string());
    return estimate;
}

} // namespace

DocumentSync::DocumentSync(EngineClient *engine, StudioDocument *document, QObject *parent)
    : QObject(parent)
    , m_engine(engine)
    , m_document(document)
{
    static int counter = 0;
    m_name = QStringLiteral("document-%1").arg(++counter);
    m_checkSoon.setSingleShot(true);
    m_checkSoon.setInterval(0);
    m_estimateSoon.setSingleShot(true);
    m_estimateSoon.setInterval(kEstimateDelayMs);
    connect(&m_checkSoon, &QTimer::timeout, this, &DocumentSync::check);
    connect(&m_estimateSoon, &QTimer::timeout, this, &DocumentSync::askEstimate);
    connect(m_document, &StudioDocument::changed, this, &DocumentSync::send);
    connect(m_document, &StudioDocument::reset, this, &DocumentSync::open);
    connect(m_engine, &EngineClient::ready, this, &DocumentSync::open);
    connect(m_engine, &EngineClient::stateChanged, this, [this] {
        if (m_engine->state() != EngineClient::State::Ready && m_engine->state() != EngineClient::State::Hung)
            m_isOpen = false;
        emit freshChanged();
    });
    connect(m_engine, &EngineClient::notification, this, [this](const QString &method, const JsonValue &params) {
        if (method == QLatin1StringView("document.stale") && qString(params["document"].string()) == m_name)
            scheduleCheck();
    });
    if (m_engine->state() == EngineClient::State::Ready)
        open();
}

DocumentSync::~DocumentSync()
{
    if (m_isOpen)
        m_engine->notify(QStringLiteral("document.close"), JsonValue::object().set("document", m_name.toStdString()));
}

void DocumentSync::setFolder(const QString &folder)
{
    if (m_folder == folder)
        return;
    m_folder = folder;
    open();
}

bool DocumentSync::isFresh() const
{
    return m_answers.version == m_document->version();
}

void DocumentSync::open()
{
    if (m_engine->state() != EngineClient::State::Ready && m_engine->state() != EngineClient::State::Hung)
        return;
    JsonValue params = JsonValue::object();
    params.set("document", m_name.toStdString()).set("version", wireVersion(m_document->version()));
    params.set("text", writeDocument(m_document->document()));
    if (!m_folder.isEmpty())
        params.set("folder", m_folder.toStdString());
    m_isOpen = true;
    m_engine->request(QStringLiteral("document.open"), std::move(params), this,
                      [this](const Result<JsonValue> &result) {
                          if (!result)
                              m_isOpen = false;
                      });
    scheduleCheck();
}

void DocumentSync::send(const Change &change, int version)
{
    emit freshChanged();
    if (!m_isOpen) {
        open();
        return;
    }
    JsonValue params = JsonValue::object();
    params.set("document", m_name.toStdString()).set("version", wireVersion(version));
    params.set("base", wireVersion(version) - 1).set("change", changeToJson(change));
    m_engine->request(QStringLiteral("document.change"), std::move(params), this,
                      [this](const Result<JsonValue> &result) {
                          if (!result && m_engine->state() == EngineClient::State::Ready)
                              open(); // the copies differ: the whole document mends that
                      });
    scheduleCheck();
}

void DocumentSync::scheduleCheck()
{
    m_needsCheck = true;
    if (!m_isChecking)
        m_checkSoon.start();
}

void DocumentSync::check()
{
    if (m_isChecking || !m_isOpen)
        return;
    m_needsCheck = false;
    m_isChecking = true;
    JsonValue params = JsonValue::object();
    params.set("document", m_name.toStdString()).set("version", wireVersion(m_document->version()));
    m_engine->request(QStringLiteral("document.check"), std::move(params), this,
                      [this](const Result<JsonValue> &result) { takeCheck(result); });
}

void DocumentSync::takeCheck(const Result<JsonValue> &result)
{
    m_isChecking = false;
    if (result) {
        Answers answers = answersFromJson(*result);
        --answers.version; // see wireVersion
        if (answers.version == m_document->version()) {
            m_answers = std::move(answers);
            emit answersChanged();
            emit freshChanged();
            m_estimateSoon.start();
        } else {
            m_needsCheck = true;
        }
    }
    if (m_needsCheck && m_isOpen)
        m_checkSoon.start();
}

void DocumentSync::askEstimate()
{
    if (!m_isOpen || !isFresh())
        return;
    m_engine->cancel(m_estimateId);
    JsonValue params = JsonValue::object();
    params.set("document", m_name.toStdString()).set("version", wireVersion(m_document->version()));
    m_estimateId = m_engine->request(QStringLiteral("document.estimate"), std::move(params), this,
                                     [this](const Result<JsonValue> &result) {
                                         m_estimate = result ? estimateFromJson(*result) : Estimate();
                                         emit estimateChanged();
                                     });
}

} // namespace espalier
