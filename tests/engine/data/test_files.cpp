// SPDX-License-Identifier: Apache-2.0
#include "tests/engine/data/test_files.h"

#include "engine/base/assert.h"
#include "engine/data/source.h"

#include <zlib.h>

#include <cstdio>
#include <cstdlib>
#include <jpeglib.h>
#include <png.h>

#include <filesystem>
#include <fstream>
#include <numeric>

namespace espalier {
namespace fs = std::filesystem;

TestFolder::TestFolder()
{
    std::string pattern = (fs::temp_directory_path() / "espalier-data-XXXXXX").string();
    ESPALIER_ASSERT(mkdtemp(pattern.data()), "the test needs a temporary folder");
    m_path = pattern;
}

TestFolder::~TestFolder()
{
    std::error_code ignored;
    fs::remove_all(m_path, ignored);
}

std::string TestFolder::write(const std::string &name, const std::string &bytes) const
{
    const fs::path path = fs::path(m_path) / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
}

std::string TestFolder::writeGzip(const std::string &name, const std::string &bytes) const
{
    const std::string path = m_path + "/" + name;
    gzFile file = gzopen(path.c_str(), "wb1");
    gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
    gzclose(file);
    return path;
}

DataOptions TestFolder::options() const
{
    DataOptions options;
    options.baseDirectory = m_path;
    options.cacheDirectory = m_path + "/cache";
    options.threads = 2;
    return options;
}

std::vector<std::string> TestFolder::caches() const
{
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator it(m_path + "/cache", error), end; !error && it != end; it.increment(error))
        names.push_back(it->path().filename().string());
    return names;
}

std::string pngBytes(int width, int height, int channels, const std::vector<std::uint8_t> &pixels)
{
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(width);
    image.height = static_cast<png_uint_32>(height);
    image.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    png_alloc_size_t size = 0;
    png_image_write_to_memory(&image, nullptr, &size, 0, pixels.data(), 0, nullptr);
    std::string bytes(size, '\0');
    png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels.data(), 0, nullptr);
    bytes.resize(size);
    return bytes;
}

std::string jpegBytes(int width, int height, int channels, const std::vector<std::uint8_t> &pixels)
{
    jpeg_compress_struct info{};
    jpeg_error_mgr errors{};
    info.err = jpeg_std_error(&errors);
    jpeg_create_compress(&info);
    unsigned char *out = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&info, &out, &size);
    info.image_width = static_cast<JDIMENSION>(width);
    info.image_height = static_cast<JDIMENSION>(height);
    info.input_components = channels;
    info.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, 95, TRUE);
    jpeg_start_compress(&info, TRUE);
    std::vector<std::uint8_t> copy = pixels;
    while (info.next_scanline < info.image_height) {
        JSAMPROW row = copy.data() + info.next_scanline * static_cast<unsigned>(width * channels);
        jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    std::string bytes(reinterpret_cast<const char *>(out), size);
    std::free(out);
    return bytes;
}

std::string idxBytes(const std::vector<std::uint32_t> &sizes, const std::vector<std::uint8_t> &values)
{
    std::string bytes{'\0', '\0', '\x08', static_cast<char>(sizes.size())};
    for (const std::uint32_t size : sizes) {
        for (int shift = 24; shift >= 0; shift -= 8)
            bytes += static_cast<char>((size >> shift) & 0xFFu);
    }
    return bytes.append(values.begin(), values.end());
}

SourceSpec makeSource(const std::string &kind, const std::string &parameters)
{
    auto json = JsonValue::parse(parameters, "test");
    ESPALIER_ASSERT(json, "the test's parameters are no JSON");
    return {"src1", "source", kind, std::move(*json)};
}

DatasetPointer openOrSay(const SourceSpec &source, const DataOptions &options, Error *problem)
{
    auto data = openSource(source, options);
    if (data)
        return std::move(*data);
    if (problem)
        *problem = data.error();
    else
        std::fprintf(stderr, "%s\n", data.error().message().c_str());
    return nullptr;
}

std::vector<double> columnValues(const Dataset &data, const std::string &column)
{
    std::vector<std::int64_t> rows(static_cast<std::size_t>(data.size()));
    std::iota(rows.begin(), rows.end(), std::int64_t{0});
    auto tensors = readRows(data, rows, {findColumn(data, "", column)});
    ESPALIER_ASSERT(tensors, "the test's column can't be read");
    std::vector<double> values;
    for (std::int64_t i = 0; i < tensors->front().elements(); ++i)
        values.push_back(tensors->front().at(i));
    return values;
}

} // namespace espalier
