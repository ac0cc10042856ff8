// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/panels/probe_request.h"

#include "gui/engine_client/text.h"

#include <QtCore/QCoreApplication>

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

constexpr std::int64_t kMostSide = 1 << 20;

double numberOr(const JsonValue &value, double fallback)
{
    return value.isNumber() ? value.number() : fallback;
}

/// The part of a tensor that was sent: its first axis (after that of a single sample) down, all others across.
ValueMatrix matrixOf(const JsonValue &tensor, QStringList axes)
{
    ValueMatrix matrix;
    std::vector<std::int64_t> size;
    for (const JsonValue &each : tensor["size"].items())
        size.push_back(std::clamp<std::int64_t>(each.integer(), 0, kMostSide));
    if (size.size() > 1 && size.front() == 1 && axes.value(0) == QLatin1StringView("batch")) {
        size.erase(size.begin());
        axes.removeFirst();
    }
    const auto &numbers = tensor["values"].items();
    const std::int64_t rows = size.size() > 1 ? size.front() : 1;
    if (rows <= 0 || numbers.empty() || numbers.size() % static_cast<std::size_t>(rows) != 0)
        return {};
    matrix.rows = static_cast<int>(rows);
    matrix.columns = static_cast<int>(static_cast<std::int64_t>(numbers.size()) / rows);
    matrix.values.reserve(static_cast<qsizetype>(numbers.size()));
    for (const JsonValue &number : numbers)
        matrix.values.append(numberOr(number, std::nan("")));
    matrix.rowWord = axisWord(axes.value(0));
    matrix.columnWord = size.size() == 2 ? axisWord(axes.value(1))
        : size.size() < 2                ? axisWord(axes.value(0))
                                         : QString();
    const JsonValue &statistics = tensor["statistics"];
    matrix.range = {numberOr(statistics["minimum"], 0), numberOr(statistics["maximum"], 0)};
    return matrix;
}

PictureSheet sheetOf(const AnswerFrame &frame, const QStringList &axes, const QStringList &shape)
{
    const JsonValue &header = frame.header;
    PictureSheet sheet;
    if (header["kind"].string() != "maps" || !sheet.levels.loadFromData(frame.bytes))
        return {};
    sheet.levels.convertTo(QImage::Format_Grayscale8);
    const auto within = [](const JsonValue &value) {
        return static_cast<int>(std::clamp<std::int64_t>(value.integer(), 0, kMostSide));
    };
    sheet.cell = {within(header["cell_width"]), within(header["cell_height"])};
    if (sheet.cell.isEmpty())
        return {};
    sheet.columns = std::clamp(within(header["columns"]), 1, std::max(1, sheet.levels.width() / sheet.cell.width()));
    sheet.count = std::min(within(header["cells"]), sheet.columns * (sheet.levels.height() / sheet.cell.height()));
    sheet.range = {header["minimum"].number(), header["maximum"].number()};
    sheet.shrink = std::max(1, within(header["shrink"]));
    for (const JsonValue &range : header["ranges"].items())
        if (range.items().size() == 2)
            sheet.ranges.append({range.items()[0].number(), range.items()[1].number()});
    sheet.word = axisWord(axes.value(1));
    // Filters stand in a row for each output channel, where there is room for that.
    if (axes.value(0) == QLatin1StringView("out") && shape.value(1).toInt() == sheet.columns && sheet.columns > 1)
        sheet.rowWord = axisWord(axes.value(0));
    else if (axes.value(0) == QLatin1StringView("out"))
        sheet.word = QCoreApplication::translate("Axis", "filter");
    return sheet;
}

} // namespace

QString axisWord(const QString &axis)
{
    static const QHash<QString, const char *> kWords{{QStringLiteral("batch"), QT_TRANSLATE_NOOP("Axis", "sample")},
                                                     {QStringLiteral("channel"), QT_TRANSLATE_NOOP("Axis", "channel")},
                                                     {QStringLiteral("height"), QT_TRANSLATE_NOOP("Axis", "row")},
                                                     {QStringLiteral("width"), QT_TRANSLATE_NOOP("Axis", "column")},
                                                     {QStringLiteral("time"), QT_TRANSLATE_NOOP("Axis", "time")},
                                                     {QStringLiteral("feature"), QT_TRANSLATE_NOOP("Axis", "feature")},
                                                     {QStringLiteral("out"), QT_TRANSLATE_NOOP("Axis", "out")},
                                                     {QStringLiteral("in"), QT_TRANSLATE_NOOP("Axis", "in")}};
    const char *word = kWords.value(axis, nullptr);
    return word ? QCoreApplication::translate("Axis", word) : axis;
}

ProbedView probedView(const JsonValue &result, const QList<AnswerFrame> &frames)
{
    ProbedView view;
    view.step = result["step"].integer();
    view.isLive = result["live"].boolean();
    view.row = result["rows"].items().empty() ? -1 : result["rows"].items().front().integer(-1);
    if (result["tensors"].items().empty())
        return view;
    const JsonValue &tensor = result["tensors"].items().front();
    view.port = qString(tensor["port"].string());
    view.kind = qString(tensor["kind"].string());
    view.dtype = qString(tensor["dtype"].string());
    for (const JsonValue &axis : tensor["axes"].items())
        view.axes.append(qString(axis.string()));
    for (const JsonValue &each : tensor["shape"].items())
        view.shape.append(QString::number(each.integer()));
    view.statistics = tensor["statistics"];
    view.values = matrixOf(tensor, view.axes);
    view.isTruncated = tensor["truncated"].boolean();
    for (const AnswerFrame &frame : frames)
        if (view.maps.isEmpty())
            view.maps = sheetOf(frame, view.axes, view.shape);
    return view;
}

} // namespace espalier
