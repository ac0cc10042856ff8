// SPDX-License-Identifier: Apache-2.0
// Made-up data: every row is a pure function of the seed and its number.
#include "engine/base/philox.h"
#include "engine/data/memory_dataset.h"
#include "engine/data/source.h"
#include "engine/data/source_kinds.h"

#include <cmath>
#include <numbers>

namespace espalier {
namespace {

/// Uniform and normal numbers of one row.
class RowRandom {
public:
    RowRandom(std::uint64_t seed, std::uint64_t stream, std::int64_t row)
        : m_key(philoxKey(seed, stream))
        , m_row(static_cast<std::uint64_t>(row))
    {
    }
    double uniform() { return static_cast<double>(philoxUniform(philoxWord(m_key, m_row, m_next++))); }
    double normal()
    {
        const double u = 1 - uniform();
        return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * uniform());
    }

private:
    PhiloxKey m_key;
    std::uint64_t m_row;
    std::uint64_t m_next = 0;
};

struct Point {
    double x = 0;
    double y = 0;
    std::int64_t label = 0;
};

Point pointOf(const std::string &shape, std::int64_t row, std::int64_t rows, std::int64_t classes, double turns,
              RowRandom &random)
{
    constexpr double kPi = std::numbers::pi;
    const std::int64_t label = row % (shape == "spirals" || shape == "circles" ? classes : 2);
    const double t = (static_cast<double>(row) + random.uniform()) / static_cast<double>(rows);
    if (shape == "spirals") {
        const double angle = 2 * kPi * (turns * t + static_cast<double>(label) / static_cast<double>(classes));
        return {t * std::cos(angle), t * std::sin(angle), label};
    }
    if (shape == "circles") {
        const double radius = static_cast<double>(label + 1) / static_cast<double>(classes);
        const double angle = 2 * kPi * random.uniform();
        return {radius * std::cos(angle), radius * std::sin(angle), label};
    }
    if (shape == "moons") {
        const double angle = kPi * random.uniform();
        return label == 0 ? Point{std::cos(angle), std::sin(angle), 0}
                          : Point{1 - std::cos(angle), 0.5 - std::sin(angle), 1};
    }
    const double x = 2 * random.uniform() - 1;
    const double y = 2 * random.uniform() - 1;
    return {x, y, x * y < 0 ? 1 : 0}; // xor
}

DatasetPointer planar(const SourceSpec &source, const std::string &shape, std::int64_t rows)
{
    const auto seed = static_cast<std::uint64_t>(parameter(source, "seed").integer());
    const double noise = parameter(source, "noise").number();
    const std::int64_t classes = shape == "spirals" || shape == "circles" ? parameter(source, "classes").integer() : 2;
    std::vector<float> features;
    std::vector<std::int64_t> labels;
    for (std::int64_t row = 0; row < rows; ++row) {
        RowRandom random(seed, 1, row);
        Point p = pointOf(shape, row, rows, classes, parameter(source, "turns").number(), random);
        if (shape == "circles") { // one angle for both coordinates
            const double angle = 2 * std::numbers::pi * random.uniform();
            const double radius = static_cast<double>(p.label + 1) / static_cast<double>(classes);
            p = {radius * std::cos(angle), radius * std::sin(angle), p.label};
        }
        features.push_back(static_cast<float>(p.x + noise * random.normal()));
        features.push_back(static_cast<float>(p.y + noise * random.normal()));
        labels.push_back(p.label);
    }
    Column x{source.id, "features", {DType::Float32, Shape{2}}, 0, {}, {"x", "y"}, false};
    Column y{source.id, "label", {DType::Int64, Shape{}}, classes, {}, {}, true};
    return makeMemoryDataset({{std::move(x), std::move(features)}, {std::move(y), std::move(labels)}}, rows);
}

DatasetPointer normal(const SourceSpec &source, std::int64_t rows)
{
    const auto seed = static_cast<std::uint64_t>(parameter(source, "seed").integer());
    const double noise = parameter(source, "noise").number();
    const std::int64_t width = parameter(source, "features").integer();
    const std::int64_t outputs = parameter(source, "outputs").integer();
    const std::int64_t classes = parameter(source, "classes").integer();
    const std::string &kind = parameter(source, "target").string();
    std::vector<float> features;
    std::vector<float> targets;
    std::vector<std::int64_t> labels;
    const auto weight = [&](std::int64_t in, std::int64_t out) {
        return RowRandom(seed, 3, in * outputs + out).normal() / std::sqrt(static_cast<double>(width));
    };
    for (std::int64_t row = 0; row < rows; ++row) {
        RowRandom random(seed, 1, row);
        const std::int64_t label = row % classes;
        const std::size_t first = features.size();
        for (std::int64_t i = 0; i < width; ++i) {
            const double centre = kind == "class" ? 2 * RowRandom(seed, 2, label * width + i).normal() : 0;
            features.push_back(
                static_cast<float>(kind == "class" ? centre + noise * random.normal() : random.normal()));
        }
        labels.push_back(label);
        for (std::int64_t o = 0; o < outputs && kind != "class"; ++o) {
            double y = kind == "linear" ? noise * random.normal() : random.normal();
            for (std::int64_t i = 0; i < width && kind == "linear"; ++i)
                y += weight(i, o) * static_cast<double>(features[first + static_cast<std::size_t>(i)]);
            targets.push_back(static_cast<float>(y));
        }
    }
    std::vector<ColumnData> columns;
    columns.push_back({{source.id, "features", {DType::Float32, Shape{width}}, 0, {}, {}, false}, std::move(features)});
    if (kind == "class")
        columns.push_back({{source.id, "label", {DType::Int64, Shape{}}, classes, {}, {}, true}, std::move(labels)});
    else
        columns.push_back(
            {{source.id, "target", {DType::Float32, Shape{outputs}}, 0, {}, {}, true}, std::move(targets)});
    return makeMemoryDataset(std::move(columns), rows);
}

} // namespace

Result<DatasetPointer> openGenerator(const SourceSpec &source, const DataOptions &options)
{
    const std::string &shape = parameter(source, "shape").string();
    const std::int64_t rows = parameter(source, "samples").integer();
    const std::int64_t width
        = shape == "normal" ? parameter(source, "features").integer() + parameter(source, "outputs").integer() : 3;
    if (static_cast<double>(rows) * static_cast<double>(width) * 8 > static_cast<double>(options.memoryLimit))
        return fail("generator.large",
                    "The source {0} would make more data than fit in memory. Ask for fewer rows or features.",
                    source.name);
    return shape == "normal" ? normal(source, rows) : planar(source, shape, rows);
}

} // namespace espalier
