// SPDX-License-Identifier: GPL-3.0-or-later
// What the actions about runs and their curves are for, played with runs of the real engine.
#include "tests/gui/window/action_scenarios.h"
#include "tests/gui/window/studio.h"

#include "gui/dashboard/compare_view.h"
#include "gui/dashboard/curves_panel.h"
#include "gui/dashboard/dashboard.h"
#include "gui/dashboard/distributions_panel.h"
#include "gui/dashboard/run_table.h"
#include "gui/dashboard/runs_panel.h"
#include "gui/dashboard/time_scrubber.h"
#include "gui/dashboard/watch.h"
#include "gui/document/studio_document.h"
#include "gui/models/focus.h"
#include "gui/models/run_store.h"
#include "gui/window/panel_area.h"
#include "gui/window/train_controller.h"
#include "widgets/charts/chart_link.h"
#include "widgets/charts/histogram_chart.h"

#include <QtCore/QDir>
#include <QtGui/QClipboard>
#include <QtGui/QImage>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QTableView>

using namespace Qt::StringLiterals;

namespace espalier {

void startsRun(Studio &studio)
{
    QTRY_VERIFY(studio.actions().action(u"run.start")->isEnabled());
    studio.drive(u"run.start");
    QVERIFY(studio.window().trainer().isTraining());
    QTRY_VERIFY_WITH_TIMEOUT(studio.window().trainer().stepsDone() > 0, 20'000);
}

void stopsRun(Studio &studio)
{
    QSignalSpy ended(&studio.window().trainer(), &TrainController::ended);
    QTRY_VERIFY(studio.actions().action(u"run.stop")->isEnabled());
    studio.drive(u"run.stop");
    QTRY_COMPARE_WITH_TIMEOUT(ended.size(), 1, 20'000);
    QCOMPARE(ended.first().at(1).toString(), u"stopped"_s);
    QVERIFY(!studio.window().trainer().isTraining());
}

namespace {

TrainController &trainer(Studio &studio)
{
    return studio.window().trainer();
}

void pauses(Studio &studio)
{
    startsRun(studio);
    studio.drive(u"run.pause");
    QTRY_COMPARE_WITH_TIMEOUT(trainer(studio).state(), u"paused"_s, 20'000);
    studio.drive(u"run.pause");
    QTRY_COMPARE_WITH_TIMEOUT(trainer(studio).state(), u"running"_s, 20'000);
    stopsRun(studio);
}

void stepsOnce(Studio &studio)
{
    startsRun(studio);
    studio.drive(u"run.pause");
    QTRY_COMPARE_WITH_TIMEOUT(trainer(studio).state(), u"paused"_s, 20'000);
    // Progress comes now and then while a run goes on: only after a step of its own is it exact.
    const qint64 running = trainer(studio).stepsDone();
    studio.drive(u"run.step");
    QTRY_VERIFY_WITH_TIMEOUT(trainer(studio).stepsDone() > running, 20'000);
    QTRY_COMPARE(trainer(studio).state(), u"paused"_s);
    const qint64 before = trainer(studio).stepsDone();
    studio.drive(u"run.step");
    QTRY_COMPARE_WITH_TIMEOUT(trainer(studio).stepsDone(), before + 1, 20'000);
    QTRY_COMPARE(trainer(studio).state(), u"paused"_s);
    stopsRun(studio);
}

void resumes(Studio &studio, const char *action)
{
    startsRun(studio);
    const QString run = trainer(studio).run();
    QTRY_VERIFY_WITH_TIMEOUT(trainer(studio).stepsDone() > 100, 20'000); // an epoch and more: there is a best one
    stopsRun(studio);
    QTRY_VERIFY(studio.actions().action(QString::fromLatin1(action))->isEnabled());
    studio.drive(QString::fromLatin1(action));
    QTRY_COMPARE_WITH_TIMEOUT(trainer(studio).run(), run, 20'000);
    QTRY_COMPARE_WITH_TIMEOUT(trainer(studio).state(), u"running"_s, 20'000);
    stopsRun(studio);
}

void changesRate(Studio &studio, const char *action, double factor)
{
    startsRun(studio);
    QTRY_VERIFY_WITH_TIMEOUT(trainer(studio).rate() > 0, 20'000);
    studio.drive(u"run.pause"); // so that the schedule stands still
    QTRY_COMPARE_WITH_TIMEOUT(trainer(studio).state(), u"paused"_s, 20'000);
    studio.drive(u"run.step");
    QTRY_COMPARE_WITH_TIMEOUT(trainer(studio).state(), u"paused"_s, 20'000);
    const QString run = trainer(studio).run();
    const double before = trainer(studio).rate();
    studio.drive(QString::fromLatin1(action));
    const auto hasMark = [&] {
        const QList<RunMark> marks = studio.window().runs().marks(run);
        return std::any_of(marks.begin(), marks.end(),
                           [](const RunMark &mark) { return mark.kind == RunMark::Kind::Rate; });
    };
    QTRY_VERIFY_WITH_TIMEOUT(hasMark(), 20'000);
    studio.drive(u"run.step");
    QTRY_VERIFY_WITH_TIMEOUT(qAbs(trainer(studio).rate() / before - factor) < 0.01, 20'000);
    stopsRun(studio);
}

void applies(Studio &studio)
{
    startsRun(studio);
    QVERIFY(!studio.actions().action(u"run.apply")->isEnabled());
    studio.select({u"dropout"_s});
    studio.keys(u"Ctrl+Del"_s);
    QTRY_VERIFY(studio.actions().action(u"run.apply")->isEnabled());
    const QString run = trainer(studio).run();
    studio.drive(u"run.apply");
    QTRY_VERIFY_WITH_TIMEOUT(!studio.actions().action(u"run.apply")->isEnabled(), 20'000);
    const auto hasMark = [&] {
        const QList<RunMark> marks = studio.window().runs().marks(run);
        return std::any_of(marks.begin(), marks.end(),
                           [](const RunMark &mark) { return mark.kind == RunMark::Kind::Drawing; });
    };
    QTRY_VERIFY_WITH_TIMEOUT(hasMark(), 20'000);
    stopsRun(studio);
}

void runsNow(Studio &studio)
{
    startsRun(studio);
    DocumentPage *first = studio.page();
    const QString file = studio.window().documents().fileOf(first);
    const QString other = scratch(u"other.espalier"_s);
    QFile::remove(other);
    QVERIFY(QFile::copy(file, other));
    QVERIFY(studio.window().documents().open(other));
    QVERIFY(studio.waitForAnswers());
    QTRY_VERIFY(studio.actions().action(u"run.start")->isEnabled());
    studio.drive(u"run.start");
    QTRY_VERIFY_WITH_TIMEOUT(trainer(studio).isQueued(), 20'000);
    QTRY_VERIFY(studio.actions().action(u"run.now")->isEnabled());
    studio.drive(u"run.now");
    QTRY_VERIFY_WITH_TIMEOUT(trainer(studio).stepsDone() > 0, 20'000);
    stopsRun(studio);
    studio.window().showPage(first);
    stopsRun(studio);
}

/// A run with curves, which is over.
void trains(Studio &studio)
{
    startsRun(studio);
    QTRY_VERIFY_WITH_TIMEOUT(trainer(studio).stepsDone() > 50, 20'000);
    stopsRun(studio);
    studio.window().bottomPanels()->setCurrent(u"curves"_s);
    QTRY_VERIFY(studio.window().watch().curves().charts().size() >= 2);
    QTRY_VERIFY(studio.actions().action(u"time.back")->isEnabled());
}

Focus &focus(Studio &studio)
{
    return *studio.page()->focus();
}

void goesBack(Studio &studio)
{
    trains(studio);
    QVERIFY(focus(studio).isLive());
    studio.drive(u"time.back");
    QVERIFY(!focus(studio).isLive());
    const qint64 step = focus(studio).step();
    studio.drive(u"time.back");
    QVERIFY(focus(studio).step() < step);
    studio.drive(u"time.forward");
    QCOMPARE(focus(studio).step(), step);
    studio.drive(u"time.live");
    QVERIFY(focus(studio).isLive());
}

void plays(Studio &studio)
{
    trains(studio);
    studio.drive(u"time.play");
    QVERIFY(studio.window().watch().scrubber().isPlaying());
    const qint64 first = focus(studio).step();
    QTRY_VERIFY(focus(studio).step() > first);
    studio.drive(u"time.play");
    QVERIFY(!studio.window().watch().scrubber().isPlaying());
}

void pins(Studio &studio)
{
    trains(studio);
    CurvesPanel &curves = studio.window().watch().curves();
    const QString key = curves.dataOf(curves.current()).key;
    studio.drive(u"chart.pin");
    QVERIFY(studio.window().watch().dashboard().pinned().contains(key));
    QTRY_VERIFY(curves.dataOf(curves.charts().first()).isPinned);
    studio.drive(u"chart.pin");
    QVERIFY(studio.window().watch().dashboard().pinned().isEmpty());
}

void fits(Studio &studio)
{
    trains(studio);
    CurvesPanel &curves = studio.window().watch().curves();
    TimeChart *chart = curves.charts().first();
    const QPoint middle = chart->rect().center();
    QTest::mousePress(chart, Qt::LeftButton, {}, middle);
    QTest::mouseMove(chart, middle + QPoint(60, 0));
    QTest::mouseRelease(chart, Qt::LeftButton, {}, middle + QPoint(60, 0));
    QVERIFY(curves.link()->range());
    studio.drive(u"chart.fit");
    QVERIFY(!curves.link()->range());
}

void changesLook(Studio &studio, const char *action)
{
    trains(studio);
    const Dashboard &dashboard = studio.window().watch().dashboard();
    const auto look = [&] {
        return std::tuple{dashboard.scale(), dashboard.axis(), qRound(dashboard.smoothing() * 1000)};
    };
    const auto before = look();
    studio.drive(QString::fromLatin1(action));
    QVERIFY(look() != before);
}

void copiesChart(Studio &studio)
{
    trains(studio);
    studio.drive(u"chart.copy");
    QVERIFY(!QGuiApplication::clipboard()->image().isNull());
}

void savesChart(Studio &studio)
{
    trains(studio);
    for (const QString &ending : {u"png"_s, u"svg"_s, u"pdf"_s}) {
        const QString path = scratch(u"chart."_s + ending);
        answerFileDialog(studio, path);
        studio.drive(u"chart.save");
        QTRY_VERIFY2(QFileInfo(path).size() > 1000, qPrintable(path));
    }
}

void savesChartData(Studio &studio)
{
    trains(studio);
    const QString path = scratch(u"chart.csv"_s);
    answerFileDialog(studio, path);
    studio.drive(u"chart.save_data");
    QFile file(path);
    QTRY_VERIFY(file.exists() && file.size() > 0);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QList<QByteArray> lines = file.readAll().split('\n');
    QVERIFY2(lines.first().contains("step"), lines.first().constData());
    QVERIFY2(lines.size() > 20, "every recorded point has a line");
}

void opensLogdir(Studio &studio)
{
    trains(studio);
    const QString run = focus(studio).run();
    // A run is a folder with event files as any other; a copy under another name is not known yet.
    const QString logdir = scratch(u"logs"_s);
    QVERIFY(QDir().mkpath(logdir + u"/first"_s));
    for (const QString &name : QDir(run).entryList({u"events.out.*"_s}))
        QFile::copy(run + u'/' + name, logdir + u"/first/"_s + name);
    answerFileDialog(studio, logdir);
    studio.drive(u"file.open_logdir");
    const auto isThere = [&] {
        const QStringList runs = studio.window().runs().runs();
        return std::any_of(runs.begin(), runs.end(), [&](const QString &each) { return each.startsWith(logdir); });
    };
    QTRY_VERIFY_WITH_TIMEOUT(isThere(), 10'000);
}

RunsPanel &runsPanel(Studio &studio)
{
    return studio.window().watch().runs();
}

void showsPanel(Studio &studio, const char *action, const QString &panel)
{
    studio.window().bottomPanels()->setCurrent(u"history"_s);
    studio.drive(QString::fromLatin1(action));
    QCOMPARE(studio.window().bottomPanels()->current(), panel);
}

void nextView(Studio &studio)
{
    trains(studio);
    DistributionsPanel &panel = studio.window().watch().distributions();
    studio.select({u"conv2"_s});
    studio.drive(u"runs.next_view");
    QCOMPARE(panel.view(), DistributionsPanel::View::Bands);
    QTRY_COMPARE(panel.layer(), u"conv2"_s);
    QTRY_VERIFY(panel.charts().size() >= 3); // weights, their gradients, activations
    studio.drive(u"runs.next_view");
    QCOMPARE(panel.view(), DistributionsPanel::View::Heat);
    QTRY_VERIFY(panel.charts().size() >= 3 && !panel.charts().first()->isEmpty());
}

void comparesRuns(Studio &studio)
{
    trains(studio);
    studio.select({u"dropout"_s});
    studio.keys(u"Ctrl+Del"_s);
    QVERIFY(studio.waitForAnswers());
    trains(studio);
    QTRY_COMPARE(runsPanel(studio).table()->rowCount(), 2);
    studio.drive(u"runs.compare");
    QVERIFY(runsPanel(studio).isComparing());
    const auto hasLine
        = [&](const QString &words) { return !runsPanel(studio).comparison()->lines().filter(words).isEmpty(); };
    QTRY_VERIFY_WITH_TIMEOUT(hasLine(u"dropout | Dropout | –"_s), 10'000);
}

void renamesRun(Studio &studio)
{
    trains(studio);
    const QString run = focus(studio).run();
    QTRY_VERIFY(runsPanel(studio).table()->rowOf(run) >= 0);
    studio.whenModal([](QWidget *dialog) {
        auto *field = dialog->findChild<QLineEdit *>();
        field->selectAll();
        QTest::keyClicks(field, u"my-best"_s);
        QTest::keyClick(field, Qt::Key_Return);
    });
    studio.drive(u"runs.rename");
    QTRY_COMPARE(studio.window().runs().info(run)->name, u"my-best"_s);
}

void deletesRun(Studio &studio)
{
    trains(studio);
    const QString run = focus(studio).run();
    runsPanel(studio).select({run});
    studio.drive(u"runs.delete");
    QTRY_VERIFY(!studio.window().runs().info(run));
    QTRY_VERIFY(!QFileInfo::exists(run));
    QTRY_VERIFY(studio.actions().action(u"runs.restore")->isEnabled());
    studio.drive(u"runs.restore");
    QTRY_VERIFY(studio.window().runs().info(run));
    QVERIFY(QFileInfo::exists(run));
}

void savesRuns(Studio &studio)
{
    trains(studio);
    const QString path = scratch(u"runs.csv"_s);
    answerFileDialog(studio, path);
    studio.drive(u"runs.save_csv");
    QFile file(path);
    QTRY_VERIFY(file.exists() && file.size() > 0);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(file.readAll().contains("stopped"));
}

void showsOnlyOne(Studio &studio)
{
    trains(studio);
    trains(studio);
    const Dashboard &dashboard = studio.window().watch().dashboard();
    QTRY_COMPARE(dashboard.shown().size(), 2);
    studio.drive(u"runs.only_this");
    QCOMPARE(dashboard.shown(), QStringList(focus(studio).run()));
    studio.drive(u"view.dashboard");
    const auto *list = studio.window().findChild<RunList *>()->findChild<QTableView *>();
    QTRY_VERIFY(list->isVisible());
    const QString name = studio.window().runs().info(focus(studio).run())->name;
    QTRY_VERIFY(list->columnWidth(0) > list->fontMetrics().horizontalAdvance(name));
    studio.drive(u"view.dashboard");
}

void startsAndStops(Studio &studio)
{
    startsRun(studio);
    stopsRun(studio);
}

} // namespace

std::vector<Scenario> watchScenarios()
{
    return {
        {"run.start", startsAndStops, true},
        {"run.pause", pauses, true},
        {"run.step", stepsOnce, true},
        {"run.stop", startsAndStops, true},
        {"run.resume", [](Studio &studio) { resumes(studio, "run.resume"); }, true},
        {"run.resume_best", [](Studio &studio) { resumes(studio, "run.resume_best"); }, true},
        {"run.rate_half", [](Studio &studio) { changesRate(studio, "run.rate_half", 0.5); }, true},
        {"run.rate_double", [](Studio &studio) { changesRate(studio, "run.rate_double", 2); }, true},
        {"run.apply", applies, true},
        {"run.now", runsNow, true},
        {"file.open_logdir", opensLogdir, true},
        {"runs.list", [](Studio &studio) { showsPanel(studio, "runs.list", u"runs"_s); }},
        {"runs.curves", [](Studio &studio) { showsPanel(studio, "runs.curves", u"curves"_s); }},
        {"runs.distributions", [](Studio &studio) { showsPanel(studio, "runs.distributions", u"distributions"_s); }},
        {"runs.next_view", nextView, true},
        {"runs.compare", comparesRuns, true},
        {"runs.rename", renamesRun, true},
        {"runs.only_this", showsOnlyOne, true},
        {"runs.save_csv", savesRuns, true},
        {"runs.delete", deletesRun, true},
        {"runs.restore", deletesRun, true},
        {"time.play", plays, true},
        {"time.live", goesBack, true},
        {"time.back", goesBack, true},
        {"time.forward", goesBack, true},
        {"chart.pin", pins, true},
        {"chart.fit", fits, true},
        {"chart.next_scale", [](Studio &studio) { changesLook(studio, "chart.next_scale"); }, true},
        {"chart.next_axis", [](Studio &studio) { changesLook(studio, "chart.next_axis"); }, true},
        {"chart.more_smoothing", [](Studio &studio) { changesLook(studio, "chart.more_smoothing"); }, true},
        {"chart.less_smoothing", [](Studio &studio) { changesLook(studio, "chart.less_smoothing"); }, true},
        {"chart.copy", copiesChart, true},
        {"chart.save", savesChart, true},
        {"chart.save_data", savesChartData, true},
    };
}

} // namespace espalier
