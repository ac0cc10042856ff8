// SPDX-License-Identifier: Apache-2.0
#include "engine/data/recognise.h"

#include "engine/data/csv_layout.h"
#include "engine/data/input_file.h"
#include "engine/data/source.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

namespace espalier {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kHeadBytes = std::size_t{64} << 10;
constexpr std::size_t kMostLooked = 2000; ///< names of a folder
constexpr std::size_t kSampleRows = 500;
constexpr std::uint64_t kSampleBytes = std::uint64_t{1} << 20;

/// Names of columns that say what is to be learned, best first.
constexpr std::array<std::string_view, 10> kTargetNames{"label",  "target", "class",   "species", "y",
                                                        "labels", "answer", "quality", "price",   "survived"};
constexpr std::array<std::string_view, 6> kRowNames{"id", "index", "row", "rowid", "unnamed: 0", "no"};

std::string lower(std::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    return out;
}

/// The extension in small letters, that before ".gz" included: ".csv".
std::string extensionOf(const fs::path &path)
{
    const std::string last = lower(path.extension().string());
    return last == ".gz" ? lower(path.stem().extension().string()) : last;
}

bool isPictureName(const fs::path &path)
{
    const std::string extension = lower(path.extension().string());
    return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

bool isIdx(std::string_view head)
{
    return head.size() >= 8 && head[0] == 0 && head[1] == 0 && head[2] == 8 && (head[3] == 1 || head[3] == 3);
}

bool isPicture(std::string_view head)
{
    return head.starts_with("\x89PNG\r\n") || head.starts_with("\xff\xd8\xff");
}

Result<std::string> headOf(const std::string &path)
{
    ESPALIER_TRY(InputFile file, InputFile::open(path));
    std::string head(kHeadBytes, '\0');
    std::size_t have = 0;
    while (have < head.size()) {
        ESPALIER_TRY(const std::size_t got, file.read(head.data() + have, head.size() - have));
        if (got == 0)
            break;
        have += got;
    }
    head.resize(have);
    return head;
}

/// Relative where it lies under the base folder.
std::string written(const fs::path &path, const DataOptions &options)
{
    if (options.baseDirectory.empty())
        return path.string();
    const fs::path relative
        = path.lexically_normal().lexically_relative(fs::path(options.baseDirectory).lexically_normal());
    const bool isBelow = !relative.empty() && *relative.begin() != "..";
    return isBelow ? relative.string() : path.string();
}

SourceSpec sourceOf(std::string_view kind, const fs::path &path, const DataOptions &options)
{
    SourceSpec source;
    source.kind = std::string(kind);
    source.name = path.stem().extension().empty() ? path.stem().string() : path.stem().stem().string();
    if (source.name.empty())
        source.name = "data";
    source.parameters.set("path", written(path, options));
    return source;
}

Error unknown(const std::string &path)
{
    return error("data.recognise",
                 "{0} is nothing that can be learned from here: it is neither a table (CSV, TSV), a folder of PNG or "
                 "JPEG pictures, a pair of IDX files nor a text.",
                 path)
        .at({.file = path});
}

// Tables

struct Sample {
    std::vector<std::string> names;
    std::vector<std::vector<std::string>> rows;
    char delimiter = ',';
};

Result<Sample> sampleOf(const SourceSpec &source, const std::string &path)
{
    Sample sample;
    ESPALIER_TRY(const CsvLayout layout, inspectCsv(source, path));
    for (const CsvColumn &column : layout.columns)
        sample.names.push_back(column.name);
    sample.delimiter = layout.delimiter;
    ESPALIER_TRY(CsvRows rows, CsvRows::open(path, layout.delimiter));
    std::vector<std::string_view> cells;
    for (bool isHeader = layout.hasHeader; sample.rows.size() < kSampleRows; isHeader = false) {
        ESPALIER_TRY(const bool more, rows.next(cells));
        if (!more || rows.position() > kSampleBytes)
            break;
        if (!isHeader && cells.size() == sample.names.size())
            sample.rows.emplace_back(cells.begin(), cells.end());
    }
    return sample;
}

struct Look {
    bool isText = false;
    bool isDistinct = true; ///< no value twice
    bool isCounting = true; ///< each number one more than that above
};

Look lookAt(const Sample &sample, std::size_t column)
{
    Look look;
    std::set<std::string> seen;
    std::size_t texts = 0;
    float before = 0;
    for (std::size_t i = 0; i < sample.rows.size(); ++i) {
        const std::string &cell = sample.rows[i][column];
        look.isDistinct = seen.insert(cell).second && look.isDistinct;
        float number = 0;
        if (!parseReal(cell, number)) {
            texts += isMissingCell(cell) ? 0 : 1;
            look.isCounting = false;
        } else if (i > 0 && number != before + 1) {
            look.isCounting = false;
        }
        before = number;
    }
    look.isText = texts * 2 > sample.rows.size();
    return look;
}

/// Columns that only say which row it is: nothing can be learned from them.
bool numbersTheRows(const Sample &sample, std::size_t column)
{
    if (sample.rows.size() < 8)
        return false;
    const Look look = lookAt(sample, column);
    const std::string name = lower(sample.names[column]);
    const bool isNamedSo
        = std::find(kRowNames.begin(), kRowNames.end(), name) != kRowNames.end() || name.ends_with("_id");
    return look.isDistinct && (look.isText || look.isCounting || isNamedSo);
}

std::size_t targetOf(const Sample &sample, const std::vector<bool> &skipped)
{
    std::size_t best = sample.names.size();
    std::size_t rankOfBest = kTargetNames.size();
    for (std::size_t i = 0; i < sample.names.size(); ++i) {
        const auto rank = static_cast<std::size_t>(
            std::find(kTargetNames.begin(), kTargetNames.end(), lower(sample.names[i])) - kTargetNames.begin());
        if (!skipped[i] && rank < rankOfBest) {
            best = i;
            rankOfBest = rank;
        }
    }
    for (std::size_t i = sample.names.size(); best == sample.names.size() && i-- > 0;)
        if (!skipped[i])
            best = i;
    return best;
}

SourceSpec withColumns(SourceSpec source, const Sample &sample)
{
    std::vector<bool> skipped(sample.names.size());
    std::size_t left = sample.names.size();
    for (std::size_t i = 0; i < sample.names.size(); ++i) {
        skipped[i] = left > 2 && numbersTheRows(sample, i);
        left -= skipped[i] ? 1 : 0;
    }
    const std::size_t target = targetOf(sample, skipped);
    if (sample.names.size() < 2 || target >= sample.names.size())
        return source;
    source.parameters.set("target", JsonValue(JsonValue::Array{sample.names[target]}));
    if (left == sample.names.size())
        return source;
    JsonValue features = JsonValue::array();
    for (std::size_t i = 0; i < sample.names.size(); ++i)
        if (!skipped[i] && i != target)
            features.append(sample.names[i]);
    source.parameters.set("features", std::move(features));
    return source;
}

/// Commas alone make no table of a poem: some column holds numbers, or tabs part the cells.
bool looksLikeTable(const Sample &sample)
{
    if (sample.names.size() < 2 || sample.rows.size() < 2 || sample.delimiter == ' ')
        return false;
    for (std::size_t i = 0; i < sample.names.size(); ++i)
        if (!lookAt(sample, i).isText)
            return true;
    return sample.delimiter == '\t';
}

Result<SourceSpec> recogniseText(const fs::path &path, const DataOptions &options)
{
    SourceSpec table = sourceOf("csv", path, options);
    const std::string extension = extensionOf(path);
    const bool isNamedTable = extension == ".csv" || extension == ".tsv" || extension == ".tab" || extension == ".data";
    const auto sample = sampleOf(table, path.string());
    if (isNamedTable)
        return sample ? withColumns(std::move(table), *sample) : table; // opening it says what is wrong
    if (sample && looksLikeTable(*sample))
        return withColumns(std::move(table), *sample);
    return sourceOf("text", path, options);
}

// Files and folders

SourceSpec idxFile(const fs::path &path, const DataOptions &options)
{
    SourceSpec source = sourceOf("idx", path.parent_path(), options);
    if (path.filename().string().starts_with("t10k"))
        source.parameters.set("part", "t10k");
    return source;
}

Result<SourceSpec> recogniseFile(const fs::path &path, const DataOptions &options)
{
    ESPALIER_TRY(const std::string head, headOf(path.string()));
    if (head.empty())
        return fail(error("data.recognise.empty", "{0} is empty.", path.string()).at({.file = path.string()}));
    if (isIdx(head))
        return idxFile(path, options);
    if (isPicture(head))
        return sourceOf("folder", path.parent_path(), options);
    if (head.find('\0') != std::string::npos)
        return fail(unknown(path.string()));
    return recogniseText(path, options);
}

Result<SourceSpec> recogniseFolder(const fs::path &path, const DataOptions &options)
{
    std::error_code problem;
    std::size_t looked = 0;
    bool hasPictures = false;
    std::vector<fs::path> tables;
    for (fs::directory_iterator it(path, problem), end; !problem && it != end && looked < kMostLooked;
         it.increment(problem), ++looked) {
        const std::string name = it->path().filename().string();
        if (name.find("idx3-ubyte") != std::string::npos)
            return sourceOf("idx", path, options);
        std::error_code ignored;
        hasPictures = hasPictures || isPictureName(it->path());
        if (!hasPictures && !name.starts_with('.') && it->is_directory(ignored)) {
            std::size_t inner = 0;
            for (fs::directory_iterator in(it->path(), ignored); !ignored && in != end && inner < 50 && !hasPictures;
                 in.increment(ignored), ++inner)
                hasPictures = isPictureName(in->path());
        }
        if (const std::string extension = extensionOf(it->path()); extension == ".csv" || extension == ".tsv")
            tables.push_back(it->path());
        if (hasPictures)
            return sourceOf("folder", path, options);
    }
    if (tables.size() == 1)
        return recogniseFile(tables.front(), options);
    return fail(unknown(path.string()));
}

} // namespace

Result<SourceSpec> recogniseSource(const std::string &path, const DataOptions &options)
{
    const fs::path found = fs::path(resolvePath(path, options)).lexically_normal();
    std::error_code ignored;
    if (fs::is_directory(found, ignored))
        return recogniseFolder(found.has_filename() ? found : found.parent_path(), options);
    ESPALIER_CHECK(requireFile(found.string()));
    return recogniseFile(found, options);
}

} // namespace espalier
