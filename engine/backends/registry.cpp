// SPDX-License-Identifier: Apache-2.0
// The one list of backends.
#include "engine/backends/backend.h"
#include "engine/backends/cpu/backend.h"
#include "engine/backends/reference/backend.h"

namespace espalier {
namespace {

struct Entry {
    std::string_view name;
    Result<std::unique_ptr<Backend>> (*make)(const BackendOptions &options);
};

constexpr Entry kBackends[] = {
    {"cpu", makeCpuBackend},
    {"reference", makeReferenceBackend},
};

} // namespace

std::vector<std::string> backendNames()
{
    std::vector<std::string> names;
    for (const Entry &entry : kBackends)
        names.emplace_back(entry.name);
    return names;
}

Result<std::unique_ptr<Backend>> makeBackend(std::string_view name, const BackendOptions &options)
{
    std::string known;
    for (const Entry &entry : kBackends) {
        if (entry.name == name)
            return entry.make(options);
        known += (known.empty() ? "" : ", ") + std::string(entry.name);
    }
    return fail("backend.unknown", "There is no device {0}. Choose one of: {1}.", name, known);
}

} // namespace espalier
