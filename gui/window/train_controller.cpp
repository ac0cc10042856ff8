// SPDX-License-Identifier: GPL-3.0-or-later
// This file is long because every way from one state of a run to another stands here, beside what people are told of
// it.
#include "gui/window/train_controller.h"

#include "engine/protocol/error_json.h"
#include "gui/dashboard/drawing_diff.h"
#include "gui/dashboard/run_texts.h"
#include "gui/document/studio_document.h"
#include "gui/engine_client/engine_client.h"
#include "gui/engine_client/text.h"
#include "gui/models/focus.h"
#include "gui/models/run_drawing.h"
#include "gui/models/run_store.h"
#include "gui/window/document_page.h"
#include "gui/window/documents.h"
#include "gui/window/main_window.h"
#include "gui/window/notice_bar.h"
#include "gui/window/status_line.h"
#include "gui/window/top_bar.h"
#include "widgets/common/figures.h"

#include <QtCore/QFileInfo>
#include <QtCore/QPointer>
#include <QtCore/QTimer>

#include <algorithm>

namespace espalier {
namespace {

constexpr int kLostPatienceMs = 4000; ///< for the word of a run's end after its process has gone
constexpr int kSpeedMs = 400; ///< over which steps are counted
const auto kNoticeKey = QStringLiteral("run");

RunProgress::Phase phaseOf(const QString &state)
{
    using Phase = RunProgress::Phase;
    if (state == QLatin1StringView("running"))
        return Phase::Running;
    if (state == QLatin1StringView("paused") || state == QLatin1StringView("pausing"))
        return Phase::Paused;
    if (state == QLatin1StringView("queued"))
        return Phase::Queued;
    return state == QLatin1StringView("stopping") ? Phase::Stopping : Phase::Preparing;
}

} // namespace

/// A run that lives, or one that is being started.
struct TrainController::Seat {
    QPointer<DocumentPage> page; ///< that started it, or that it was found to belong to
    EngineClient *engine = nullptr; ///< of the process that trains it; null where another program started it
    QString run; ///< empty while it is being started
    JsonValue request;
    std::optional<Document> trained; ///< what it trains now
    double factorAtStart = 1;
    int comparedVersion = -1; ///< of the page's document
    bool differs = false;
};

TrainController::TrainController(MainWindow *window, TopBar *bar)
    : QObject(window)
    , m_window(window)
    , m_bar(bar)
    , m_store(&window->runs())
{
    connect(m_store, &RunStore::runsChanged, this, &TrainController::runsChanged);
    connect(m_store, &RunStore::ended, this, &TrainController::runEnded);
    connect(m_store, &RunStore::changed, this, [this](const QStringList &runs) {
        if (!runs.contains(run()))
            return;
        measureSpeed();
        showProgress();
        emit progressed();
    });
    connect(window, &MainWindow::currentPageChanged, this, [this] {
        showProgress();
        emit changed();
    });
}

TrainController::~TrainController() = default;

// Which run is under control.

TrainController::Seat *TrainController::seatOf(const QString &run) const
{
    const auto found = std::find_if(m_seats.begin(), m_seats.end(),
                                    [&](const auto &each) { return !run.isEmpty() && each->run == run; });
    return found == m_seats.end() ? nullptr : found->get();
}

TrainController::Seat *TrainController::seat() const
{
    const DocumentPage *page = m_window->page();
    if (!page)
        return m_seats.empty() ? nullptr : m_seats.back().get();
    if (Seat *looked = seatOf(page->focus()->run()))
        return looked;
    for (auto it = m_seats.rbegin(); it != m_seats.rend(); ++it)
        if ((*it)->page == page)
            return it->get();
    return nullptr;
}

QString TrainController::run() const
{
    const Seat *now = seat();
    return now ? now->run : QString();
}

bool TrainController::isTraining() const
{
    return seat() != nullptr;
}

bool TrainController::isQueued() const
{
    return isTraining() && state() == QLatin1StringView("queued");
}

QString TrainController::state() const
{
    const Seat *now = seat();
    if (!now)
        return m_lastState;
    const RunInfo *info = m_store->info(now->run);
    return info && !info->state.isEmpty() ? info->state : QStringLiteral("preparing");
}

qint64 TrainController::stepsDone() const
{
    const auto progress = m_store->progress(run());
    return progress ? progress->step : 0;
}

double TrainController::rate() const
{
    const auto progress = m_store->progress(run());
    return progress ? progress->rate : 0;
}

DocumentPage *TrainController::pageOf(const QString &run) const
{
    const RunInfo *info = m_store->info(run);
    for (int i = 0; i < m_window->pageCount(); ++i) {
        DocumentPage *page = m_window->page(i);
        const QString file = m_window->documents().fileOf(page);
        if (page->focus()->run() == run || (info && !file.isEmpty() && info->document == file))
            return page;
    }
    return nullptr;
}

/// Runs that live come and go without this window: started by the command line, or before the studio was closed.
void TrainController::runsChanged()
{
    bool isNew = false;
    for (const QString &run : m_store->runs()) {
        const RunInfo *info = m_store->info(run);
        if (!info->isAlive || seatOf(run) || run == m_lastRun)
            continue;
        const bool isOurs = std::any_of(m_seats.begin(), m_seats.end(),
                                        [](const auto &each) { return each->engine && each->run.isEmpty(); });
        if (isOurs)
            continue; // one of ours is just being started: its answer names it
        auto found = std::make_unique<Seat>();
        found->run = run;
        found->page = pageOf(run);
        m_seats.push_back(std::move(found));
        m_store->follow(run);
        Seat *seat = m_seats.back().get();
        if (seat->page && seat->page->focus()->run().isEmpty())
            seat->page->focus()->setRun(run);
        readDrawing(seat);
        m_window->statusLine()->tell(tr("%1 still trains; its controls are here.").arg(info->name));
        isNew = true;
    }
    if (isNew || isTraining()) {
        showProgress();
        emit changed();
    }
}

/// What a found run trains, to know whether the page shows the same.
void TrainController::readDrawing(Seat *seat)
{
    readRunDrawing(m_window->engine(), seat->run, this, [this, run = seat->run](const Result<Document> &drawing) {
        if (Seat *still = seatOf(run); still && drawing)
            still->trained = *drawing;
        emit changed();
    });
}

// Starting.

JsonValue TrainController::drawingOf(const DocumentPage *page) const
{
    JsonValue request = JsonValue::object();
    request.set("text", writeDocument(page->document()->document()));
    request.set("title", page->title().toStdString());
    if (const QString file = m_window->documents().fileOf(page); !file.isEmpty())
        request.set("path", file.toStdString());
    if (const QString folder = m_window->documents().folderOf(page); !folder.isEmpty())
        request.set("data_folder", folder.toStdString());
    return request;
}

void TrainController::start(DocumentPage *page)
{
    if (page && !isTraining())
        launch(page, drawingOf(page));
}

const RunInfo *TrainController::resumable() const
{
    if (isTraining())
        return nullptr;
    const DocumentPage *page = m_window->page();
    for (const QString &run : {page ? page->focus()->run() : QString(), m_lastRun}) {
        const RunInfo *info = m_store->info(run);
        if (info && info->canResume())
            return info;
    }
    return nullptr;
}

void TrainController::resume(const QString &checkpoint)
{
    const RunInfo *info = resumable();
    DocumentPage *page = m_window->page();
    if (!info)
        return;
    JsonValue request = page && page->focus()->run() == info->run ? drawingOf(page) : JsonValue::object();
    request.set("resume", info->run.toStdString()).set("checkpoint", checkpoint.toStdString());
    launch(page, std::move(request));
}

TrainController::Seat *TrainController::launch(DocumentPage *page, JsonValue request)
{
    if (!m_seats.empty())
        request.set("queue", "wait");
    auto made = std::make_unique<Seat>();
    Seat *seat = made.get();
    seat->page = page;
    seat->request = std::move(request);
    if (page) {
        seat->trained = page->document()->document();
        m_outcomes.remove(page);
        connect(page, &QObject::destroyed, this, [this, page] { m_outcomes.remove(page); });
        page->notices()->clear(kNoticeKey);
    }
    seat->engine = new EngineClient(m_window->engine()->command(), this);
    m_seats.push_back(std::move(made));
    connect(seat->engine, &EngineClient::ready, this, [this, seat] { sendStart(seat); });
    connect(seat->engine, &EngineClient::stateChanged, this, [this, seat] {
        if (!seat->engine->complaint().isEmpty() && seat->engine->state() != EngineClient::State::Hung)
            engineFell(seat);
    });
    seat->engine->start();
    m_speedStep = -1;
    showProgress();
    emit changed();
    return seat;
}

void TrainController::sendStart(Seat *seat)
{
    if (!seat->run.isEmpty())
        return;
    seat->engine->request(QStringLiteral("run.start"), seat->request, seat->engine,
                          [this, seat](const Result<JsonValue> &result) {
                              if (result)
                                  started(seat, *result);
                              else
                                  finish(seat, QStringLiteral("failed"), text(result.error()));
                          });
}

void TrainController::started(Seat *seat, const JsonValue &result)
{
    const QString run = qString(result["run"].string());
    m_seats.erase(std::remove_if(m_seats.begin(), m_seats.end(),
                                 [&](const auto &each) { return each.get() != seat && each->run == run; }),
                  m_seats.end());
    seat->run = run;
    seat->request = {};
    if (m_lastRun == run)
        m_lastRun.clear();
    m_store->addFolder(QFileInfo(run).path());
    m_store->leave(run); // a run that goes on is read anew: it lives now
    m_store->follow(run);
    if (seat->page)
        seat->page->focus()->setRun(run);
    if (const std::string &warning = result["warning"].string(); !warning.empty())
        m_window->statusLine()->tell(qString(warning));
    showProgress();
    emit changed();
}

// Ends.

/// The process of a run has gone. What the disk says of the run comes by the store; the sentence is the client's.
void TrainController::engineFell(Seat *seat)
{
    EngineClient *engine = std::exchange(seat->engine, nullptr);
    const QString complaint = engine->complaint();
    engine->disconnect(this);
    engine->stop(); // a run is not started again by itself
    engine->deleteLater();
    if (seat->run.isEmpty()) {
        finish(seat, QStringLiteral("failed"), complaint);
        return;
    }
    QTimer::singleShot(kLostPatienceMs, this, [this, run = seat->run] { runEnded(run, QStringLiteral("lost")); });
}

void TrainController::runEnded(const QString &run, const QString &state)
{
    if (Seat *over = seatOf(run))
        finish(over, state, endSentence(*m_store, run, state));
}

void TrainController::finish(Seat *seat, const QString &state, const QString &sentence)
{
    const QString run = seat->run;
    const QPointer<DocumentPage> page = seat->page;
    if (seat->engine) {
        seat->engine->disconnect(this);
        seat->engine->deleteLater();
    }
    m_seats.erase(std::find_if(m_seats.begin(), m_seats.end(), [&](const auto &each) { return each.get() == seat; }));
    m_lastRun = run;
    m_lastState = state;
    m_window->statusLine()->tell(sentence);
    if (page)
        m_outcomes.insert(page, sentence);
    if (page && !run.isEmpty() && (state == QLatin1StringView("failed") || state == QLatin1StringView("lost")))
        notice(page, run, state, sentence);
    showProgress();
    emit changed();
    emit ended(run, state);
}

void TrainController::notice(DocumentPage *page, const QString &run, const QString &state, const QString &sentence)
{
    QList<NoticeButton> buttons;
    const Place where = problemPlace(*m_store, run);
    if (!where.node.empty())
        buttons.append({tr("Show the layer"), [page, where] {
                            page->reveal(where.graph.empty() ? std::string("root") : where.graph, qString(where.node));
                        }});
    const auto resumeWith = [this, page, run](double factor) {
        m_window->showPage(page);
        page->focus()->setRun(run);
        resume(QStringLiteral("last"));
        if (Seat *now = seat())
            now->factorAtStart = factor;
    };
    if (state == QLatin1StringView("lost"))
        buttons.append({tr("Resume"), [resumeWith] { resumeWith(1); }});
    else if (m_store->info(run) && m_store->info(run)->canResume())
        buttons.append({tr("Resume at half the rate"), [resumeWith] { resumeWith(0.5); }});
    page->notices()->show(kNoticeKey, sentence, buttons);
}

// Commands.

void TrainController::command(const QString &method, JsonValue params)
{
    const Seat *now = seat();
    if (!now || now->run.isEmpty())
        return;
    EngineClient *engine
        = now->engine && now->engine->state() == EngineClient::State::Ready ? now->engine : m_window->engine();
    engine->request(method, std::move(params.set("run", now->run.toStdString())), this,
                    [this, run = now->run, method](const Result<JsonValue> &result) {
                        if (!result) {
                            if (seatOf(run))
                                m_window->statusLine()->tell(text(result.error()));
                        } else if (method == QLatin1StringView("run.set_rate")) {
                            m_window->statusLine()->tell(tr("From step %1 on the learning rate is %2.")
                                                             .arg(formatCount((*result)["step"].integer() + 1),
                                                                  formatNumber((*result)["rate"].number())));
                        }
                    });
}

void TrainController::pauseOrGoOn()
{
    const auto phase = phaseOf(state());
    command(phase == RunProgress::Phase::Paused || phase == RunProgress::Phase::Queued ? QStringLiteral("run.resume")
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

void TrainController::runNow()
{
    command(QStringLiteral("run.resume"));
}

void TrainController::changeRate(double factor)
{
    if (const double now = rate(); now > 0)
        setRate(now * factor);
}

void TrainController::setRate(double rate)
{
    command(QStringLiteral("run.set_rate"), JsonValue::object().set("rate", rate));
}

bool TrainController::canApply() const
{
    Seat *now = seat();
    const DocumentPage *page = m_window->page();
    if (!now || now->run.isEmpty() || !page || !now->trained || now->page != page)
        return false;
    if (now->comparedVersion != page->document()->version()) {
        now->comparedVersion = page->document()->version();
        now->differs = !trainingChange(*now->trained, page->document()->document()).operations.empty();
    }
    return now->differs;
}

void TrainController::apply()
{
    Seat *now = seat();
    DocumentPage *page = m_window->page();
    if (!now || now->run.isEmpty() || !page)
        return;
    const Document drawing = page->document()->document();
    JsonValue params = JsonValue::object();
    params.set("run", now->run.toStdString()).set("text", writeDocument(drawing));
    m_window->statusLine()->tell(tr("The drawing is being checked and compiled beside the run…"));
    m_window->engine()->request(QStringLiteral("run.apply"), std::move(params), this,
                                [this, run = now->run, drawing](const Result<JsonValue> &result) {
                                    if (!result) {
                                        m_window->statusLine()->tell(text(result.error()));
                                        return;
                                    }
                                    if (Seat *applied = seatOf(run)) {
                                        applied->trained = drawing;
                                        applied->comparedVersion = -1;
                                    }
                                    m_window->statusLine()->tell(appliedSentence(*result));
                                    emit changed();
                                });
}

// What the bar shows.

/// Steps a second over the last moments; the whole run's mean would hide a pause.
void TrainController::measureSpeed()
{
    const QString now = run();
    const qint64 step = stepsDone();
    if (m_speedRun != now || m_speedStep < 0 || step < m_speedStep) {
        m_speedRun = now;
        m_speedStep = step;
        m_stepsPerSecond = 0;
        m_speedClock.start();
        return;
    }
    if (m_speedClock.elapsed() < kSpeedMs)
        return;
    const double seconds = static_cast<double>(m_speedClock.restart()) / 1000;
    const double measured = static_cast<double>(step - m_speedStep) / seconds;
    m_stepsPerSecond = m_stepsPerSecond > 0 ? 0.7 * m_stepsPerSecond + 0.3 * measured : measured;
    m_speedStep = step;
}

void TrainController::showProgress()
{
    const Seat *now = seat();
    RunProgress shown;
    if (now) {
        shown.phase = phaseOf(state());
        const auto progress = m_store->progress(now->run);
        shown.text
            = progressText(*m_store, now->run, shown.phase == RunProgress::Phase::Running ? m_stepsPerSecond : 0);
        if (progress && progress->totalSteps > 0)
            shown.share = static_cast<double>(progress->step) / static_cast<double>(progress->totalSteps);
        if (progress && progress->secondsLeft >= 0 && shown.phase == RunProgress::Phase::Running)
            shown.left = tr("%1 left").arg(formatClock(progress->secondsLeft));
        if (progress && now->factorAtStart != 1 && shown.phase == RunProgress::Phase::Running) {
            const double factor = std::exchange(seat()->factorAtStart, 1.0);
            command(QStringLiteral("run.set_rate"), JsonValue::object().set("factor", factor));
        }
    }
    m_bar->setProgress(shown);
}

} // namespace espalier
