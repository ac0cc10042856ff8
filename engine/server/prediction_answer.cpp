// SPDX-License-Identifier: Apache-2.0
// run.predictions: the pages of what was predicted, with confusion, table, scatter and residuals.
#include "engine/server/params.h"
#include "engine/server/predictions.h"
#include "engine/server/probe_methods.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

namespace espalier {
namespace {

constexpr std::int64_t kMostShown = 500;
constexpr std::size_t kMostClasses = 1000; ///< beyond, the confusion is more than anybody looks at
constexpr std::size_t kMostPoints = 2000; ///< of the scatter
constexpr std::size_t kMostValues = 16; ///< of one item
constexpr std::size_t kBins = 40;

struct Page {
    std::string sort = "loss";
    bool isFalling = true;
    std::int64_t target = -1;
    std::int64_t predicted = -1;
    bool onlyWrong = false;
    std::int64_t offset = 0;
    std::int64_t limit = 50;
};

Result<Page> pageOf(const Call &call)
{
    Page page;
    ESPALIER_TRY(page.sort, optionalText(call, "sort", "loss"));
    if (page.sort != "loss" && page.sort != "confidence" && page.sort != "row")
        return fail("rpc.params", "{0}: sort must be \"loss\", \"confidence\" or \"row\".", call.method());
    ESPALIER_TRY(const std::string order, optionalText(call, "order", page.sort == "loss" ? "falling" : "rising"));
    page.isFalling = order != "rising";
    ESPALIER_TRY(page.target, optionalInteger(call, "target", -1, -1, INT32_MAX));
    ESPALIER_TRY(page.predicted, optionalInteger(call, "predicted", -1, -1, INT32_MAX));
    ESPALIER_TRY(page.onlyWrong, optionalBool(call, "wrong", false));
    ESPALIER_TRY(page.offset, optionalInteger(call, "offset", 0, 0, INT64_MAX));
    ESPALIER_TRY(page.limit, optionalInteger(call, "limit", 50, 0, kMostShown));
    return page;
}

Result<Part> partOf(const Call &call)
{
    ESPALIER_TRY(const std::string part, optionalText(call, "part", "validation"));
    if (part == "train")
        return Part::Train;
    if (part == "test")
        return Part::Test;
    if (part == "validation")
        return Part::Validation;
    return fail("rpc.params", "{0}: part must be \"validation\", \"test\" or \"train\".", call.method());
}

template <typename T>
JsonValue listOf(const std::vector<T> &values)
{
    JsonValue::Array list(values.begin(), values.end());
    return JsonValue(std::move(list));
}

/// The items of the page in order, and how many there are after the filters.
std::pair<std::vector<std::size_t>, std::int64_t> chosen(const Predictions &p, const Page &page)
{
    const bool isValues = p.kind == Predictions::Kind::Values;
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < (isValues ? p.values.size() : p.classes.size()); ++i) {
        const bool fits = isValues
            || ((page.target < 0 || p.classes[i].target == page.target)
                && (page.predicted < 0 || p.classes[i].predicted == page.predicted)
                && (!page.onlyWrong || p.classes[i].target != p.classes[i].predicted));
        if (fits)
            all.push_back(i);
    }
    const auto key = [&](std::size_t i) -> double {
        if (page.sort == "row")
            return static_cast<double>(i);
        const bool byLoss = page.sort == "loss" || isValues;
        const float value = isValues ? p.values[i].loss : byLoss ? p.classes[i].loss : p.classes[i].probabilities[0];
        return std::isnan(value) ? INFINITY : static_cast<double>(value); // what is no number is the worst
    };
    const auto total = static_cast<std::int64_t>(all.size());
    const auto end = static_cast<std::ptrdiff_t>(std::min(total, std::min(page.offset, total) + page.limit));
    std::partial_sort(all.begin(), all.begin() + end, all.end(), [&](std::size_t a, std::size_t b) {
        const double x = key(a);
        const double y = key(b);
        if (x < y || y < x)
            return page.isFalling ? y < x : x < y;
        return a < b;
    });
    all.resize(static_cast<std::size_t>(end));
    all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(page.offset, std::int64_t{end})));
    return {std::move(all), total};
}

JsonValue classItem(const Predictions &p, std::size_t i)
{
    const ClassTerm &term = p.classes[i];
    const auto perRow = static_cast<std::size_t>(std::max<std::int64_t>(p.termsPerRow, 1));
    JsonValue json = JsonValue::object();
    json.set("row", p.rows[i / perRow]);
    if (perRow > 1)
        json.set("term", static_cast<std::int64_t>(i % perRow));
    json.set("target", std::int64_t{term.target}).set("predicted", std::int64_t{term.predicted});
    json.set("loss", static_cast<double>(term.loss)).set("confidence", static_cast<double>(term.probabilities[0]));
    JsonValue probabilities = JsonValue::array();
    for (std::size_t k = 0; k < ClassTerm::kTop && term.classes[k] >= 0; ++k)
        probabilities.append(JsonValue::object()
                                 .set("class", std::int64_t{term.classes[k]})
                                 .set("probability", static_cast<double>(term.probabilities[k])));
    return json.set("probabilities", std::move(probabilities));
}

