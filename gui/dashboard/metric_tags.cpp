// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/dashboard/metric_tags.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QStringList>

#include <utility>

namespace espalier {
namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("MetricTags", text);
}

Split splitOf(QStringView part)
{
    static const std::pair<QLatin1StringView, Split> kNames[] = {
        {QLatin1StringView("train"), Split::Train},
        {QLatin1StringView("training"), Split::Train},
        {QLatin1StringView("validation"), Split::Validation},
        {QLatin1StringView("valid"), Split::Validation},
        {QLatin1StringView("val"), Split::Validation},
        {QLatin1StringView("eval"), Split::Validation},
        {QLatin1StringView("test"), Split::Test},
    };
    for (const auto &[name, split] : kNames)
        if (part.compare(name, Qt::CaseInsensitive) == 0)
            return split;
    return Split::None;
}

QString inWords(QString name)
{
    name.replace(QLatin1Char('_'), QLatin1Char(' '));
    if (!name.isEmpty())
        name[0] = name[0].toUpper();
    return name;
}

} // namespace

MetricTag parseTag(const QString &tag)
{
    QStringList parts = tag.split(QLatin1Char('/'), Qt::SkipEmptyParts);
    MetricTag parsed;
    if (parts.isEmpty())
        return parsed;
    const bool isOfEpoch = parts.size() > 1 && parts.first() == QLatin1StringView("epoch");
    for (qsizetype i = 0; i < parts.size() && parts.size() > 1; ++i)
        if (const Split split = splitOf(parts[i]); split != Split::None) {
            parsed.split = split;
            parts.removeAt(i);
            break;
        }
    QString metric = parts.takeLast();
    if (parsed.split == Split::None)
        for (const auto &[prefix, split] :
             {std::pair{QLatin1StringView("val_"), Split::Validation},
              std::pair{QLatin1StringView("train_"), Split::Train}, std::pair{QLatin1StringView("test_"), Split::Test}})
            if (metric.startsWith(prefix) && metric.size() > prefix.size()) {
                parsed.split = split;
                metric = metric.mid(prefix.size());
                break;
            }
    // Loss and loss are one thing, whichever program wrote the log.
    if (metric.compare(QLatin1StringView("loss"), Qt::CaseInsensitive) == 0
        || metric.compare(QLatin1StringView("accuracy"), Qt::CaseInsensitive) == 0)
        metric = metric.toLower();
    if (!parts.isEmpty() && parsed.split != Split::None
        && (metric == QLatin1StringView("min") || metric == QLatin1StringView("max")
            || metric == QLatin1StringView("mean"))) { // of steps that were too fast to be recorded one by one
        metric = parts.takeLast() + QLatin1Char(' ') + metric;
        parts = {QStringLiteral("extremes")};
    }
    parsed.metric = metric;
    parsed.group = isOfEpoch ? QStringLiteral("epoch") : parts.join(QLatin1Char('/'));
    return parsed;
}

QString metricTitle(const MetricTag &tag)
{
    if (tag.metric == QLatin1StringView("epoch") && tag.group.isEmpty())
        return tr("Epoch");
    return inWords(tag.metric);
}

QString groupTitle(const QString &group)
{
    if (group.isEmpty())
        return tr("Training");
    if (group == QLatin1StringView("epoch"))
        return tr("Epoch means");
    if (group == QLatin1StringView("extremes"))
        return tr("Extremes");
    return group.startsWith(QLatin1StringView("layers/")) ? group.mid(7) : group;
}

QString splitText(Split split)
{
    switch (split) {
    case Split::Train:
        return tr("train");
    case Split::Validation:
        return tr("validation");
    case Split::Test:
        return tr("test");
    case Split::None:
        break;
    }
    return {};
}

QString metricHelp(const MetricTag &tag)
{
    static const std::pair<QLatin1StringView, const char *> kHelp[] = {
        {QLatin1StringView("loss"),
         QT_TRANSLATE_NOOP("MetricTags",
                           "How wrong the model is; training makes it smaller. Where validation turns up while train "
                           "goes on falling, the model begins to learn its samples by heart.")},
        {QLatin1StringView("accuracy"),
         QT_TRANSLATE_NOOP("MetricTags", "The share of samples whose class the model names rightly.")},
        {QLatin1StringView("learning_rate"),
         QT_TRANSLATE_NOOP("MetricTags", "How far each step goes: what the schedule and your changes make of it.")},
        {QLatin1StringView("gradient_norm"),
         QT_TRANSLATE_NOOP(
             "MetricTags",
             "Length of all gradients together. Jumps say that a batch was hard or the rate is too high.")},
        {QLatin1StringView("update_ratio"),
         QT_TRANSLATE_NOOP("MetricTags",
                           "How much a step changes the weights, against their size. About 0.001 is usual.")},
        {QLatin1StringView("dead_share"),
         QT_TRANSLATE_NOOP("MetricTags", "The share of units that gave 0 for every sample that was looked at.")},
        {QLatin1StringView("activation_zero_share"),
         QT_TRANSLATE_NOOP("MetricTags", "The share of this layer's results that are exactly 0.")},
    };
    for (const auto &[name, help] : kHelp)
        if (tag.metric == name)
            return tr(help);
    return tr("A value that the run recorded at its steps.");
}

int metricRank(const MetricTag &tag)
{
    if (!tag.group.isEmpty())
        return tag.group == QLatin1StringView("epoch") || tag.group == QLatin1StringView("extremes") ? 7 : 6;
    if (tag.metric == QLatin1StringView("loss"))
        return 0;
    if (tag.metric == QLatin1StringView("accuracy"))
        return 1;
    if (tag.metric == QLatin1StringView("learning_rate"))
        return 3;
    if (tag.metric == QLatin1StringView("gradient_norm"))
        return 4;
    return tag.metric == QLatin1StringView("epoch") ? 5 : 2;
}

} // namespace espalier
