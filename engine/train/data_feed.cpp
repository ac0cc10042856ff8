// SPDX-License-Identifier: Apache-2.0
#include "engine/train/data_feed.h"

#include "engine/base/hash.h"
#include "engine/data/loader.h"
#include "engine/data/source.h"

#include <fmt/format.h>

#include <algorithm>

namespace espalier {
namespace {

class DocumentFeed : public DataFeed {
public:
    DocumentFeed(DataSpec spec, const TrainingSettings &settings)
        : m_spec(std::move(spec))
        , m_settings(settings)
    {
    }

    Result<void> open(const std::string &folder)
    {
        DataOptions options;
        options.baseDirectory = folder;
        options.dataDirectory = folder;
        std::vector<DatasetPointer> parts;
        std::vector<std::string> names;
        for (const SourceSpec &source : m_spec.sources) {
            ESPALIER_TRY(auto part, openSource(source, options));
            parts.push_back(std::move(part));
            names.push_back(source.name);
        }
        if (parts.empty())
            return {};
        ESPALIER_TRY(m_data, zipDatasets(std::move(parts), names));
        ESPALIER_TRY(m_rows, splitRows(*m_data, m_spec.split));
        ESPALIER_TRY(m_scalings, fitScalings(*m_data, m_spec.normalize, m_rows.train));
        return {};
    }

    std::vector<BoundSource> sources() const override
    {
        std::vector<BoundSource> out;
        for (const SourceSpec &source : m_spec.sources) {
            BoundSource bound{source.id, source.name, {}};
            for (const Column &column : m_data->columns())
                if (column.source == source.id)
                    bound.columns.push_back({column.name, column.type, column.classes});
            out.push_back(std::move(bound));
        }
        return out;
    }

    Result<void> bindInputs(const std::vector<LoweredInput> &inputs) override
    {
        m_names.clear();
        m_columns.clear();
        for (const LoweredInput &input : inputs) {
            const int column = m_data && !input.source.empty() ? findColumn(*m_data, input.source, input.column) : -1;
            if (column < 0)
                return fail(error("feed.unbound",
                                  "The input {0} is bound to no column of the data, so training can't feed it. Choose "
                                  "a source and column for it.",
                                  input.name)
                                .at({.node = input.node.substr(input.node.rfind('/') + 1)}));
            m_names.push_back(input.name);
            m_columns.push_back(column);
        }
        for (auto &loader : m_loaders)
            loader.reset();
        return {};
    }

    std::vector<std::int64_t> batchSizes() const override
    {
        const std::int64_t n = rows(Part::Train);
        if (n == 0)
            return {};
        std::vector<std::int64_t> sizes;
        if (n >= m_settings.batchSize)
            sizes.push_back(m_settings.batchSize);
        if (n % m_settings.batchSize != 0 && !m_settings.dropLast)
            sizes.push_back(n % m_settings.batchSize);
        return sizes;
    }

    const std::vector<Scaling> &scalings() const override { return m_scalings; }

    std::int64_t rows(Part part) const override { return static_cast<std::int64_t>(rowsOf(part).size()); }

    std::string fingerprint() const override
    {
        return m_data ? fmt::format("{:016x}", m_data->fingerprint()) : std::string();
    }

    Result<FeedBatch> read(std::span<const std::int64_t> rows) const override
    {
        const std::int64_t count = m_data ? m_data->size() : 0;
        for (const std::int64_t row : rows)
            if (row < 0 || row >= count)
                return fail("feed.row", "The data have no row {0}: they have {1} rows, from 0 on.", row, count);
        const auto n = static_cast<std::int64_t>(rows.size());
        LoaderOptions options{
            m_columns, {rows.begin(), rows.end()}, n, false, false, false, static_cast<std::uint64_t>(m_settings.seed),
            0};
        BatchLoader loader(m_data, m_scalings, std::move(options));
        loader.start(0, 0);
        ESPALIER_TRY(auto batch, loader.next());
        FeedBatch out{n, {}};
        for (std::size_t i = 0; batch && i < m_names.size(); ++i)
            out.columns.emplace_back(m_names[i], std::move(batch->columns[i]));
        return out;
    }

    const std::vector<std::int64_t> &partRows(Part part) const override { return rowsOf(part); }
    DatasetPointer data() const override { return m_data; }

    const Column *columnOf(std::string_view input) const override
    {
        const auto at = std::find(m_names.begin(), m_names.end(), input);
        return at == m_names.end()
            ? nullptr
            : &m_data->columns()[static_cast<std::size_t>(m_columns[static_cast<std::size_t>(at - m_names.begin())])];
    }

    Result<void> start(Part part, std::int64_t epoch, std::int64_t first) override
    {
        m_current = static_cast<std::size_t>(part);
        auto &loader = m_loaders[m_current];
        if (!loader) {
            const bool train = part == Part::Train;
            LoaderOptions options{m_columns,
                                  rowsOf(part),
                                  m_settings.batchSize,
                                  train && m_settings.shuffle,
                                  train && m_settings.dropLast,
                                  train,
                                  static_cast<std::uint64_t>(m_settings.seed),
                                  3};
            loader = std::make_unique<BatchLoader>(m_data, m_scalings, std::move(options));
        }
        loader->start(epoch, first);
        return {};
    }

    Result<std::optional<FeedBatch>> next() override
    {
        ESPALIER_TRY(auto batch, m_loaders[m_current]->next());
        if (!batch)
            return std::optional<FeedBatch>();
        FeedBatch out{batch->rows, {}};
        for (std::size_t i = 0; i < m_names.size(); ++i)
            out.columns.emplace_back(m_names[i], std::move(batch->columns[i]));
        return std::optional<FeedBatch>(std::move(out));
    }

private:
    const std::vector<std::int64_t> &rowsOf(Part part) const
    {
        return part == Part::Train ? m_rows.train : part == Part::Validation ? m_rows.validation : m_rows.test;
    }

    DataSpec m_spec;
    TrainingSettings m_settings;
    DatasetPointer m_data;
    SplitRows m_rows;
    std::vector<Scaling> m_scalings;
    std::vector<std::string> m_names;
    std::vector<int> m_columns;
    std::unique_ptr<BatchLoader> m_loaders[3];
    std::size_t m_current = 0;
};

} // namespace

Result<FeedBatch> Feed::read(std::span<const std::int64_t>) const
{
    return fail("feed.row", "These data have no rows to choose from.");
}

const std::vector<std::int64_t> &Feed::partRows(Part) const
{
    static const std::vector<std::int64_t> kNone;
    return kNone;
}

Result<std::unique_ptr<DataFeed>> DataFeed::open(const JsonValue &section, const std::string &folder,
                                                 const TrainingSettings &settings)
{
    ESPALIER_TRY(DataSpec spec, dataSpecFromJson(section));
    auto feed = std::make_unique<DocumentFeed>(std::move(spec), settings);
    ESPALIER_CHECK(feed->open(folder));
    return std::unique_ptr<DataFeed>(std::move(feed));
}

} // namespace espalier
