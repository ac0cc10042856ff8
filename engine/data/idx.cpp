// SPDX-License-Identifier: Apache-2.0
// The idx source: LeCun's format for MNIST. Big-endian: two zero bytes, type, rank, sizes, values.
#include "engine/data/content_hash.h"
#include "engine/data/input_file.h"
#include "engine/data/record_dataset.h"
#include "engine/data/source.h"
#include "engine/data/source_kinds.h"

#include <algorithm>
#include <filesystem>

namespace espalier {
namespace {

namespace fs = std::filesystem;

struct IdxHeader {
    Dims dims;
    std::uint64_t bytes = 0; ///< of the header
    std::int64_t rowBytes() const { return elementCount(Dims(dims.begin() + 1, dims.end())); }
};

Error cutOff(const std::string &path, std::int64_t promised, std::int64_t held)
{
    return error("idx.truncated", "{0} breaks off: it promises {1} rows and holds {2}. Copy or download it again.",
                 path, promised, held)
        .at({.file = path});
}

Result<IdxHeader> readHeader(InputFile &file, const std::string &path, std::size_t rank)
{
    unsigned char head[16] = {};
    ESPALIER_TRY(const std::size_t got, file.read(reinterpret_cast<char *>(head), 4 + 4 * rank));
    if (got == 0)
        return fail(error("idx.empty", "{0} is empty. Copy or download it again.", path).at({.file = path}));
    if (got < 4 || head[0] != 0 || head[1] != 0) {
        return fail(error("idx.magic",
                          "{0} is no IDX file: it does not start with the format's number. Name another file.", path)
                        .at({.file = path}));
    }
    if (head[2] != 8) {
        return fail(error("idx.type",
                          "{0} holds values of another type than unsigned bytes, the only one that pictures and labels "
                          "use. Convert it.",
                          path)
                        .at({.file = path}));
    }
    if (head[3] != rank) {
        return fail(error("idx.rank", "{0} has {1} axes, but {2} are needed. Are images and labels exchanged?", path,
                          static_cast<int>(head[3]), rank)
                        .at({.file = path}));
    }
    if (got < 4 + 4 * rank)
        return fail(cutOff(path, 1, 0));
    IdxHeader header;
    header.bytes = 4 + 4 * rank;
    for (std::size_t axis = 0; axis < rank; ++axis) {
        std::int64_t size = 0;
        for (std::size_t k = 0; k < 4; ++k)
            size = size * 256 + head[4 + 4 * axis + k];
        const bool isTooLarge = axis > 0 && size > (1 << 15);
        if (size == 0 || isTooLarge) {
            return fail(error("idx.size",
                              "{0} says that axis {1} has the size {2}: there is nothing to learn from that.", path,
                              axis, size)
                            .at({.file = path}));
        }
        header.dims.push_back(size);
    }
    return header;
}

/// A plain file too large for memory is read where it lies; otherwise the rows go to memory or to a row cache.
Result<RecordStorePointer> readImages(const SourceSpec &source, const std::string &path, const DataOptions &options,
                                      IdxHeader &header)
{
    ESPALIER_TRY(InputFile file, InputFile::open(path));
    ESPALIER_TRY(header, readHeader(file, path, 3));
    const auto rowBytes = static_cast<std::size_t>(header.rowBytes());
    const auto rows = static_cast<std::uint64_t>(header.dims[0]);
    if (!file.isCompressed()) {
        const std::uint64_t held = (file.fileSize() - header.bytes) / rowBytes;
        if (held < rows)
            return fail(cutOff(path, header.dims[0], static_cast<std::int64_t>(held)));
        if (rows * rowBytes > options.memoryLimit && options.maxRows == 0)
            return openRecordsInFile(path, header.bytes, rowBytes, header.dims[0]);
    }
    ESPALIER_TRY(const SourceIdentity identity, identify(source, path));
    if (auto cached = options.maxRows == 0 ? openCachedRecords(identity.cacheKey, options) : std::nullopt)
        return std::move(*cached);
    RecordWriter writer(rowBytes, identity.cacheKey, options);
    const std::uint64_t wanted
        = options.maxRows > 0 ? std::min<std::uint64_t>(rows, static_cast<std::uint64_t>(options.maxRows)) : rows;
    const std::size_t block = std::max<std::size_t>(1, (std::size_t{1} << 20) / rowBytes);
    std::string bytes(block * rowBytes, '\0');
    while (static_cast<std::uint64_t>(writer.size()) < wanted) {
        ESPALIER_CHECK(checkCancelled(options, path));
        const std::uint64_t left = wanted - static_cast<std::uint64_t>(writer.size());
        ESPALIER_TRY(const std::size_t got, file.read(bytes.data(), std::min<std::uint64_t>(left, block) * rowBytes));
        ESPALIER_CHECK(writer.append(bytes.data(), got / rowBytes * rowBytes));
        if (got < std::min<std::uint64_t>(left, block) * rowBytes)
            return fail(cutOff(path, header.dims[0], writer.size()));
        if (options.progress)
            options.progress(file.progress(), path);
    }
    return writer.finish({});
}

/// Labels are small: a byte a row.
Result<std::vector<std::uint8_t>> readLabels(const std::string &path, std::int64_t maxRows, std::int64_t &count)
{
    ESPALIER_TRY(InputFile file, InputFile::open(path));
    ESPALIER_TRY(const IdxHeader header, readHeader(file, path, 1));
    count = header.dims[0];
    std::vector<std::uint8_t> labels;
    const std::int64_t wanted = maxRows > 0 ? std::min(maxRows, count) : count;
    while (static_cast<std::int64_t>(labels.size()) < wanted) { // in pieces: the header may promise too much
        const std::size_t had = labels.size();
        const auto block = std::min<std::size_t>(std::size_t{1} << 20, static_cast<std::size_t>(wanted) - had);
        labels.resize(had + block);
        ESPALIER_TRY(const std::size_t got, file.read(reinterpret_cast<char *>(labels.data()) + had, block));
        if (got < block)
            return fail(cutOff(path, count, static_cast<std::int64_t>(had + got)));
    }
    return labels;
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
        return name.empty() ? name : folder.empty() ? resolvePath(name, options) : (fs::path(folder) / name).string();
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
    const auto &[imagesPath, labelsPath] = paths;
    std::int64_t labelCount = 0;
    ESPALIER_TRY(const std::vector<std::uint8_t> labels, readLabels(labelsPath, options.maxRows, labelCount));
    IdxHeader header;
    ESPALIER_TRY(RecordStorePointer images, readImages(source, imagesPath, options, header));
    if (header.dims[0] != labelCount) {
        return fail(
            error("idx.count",
                  "{0} holds {1} pictures, but {2} holds {3} labels. They don't belong together: name the right "
                  "pair.",
                  imagesPath, header.dims[0], labelsPath, labelCount)
                .at({.file = labelsPath}));
    }
    std::int64_t classes = parameter(source, "classes").integer();
    for (const std::uint8_t label : labels) {
        if (parameter(source, "classes").integer() == 0)
            classes = std::max<std::int64_t>(classes, label + 1);
    }
    std::vector<std::int64_t> values;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] >= classes) {
            return fail(error("idx.label",
                              "{0}: the label of picture {1} is {2}, but there are {3} classes, 0 to {4}. Correct the "
                              "file or the number of classes.",
                              labelsPath, i + 1, static_cast<int>(labels[i]), classes, classes - 1)
                            .at({.file = labelsPath}));
        }
        values.push_back(labels[i]);
    }
    const auto rows = static_cast<std::int64_t>(labels.size());
    const auto pixels = static_cast<std::size_t>(header.rowBytes());
    Column image{source.id, "image", {DType::Float32, Shape{1, header.dims[1], header.dims[2]}}, 0, {}, {}, false};
    Column label{source.id, "label", {DType::Int64, Shape{}}, classes, {}, {}, true};
    ESPALIER_TRY(const SourceIdentity identity, identify(source, imagesPath));
    ESPALIER_TRY(const std::uint64_t labelContent, fingerprintFile(labelsPath));
    ContentHash hash;
    hash.add(identity.fingerprint);
    hash.add(labelContent);
    const PictureAugmentation augmentation{parameter(source, "flip").boolean(), parameter(source, "crop").integer()};
    RecordField field{RecordField::Kind::Bytes, 0, pixels, 0, 1, {}, {}};
    DatasetPointer pictures = makeRecordDataset(std::move(images), {{std::move(image), {std::move(field)}}},
                                                hash.value(), {header.dims[0], true}, augmentation);
    DatasetPointer classNumbers = makeMemoryDataset({{std::move(label), std::move(values)}}, rows);
    return zipDatasets({std::move(pictures), std::move(classNumbers)}, {imagesPath, labelsPath});
}

} // namespace espalier
