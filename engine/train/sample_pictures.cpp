// SPDX-License-Identifier: Apache-2.0
#include "engine/train/sample_pictures.h"

#include "engine/graph/lower.h"
#include "engine/io/tensor_picture.h"
#include "engine/io/tfevents.h"
#include "engine/train/evaluate.h"
#include "engine/train/feed.h"
#include "engine/train/plan.h"

#include <algorithm>

namespace espalier {
namespace {

constexpr std::int64_t kMostMaps = 64;
constexpr std::int64_t kMostEdge = 32; ///< pixels of a map's side
constexpr std::int64_t kMostInputEdge = 256;
constexpr std::int64_t kMostClasses = 16384; ///< pixels of the picture of a prediction
constexpr double kRecordBytes = 160; ///< of an event beside its picture

std::int64_t firstRow(const Feed &feed)
{
    for (const Part part : {Part::Validation, Part::Test, Part::Train})
        if (!feed.partRows(part).empty())
            return feed.partRows(part).front();
    return -1;
}

} // namespace

SamplePictures::SamplePictures(TrainingPlan &plan, const Feed &feed, EventWriter &events)
    : m_plan(plan)
    , m_feed(feed)
    , m_events(events)
    , m_settings(plan.settings().watch)
    , m_row(m_settings.row >= 0 ? m_settings.row : firstRow(feed))
    , m_interval(m_settings.imagesEvery)
    , m_left(static_cast<double>(m_settings.budget) / 2)
{
    if (m_row >= 0 && !m_feed.read(std::span(&m_row, 1)))
        m_row = firstRow(feed); // a setting from other data
}

Result<void> SamplePictures::pin(std::int64_t row)
{
    ESPALIER_TRY([[maybe_unused]] const FeedBatch batch, m_feed.read(std::span(&row, 1)));
    m_row = row;
    m_written = -1;
    return {};
}

bool SamplePictures::isDue(std::int64_t step) const
{
    return m_row >= 0 && m_interval > 0 && m_settings.budget > 0 && step % m_interval == 0;
}

void SamplePictures::put(const std::string &tag, const std::string &png, std::int64_t width, std::int64_t height,
                         std::int64_t step)
{
    m_events.image(tag, png, static_cast<int>(width), static_cast<int>(height), step);
    m_left -= static_cast<double>(png.size()) + kRecordBytes;
}

void SamplePictures::writeMaps(const Executable &program, std::int64_t step)
{
    constexpr std::string_view kEnd = "/activation";
    for (const Executable::Port &port : program.outputs()) {
        if (!port.name.ends_with(kEnd) || port.type.shape.rank() < 1)
            continue;
        const Tensor values = program.output(port.name).cast(DType::Float32);
        if (values.elements() == 0)
            continue;
        const MapStack stack = mapsOf(values.dims(), true, 0);
        TensorPictureOptions options;
        options.edge = stack.isHeat ? kMostInputEdge : kMostEdge;
        options.mostMaps = kMostMaps;
        const auto picture = drawMaps(values, stack, options);
        if (!picture)
            continue;
        const std::string layer = "watch/" + port.name.substr(0, port.name.size() - kEnd.size());
        put("watch/" + port.name, picture->png, picture->width, picture->height, step);
        m_events.scalar(layer + "/minimum", picture->minimum, step);
        m_events.scalar(layer + "/maximum", picture->maximum, step);
    }
}

void SamplePictures::writePredictions(const Executable &program, std::int64_t step)
{
    for (const LossInfo &loss : m_plan.evaluation().losses) {
        const std::string name = loss.name + "/prediction";
        const auto &outputs = program.outputs();
        if (std::none_of(outputs.begin(), outputs.end(), [&](const auto &port) { return port.name == name; }))
            continue;
        const Tensor scores = program.output(name).cast(DType::Float32);
        const auto width = static_cast<std::size_t>(loss.isBinary || scores.rank() == 0 ? 1 : scores.dims().back());
        if (scores.elements() == 0)
            continue;
        std::vector<double> probabilities;
        ToProbabilities{loss}(scores.span<float>().first(width), probabilities); // of a sequence: its first step
        Tensor values(DType::Float32, {1, static_cast<std::int64_t>(probabilities.size())});
        for (std::size_t i = 0; i < probabilities.size(); ++i)
            values.set(static_cast<std::int64_t>(i), probabilities[i]);
        TensorPictureOptions options;
        options.edge = kMostClasses;
        options.range = std::pair(0.0, 1.0);
        if (const auto picture = drawMaps(values, mapsOf(values.dims(), true, 0), options))
            put("watch/predictions/" + loss.name, picture->png, picture->width, picture->height, step);
    }
}

Result<void> SamplePictures::write(std::int64_t step)
{
    if (m_row < 0 || m_interval <= 0 || m_settings.budget <= 0 || m_written == step)
        return {};
    m_written = step;
    auto batch = m_feed.read(std::span(&m_row, 1));
    if (!batch)
        return {}; // data that can't be read stop the step that needs them, with a better sentence
    ESPALIER_TRY(Executable *const program, m_plan.watch());
    setBatchInputs(*program, *batch, step, m_plan.settings().seed);
    program->run();
    m_events.scalar("watch/row", static_cast<double>(m_row), step);
    for (const auto &[name, values] : batch->columns) {
        if (values.rank() != 4)
            continue;
        TensorPictureOptions options;
        options.edge = kMostInputEdge;
        if (const auto picture = drawMaps(values.cast(DType::Float32), mapsOf(values.dims(), true, 0), options))
            put("watch/input/" + name, picture->png, picture->width, picture->height, step);
    }
    writeMaps(*program, step);
    writePredictions(*program, step);
    if (m_left <= 0) { // half of what was left is used up
        m_interval *= 2;
        m_left = std::max(m_left + static_cast<double>(m_settings.budget) / 4, 1.0);
        m_settings.budget = std::max<std::int64_t>(m_settings.budget / 2, 1);
    }
    return {};
}

} // namespace espalier
