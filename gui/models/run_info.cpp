// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/models/run_info.h"

#include "gui/engine_client/text.h"
#include "widgets/common/figures.h"

#include <QtCore/QCoreApplication>

namespace espalier {
namespace {

QString textIn(const JsonValue &json, std::string_view member)
{
    return qString(json[member].string());
}

QMap<QString, double> numbersIn(const JsonValue &json)
{
    QMap<QString, double> numbers;
    for (const auto &[name, value] : json.members())
        numbers.insert(qString(name), value.number(std::numeric_limits<double>::quiet_NaN()));
    return numbers;
}

QString tr(const char *text)
{
    return QCoreApplication::translate("RunMark", text);
}

QString rateText(const JsonValue &entry)
{
    return tr("Learning rate × %1").arg(formatNumber(entry["value"].number()));
}

} // namespace

bool RunInfo::canResume() const
{
    return !isForeign && !isAlive && !isGone
        && (state == QLatin1StringView("stopped") || state == QLatin1StringView("lost")
            || state == QLatin1StringView("failed"));
}

double RunInfo::seconds(const QDateTime &now) const
{
    const QDateTime end = ended.isValid() && !isAlive ? ended : now;
    if (!created.isValid() || (!isAlive && !ended.isValid()))
        return -1;
    return std::max(0.0, static_cast<double>(created.msecsTo(end)) / 1000);
}

RunInfo runInfoFromJson(const JsonValue &json)
{
    RunInfo info;
    info.run = textIn(json, "run");
    info.name = textIn(json, "name");
    info.folder = textIn(json, "folder");
    info.state = textIn(json, "state");
    info.isAlive = json["alive"].boolean();
    info.isForeign = json["foreign"].boolean();
    info.step = json["step"].integer();
    info.epoch = json["epoch"].integer();
    info.document = textIn(json, "document");
    info.created = QDateTime::fromString(textIn(json, "created"), Qt::ISODate);
    info.ended = QDateTime::fromString(textIn(json, "ended"), Qt::ISODate);
    info.device = textIn(json, "device");
    info.threads = json["threads"].integer();
    info.seed = json["seed"].integer();
    info.revision = json["revision"].integer();
    info.host = textIn(json, "host");
    info.results = numbersIn(json["results"]);
    info.best = numbersIn(json["best"]);
    for (const auto &[path, value] : json["settings"].members())
        info.settings.insert(qString(path), value);
    for (const JsonValue &tag : json["tags"].items())
        info.tags.append(qString(tag.string()));
    info.note = textIn(json, "note");
    info.colour = textIn(json, "colour");
    info.error = textIn(json, "error");
    info.bytes = json["bytes"].integer();
    return info;
}

TrainProgress progressFromJson(const JsonValue &json)
{
    TrainProgress progress;
    progress.step = json["step"].integer();
    progress.totalSteps = json["total_steps"].integer();
    progress.epoch = json["epoch"].integer();
    progress.epochs = json["epochs"].integer();
    progress.rate = json["rate"].number();
    progress.samplesPerSecond = json["samples_per_second"].number();
    progress.secondsLeft = json["seconds_left"].number(-1);
    progress.metrics = numbersIn(json["metrics"]);
    return progress;
}

std::optional<RunMark> markOfJournal(const JsonValue &entry)
{
    using Kind = RunMark::Kind;
    const std::string &event = entry["event"].string();
    if (event.empty() || !entry["step"].isInteger())
        return std::nullopt;
    RunMark mark;
    mark.step = entry["step"].integer();
    mark.entry = entry;
    if (event == "rate_factor") {
        mark.kind = Kind::Rate;
        mark.text = rateText(entry);
    } else if (event == "apply") {
        mark.kind = Kind::Drawing;
        mark.text = tr("Drawing applied (revision %1)").arg(entry["revision"].integer());
    } else if (event == "pause") {
        mark.kind = Kind::Pause;
        mark.text = tr("Paused");
    } else if (event == "continue") {
        mark.kind = Kind::Continue;
        mark.text = tr("Went on");
    } else if (event == "stop") {
        mark.kind = Kind::Stop;
        mark.text = tr("Stopped");
    } else if (event == "resume") {
        mark.kind = Kind::Resume;
        mark.text = tr("Resumed from the %1 checkpoint").arg(textIn(entry, "checkpoint"));
    } else if (event == "pin") {
        mark.kind = Kind::Pin;
        mark.text = tr("Pinned sample %1").arg(entry["value"].integer());
    } else {
        mark.text = qString(event);
    }
    return mark;
}

} // namespace espalier