JsonValue valueItem(const Predictions &p, std::size_t i)
{
    const auto perRow = static_cast<std::size_t>(p.termsPerRow);
    JsonValue target = JsonValue::array();
    JsonValue predicted = JsonValue::array();
    for (std::size_t k = 0; k < std::min(perRow, kMostValues); ++k) {
        target.append(static_cast<double>(p.targets[i * perRow + k]));
        predicted.append(static_cast<double>(p.predicted[i * perRow + k]));
    }
    return JsonValue::object()
        .set("row", p.rows[i])
        .set("target", std::move(target))
        .set("predicted", std::move(predicted))
        .set("residual", p.values[i].residual)
        .set("loss", static_cast<double>(p.values[i].loss));
}

JsonValue share(std::int64_t part, std::int64_t whole)
{
    return whole > 0 ? JsonValue(static_cast<double>(part) / static_cast<double>(whole)) : JsonValue();
}

void addClasses(const Predictions &p, JsonValue &json)
{
    const std::size_t n = p.classNames.size();
    std::vector<std::int64_t> support(n);
    std::vector<std::int64_t> said(n);
    std::vector<std::int64_t> right(n);
    std::vector<std::int64_t> counts(n <= kMostClasses ? n * n : 0);
    std::int64_t hits = 0;
    for (const ClassTerm &term : p.classes) {
        const auto target = static_cast<std::size_t>(term.target);
        const auto predicted = static_cast<std::size_t>(term.predicted);
        if (term.target < 0 || target >= n || predicted >= n)
            continue; // a label outside the classes: training would have stopped there
        ++support[target];
        ++said[predicted];
        if (!counts.empty())
            ++counts[target * n + predicted];
        if (target == predicted) {
            ++right[target];
            ++hits;
        }
    }
    JsonValue table = JsonValue::array();
    JsonValue confusion = JsonValue::array();
    for (std::size_t i = 0; i < n; ++i) {
        table.append(JsonValue::object()
                         .set("class", static_cast<std::int64_t>(i))
                         .set("name", p.classNames[i])
                         .set("support", support[i])
                         .set("predicted", said[i])
                         .set("precision", share(right[i], said[i]))
                         .set("recall", share(right[i], support[i]))
                         .set("f1", share(2 * right[i], said[i] + support[i])));
        if (!counts.empty()) {
            const auto row = counts.begin() + static_cast<std::ptrdiff_t>(i * n);
            confusion.append(listOf(std::vector<std::int64_t>(row, row + static_cast<std::ptrdiff_t>(n))));
        }
    }
    json.set("classes", listOf(p.classNames)).set("table", std::move(table));
    json.set("accuracy", share(hits, static_cast<std::int64_t>(p.classes.size())));
    if (!counts.empty())
        json.set("confusion", std::move(confusion));
}

JsonValue histogramOfResiduals(const std::vector<double> &residuals)
{
    double low = INFINITY;
    double high = -INFINITY;
    for (const double r : residuals)
        if (std::isfinite(r)) {
            low = std::min(low, r);
            high = std::max(high, r);
        }
    if (!(low <= high))
        return JsonValue();
    const double width = high > low ? (high - low) / static_cast<double>(kBins) : 1;
    std::vector<std::int64_t> counts(kBins);
    for (const double r : residuals)
        if (std::isfinite(r))
            ++counts[std::min(kBins - 1, static_cast<std::size_t>((r - low) / width))];
    std::vector<double> edges;
    for (std::size_t i = 0; i <= kBins; ++i)
        edges.push_back(low + width * static_cast<double>(i));
    return JsonValue::object().set("edges", listOf(edges)).set("counts", listOf(counts));
}

