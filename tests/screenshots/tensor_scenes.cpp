// SPDX-License-Identifier: GPL-3.0-or-later
// Heat maps, filters, confusion, predictions, per class, predicted against true.
#include "tests/screenshots/scenes.h"
#include "widgets/common/theme.h"
#include "widgets/tensor/class_table.h"
#include "widgets/tensor/colour_bar.h"
#include "widgets/tensor/confusion_view.h"
#include "widgets/tensor/heat_map_view.h"
#include "widgets/tensor/picture_grid.h"
#include "widgets/tensor/prediction_list.h"
#include "widgets/tensor/scatter_view.h"
#include "widgets/tensor/value_table.h"

#include <QtWidgets/QVBoxLayout>

#include <cmath>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

ValueMatrix matrix(int rows, int columns)
{
    ValueMatrix made;
    made.rows = rows;
    made.columns = columns;
    made.rowWord = u"out"_s;
    made.columnWord = u"in"_s;
    for (int y = 0; y < rows; ++y)
        for (int x = 0; x < columns; ++x)
            made.values.append(std::sin(x * 0.5) * std::cos(y * 0.7) * (1 + 0.1 * x) + 0.1 * std::sin(x * y));
    made.range = rangeOf(made.values);
    return made;
}

PictureSheet sheet(bool each)
{
    PictureSheet made;
    made.columns = 6;
    made.count = 32;
    made.cell = {8, 8};
    made.word = u"channel"_s;
    made.range = {-1.2, 2.1};
    made.levels = QImage(48, 48, QImage::Format_Grayscale8);
    for (int y = 0; y < 48; ++y)
        for (int x = 0; x < 48; ++x) {
            const int map = x / 8 + y / 8 * 6;
            made.levels.scanLine(y)[x]
                = uchar(127 + (each ? 127 : 60 + 2 * map) * std::sin((x % 8) * (0.2 + 0.05 * map) + (y % 8) * 0.4));
        }
    if (each)
        for (int i = 0; i < made.count; ++i)
            made.ranges.append({-0.1 * i, 0.1 * i + 0.05});
    return made;
}

template <typename View>
std::unique_ptr<QWidget> underBar(std::unique_ptr<View> view, ColourScale scale, const ValueRange &range, bool marks)
{
    auto all = std::make_unique<QWidget>();
    auto *column = new QVBoxLayout(all.get());
    auto *bar = new ColourBar;
    bar->setScale(scale, range, marks);
    view->setScale(scale);
    column->addWidget(bar, 0, Qt::AlignRight);
    column->addWidget(view.release(), 1);
    return all;
}

std::unique_ptr<QWidget> heatMap(int rows, int columns)
{
    auto view = std::make_unique<HeatMapView>();
    const ValueMatrix values = matrix(rows, columns);
    view->setMatrix(values);
    return underBar(std::move(view), ColourScale::Diverging, values.range, true);
}

std::unique_ptr<QWidget> filters(bool each)
{
    auto view = std::make_unique<PictureGrid>();
    view->setSheet(sheet(each));
    view->setCurrentPicture(7);
    return underBar(std::move(view), each ? ColourScale::Sequential : ColourScale::Diverging, {-1.2, 2.1}, !each);
}

std::unique_ptr<QWidget> values()
{
    auto view = std::make_unique<ValueTable>();
    view->setMatrix(matrix(40, 9));
    return view;
}

std::unique_ptr<QWidget> confusion(int classes)
{
    ConfusionData made;
    for (int i = 0; i < classes; ++i) {
        made.classes.append(QString::number(i));
        QList<qint64> row;
        for (int j = 0; j < classes; ++j)
            row.append(i == j ? 30 + i % 5 : (i * 7 + j * 3) % 11 == 0 ? 1 + (i + j) % 6 : 0);
        made.counts.append(row);
    }
    auto view = std::make_unique<ConfusionView>();
    view->setConfusion(made);
    view->setCurrentIndex(view->model()->index(3, 4));
    return view;
}

std::unique_ptr<QWidget> predictions()
{
    auto view = std::make_unique<PredictionList>();
    QList<PredictionItem> items;
    for (int i = 0; i < 14; ++i) {
        PredictionItem item;
        item.row = 100 + 37 * i;
        item.title = u"sample %1"_s.arg(item.row);
        item.target = QString::number(i % 10);
        item.isRight = i > 5;
        item.predicted = QString::number(item.isRight ? i % 10 : (i + 3) % 10);
        item.probability = 0.99 - 0.05 * i;
        item.loss = 6.2 / (i + 1);
        items.append(item);
    }
    view->setItems(items, 14);
    for (const PredictionItem &item : items) {
        QImage picture(8, 8, QImage::Format_Grayscale8);
        for (int y = 0; y < 8; ++y)
            for (int x = 0; x < 8; ++x)
                picture.scanLine(y)[x] = uchar(std::abs(std::hypot(x - 3.5, y - 3.5) - 2.5) < 1 ? 230 : 20);
        if (item.row < 500)
            view->setPicture(item.row, picture);
    }
    view->setPinnedRow(137);
    return view;
}

std::unique_ptr<QWidget> classes()
{
    auto view = std::make_unique<ClassTable>();
    QList<ClassRow> rows;
    for (int i = 0; i < 8; ++i)
        rows.append({i, QString::number(i), 36 + i, i == 6 ? 0 : 35 + i % 3,
                     i == 6 ? std::nullopt : std::optional(1 - 0.01 * i), 0.98 - 0.02 * i,
                     i == 6 ? std::nullopt : std::optional(0.985 - 0.015 * i)});
    view->setRows(rows);
    return view;
}

std::unique_ptr<QWidget> scatter()
{
    auto view = std::make_unique<ScatterView>();
    QList<QPointF> points;
    for (int i = 0; i < 300; ++i)
        points.append({i / 30.0, i / 30.0 + std::sin(i * 12.9898) * 0.8});
    view->setPoints(points, Theme::current().seriesColour(0));
    return view;
}

} // namespace

QList<Scene> tensorScenes()
{
    return {{u"heat-map"_s, {420, 300}, [] { return heatMap(32, 48); }},
            {u"heat-map-row"_s, {420, 110}, [] { return heatMap(1, 10); }},
            {u"heat-map-values"_s, {420, 300}, [] { return heatMap(5, 6); }},
            {u"filters"_s, {480, 300}, [] { return filters(false); }},
            {u"filters-each"_s, {480, 300}, [] { return filters(true); }},
            {u"values"_s, {480, 240}, values},
            {u"confusion"_s, {420, 300}, [] { return confusion(10); }},
            {u"confusion-many"_s, {420, 300}, [] { return confusion(100); }},
            {u"predictions"_s, {720, 260}, predictions},
            {u"per-class"_s, {460, 260}, classes},
            {u"scatter"_s, {360, 280}, scatter}};
}

} // namespace espalier
