// SPDX-License-Identifier: Apache-2.0
// How data is opened on this machine, as against what the document says of it.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

namespace espalier {

struct DataOptions {
    std::string baseDirectory; ///< of the document: its relative paths start here; empty: the working directory
    std::string dataDirectory; ///< `--data`: where relative paths start instead; a source without a path is this one
    std::string cacheDirectory; ///< empty: userCacheDirectory()/rows
    std::uint64_t memoryLimit = std::uint64_t{2} << 30; ///< bytes a source may keep decoded; above it, a row cache
    std::uint64_t cacheLimit = std::uint64_t{64} << 30; ///< bytes of all row caches; the longest unused go first
    int threads = 0; ///< that decode pictures; 0: one for each core
    std::int64_t maxRows = 0; ///< above 0: only so many, read from a bounded part of the source (see previewSource)
    std::stop_token stop; ///< asked often; then the call fails with code "data.cancelled"
    /// Called from the opening thread, at most some times a second: share done (0 to 1) and what is being done.
    std::function<void(double, std::string_view)> progress;
};

} // namespace espalier
