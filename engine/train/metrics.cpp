// SPDX-License-Identifier: Apache-2.0
#include "engine/train/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>

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

void ToProbabilities::operator()(std::span<const float> scores, std::vector<double> &out) const
{
    out.assign(scores.begin(), scores.end());
    if (m_isBinary) {
        const double yes = m_areProbabilities ? out.front() : 1 / (1 + std::exp(-out.front()));
        out = {1 - yes, yes};
        return;
    }
    if (m_areProbabilities)
        return;
    const double high = *std::max_element(out.begin(), out.end());
    double sum = 0;
    for (double &value : out)
        sum += value = std::exp(value - high);
    for (double &value : out)
        value /= sum;
}

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

std::size_t MetricSums::slot(const std::string &output)
{
    const auto found = std::find(m_names.begin(), m_names.end(), output);
    if (found != m_names.end())
        return static_cast<std::size_t>(found - m_names.begin());
    m_names.push_back(output);
    m_values.push_back(0);
    return m_names.size() - 1;
}

void MetricSums::addAll(const MetricSums &batch)
{
    if (m_names.size() < batch.m_names.size()
        || !std::equal(batch.m_names.begin(), batch.m_names.end(), m_names.begin())) {
        for (std::size_t i = 0; i < batch.m_names.size(); ++i)
            add(batch.m_names[i], batch.m_values[i]);
        return;
    }
    for (std::size_t i = 0; i < batch.m_values.size(); ++i)
        m_values[i] += batch.m_values[i];
}

void MetricSums::clear()
{
    std::fill(m_values.begin(), m_values.end(), 0.0);
}

MetricTable::MetricTable(const std::vector<LossSummary> &losses, const MetricSums &sums)
    : m_sumCount(sums.names().size())
{
    const auto find = [&](const std::string &output) -> std::optional<std::size_t> {
        const auto found = std::find(sums.names().begin(), sums.names().end(), output);
        if (found == sums.names().end())
            return std::nullopt;
        return static_cast<std::size_t>(found - sums.names().begin());
    };
    const auto add = [&](const std::string &tag, const std::string &loss, const Formula &formula) {
        const bool taken = std::find(m_tags.begin(), m_tags.end(), tag) != m_tags.end();
        m_tags.push_back(taken ? loss + "/" + tag : tag);
        m_formulas.push_back(formula);
    };
    add("loss", "", {Formula::Kind::WeightedLosses, 0, 0, 0, 0});
    for (const LossSummary &loss : losses) {
        const auto sum = find(loss.name + "/loss.sum");
        const auto count = find(loss.name + "/loss.count");
        if (!sum || !count)
            continue;
        m_losses.push_back({loss.weight, *sum, *count});
        if (losses.size() > 1)
            add(loss.name + "/loss", "", {Formula::Kind::Ratio, *sum, *count, 0, 0});
        if (const auto rows = find(loss.name + "/rows.count"))
            for (std::size_t i = 0; i < sums.names().size(); ++i)
                if (const std::string &output = sums.names()[i];
                    output.starts_with(loss.name + "/") && output.ends_with("accuracy.sum"))
                    add(output.substr(loss.name.size() + 1, output.size() - loss.name.size() - 5), loss.name,
                        {Formula::Kind::Ratio, i, *rows, 0, 0});
        const auto elements = find(loss.name + "/elements.count");
        if (!elements)
            continue;
        if (const auto absolute = find(loss.name + "/absolute.sum"))
            add("mae", loss.name, {Formula::Kind::Ratio, *absolute, *elements, 0, 0});
        if (const auto squared = find(loss.name + "/squared.sum"))
            add("r2", loss.name,
                {Formula::Kind::R2, *squared, *elements, find(loss.name + "/target.sum").value_or(0),
                 find(loss.name + "/target_squared.sum").value_or(0)});
    }
}

void MetricTable::evaluate(const MetricSums &sums, std::vector<double> &values) const
{
    const std::vector<double> &v = sums.values();
    values.resize(m_tags.size());
    for (std::size_t i = 0; i < m_formulas.size(); ++i) {
        const Formula &f = m_formulas[i];
        double result = 0;
        if (f.kind == Formula::Kind::WeightedLosses) {
            for (const Weighted &loss : m_losses)
                if (v[loss.count] != 0)
                    result += loss.weight * v[loss.sum] / v[loss.count];
        } else if (f.kind == Formula::Kind::Ratio) {
            result = v[f.denominator] != 0 ? v[f.numerator] / v[f.denominator] : 0;
        } else {
            const double n = v[f.denominator];
            const double spread = n != 0 ? v[f.sumOfSquares] - v[f.sum] * v[f.sum] / n : 0;
            result = spread > 0 ? 1 - v[f.numerator] / spread : 0;
        }
        values[i] = result;
    }
}

std::map<std::string, double> MetricTable::results(const MetricSums &sums) const
{
    std::vector<double> values;
    evaluate(sums, values);
    std::map<std::string, double> out;
    for (std::size_t i = 0; i < m_tags.size(); ++i)
        out[m_tags[i]] = values[i];
    return out;
}

JsonValue MetricSums::toJson() const
{
    JsonValue out = JsonValue::object();
    for (std::size_t i = 0; i < m_names.size(); ++i)
        out.set(m_names[i], fmt::format("{:a}", m_values[i]));
    return out;
}

MetricSums MetricSums::fromJson(const JsonValue &value)
{
    MetricSums sums;
    for (const auto &[name, text] : value.members())
        sums.add(name, std::strtod(text.string().c_str(), nullptr));
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
