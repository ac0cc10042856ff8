// SPDX-License-Identifier: Apache-2.0
// The folder source: pictures by class folder, decoded when they are read, so that any number of them can be trained
// on.
#include "engine/base/file.h"
#include "engine/data/bytes.h"
#include "engine/data/content_hash.h"
#include "engine/data/memory_dataset.h"
#include "engine/data/picture.h"
#include "engine/data/source.h"
#include "engine/data/source_kinds.h"

#include <algorithm>
#include <filesystem>

namespace espalier {
namespace {

namespace fs = std::filesystem;
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

std::vector<std::string> sortedEntries(const std::string &folder, bool folders)
{
    std::vector<std::string> out;
    std::error_code problem;
    for (const auto &entry : fs::directory_iterator(folder, problem)) {
        std::error_code ignored;
        if (entry.is_directory(ignored) ? folders && !entry.path().filename().string().starts_with('.')
                                        : !folders && isPicture(entry.path()))
            out.push_back(entry.path().string());
    }
    std::sort(out.begin(), out.end());
    return out;
}

class PictureFolder : public Dataset {
public:
    PictureFolder(std::vector<Column> columns, std::vector<Entry> entries, bool crop,
                  const PictureAugmentation &augmentation)
        : m_columns(std::move(columns))
        , m_entries(std::move(entries))
        , m_crop(crop)
        , m_augmentation(augmentation)
    {
        ContentHash hash;
        for (const Entry &entry : m_entries) {
            std::error_code ignored;
            hash.add(fs::path(entry.file).filename().string());
            hash.add(static_cast<std::uint64_t>(fs::file_size(entry.file, ignored)));
            hash.add(static_cast<std::uint64_t>(entry.label));
        }
        m_fingerprint = hash.value();
    }
    const std::vector<Column> &columns() const override { return m_columns; }
    std::int64_t size() const override { return static_cast<std::int64_t>(m_entries.size()); }
    std::uint64_t fingerprint() const override { return m_fingerprint; }

    Result<void> read(std::span<const std::int64_t> rows, std::span<const ColumnBuffer> into,
                      const Draw &draw) const override
    {
        for (const ColumnBuffer &buffer : into) {
            if (buffer.column == 1) {
                auto *labels = static_cast<std::int64_t *>(buffer.data);
                for (std::size_t i = 0; i < rows.size(); ++i)
                    labels[i] = m_entries[static_cast<std::size_t>(rows[i])].label;
                continue;
            }
            const Dims chw = m_columns[0].type.shape.concrete();
            auto *out = static_cast<float *>(buffer.data);
            for (const std::int64_t row : rows) {
                const std::string &file = m_entries[static_cast<std::size_t>(row)].file;
                ESPALIER_TRY(const std::string bytes, readFile(file, kMaxPictureBytes));
                ESPALIER_TRY(const Picture picture, decodePicture(bytes, chw[0], std::max(chw[1], chw[2]), file));
                resizePicture(picture, chw[2], chw[1], m_crop, out);
                if (draw.augment)
                    augmentPicture(out, chw, m_augmentation, draw, row);
                out += elementCount(chw);
            }
        }
        return {};
    }

private:
    std::vector<Column> m_columns;
    std::vector<Entry> m_entries;
    bool m_crop;
    PictureAugmentation m_augmentation;
    std::uint64_t m_fingerprint = 0;
};

} // namespace

Result<DatasetPointer> openFolder(const SourceSpec &source, const DataOptions &options)
{
    const std::string folder = resolvePath(parameter(source, "path").string(), options);
    std::error_code problem;
    if (!fs::is_directory(folder, problem))
        return fail(error("folder.missing",
                          "The folder of pictures {0} does not exist. Correct its path, or name it with --data.",
                          folder)
                        .at({.file = folder}));
    std::vector<Entry> entries;
    std::vector<std::string> labels;
    for (const std::string &inner : sortedEntries(folder, true)) {
        const std::vector<std::string> files = sortedEntries(inner, false);
        for (const std::string &file : files)
            entries.push_back({file, static_cast<std::int64_t>(labels.size())});
        if (!files.empty())
            labels.push_back(fs::path(inner).filename().string());
    }
    if (entries.empty())
        for (const std::string &file : sortedEntries(folder, false))
            entries.push_back({file, 0});
    if (entries.empty())
        return fail(error("folder.empty",
                          "The folder {0} holds no PNG or JPEG pictures, neither itself nor in its folders.", folder)
                        .at({.file = folder}));
    const std::int64_t channels = parameter(source, "colour").string() == "grey" ? 1 : 3;
    std::int64_t height = parameter(source, "height").integer();
    std::int64_t width = parameter(source, "width").integer();
    if (height == 0 || width == 0) {
        ESPALIER_TRY(const std::string bytes, readFile(entries.front().file, kMaxPictureBytes));
        ESPALIER_TRY(const Picture first, decodePicture(bytes, channels, 0, entries.front().file));
        height = height == 0 ? first.height : height;
        width = width == 0 ? first.width : width;
    }
    std::vector<Column> columns{
        {source.id, "image", {DType::Float32, Shape{channels, height, width}}, 0, {}, {}, false}};
    if (!labels.empty())
        columns.push_back(
            {source.id, "label", {DType::Int64, Shape{}}, static_cast<std::int64_t>(labels.size()), labels, {}, true});
    const PictureAugmentation augmentation{parameter(source, "flip").boolean(), parameter(source, "crop").integer()};
    return std::make_shared<PictureFolder>(std::move(columns), std::move(entries),
                                           parameter(source, "fit").string() == "crop", augmentation);
}

} // namespace espalier
