// SPDX-License-Identifier: Apache-2.0
// Data files that the tests make, so that they prove the readers on bytes that no reader of ours wrote.
#pragma once

#include "engine/data/data_options.h"
#include "engine/data/data_spec.h"
#include "engine/data/dataset.h"

#include <cstdint>
#include <string>
#include <vector>

namespace espalier {

/// A folder that is removed at the end.
class TestFolder {
public:
    TestFolder();
    ~TestFolder();
    TestFolder(const TestFolder &) = delete;
    TestFolder &operator=(const TestFolder &) = delete;
    const std::string &path() const { return m_path; }
    /// Writes `bytes`; missing folders of `name` are made. Returns the whole path.
    std::string write(const std::string &name, const std::string &bytes) const;
    std::string writeGzip(const std::string &name, const std::string &bytes) const;
    /// Options with this folder as base and its own cache.
    DataOptions options() const;
    /// Names of the row caches.
    std::vector<std::string> caches() const;

private:
    std::string m_path;
};

/// `pixels` is [height][width][channels].
std::string pngBytes(int width, int height, int channels, const std::vector<std::uint8_t> &pixels);
std::string jpegBytes(int width, int height, int channels, const std::vector<std::uint8_t> &pixels);
/// The IDX format: unsigned bytes of these sizes.
std::string idxBytes(const std::vector<std::uint32_t> &sizes, const std::vector<std::uint8_t> &values);

/// A source from JSON text of its parameters.
SourceSpec makeSource(const std::string &kind, const std::string &parameters);
/// Opens, or returns the error's sentence in `message`.
DatasetPointer openOrSay(const SourceSpec &source, const DataOptions &options, Error *problem = nullptr);
/// All rows of a column as doubles.
std::vector<double> columnValues(const Dataset &data, const std::string &column);

} // namespace espalier
