// SPDX-License-Identifier: Apache-2.0
#include "engine/server/data_facts.h"

#include "engine/base/threads.h"
#include "engine/data/source.h"
#include "engine/data/source_kinds.h"
#include "engine/train/data_feed.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <new>

namespace espalier {
namespace {

constexpr auto kPatience = std::chrono::milliseconds(50);
constexpr std::size_t kMostKept = 32;
constexpr std::int64_t kLargestOpened = std::int64_t{256} << 20; ///< bytes of files; above, a preview must do
constexpr std::int64_t kPreviewRows = 1000;

DataOptions optionsFor(const std::string &folder)
{
    DataOptions options;
    options.baseDirectory = folder;
    options.dataDirectory = folder;
    return options;
}

bool isPath(SourceParameterType type)
{
    return type == SourceParameterType::File || type == SourceParameterType::Folder
        || type == SourceParameterType::FileOrFolder;
}

/// What the files named by a section look like from outside.
struct Stamp {
    std::string text; ///< another one when a file was replaced or written
    std::int64_t bytes = 0;
    bool hasFolder = false;
};

void addFile(Stamp &stamp, const std::string &path)
{
    struct ::stat info { };
    if (::stat(path.c_str(), &info) != 0) {
        stamp.text += path + ":-\n";
        return;
    }
    stamp.text += path + ':' + std::to_string(info.st_ino) + ':' + std::to_string(info.st_size) + ':'
        + std::to_string(info.st_mtim.tv_sec) + '.' + std::to_string(info.st_mtim.tv_nsec) + '\n';
    stamp.hasFolder |= S_ISDIR(info.st_mode);
    stamp.bytes += info.st_size;
}

void addSource(Stamp &stamp, const SourceSpec &source, const std::string &folder)
{
    const SourceKind *kind = findSourceKind(source.kind);
    if (!kind)
        return;
    for (const SourceParameter &p : kind->parameters)
        if (const std::string &path = source.parameters[p.name].string(); isPath(p.type) && !path.empty())
            addFile(stamp, resolvePath(path, optionsFor(folder)));
}

Stamp stampOf(const DataSpec &spec, const std::string &folder)
{
    Stamp stamp;
    for (const SourceSpec &source : spec.sources)
        addSource(stamp, source, folder);
    return stamp;
}

/// Columns from the first rows of each source. Classes that only later rows have can't be counted, so none are claimed.
Result<DataFacts::Facts> previewFacts(const DataSpec &spec, const std::string &folder)
{
    DataFacts::Facts facts;
    for (const SourceSpec &source : spec.sources) {
        ESPALIER_TRY(const DatasetPointer data, previewSource(source, optionsFor(folder), kPreviewRows));
        BoundSource bound{source.id, source.name, {}};
        for (const Column &column : data->columns())
            bound.columns.push_back({column.name, column.type, 0});
        facts.sources.push_back(std::move(bound));
    }
    return facts;
}

Result<DataFacts::Facts> openFacts(const JsonValue &section, const std::string &folder)
{
    ESPALIER_TRY(const DataSpec spec, dataSpecFromJson(section));
    const Stamp stamp = stampOf(spec, folder);
    if (stamp.hasFolder || stamp.bytes > kLargestOpened)
        return previewFacts(spec, folder);
    ESPALIER_TRY(const auto feed, DataFeed::open(section, folder, {}));
    DataFacts::Facts facts;
    facts.sources = feed->sources();
    facts.trainRows = feed->rows(Part::Train);
    facts.rows = facts.trainRows + feed->rows(Part::Validation) + feed->rows(Part::Test);
    return facts;
}

/// Opening reads foreign files on a thread of ours, where nobody else catches.
DataFacts::Facts openSafely(const JsonValue &section, const std::string &folder)
{
    DataFacts::Facts facts;
    try {
        auto opened = openFacts(section, folder);
        if (opened)
            return std::move(*opened);
        facts.problem = std::move(opened).error();
    } catch (const std::bad_alloc &) {
        facts.problem = error("data.memory", "There is not enough memory to open the data.");
    } catch (const std::exception &e) {
        facts.problem = error("data.open", "The data can't be opened: {0}.", Arg(Arg::Kind::Text, e.what()));
    }
    return facts;
}

std::vector<std::int64_t> batchSizes(std::int64_t rows, const TrainingSettings &settings)
{
    std::vector<std::int64_t> sizes;
    if (rows >= settings.batchSize)
        sizes.push_back(settings.batchSize);
    if (rows > 0 && rows % settings.batchSize != 0 && !settings.dropLast)
        sizes.push_back(rows % settings.batchSize);
    return sizes;
}

double bytesOf(const TensorType &type)
{
    const Dim elements = type.shape.elements();
    return elements.isConstant() ? static_cast<double>(elements.constant()) * static_cast<double>(byteSize(type.dtype))
                                 : 0;
}

CheckData toCheckData(const DataFacts::Facts &facts, const TrainingSettings &settings)
{
    CheckData data;
    data.isKnown = !facts.problem;
    data.sources = facts.sources;
    data.batchSizes = batchSizes(facts.trainRows, settings);
    data.trainRows = facts.trainRows;
    for (const BoundSource &source : facts.sources)
        for (const BoundColumn &column : source.columns)
            data.dataBytes += static_cast<double>(facts.rows) * bytesOf(column.type);
    data.problem = facts.problem;
    return data;
}

} // namespace

std::string stampOfSource(const SourceSpec &source, const std::string &folder)
{
    Stamp stamp;
    addSource(stamp, source, folder);
    return stamp.text;
}

DataFacts::DataFacts(std::function<void(const std::string &)> changed)
    : m_changed(std::move(changed))
    , m_thread([this](const std::stop_token &stop) { work(stop); })
{
}

DataFacts::~DataFacts() = default;

CheckData DataFacts::facts(const std::string &document, const JsonValue &section, const std::string &folder,
                           const TrainingSettings &settings)
{
    if (section.isNull())
        return {};
    const auto spec = dataSpecFromJson(section);
    if (!spec) {
        CheckData data;
        data.problem = spec.error();
        return data;
    }
    const std::string key = section.dump() + '\n' + folder + '\n' + stampOf(*spec, folder).text;
    std::unique_lock lock(m_mutex);
    m_wanted[document] = key;
    if (!m_known.contains(key) && m_underWay.insert(key).second) {
        m_jobs.push_back({key, section, folder});
        m_wake.notify_all();
    }
    m_wake.wait_for(lock, kPatience, [&] { return m_known.contains(key); });
    if (const auto known = m_known.find(key); known != m_known.end()) {
        m_last[document] = known->second;
        return toCheckData(*known->second, settings);
    }
    m_waiting[key].insert(document);
    CheckData data;
    if (const auto last = m_last.find(document); last != m_last.end() && !last->second->problem)
        data = toCheckData(*last->second, settings);
    data.isPending = true;
    return data;
}

void DataFacts::forget(const std::string &document)
{
    const std::lock_guard lock(m_mutex);
    m_last.erase(document);
    m_wanted.erase(document);
    for (auto &[key, documents] : m_waiting)
        documents.erase(document);
}

bool DataFacts::isWanted(const std::string &key) const
{
    return std::any_of(m_wanted.begin(), m_wanted.end(), [&](const auto &entry) { return entry.second == key; });
}

void DataFacts::keep(const std::string &key, Pointer facts)
{
    m_known[key] = std::move(facts);
    m_age.push_back(key);
    for (; m_age.size() > kMostKept; m_age.pop_front())
        m_known.erase(m_age.front());
}

void DataFacts::work(const std::stop_token &stop)
{
    resetThreadAffinity();
    for (;;) {
        Job job;
        {
            std::unique_lock lock(m_mutex);
            if (!m_wake.wait(lock, stop, [&] { return !m_jobs.empty(); }))
                return;
            job = std::move(m_jobs.front());
            m_jobs.pop_front();
            if (!isWanted(job.key)) { // a path that was typed on since
                m_underWay.erase(job.key);
                m_waiting.erase(job.key);
                continue;
            }
        }
        auto facts = std::make_shared<const Facts>(openSafely(job.section, job.folder));
        std::set<std::string> waiting;
        {
            const std::lock_guard lock(m_mutex);
            keep(job.key, std::move(facts));
            m_underWay.erase(job.key);
            if (const auto found = m_waiting.find(job.key); found != m_waiting.end()) {
                waiting = std::move(found->second);
                m_waiting.erase(found);
            }
        }
        m_wake.notify_all();
        for (const std::string &document : waiting)
            m_changed(document);
    }
}

} // namespace espalier
