// SPDX-License-Identifier: Apache-2.0
#include "engine/server/predictions.h"

#include "engine/train/metrics.h"
#include "engine/train/probe_program.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace espalier {
namespace {

constexpr std::int64_t kMostTerms = 2'000'000;

Result<std::size_t> lossIndex(const Lowered &lowered, const std::string &name)
{
    if (lowered.losses.empty())
        return fail("predictions.no-loss",
                    "The run's drawing has no loss, so there is nothing to compare its predictions with.");
    for (std::size_t i = 0; i < lowered.losses.size(); ++i)
        if (name.empty() || lowered.losses[i].name == name)
            return i;
    return fail("predictions.loss", "The run's drawing has no loss {0}. Its first one is {1}.", name,
                lowered.losses.front().name);
}

double orderOf(double probability)
{
    return std::isnan(probability) ? -1 : probability; // last, and the order stays one
}

ClassTerm classTerm(const std::vector<double> &probabilities, std::int64_t target, float loss)
{
    ClassTerm term;
    term.target = static_cast<std::int32_t>(target);
    term.loss = loss;
    std::vector<std::int32_t> order(probabilities.size());
    std::iota(order.begin(), order.end(), 0);
    const std::size_t top = std::min(ClassTerm::kTop, order.size());
    const auto isBefore = [&](std::int32_t a, std::int32_t b) {
        const double x = orderOf(probabilities[static_cast<std::size_t>(a)]);
        const double y = orderOf(probabilities[static_cast<std::size_t>(b)]);
        return x > y || (!(y > x) && a < b);
    };
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(top), order.end(), isBefore);
    term.classes.fill(-1);
    for (std::size_t i = 0; i < top; ++i) {
        term.classes[i] = order[i];
        term.probabilities[i] = static_cast<float>(probabilities[static_cast<std::size_t>(order[i])]);
    }
    term.predicted = order.front();
    return term;
}

std::vector<std::string> namesOf(DataFeed &feed, const Lowered &lowered, const LossInfo &loss, std::int64_t classes)
{
    const Column *column = nullptr;
    for (const LoweredInput &input : lowered.inputs)
        if (input.value == loss.target)
            column = feed.columnOf(input.name);
    if (!column && feed.data())
        for (const Column &c : feed.data()->columns()) // behind a reshape or a cast
            if (!column && c.isTarget && c.classes == classes)
                column = &c;
    std::vector<std::string> names;
    for (std::int64_t i = 0; i < classes; ++i)
        names.push_back(column && i < static_cast<std::int64_t>(column->labels.size())
                            ? column->labels[static_cast<std::size_t>(i)]
                            : std::to_string(i));
    return names;
}

/// What one batch says, added to the whole.
class Collector {
public:
    Collector(const LossInfo &loss, Predictions &into)
        : m_toProbabilities(loss)
        , m_into(into)
    {
        m_into.kind = loss.isClassification ? Predictions::Kind::Classes
            : loss.isBinary                 ? Predictions::Kind::Binary
                                            : Predictions::Kind::Values;
    }

    void take(const Executable &program, std::int64_t rows)
    {
        const Tensor prediction = program.output("prediction").cast(DType::Float32);
        const Tensor target = program.output("target").cast(DType::Float32);
        const Tensor terms = program.output("terms").cast(DType::Float32);
        const bool isClasses = m_into.kind == Predictions::Kind::Classes;
        const std::int64_t width = isClasses ? prediction.dims().back() : 1;
        m_into.termsPerRow = prediction.elements() / std::max<std::int64_t>(rows * width, 1);
        m_classes = std::max(m_classes, isClasses ? width : std::int64_t{2});
        const std::int64_t lossesPerRow = terms.elements() / std::max<std::int64_t>(rows, 1);
        for (std::int64_t row = 0; row < rows; ++row) {
            for (std::int64_t i = 0; i < lossesPerRow; ++i)
                m_lossSum += terms.at(row * lossesPerRow + i);
            m_lossCount += lossesPerRow;
            if (m_into.kind == Predictions::Kind::Values)
                takeValues(prediction, target, terms, row, lossesPerRow);
            else
                takeClasses(prediction, target, terms, row, width, lossesPerRow);
        }
        m_into.meanLoss = m_lossCount > 0 ? m_lossSum / static_cast<double>(m_lossCount) : 0;
    }
    std::int64_t classes() const { return m_classes; }

private:
    static float meanLoss(const Tensor &terms, std::int64_t row, std::int64_t perRow)
    {
        double sum = 0;
        for (std::int64_t i = 0; i < perRow; ++i)
            sum += terms.at(row * perRow + i);
        return static_cast<float>(sum / static_cast<double>(std::max<std::int64_t>(perRow, 1)));
    }

