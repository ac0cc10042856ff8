// SPDX-License-Identifier: Apache-2.0
// Finds the opener of a source, and holds the small ones: built-in sets and tensors.
#include "engine/data/source.h"

#include "engine/base/resources.h"
#include "engine/data/content_hash.h"
#include "engine/data/csv_rows.h"
#include "engine/data/memory_dataset.h"
#include "engine/data/source_kinds.h"
#include "engine/tensor/tensor_json.h"

#include <algorithm>
#include <filesystem>
#include <map>

namespace espalier {
namespace {

namespace fs = std::filesystem;

struct BuiltinSet {
    std::string_view name;
    std::string_view file;
    std::vector<std::string> features;
};

const std::vector<BuiltinSet> &builtinSets()
{
    static const std::vector<BuiltinSet> sets{
        {"digits", "digits.csv.gz", {}},
        {"iris", "iris.csv", {"sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"}},
        {"wine",
         "wine.csv",
         {"alcohol", "malic acid", "ash", "alcalinity of ash", "magnesium", "total phenols", "flavanoids",
          "nonflavanoid phenols", "proanthocyanins", "colour intensity", "hue", "od280/od315 of diluted wines",
          "proline"}},
        {"breast_cancer",
         "breast_cancer.csv",
         {"mean radius",       "mean texture",    "mean perimeter",       "mean area",      "mean smoothness",
          "mean compactness",  "mean concavity",  "mean concave points",  "mean symmetry",  "mean fractal dimension",
          "radius error",      "texture error",   "perimeter error",      "area error",     "smoothness error",
          "compactness error", "concavity error", "concave points error", "symmetry error", "fractal dimension error",
          "worst radius",      "worst texture",   "worst perimeter",      "worst area",     "worst smoothness",
          "worst compactness", "worst concavity", "worst concave points", "worst symmetry", "worst fractal dimension"}},
    };
    return sets;
}

std::vector<std::pair<std::string, std::string>> &dataRoots()
{
    static std::vector<std::pair<std::string, std::string>> roots;
    return roots;
}

Error damaged(const std::string &file, std::int64_t line)
{
    return error("builtin.damaged", "The built-in data file {0} is damaged at line {1}. Install Espalier again.", file,
                 line)
        .at({.file = file, .line = line});
}

/// Files as scikit-learn keeps them: numbers and the class at the end of each line; all but digits begin with a line
/// of rows, columns and class names.
Result<DatasetPointer> readBuiltin(const SourceSpec &source, const BuiltinSet &set)
{
    const std::string file = (fs::path(resourcesDirectory()) / "data" / set.file).string();
    ESPALIER_TRY(CsvRows lines, CsvRows::open(file, ','));
    std::vector<std::string_view> cells;
    std::vector<std::string> labels;
    const bool isPicture = set.features.empty();
    if (!isPicture) {
        ESPALIER_CHECK(lines.next(cells));
        for (std::size_t i = 2; i < cells.size(); ++i)
            labels.emplace_back(cells[i]);
    }
    for (int digit = 0; isPicture && digit < 10; ++digit)
        labels.push_back(std::to_string(digit));
    const std::size_t width = isPicture ? 64 : set.features.size();
    std::vector<float> values;
    std::vector<std::int64_t> classes;
    for (;;) {
        ESPALIER_TRY(const bool more, lines.next(cells));
        if (!more)
            break;
        float value = -1;
        for (std::size_t i = 0; i < cells.size() && cells.size() == width + 1 && parseReal(cells[i], value); ++i)
            i < width ? values.push_back(value) : classes.push_back(static_cast<std::int64_t>(value));
        const bool isWhole = values.size() == width * classes.size();
        if (!isWhole || value < 0 || value >= static_cast<float>(labels.size()))
            return fail(damaged(file, lines.line()));
    }
    const auto rows = static_cast<std::int64_t>(classes.size());
    if (rows == 0)
        return fail(damaged(file, lines.line()));
    const Shape shape = isPicture ? Shape{1, 8, 8} : Shape{static_cast<std::int64_t>(width)};
    Column x{source.id, isPicture ? "image" : "features", {DType::Float32, shape}, 0, {}, set.features, false};
    const auto count = static_cast<std::int64_t>(labels.size());
    Column y{source.id, "label", {DType::Int64, Shape{}}, count, std::move(labels), {}, true};
    return makeMemoryDataset({{std::move(x), std::move(values)}, {std::move(y), std::move(classes)}}, rows);
}

} // namespace

void setDataRoots(std::vector<std::pair<std::string, std::string>> roots)
{
    dataRoots() = std::move(roots);
}

std::string resolvePath(const std::string &path, const DataOptions &options)
{
    const std::size_t colon = path.find(':');
    for (const auto &[name, folder] : dataRoots())
        if (colon != std::string::npos && name == path.substr(0, colon))
            return (fs::path(folder) / fs::path(path.substr(colon + 1)).relative_path()).lexically_normal().string();
    const fs::path wanted(path);
    if (wanted.is_absolute())
        return path;
    const std::string &base = options.dataDirectory.empty() ? options.baseDirectory : options.dataDirectory;
    return path.empty() ? options.dataDirectory : (fs::path(base) / wanted).lexically_normal().string();
}

Result<DatasetPointer> openBuiltin(const SourceSpec &source, const DataOptions &)
{
    const std::string &wanted = parameter(source, "name").string();
    const auto set = std::find_if(builtinSets().begin(), builtinSets().end(),
                                  [&](const BuiltinSet &candidate) { return candidate.name == wanted; });
    if (set == builtinSets().end())
        return fail("builtin.unknown", "There is no built-in data set {0}.", wanted);
    return readBuiltin(source, *set);
}

Result<DatasetPointer> openTensors(const SourceSpec &source, const DataOptions &)
{
    std::vector<ColumnData> columns;
    std::int64_t rows = -1;
    for (const auto &[name, value] : parameter(source, "columns").members()) {
        const DType dtype = dtypeFromName(value["dtype"].string()).value_or(DType::Unknown);
        auto tensor = tensorFromJson(value.isObject() ? value["values"] : value, dtype);
        if (!tensor)
            return fail(error("tensors.value", "The column {0} of the source {1}: {2}", name, source.name,
                              Arg(Arg::Kind::Text, tensor.error().message())));
        if (tensor->rank() == 0 || (rows >= 0 && tensor->dims().front() != rows))
            return fail("tensors.rows",
                        "The column {0} of the source {1} must be a list with one entry for each row, as many as the "
                        "other columns have.",
                        name, source.name);
        rows = tensor->dims().front();
        Column column{source.id, name, {tensor->dtype(), Shape(Dims(tensor->dims().begin() + 1, tensor->dims().end()))},
                      0,         {},   {},
                      false};
        columns.push_back({std::move(column), std::move(*tensor)});
    }
    if (rows < 1)
        return fail("tensors.empty", "The source {0} has no columns. Write at least one with one row.", source.name);
    return makeMemoryDataset(std::move(columns), rows);
}

Result<SourceIdentity> identify(const SourceSpec &source, const std::string &path)
{
    ESPALIER_TRY(const std::uint64_t content, fingerprintFile(path));
    ESPALIER_TRY(const std::uint64_t version, versionOfFile(path));
    ContentHash parameters;
    parameters.add(std::string_view(source.kind));
    if (const SourceKind *kind = findSourceKind(source.kind)) {
        for (const SourceParameter &declared : kind->parameters) {
            using Type = SourceParameterType;
            if (declared.type == Type::File || declared.type == Type::Folder || declared.type == Type::FileOrFolder)
                continue;
            parameters.add(declared.name);
            parameters.add(std::string_view(parameter(source, declared.name).dump()));
        }
    }
    ContentHash key = parameters;
    parameters.add(content);
    key.add(version);
    return SourceIdentity{parameters.value(), key.text()};
}

Result<DatasetPointer> previewSource(const SourceSpec &source, DataOptions options, std::int64_t rows)
{
    options.maxRows = std::max<std::int64_t>(1, rows);
    return openSource(source, options);
}

Result<DatasetPointer> openSource(const SourceSpec &source, const DataOptions &options)
{
    using Open = Result<DatasetPointer> (*)(const SourceSpec &, const DataOptions &);
    static const std::map<std::string_view, Open> kOpeners{
        {"builtin", openBuiltin}, {"csv", openTable},           {"idx", openIdx},        {"folder", openFolder},
        {"text", openText},       {"generator", openGenerator}, {"tensors", openTensors}};
    const auto found = kOpeners.find(source.kind);
    if (found == kOpeners.end())
        return fail("data.kind", "The source {0} is of the kind {1}, which this version does not know.", source.name,
                    source.kind);
    return found->second(source, options);
}

} // namespace espalier
