// SPDX-License-Identifier: Apache-2.0
#include "engine/base/resources.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace espalier {
namespace {

namespace fs = std::filesystem;

std::string environment(const char *name)
{
    const char *value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): nothing here calls setenv
    return value ? value : "";
}

bool isResources(const fs::path &path)
{
    std::error_code ignored;
    return fs::is_directory(path / "data", ignored) || fs::is_directory(path / "samples", ignored);
}

} // namespace

std::string resourcesDirectory()
{
    if (std::string named = environment("ESPALIER_RESOURCES"); !named.empty())
        return named;
    std::error_code error;
    const fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
    if (!error) {
        for (const char *relative :
             {"../resources", "../../resources", "../../../resources", "../share/espalier/resources"}) {
            if (const fs::path candidate = (folder / relative).lexically_normal(); isResources(candidate))
                return candidate.string();
        }
    }
    return isResources(ESPALIER_RESOURCES_SOURCE) ? ESPALIER_RESOURCES_SOURCE : "";
}

std::string userCacheDirectory()
{
    if (const std::string cache = environment("XDG_CACHE_HOME"); !cache.empty() && cache.front() == '/')
        return cache + "/espalier";
    if (const std::string home = environment("HOME"); !home.empty())
        return home + "/.cache/espalier";
    std::error_code ignored;
    const fs::path temporary = fs::temp_directory_path(ignored);
    return (temporary / ("espalier-" + std::to_string(::getuid()))).string();
}

} // namespace espalier
