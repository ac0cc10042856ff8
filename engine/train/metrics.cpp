// SPDX-License-Identifier: Apache-2.0
#include "engine/train/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace espalier {
namespace {

/// "top_5_accuracy" -> 5; 0 for anything else.
std::int64_t topK(std::string_view metric)
{
    if (!metric.starts_with("top_") || !metric.ends_with("_accuracy"))
        return 0;
    return std::atoll(std::string(metric.substr(4)).c_str());
}

bool wants(const std::vector<std::string> &wanted, std::string_view metric)
{
    return wanted.empty() || std::find(wanted.begin(), wanted.end(), metric) != wanted.end();
}

ValueId countOf(Builder &b, const Shape &shape, DType dtype)
{
    return b.emit("dimension", {}, {{"shape", shape}, {"dtype", dtype}});
}

void appendClassification(Builder &b, const LossInfo &loss, const std::vector<std::string> &wanted, bool rows)
{
    const DType dtype = b.dtype(loss.prediction);
    const auto sumOf = [&](ValueId hits) { return b.reduceSum(b.cast(hits, dtype), {}, false); };
    const ValueId predicted = b.emit("argmax", {loss.prediction}, {{"axis", std::int64_t{-1}}});
    if (wants(wanted, "accuracy"))
        b.output(loss.name + "/accuracy.sum", sumOf(b.emit("equal", {predicted, loss.target})));
    for (const std::string &metric : wanted)
        if (const std::int64_t k = topK(metric); k > 0)
            b.output(loss.name + "/" + metric + ".sum",
                     sumOf(b.emit("in_top_k", {loss.prediction, loss.target}, {{"k", k}})));
    b.output(loss.name + "/rows.count", countOf(b, b.shape(loss.target), dtype));
    if (rows) {
        b.output(loss.name + "/predicted", predicted);
        b.output(loss.name + "/target", loss.target);
    }
}

void appendBinary(Builder &b, const LossInfo &loss, const std::vector<std::string> &wanted)
{
    const DType dtype = b.dtype(loss.prediction);
    if (!wants(wanted, "accuracy"))
        return;
    const ValueId guess = b.emit("greater", {loss.prediction, b.literal(loss.threshold, loss.prediction)});
    const ValueId target = b.cast(loss.target, dtype);
    const ValueId truth = b.emit("greater", {target, b.literal(0.5, target)});
    b.output(loss.name + "/accuracy.sum", b.reduceSum(b.cast(b.emit("equal", {guess, truth}), dtype), {}, false));
    b.output(loss.name + "/rows.count", countOf(b, b.shape(loss.prediction), dtype));
}

void appendRegression(Builder &b, const LossInfo &loss, const std::vector<std::string> &wanted)
{
    const bool mae = wants(wanted, "mae");
    const bool r2 = wants(wanted, "r2");
    if (!mae && !r2)
        return;
    const DType dtype = b.dtype(loss.prediction);
    const ValueId target = b.broadcastTo(b.cast(loss.target, dtype), b.shape(loss.prediction));
    const ValueId difference = b.sub(loss.prediction, target);
    const auto output = [&](const char *name, ValueId x) { b.output(loss.name + name, b.reduceSum(x, {}, false)); };
    if (mae)
        output("/absolute.sum", b.emit("abs", {difference}));
    if (r2) {
        output("/squared.sum", b.emit("square", {difference}));
        output("/target.sum", target);
        output("/target_squared.sum", b.emit("square", {target}));
    }
    b.output(loss.name + "/elements.count", countOf(b, b.shape(loss.prediction), dtype));
}

} // namespace

LossSummary summarize(const LossInfo &loss)
{
    return {loss.name, loss.weight, loss.isClassification, loss.isBinary, loss.threshold};
}

