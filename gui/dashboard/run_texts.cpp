// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/dashboard/run_texts.h"

#include "engine/protocol/error_json.h"
#include "gui/engine_client/text.h"
#include "gui/models/run_store.h"
#include "widgets/common/figures.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QStringList>

#include <algorithm>

namespace espalier {
namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("RunTexts", text);
}

QString dot()
{
    return QStringLiteral(" · ");
}

/// Where in the data a step that failed was: "batch 7 of epoch 3".
QString batchText(const RunStore &store, const QString &run, const Error &problem)
{
    const auto progress = store.progress(run);
    if (problem.code != "train.not-finite" || problem.args.empty() || !progress || progress->epochs <= 0
        || progress->totalSteps <= 0)
        return {};
    const qint64 step = qString(problem.args.front().text).toLongLong();
    const qint64 perEpoch = std::max<qint64>(progress->totalSteps / progress->epochs, 1);
    if (step < 1)
        return {};
    return tr("It was batch %1 of epoch %2.")
        .arg(formatCount((step - 1) % perEpoch + 1), formatCount((step - 1) / perEpoch + 1));
}

} // namespace

QString stateText(const QString &state)
{
    static const std::pair<const char *, const char *> kWords[] = {
        {"queued", QT_TRANSLATE_NOOP("RunTexts", "waits")},
        {"preparing", QT_TRANSLATE_NOOP("RunTexts", "preparing")},
        {"running", QT_TRANSLATE_NOOP("RunTexts", "running")},
        {"pausing", QT_TRANSLATE_NOOP("RunTexts", "pausing")},
        {"paused", QT_TRANSLATE_NOOP("RunTexts", "paused")},
        {"stopping", QT_TRANSLATE_NOOP("RunTexts", "stopping")},
        {"stopped", QT_TRANSLATE_NOOP("RunTexts", "stopped")},
        {"finished", QT_TRANSLATE_NOOP("RunTexts", "done")},
        {"failed", QT_TRANSLATE_NOOP("RunTexts", "failed")},
        {"lost", QT_TRANSLATE_NOOP("RunTexts", "lost")},
    };
    for (const auto &[name, word] : kWords)
        if (state == QLatin1StringView(name))
            return tr(word);
    return state;
}

QString progressText(const RunStore &store, const QString &run, double stepsPerSecond)
{
    const RunInfo *info = store.info(run);
    if (info && info->state == QLatin1StringView("queued")) {
        const qint64 place = store.status(run)["queue"]["place"].integer();
        return place > 0 ? tr("%1 waits: %2 are before it").arg(info->name).arg(place + 1)
                         : tr("%1 waits for the run before it").arg(info->name);
    }
    const auto progress = store.progress(run);
    if (!progress)
        return tr("Preparing…");
    const QString where = progress->epochs > 0 ? tr("Epoch %1 of %2").arg(progress->epoch).arg(progress->epochs)
                                               : tr("Step %1").arg(formatCount(progress->step));
    if (info && (info->state == QLatin1StringView("paused") || info->state == QLatin1StringView("stopping")))
        return where + dot() + stateText(info->state);
    return stepsPerSecond > 0 ? where + dot() + tr("%1 steps/s").arg(formatShort(stepsPerSecond)) : where;
}

QString metricText(const QString &name, double value)
{
    return name.contains(QLatin1StringView("accuracy")) ? formatPercent(value) : formatNumber(value);
}

QString bestResultText(const QMap<QString, double> &results)
{
    for (const char *metric : {"accuracy", "loss"})
        for (const char *part : {"test", "validation", "train"}) {
            const QString key = QStringLiteral("%1/%2").arg(QLatin1StringView(part), QLatin1StringView(metric));
            if (const auto found = results.constFind(key); found != results.cend())
                return QStringLiteral("%1 %2 %3").arg(tr(part), tr(metric), metricText(key, *found));
        }
    return {};
}

QString endSentence(const RunStore &store, const QString &run, const QString &state)
{
    const RunInfo *info = store.info(run);
    const QString name = info ? info->name : run;
    const JsonValue &status = store.status(run);
    if (state == QLatin1StringView("lost"))
        return tr("The process that trained %1 has gone. What it recorded up to step %2 is kept, and Resume goes on "
                  "from the last checkpoint.")
            .arg(name, formatCount(store.lastStep(run)));
    if (status["problem"].isObject()) {
        const Error problem = errorFromJson(status["problem"]);
        const QString batch = batchText(store, run, problem);
        const QString sentence = tr("%1 failed: %2").arg(name, text(problem));
        return batch.isEmpty() ? sentence : sentence + QLatin1Char(' ') + batch;
    }
    if (state == QLatin1StringView("failed"))
        return tr("%1 failed: %2").arg(name, info ? info->error : QString());
    const double seconds = status["training_seconds"].number(-1);
    const QString result = info ? bestResultText(info->results) : QString();
    QStringList parts{state == QLatin1StringView("stopped") ? tr("%1 stopped").arg(name) : tr("%1 trained").arg(name)};
    if (!result.isEmpty()) // before the time: where there is little room, it is the result that stays
        parts << result;
    if (seconds >= 0)
        parts << formatDuration(seconds, 2);
    return parts.join(dot());
}

Place problemPlace(const RunStore &store, const QString &run)
{
    const JsonValue &problem = store.status(run)["problem"];
    return problem.isObject() ? errorFromJson(problem).where : Place();
}

QString appliedSentence(const JsonValue &applied)
{
    QStringList anew;
    for (const JsonValue &name : applied["not_taken"].items())
        anew.append(qString(name.isString() ? name.string() : name["name"].string()));
    const QString step = formatCount(applied["step"].integer() + 1);
    if (anew.isEmpty())
        return tr("From step %1 on the run trains this drawing; every layer kept its weights.").arg(step);
    return tr("From step %1 on the run trains this drawing. These start anew: %2.")
        .arg(step, anew.join(QStringLiteral(", ")));
}

} // namespace espalier
