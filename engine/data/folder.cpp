// SPDX-License-Identifier: Apache-2.0
// The folder source: pictures by class folder, decoded once, to memory or to a row cache.
#include "engine/base/file.h"
#include "engine/base/threads.h"
#include "engine/data/content_hash.h"
#include "engine/data/input_file.h"
#include "engine/data/picture.h"
#include "engine/data/record_dataset.h"
#include "engine/data/source.h"
#include "engine/data/source_kinds.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>

namespace espalier {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMaxLooked = 20000; ///< names that a preview looks at in one folder
constexpr std::uint64_t kMaxPictureBytes = std::uint64_t{256} << 20;

struct Entry {
    std::string file;
    std::int64_t label = 0;
};

bool isPicture(const fs::path &path)
{
    std::string extension = path.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

/// Names of a folder, of pictures or of folders. With `limit` above 0 only so many are looked at, in the order of the
/// file system, so that a folder of a million answers at once.
struct Listing {
    std::vector<std::string> paths; ///< sorted
    bool isWhole = true;
};

Listing list(const std::string &folder, bool folders, std::size_t limit)
{
    Listing out;
    std::error_code problem;
    std::size_t looked = 0;
    for (fs::directory_iterator it(folder, problem), end; !problem && it != end; it.increment(problem)) {
        if (limit > 0 && (out.paths.size() >= limit || ++looked > kMaxLooked)) {
            out.isWhole = false;
            break;
        }
        std::error_code ignored;
        const std::string name = it->path().filename().string();
        const bool isWanted = folders ? !name.starts_with('.') && it->is_directory(ignored) : isPicture(it->path());
        if (isWanted)
            out.paths.push_back(it->path().string());
    }
    std::sort(out.paths.begin(), out.paths.end());
    return out;
}

struct Pictures {
    std::vector<Entry> entries;
    std::vector<std::string> labels; ///< none: the pictures lie in the folder itself
    bool isWhole = true;
};

Result<Pictures> findPictures(const std::string &folder, std::int64_t maxRows)
{
    ESPALIER_CHECK(requireFolder(folder));
    Pictures found;
    const Listing classes = list(folder, true, maxRows > 0 ? kMaxLooked : 0);
    const auto perClass = static_cast<std::size_t>(
        maxRows > 0 ? std::max<std::int64_t>(1, maxRows / std::max<std::int64_t>(1, std::ssize(classes.paths))) : 0);
    for (const std::string &inner : classes.paths) {
        const Listing files = list(inner, false, perClass);
        for (const std::string &file : files.paths)
            found.entries.push_back({file, std::ssize(found.labels)});
        if (!files.paths.empty())
            found.labels.push_back(fs::path(inner).filename().string());
        found.isWhole = found.isWhole && files.isWhole;
    }
    if (found.entries.empty()) {
        const Listing files = list(folder, false, static_cast<std::size_t>(maxRows));
        for (const std::string &file : files.paths)
            found.entries.push_back({file, 0});
        found.isWhole = files.isWhole;
    }
    if (maxRows > 0 && std::ssize(found.entries) > maxRows) {
        found.entries.resize(static_cast<std::size_t>(maxRows));
        found.isWhole = false;
    }
    if (found.entries.empty()) {
        return fail(error("folder.empty",
                          "The folder {0} holds no PNG or JPEG pictures, neither itself nor in its folders. Name a "
                          "folder with one folder of pictures for each class.",
                          folder)
                        .at({.file = folder}));
    }
    return found;
}

/// Names, sizes and content of 64 pictures spread over the list.
Result<std::uint64_t> contentOf(const Pictures &pictures)
{
    ContentHash hash;
    for (const std::string &label : pictures.labels)
        hash.add(std::string_view(label));
    const std::size_t step = std::max<std::size_t>(1, pictures.entries.size() / 64);
    for (std::size_t i = 0; i < pictures.entries.size(); ++i) {
        const Entry &entry = pictures.entries[i];
        std::error_code ignored;
        hash.add(std::string_view(fs::path(entry.file).filename().native()));
        hash.add(static_cast<std::uint64_t>(fs::file_size(entry.file, ignored)));
        hash.add(static_cast<std::uint64_t>(entry.label));
        if (i % step == 0) {
            ESPALIER_TRY(const std::uint64_t content, fingerprintFile(entry.file));
            hash.add(content);
        }
    }
    return hash.value();
}

/// [C, H, W] bytes of each picture and its class, decoded by several threads, kept in the order of the list.
class PictureDecoder {
public:
    PictureDecoder(Dims chw, bool crop, const DataOptions &options)
        : m_chw(std::move(chw))
        , m_crop(crop)
        , m_options(options)
        , m_pixels(static_cast<std::size_t>(elementCount(m_chw)))
    {
    }
    std::size_t labelOffset() const { return (m_pixels + 3) / 4 * 4; }
    std::size_t recordBytes() const { return labelOffset() + sizeof(std::int32_t); }

    Result<RecordStorePointer> decode(const std::vector<Entry> &entries, const std::string &key,
                                      const std::string &folder)
    {
        RecordWriter writer(recordBytes(), key, m_options);
        const std::size_t chunk = std::clamp<std::size_t>((std::size_t{16} << 20) / recordBytes(), 1, 256);
        std::vector<std::byte> records;
        for (std::size_t first = 0; first < entries.size(); first += chunk) {
            ESPALIER_CHECK(checkCancelled(m_options, folder));
            const std::size_t count = std::min(chunk, entries.size() - first);
            records.assign(count * recordBytes(), std::byte{});
            std::vector<Result<void>> results(count);
            parallelFor(static_cast<std::int64_t>(count), m_options.threads, [&](std::int64_t i) {
                const auto k = static_cast<std::size_t>(i);
                results[k] = decodeOne(entries[first + k], records.data() + k * recordBytes());
            });
            for (const Result<void> &result : results)
                ESPALIER_CHECK(result);
            ESPALIER_CHECK(writer.append(records.data(), records.size()));
            if (m_options.progress)
                m_options.progress(static_cast<double>(first + count) / static_cast<double>(entries.size()), folder);
        }
        return writer.finish({});
    }

private:
    Result<void> decodeOne(const Entry &entry, std::byte *record) const
    {
        ESPALIER_TRY(const std::string bytes, readFile(entry.file, kMaxPictureBytes));
        ESPALIER_TRY(const Picture picture, decodePicture(bytes, m_chw[0], std::max(m_chw[1], m_chw[2]), entry.file));
        std::vector<float> scaled(m_pixels);
        resizePicture(picture, m_chw[2], m_chw[1], m_crop, scaled.data());
        for (std::size_t i = 0; i < m_pixels; ++i)
            record[i] = static_cast<std::byte>(std::lround(scaled[i]));
        const auto label = static_cast<std::int32_t>(entry.label);
        std::memcpy(record + labelOffset(), &label, sizeof label);
        return {};
    }

    Dims m_chw;
    bool m_crop;
    const DataOptions &m_options;
    std::size_t m_pixels;
};

Result<Dims> pictureDims(const SourceSpec &source, const Entry &firstEntry)
{
    const std::int64_t channels = parameter(source, "colour").string() == "grey" ? 1 : 3;
    std::int64_t height = parameter(source, "height").integer();
    std::int64_t width = parameter(source, "width").integer();
    if (height == 0 || width == 0) {
        ESPALIER_TRY(const std::string bytes, readFile(firstEntry.file, kMaxPictureBytes));
        ESPALIER_TRY(const Picture first, decodePicture(bytes, channels, 0, firstEntry.file));
        height = height == 0 ? first.height : height;
        width = width == 0 ? first.width : width;
    }
    return Dims{channels, height, width};
}

} // namespace

Result<DatasetPointer> openFolder(const SourceSpec &source, const DataOptions &options)
{
    const std::string folder = resolvePath(parameter(source, "path").string(), options);
    ESPALIER_TRY(const Pictures pictures, findPictures(folder, options.maxRows));
    ESPALIER_TRY(Dims chw, pictureDims(source, pictures.entries.front()));
    ESPALIER_TRY(const std::uint64_t content, contentOf(pictures));
    ContentHash hash;
    hash.add(content);
    for (const std::int64_t size : chw)
        hash.add(static_cast<std::uint64_t>(size));
    hash.add(std::string_view(parameter(source, "fit").string()));
    PictureDecoder decoder(chw, parameter(source, "fit").string() == "crop", options);
    RecordStorePointer records;
    if (auto cached = options.maxRows == 0 ? openCachedRecords(hash.text(), options) : std::nullopt)
        records = std::move(*cached);
    if (!records) {
        ESPALIER_TRY(records, decoder.decode(pictures.entries, hash.text(), folder));
    }
    const auto pixels = static_cast<std::size_t>(elementCount(chw));
    std::vector<RecordColumn> columns{{{source.id, "image", {DType::Float32, Shape(chw)}, 0, {}, {}, false},
                                       {{RecordField::Kind::Bytes, 0, pixels, 0, 1, {}, {}}}}};
    if (!pictures.labels.empty()) {
        RecordField field{RecordField::Kind::Class, decoder.labelOffset(), 1, 0, 1, {0}, {}};
        for (std::int64_t i = 0; i < std::ssize(pictures.labels); ++i)
            field.remap.push_back(i);
        columns.push_back(
            {{source.id, "label", {DType::Int64, Shape{}}, std::ssize(pictures.labels), pictures.labels, {}, true},
             {std::move(field)}});
    }
    const PictureAugmentation augmentation{parameter(source, "flip").boolean(), parameter(source, "crop").integer()};
    const RowCount total{std::ssize(pictures.entries), pictures.isWhole};
    return makeRecordDataset(std::move(records), std::move(columns), hash.value(), total, augmentation);
}

} // namespace espalier