    void takeClasses(const Tensor &prediction, const Tensor &target, const Tensor &terms, std::int64_t row,
                     std::int64_t width, std::int64_t lossesPerRow)
    {
        const std::int64_t perRow = m_into.termsPerRow;
        const auto scores = prediction.span<float>();
        for (std::int64_t i = 0; i < perRow; ++i) {
            const std::int64_t at = row * perRow + i;
            m_toProbabilities(scores.subspan(static_cast<std::size_t>(at * width), static_cast<std::size_t>(width)),
                              m_probabilities);
            const float loss
                = lossesPerRow == perRow ? static_cast<float>(terms.at(at)) : meanLoss(terms, row, lossesPerRow);
            const double truth = target.at(at);
            const bool isBinary = m_into.kind == Predictions::Kind::Binary;
            m_into.classes.push_back(
                classTerm(m_probabilities, isBinary ? (truth > 0.5 ? 1 : 0) : static_cast<std::int64_t>(truth), loss));
        }
    }

    void takeValues(const Tensor &prediction, const Tensor &target, const Tensor &terms, std::int64_t row,
                    std::int64_t lossesPerRow)
    {
        ValueTerm value{meanLoss(terms, row, lossesPerRow), 0};
        const std::int64_t perRow = m_into.termsPerRow;
        for (std::int64_t i = 0; i < perRow; ++i) {
            const double said = prediction.at(row * perRow + i);
            const double truth = target.at(target.elements() == prediction.elements() ? row * perRow + i : 0);
            m_into.predicted.push_back(static_cast<float>(said));
            m_into.targets.push_back(static_cast<float>(truth));
            if (std::abs(said - truth) > std::abs(value.residual) || i == 0)
                value.residual = said - truth;
        }
        m_into.values.push_back(value);
    }

    ToProbabilities m_toProbabilities;
    Predictions &m_into;
    std::vector<double> m_probabilities;
    std::int64_t m_classes = 0;
    double m_lossSum = 0;
    std::int64_t m_lossCount = 0;
};

void describeData(DataFeed &feed, const Document &document, Predictions &out)
{
    out.source = document.data["sources"].items().empty() ? "" : document.data["sources"].items()[0]["id"].string();
    if (!feed.data())
        return;
    for (const Column &column : feed.data()->columns())
        if (out.picture.empty() && isPicture(column) && column.source == out.source)
            out.picture = column.name;
}

} // namespace

Result<std::shared_ptr<Predictions>> predict(RunModel &model, const Weights &weights, const PredictionRequest &request,
                                             const PredictionProgress &progress)
{
    const std::lock_guard lock(model.mutex());
    const Lowered &lowered = model.lowered(Mode::Evaluate);
    ESPALIER_TRY(const std::size_t index, lossIndex(lowered, request.loss));
    const LossInfo &loss = lowered.losses[index];
    if (loss.prediction == kNoValue || loss.target == kNoValue || loss.terms == kNoValue)
        return fail("predictions.terms", "The loss {0} compares no prediction with a target sample by sample.",
                    loss.name);
    const std::vector<std::int64_t> &rows = model.feed().partRows(request.part);
    if (rows.empty())
        return fail("predictions.empty", "The data of the run {0} have no rows in that part. Choose another part.",
                    model.name());
    auto out = std::make_shared<Predictions>();
    out->step = weights->position.step;
    out->epoch = weights->position.epoch;
    out->revision = weights->revision;
    out->loss = loss.name;
    for (const LossInfo &l : lowered.losses)
        out->losses.push_back(l.name);
    out->partRows = static_cast<std::int64_t>(rows.size());
    describeData(model.feed(), model.document(), *out);
    Collector collector(loss, *out);
    const auto size = static_cast<std::size_t>(std::max<std::int64_t>(model.settings().batchSize, 1));
    for (std::size_t from = 0; from < rows.size(); from += size) {
        const auto done = static_cast<std::int64_t>(from);
        if (!progress(done, out->partRows))
            return fail("rpc.cancelled", "The request was cancelled.");
        if (done * out->termsPerRow >= kMostTerms)
            break;
        const auto batchRows = std::span(rows).subspan(from, std::min(size, rows.size() - from));
        ESPALIER_TRY(const FeedBatch batch, model.feed().read(batchRows));
        const auto make = [&] { return predictionProgram(lowered, index); };
        ESPALIER_TRY(Executable *const program, model.program("predictions\n" + loss.name, make, batch.rows, weights));
        model.run(*program, batch, weights->position.step);
        collector.take(*program, batch.rows);
        out->rows.insert(out->rows.end(), batchRows.begin(), batchRows.end());
    }
    if (out->kind != Predictions::Kind::Values)
        out->classNames = namesOf(model.feed(), lowered, loss, collector.classes());
    return out;
}

} // namespace espalier