void addValues(const Predictions &p, JsonValue &json)
{
    const std::size_t n = p.predicted.size();
    const auto perRow = static_cast<std::size_t>(std::max<std::int64_t>(p.termsPerRow, 1));
    std::vector<double> residuals(n);
    double absolute = 0;
    double squares = 0;
    double targetSum = 0;
    for (std::size_t i = 0; i < n; ++i) {
        residuals[i] = static_cast<double>(p.predicted[i]) - static_cast<double>(p.targets[i]);
        absolute += std::abs(residuals[i]);
        squares += residuals[i] * residuals[i];
        targetSum += static_cast<double>(p.targets[i]);
    }
    const auto count = static_cast<double>(std::max<std::size_t>(n, 1));
    double spread = 0;
    for (const float target : p.targets)
        spread += std::pow(static_cast<double>(target) - targetSum / count, 2);
    json.set("mae", absolute / count).set("rmse", std::sqrt(squares / count));
    json.set("r2", spread > 0 ? 1 - squares / spread : NAN); // written as null
    json.set("histogram", histogramOfResiduals(residuals));
    JsonValue target = JsonValue::array();
    JsonValue predicted = JsonValue::array();
    JsonValue row = JsonValue::array();
    const std::size_t points = std::min(n, kMostPoints);
    for (std::size_t k = 0; k < points; ++k) {
        const std::size_t i = k * n / points;
        target.append(static_cast<double>(p.targets[i]));
        predicted.append(static_cast<double>(p.predicted[i]));
        row.append(p.rows[i / perRow]);
    }
    json.set("scatter",
             JsonValue::object()
                 .set("target", std::move(target))
                 .set("predicted", std::move(predicted))
                 .set("row", std::move(row)));
}

JsonValue answerOf(const Predictions &p, const Page &page, const std::string &run, std::string_view part)
{
    const bool isValues = p.kind == Predictions::Kind::Values;
    JsonValue json = JsonValue::object();
    json.set("run", run).set("step", p.step).set("epoch", p.epoch).set("revision", p.revision).set("part", part);
    json.set("at", p.at).set("losses", listOf(p.losses)).set("loss", p.loss);
    json.set("kind", isValues ? "values" : p.kind == Predictions::Kind::Binary ? "binary" : "classes");
    json.set("rows", static_cast<std::int64_t>(p.rows.size())).set("part_rows", p.partRows);
    json.set("terms", static_cast<std::int64_t>(isValues ? p.predicted.size() : p.classes.size()));
    json.set("mean_loss", p.meanLoss).set("source", p.source).set("picture", p.picture);
    if (isValues)
        addValues(p, json);
    else
        addClasses(p, json);
    const auto [items, total] = chosen(p, page);
    JsonValue list = JsonValue::array();
    for (const std::size_t i : items)
        list.append(isValues ? valueItem(p, i) : classItem(p, i));
    return json.set("total", total).set("offset", page.offset).set("items", std::move(list));
}

/// What a run that is over is judged by.
Result<Weights> weightsFor(RunModels &models, const Call &call, const ProbeSubject &subject, std::string &at)
{
    at = subject.at;
    if (subject.snapshot)
        return subject.snapshot;
    std::error_code ignored;
    const bool isFree = call.params()["at"].string().empty();
    if (isFree && std::filesystem::exists(subject.run + "/checkpoints/best.safetensors", ignored))
        at = "best";
    return models.weights(subject.run, at);
}

} // namespace

Result<JsonValue> answerPredictions(Call &call, RunModels &models, const ProbeSubject &subject)
{
    ESPALIER_TRY(const Page page, pageOf(call));
    PredictionRequest request;
    ESPALIER_TRY(request.part, partOf(call));
    ESPALIER_TRY(request.loss, optionalText(call, "loss"));
    ESPALIER_TRY(const std::int64_t step, optionalInteger(call, "step", -1, -1, INT64_MAX));
    std::string at;
    ESPALIER_TRY(const Weights weights, weightsFor(models, call, subject, at));
    const std::string part = call.params()["part"].isNull() ? "validation" : call.params()["part"].string();
    const auto keyOf = [&](std::int64_t atStep) {
        return subject.run + "\n" + at + "\n" + part + "\n" + request.loss + "\n" + std::to_string(atStep);
    };
    PredictionShelf::Pointer predictions = models.shelf().find(keyOf(step >= 0 ? step : weights->position.step));
    if (!predictions || (step < 0 && predictions->revision != weights->revision)) {
        Result<std::shared_ptr<Predictions>> made = std::shared_ptr<Predictions>();
        const auto work = [&]() -> Result<std::shared_ptr<Predictions>> {
            ESPALIER_TRY(const auto model, models.model(subject.run, weights->revision));
            return predict(*model, weights, request, [&](std::int64_t done, std::int64_t total) {
                call.progress(static_cast<double>(done), static_cast<double>(total), "Predicting");
                return !call.isCancelled();
            });
        };
        runAside(subject.isTraining, [&] { made = work(); });
        if (!made)
            return fail(made.error());
        (*made)->at = at;
        predictions = *made;
        models.shelf().put(keyOf(predictions->step), predictions);
    }
    return answerOf(*predictions, page, subject.run, part);
}

} // namespace espalier
