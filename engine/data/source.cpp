// SPDX-License-Identifier: Apache-2.0
// Finds the opener of a source, and holds the small ones: built-in sets, text, tensors.
#include "engine/data/source.h"

#include "engine/base/resources.h"
#include "engine/data/bytes.h"
#include "engine/data/memory_dataset.h"
#include "engine/data/source_kinds.h"
#include "engine/data/table.h"
#include "engine/tensor/tensor_json.h"

#include <filesystem>
#include <map>

namespace espalier {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t kBuiltinBytes = std::uint64_t{64} << 20;

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

/// One code point of UTF-8 at `at`; a damaged byte counts as itself.
std::string_view character(std::string_view text, std::size_t at)
{
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    return text.substr(at, std::min(length, text.size() - at));
}

} // namespace

std::string resolvePath(const std::string &path, const DataOptions &options)
{
    const fs::path wanted(path);
    if (wanted.is_absolute())
        return path;
    const std::string &base = options.dataDirectory.empty() ? options.baseDirectory : options.dataDirectory;
    return path.empty() ? options.dataDirectory : (fs::path(base) / wanted).lexically_normal().string();
}

Result<DatasetPointer> openBuiltin(const SourceSpec &source, const DataOptions &)
{
    for (const BuiltinSet &set : builtinSets()) {
        if (set.name != parameter(source, "name").string())
            continue;
        const std::string file = (fs::path(resourcesDirectory()) / "data" / set.file).string();
        ESPALIER_TRY(std::string text, readData(file, kBuiltinBytes));
        std::vector<std::string> labels;
        if (set.name != "digits") { // scikit-learn's first line: rows, columns, class names
            const std::string first = text.substr(0, text.find('\n') + 1);
            text.erase(0, first.size());
            ESPALIER_TRY(const TextTable names, parseTable(first, ',', Header::Data, file));
            for (std::size_t i = 2; i < names.columns(); ++i)
                labels.emplace_back(names.cell(0, i));
        } else {
            for (int digit = 0; digit < 10; ++digit)
                labels.push_back(std::to_string(digit));
        }
        ESPALIER_TRY(const TextTable table, parseTable(text, ',', Header::Data, file));
        const std::size_t width = table.columns() - 1;
        std::vector<float> values;
        std::vector<std::int64_t> classes;
        for (std::size_t row = 0; row < table.rows(); ++row)
            for (std::size_t column = 0; column <= width; ++column) {
                double value = 0;
                if (!parseNumber(table.cell(row, column), value))
                    return fail(error("builtin.damaged",
                                      "The built-in data file {0} is damaged at line {1}. Install Espalier again.",
                                      file, table.lines[row])
                                    .at({.file = file}));
                if (column < width)
                    values.push_back(static_cast<float>(value));
                else
                    classes.push_back(static_cast<std::int64_t>(value));
            }
        const bool picture = set.name == "digits";
        Column x{source.id,
                 picture ? "image" : "features",
                 {DType::Float32, picture ? Shape{1, 8, 8} : Shape{static_cast<std::int64_t>(width)}},
                 0,
                 {},
                 set.features,
                 false};
        Column y{source.id, "label", {DType::Int64, Shape{}}, static_cast<std::int64_t>(labels.size()), labels,
                 {},        true};
        return makeMemoryDataset({{std::move(x), std::move(values)}, {std::move(y), std::move(classes)}},
                                 static_cast<std::int64_t>(table.rows()));
    }
    return fail("builtin.unknown", "There is no built-in data set {0}.", parameter(source, "name").string());
}

Result<DatasetPointer> openText(const SourceSpec &source, const DataOptions &options)
{
    const std::string file = resolvePath(parameter(source, "path").string(), options);
    ESPALIER_TRY(const std::string text, readData(file, options.memoryLimit));
    std::map<std::string, std::int64_t> index; // sorted, so that the alphabet does not depend on the order of the text
    for (std::size_t at = 0; at < text.size(); at += character(text, at).size())
        index.emplace(character(text, at), 0);
    std::vector<std::string> labels;
    for (auto &[letter, number] : index) {
        number = static_cast<std::int64_t>(labels.size());
        labels.push_back(letter);
    }
    std::vector<std::int64_t> letters;
    for (std::size_t at = 0; at < text.size(); at += character(text, at).size())
        letters.push_back(index.at(std::string(character(text, at))));
    const std::int64_t window = parameter(source, "window").integer();
    const std::int64_t stride
        = parameter(source, "stride").integer() > 0 ? parameter(source, "stride").integer() : window;
    const auto total = static_cast<std::int64_t>(letters.size());
    const std::int64_t rows = total > window ? (total - window - 1) / stride + 1 : 0;
    if (rows < 1)
        return fail(error("text.short",
                          "{0} has {1} characters, fewer than one window of {2} and the character after it. Use a "
                          "shorter window.",
                          file, total, window)
                        .at({.file = file}));
    if (static_cast<double>(rows) * static_cast<double>(window) * 16 > static_cast<double>(options.memoryLimit))
        return fail(error("text.large", "The windows of {0} would not fit in memory. Use a larger stride.", file)
                        .at({.file = file}));
    std::vector<std::int64_t> inputs;
    std::vector<std::int64_t> targets;
    for (std::int64_t row = 0; row < rows; ++row)
        for (std::int64_t i = 0; i < window; ++i) {
            inputs.push_back(letters[static_cast<std::size_t>(row * stride + i)]);
            targets.push_back(letters[static_cast<std::size_t>(row * stride + i + 1)]);
        }
    const auto classes = static_cast<std::int64_t>(labels.size());
    Column x{source.id, "text", {DType::Int64, Shape{window}}, classes, labels, {}, false};
    Column y{source.id, "target", {DType::Int64, Shape{window}}, classes, labels, {}, true};
    return makeMemoryDataset({{std::move(x), std::move(inputs)}, {std::move(y), std::move(targets)}}, rows);
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