void appendLossOutputs(Builder &b, const LossInfo &loss, const std::vector<std::string> &wanted, bool rows)
{
    b.output(loss.name + "/loss.sum", loss.sum);
    b.output(loss.name + "/loss.count", loss.count);
    if (loss.prediction == kNoValue || loss.target == kNoValue)
        return;
    if (loss.isClassification)
        appendClassification(b, loss, wanted, rows);
    else if (loss.isBinary)
        appendBinary(b, loss, wanted);
    else
        appendRegression(b, loss, wanted);
}

double MetricSums::sum(const std::string &name) const
{
    const auto found = m_sums.find(name);
    return found == m_sums.end() ? 0 : found->second;
}

std::map<std::string, double> MetricSums::results(const std::vector<LossSummary> &losses) const
{
    std::map<std::string, double> out;
    const auto put = [&](const LossSummary &loss, const std::string &metric, double value) {
        if (!out.try_emplace(metric, value).second)
            out[loss.name + "/" + metric] = value;
    };
    double total = 0;
    for (const LossSummary &loss : losses) {
        const auto has = [&](const std::string &output) { return m_sums.contains(loss.name + output); };
        const auto get = [&](const std::string &output) { return sum(loss.name + output); };
        const double value = get("/loss.sum") / get("/loss.count");
        total += loss.weight * value;
        if (losses.size() > 1)
            out[loss.name + "/loss"] = value;
        for (const auto &[output, ignored] : m_sums)
            if (output.starts_with(loss.name + "/") && output.ends_with("accuracy.sum"))
                put(loss, output.substr(loss.name.size() + 1, output.size() - loss.name.size() - 5),
                    get("/" + output.substr(loss.name.size() + 1)) / get("/rows.count"));
        const double n = get("/elements.count");
        if (has("/absolute.sum"))
            put(loss, "mae", get("/absolute.sum") / n);
        if (has("/squared.sum")) {
            const double spread = get("/target_squared.sum") - get("/target.sum") * get("/target.sum") / n;
            put(loss, "r2", spread > 0 ? 1 - get("/squared.sum") / spread : 0);
        }
    }
    out["loss"] = total;
    return out;
}

JsonValue MetricSums::toJson() const
{
    JsonValue out = JsonValue::object();
    for (const auto &[name, value] : m_sums)
        out.set(name, fmt::format("{:a}", value));
    return out;
}

MetricSums MetricSums::fromJson(const JsonValue &value)
{
    MetricSums sums;
    for (const auto &[name, text] : value.members())
        sums.m_sums[name] = std::strtod(text.string().c_str(), nullptr);
    return sums;
}

void ConfusionMatrix::add(std::int64_t target, std::int64_t predicted)
{
    constexpr std::int64_t kMaxClasses = 4096; // a matrix that nobody can read would only cost memory
    const std::int64_t needed = std::max(target, predicted) + 1;
    if (target < 0 || predicted < 0 || needed > kMaxClasses)
        return;
    if (needed > classes) {
        std::vector<std::int64_t> grown(static_cast<std::size_t>(needed * needed), 0);
        for (std::int64_t r = 0; r < classes; ++r)
            for (std::int64_t c = 0; c < classes; ++c)
                grown[static_cast<std::size_t>(r * needed + c)] = counts[static_cast<std::size_t>(r * classes + c)];
        counts = std::move(grown);
        classes = needed;
    }
    ++counts[static_cast<std::size_t>(target * classes + predicted)];
}

JsonValue ConfusionMatrix::toJson() const
{
    JsonValue rows = JsonValue::array();
    for (std::int64_t r = 0; r < classes; ++r) {
        JsonValue row = JsonValue::array();
        for (std::int64_t c = 0; c < classes; ++c)
            row.append(counts[static_cast<std::size_t>(r * classes + c)]);
        rows.append(std::move(row));
    }
    return rows;
}

bool isMaximised(std::string_view metric)
{
    return metric.ends_with("accuracy") || metric.ends_with("r2");
}

} // namespace espalier
