// SPDX-License-Identifier: Apache-2.0
// The idx source: LeCun's format for MNIST. Big-endian: two zero bytes, type, rank, sizes, values.
#include "engine/data/bytes.h"
#include "engine/data/memory_dataset.h"
#include "engine/data/source.h"
#include "engine/data/source_kinds.h"

#include <algorithm>
#include <filesystem>

namespace espalier {
namespace {

namespace fs = std::filesystem;

struct IdxFile {
    Dims dims;
    std::vector<std::uint8_t> values;
};

Result<IdxFile> readIdx(const std::string &path, std::size_t rank, std::uint64_t limit)
{
    ESPALIER_TRY(const std::string bytes, readData(path, limit));
    const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
    if (bytes.size() < 4 || at(0) != 0 || at(1) != 0)
        return fail(error("idx.magic", "{0} is no IDX file: it does not start with the format's number.", path)
                        .at({.file = path}));
    if (at(2) != 8)
        return fail(
            error("idx.type",
                  "{0} holds values of another type than unsigned bytes, the only one that pictures and labels use.",
                  path)
                .at({.file = path}));
    if (at(3) != rank)
        return fail(error("idx.rank", "{0} has {1} axes, but {2} are needed: are images and labels exchanged?", path,
                          static_cast<std::int64_t>(at(3)), static_cast<std::int64_t>(rank))
                        .at({.file = path}));
    IdxFile file;
    std::uint64_t count = 1;
    for (std::size_t axis = 0; axis < rank && bytes.size() >= 4 * (rank + 1); ++axis) {
        const std::size_t o = 4 * (axis + 1);
        const std::uint64_t size = (std::uint64_t{at(o)} << 24) | (std::uint64_t{at(o + 1)} << 16)
            | (std::uint64_t{at(o + 2)} << 8) | at(o + 3);
        file.dims.push_back(static_cast<std::int64_t>(size));
        count = size > 0 && count > (std::uint64_t{1} << 40) / size ? std::uint64_t{1} << 41 : count * size;
    }
    const std::size_t header = 4 * (rank + 1);
    if (file.dims.size() != rank || bytes.size() - header < count)
        return fail(error("idx.truncated",
                          "{0} breaks off: it promises {1} values and holds {2}. Copy or download it again.", path,
                          static_cast<std::int64_t>(count),
                          static_cast<std::int64_t>(bytes.size() - std::min(bytes.size(), header)))
                        .at({.file = path}));
    file.values.assign(bytes.begin() + static_cast<std::ptrdiff_t>(header),
                       bytes.begin() + static_cast<std::ptrdiff_t>(header + count));
    return file;
}

/// The first file in `folder` whose name holds all the words; "" if there is none.
std::string findFile(const std::string &folder, const std::vector<std::string> &words)
{
    std::vector<std::string> found;
    std::error_code problem;
    for (const auto &entry : fs::directory_iterator(folder, problem)) {
        const std::string name = entry.path().filename().string();
        if (std::all_of(words.begin(), words.end(),
                        [&](const std::string &w) { return name.find(w) != std::string::npos; }))
            found.push_back(entry.path().string());
    }
    std::sort(found.begin(), found.end());
    return found.empty() ? std::string() : found.front();
}

Result<std::pair<std::string, std::string>> findPair(const SourceSpec &source, const DataOptions &options)
{
    const std::string folder = resolvePath(parameter(source, "path").string(), options);
    const auto named = [&](const char *which) {
        const std::string &name = parameter(source, which).string();
        return name.empty() ? std::string() : (fs::path(folder) / name).string();
    };
    std::string images = named("images");
    std::string labels = named("labels");
    std::error_code problem;
    if ((images.empty() || labels.empty()) && !fs::is_directory(folder, problem))
        return fail(error("idx.folder",
                          "The folder {0} with the IDX files of the source {1} does not exist. Name it with --data, or "
                          "set its path.",
                          folder.empty() ? std::string("(none)") : folder, source.name)
                        .at({.file = folder}));
    const std::string &part = parameter(source, "part").string();
    for (const std::string &prefix :
         part == "auto" ? std::vector<std::string>{"train", "t10k", ""} : std::vector<std::string>{part}) {
        if (images.empty())
            images = findFile(folder, {prefix, "images", "idx3"});
        if (labels.empty() && !images.empty())
            labels = findFile(folder, {prefix, "labels", "idx1"});
    }
    if (images.empty() || labels.empty())
        return fail(error("idx.missing",
                          "The folder {0} holds no pair of IDX files (names with images-idx3 and labels-idx1). Name "
                          "another folder with --data.",
                          folder)
                        .at({.file = folder}));
    return std::pair(images, labels);
}

} // namespace

Result<DatasetPointer> openIdx(const SourceSpec &source, const DataOptions &options)
{
    ESPALIER_TRY(const auto paths, findPair(source, options));
    ESPALIER_TRY(IdxFile images, readIdx(paths.first, 3, options.memoryLimit));
    ESPALIER_TRY(const IdxFile labels, readIdx(paths.second, 1, options.memoryLimit));
    if (images.dims[0] != labels.dims[0])
        return fail(error("idx.count", "{0} holds {1} pictures, but {2} holds {3} labels. They don't belong together.",
                          paths.first, images.dims[0], paths.second, labels.dims[0])
                        .at({.file = paths.second}));
    std::int64_t classes = parameter(source, "classes").integer();
    if (classes == 0)
        for (const std::uint8_t label : labels.values)
            classes = std::max<std::int64_t>(classes, label + 1);
    std::vector<std::int64_t> values;
    for (std::size_t i = 0; i < labels.values.size(); ++i) {
        if (labels.values[i] >= classes)
            return fail(error("idx.label", "{0}: label {1} is {2}, but there are {3} classes (0 to {4}).", paths.second,
                              static_cast<std::int64_t>(i), static_cast<std::int64_t>(labels.values[i]), classes,
                              classes - 1)
                            .at({.file = paths.second}));
        values.push_back(labels.values[i]);
    }
    const std::int64_t rows = images.dims[0];
    Column image{source.id, "image", {DType::Float32, Shape{1, images.dims[1], images.dims[2]}}, 0, {}, {}, false};
    Column label{source.id, "label", {DType::Int64, Shape{}}, classes, {}, {}, true};
    const PictureAugmentation augmentation{parameter(source, "flip").boolean(), parameter(source, "crop").integer()};
    return makeMemoryDataset({{std::move(image), std::move(images.values)}, {std::move(label), std::move(values)}},
                             rows, augmentation);
}

} // namespace espalier
