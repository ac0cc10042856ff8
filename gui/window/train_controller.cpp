// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/window/train_controller.h"

#include "engine/protocol/document.h"
#include "engine/protocol/error_json.h"
#include "gui/document/studio_document.h"
#include "gui/engine_client/engine_client.h"
#include "gui/engine_client/text.h"
#include "gui/window/document_page.h"
#include "gui/window/documents.h"
#include "gui/window/main_window.h"
#include "gui/window/status_line.h"
#include "gui/window/top_bar.h"
#include "widgets/common/figures.h"

#include <QtCore/QFileInfo>

namespace espalier {
namespace {

RunProgress::Phase phaseOf(const QString &state)
{
    using Phase = RunProgress::Phase;
    if (state == QLatin1StringView("running"))
        return Phase::Running;
    if (state == QLatin1StringView("paused") || state == QLatin1StringView("pausing"))
        return Phase::Paused;
    return state == QLatin1StringView("stopping") ? Phase::Stopping : Phase::Preparing;
}

/// "validation accuracy 98.3 %", from the results that a run ends with.
QString resultText(const JsonValue &results)
{
    for (const char *part : {"test", "validation", "train"}) {
        const JsonValue &accuracy = results[std::string(part) + "/accuracy"];
        const JsonValue &loss = results[std::string(part) + "/loss"];
        if (accuracy.isNumber())
            return TrainController::tr("%1 accuracy %2")
                .arg(QString::fromLatin1(part), formatPercent(accuracy.number()));
        if (loss.isNumber())
            return TrainController::tr("%1 loss %2").arg(QString::fromLatin1(part), formatNumber(loss.number()));
    }
    return {};
}

} // namespace

TrainController::TrainController(MainWindow *window, TopBar *bar)
    : QObject(window)
    , m_window(window)
    , m_bar(bar)
{
}

TrainController::~TrainController() = default;

void TrainController::start(DocumentPage *page)
{
    if (m_isTraining || !page)
        return;
    const QString file = m_window->documents().fileOf(page);
    m_request = JsonValue::object();
    m_request.set("text", writeDocument(page->document()->document()));
    m_request.set("title", page->title().toStdString());
    if (!file.isEmpty())
        m_request.set("path", file.toStdString());
    if (const QString folder = m_window->documents().folderOf(page); !folder.isEmpty())
        m_request.set("data_folder", folder.toStdString());
    m_isTraining = true;
    m_run.clear();
    m_name.clear();
    m_progress = {};
    m_state = QStringLiteral("preparing");
    delete m_engine;
    m_engine = new EngineClient(m_window->engine()->command(), this);
    connect(m_engine, &EngineClient::ready, this, &TrainController::sendStart);
    connect(m_engine, &EngineClient::notification, this, &TrainController::take);
    connect(m_engine, &EngineClient::stateChanged, this, [this] {
        if (!m_isTraining || m_engine->complaint().isEmpty() || m_engine->state() == EngineClient::State::Hung)
            return;
        finish(tr("The engine that trained has gone: %1 What was recorded is kept, and training goes on from the "
                  "last checkpoint with Train, Resume.")
                   .arg(m_engine->complaint()),
               QStringLiteral("lost"));
    });
    m_engine->start();
    showProgress();
    emit changed();
}

void TrainController::sendStart()
{
    if (!m_run.isEmpty())
        return;
    m_engine->request(QStringLiteral("run.start"), m_request, this, [this](const Result<JsonValue> &result) {
        if (!result) {
            finish(text(result.error()), QStringLiteral("failed"));
            return;
        }
        m_run = qString((*result)["run"].string());
        m_name = qString((*result)["name"].string());
        m_engine->request(QStringLiteral("run.subscribe"), JsonValue::object().set("run", m_run.toStdString()), this,
                          [](const Result<JsonValue> &) {});
    });
}

void TrainController::take(const QString &method, const JsonValue &params)
{
    if (!m_isTraining)
        return;
    if (method == QLatin1StringView("run.progress")) {
        m_progress = params;
        showProgress();
    } else if (method == QLatin1StringView("run.state") || method == QLatin1StringView("run.snapshot")) {
        m_state = qString(params["state"].string());
        showProgress();
        emit changed();
    } else if (method == QLatin1StringView("run.ended")) {
        finish(endText(params), qString(params["state"].string()));
    }
}

QString TrainController::endText(const JsonValue &ended) const
{
    if (ended["problem"].isObject())
        return tr("%1 failed: %2").arg(m_name, text(errorFromJson(ended["problem"])));
    const QString seconds = formatDuration(ended["training_seconds"].number(), 2);
    const QString result = resultText(ended["results"]);
    const QString what = ended["state"].string() == "stopped" ? tr("%1 stopped after %2").arg(m_name, seconds)
                                                              : tr("%1 trained in %2").arg(m_name, seconds);
    return result.isEmpty() ? what : what + QStringLiteral(" · ") + result;
}

void TrainController::showProgress()
{
    RunProgress shown;
    shown.phase = m_isTraining ? phaseOf(m_state) : RunProgress::Phase::None;
    const double total = m_progress["total_steps"].number();
    const double step = m_progress["step"].number();
    shown.share = total > 0 ? step / total : 0;
    if (m_progress.isNull()) {
        shown.text = tr("Preparing…");
    } else {
        const auto epochs = m_progress["epochs"].integer();
        const QString where = epochs > 0 ? tr("Epoch %1 of %2").arg(m_progress["epoch"].integer()).arg(epochs)
                                         : tr("Step %1").arg(formatCount(static_cast<qint64>(step)));
        const QString speed = tr("%1 samples/s").arg(formatShort(m_progress["samples_per_second"].number()));
        shown.text = shown.phase == RunProgress::Phase::Paused ? where + QStringLiteral(" · ") + tr("paused")
                                                               : where + QStringLiteral(" · ") + speed;
        if (m_progress["seconds_left"].isNumber() && shown.phase == RunProgress::Phase::Running)
            shown.left = tr("%1 left").arg(formatClock(m_progress["seconds_left"].number()));
    }
    m_bar->setProgress(shown);
}

void TrainController::finish(const QString &sentence, const QString &state)
{
    m_isTraining = false;
    m_state = state;
    m_bar->setProgress({});
    m_window->statusLine()->tell(sentence);
    const QString run = m_run;
    m_engine->disconnect(this);
    m_engine->deleteLater();
    m_engine = nullptr;
    emit changed();
    emit ended(run, state);
}

void TrainController::command(const QString &method)
{
    if (!m_engine || m_run.isEmpty())
        return;
    m_engine->request(method, JsonValue::object().set("run", m_run.toStdString()), this,
                      [this](const Result<JsonValue> &result) {
                          if (!result && m_isTraining)
                              m_window->statusLine()->tell(text(result.error()));
                      });
}

qint64 TrainController::stepsDone() const
{
    return m_progress["step"].integer();
}

void TrainController::pauseOrGoOn()
{
    command(phaseOf(m_state) == RunProgress::Phase::Paused ? QStringLiteral("run.resume")
                                                           : QStringLiteral("run.pause"));
}

void TrainController::step()
{
    command(QStringLiteral("run.step"));
}

void TrainController::stop()
{
    command(QStringLiteral("run.stop"));
}

} // namespace espalier
