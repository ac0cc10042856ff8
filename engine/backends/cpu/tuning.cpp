// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/cpu/tuning.h"

#include "engine/base/file.h"
#include "engine/base/json_value.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <new>

namespace espalier {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// $XDG_CACHE_HOME/espalier; empty where there is no home.
std::string cacheFolder()
{
    if (const char *cache = std::getenv("XDG_CACHE_HOME"); cache && *cache == '/')
        return std::string(cache) + "/espalier";
    if (const char *home = std::getenv("HOME"); home && *home == '/')
        return std::string(home) + "/.cache/espalier";
    return {};
}

constexpr int kVersion = 1; ///< raise it when kernels change so that old choices no longer hold

/// Damaged or foreign files count as empty.
std::map<std::string, std::string> readCache()
{
    std::map<std::string, std::string> choices;
    const std::string folder = cacheFolder();
    if (folder.empty())
        return choices;
    const auto text = readFile(folder + "/tuning.json", std::uint64_t{1} << 24);
    if (!text)
        return choices;
    const auto json = JsonValue::parse(*text, "tuning.json");
    if (!json || (*json)["version"].integer() != kVersion)
        return choices;
    for (const auto &[key, value] : (*json)["choices"].members())
        if (value.isString())
            choices[key] = value.string();
    return choices;
}

class Scratch {
public:
    explicit Scratch(std::size_t bytes)
        : m_memory(static_cast<std::byte *>(::operator new[](std::max<std::size_t>(bytes, 64), std::align_val_t(64))))
    {
        std::memset(m_memory, 0, bytes);
    }
    ~Scratch() { ::operator delete[](m_memory, std::align_val_t(64)); }
    Scratch(const Scratch &) = delete;
    Scratch &operator=(const Scratch &) = delete;
    std::byte *get() const { return m_memory; }

private:
    std::byte *m_memory;
};

} // namespace

Tuner::Tuner(std::string device, bool deterministic)
    : m_device(std::move(device))
    , m_deterministic(deterministic)
{
}

Tuner::~Tuner()
{
    save();
}

std::size_t Tuner::choose(const std::string &what, const std::vector<std::string> &candidates, std::size_t fallback,
                          const std::function<double(std::size_t)> &seconds)
{
    const std::string key = m_device + " " + what;
    const auto known = [&](const std::map<std::string, std::string> &choices) -> std::ptrdiff_t {
        const auto at = choices.find(key);
        if (at == choices.end())
            return -1;
        const auto named = std::find(candidates.begin(), candidates.end(), at->second);
        return named == candidates.end() ? -1 : named - candidates.begin();
    };
    std::ptrdiff_t chosen = known(m_chosen);
    if (chosen < 0 && !m_deterministic) {
        if (!m_cacheRead) {
            m_cached = readCache();
            m_cacheRead = true;
        }
        chosen = known(m_cached);
    }
    if (chosen < 0 && !m_deterministic && m_budget > 0) {
        const auto start = Clock::now();
        std::vector<double> times;
        for (std::size_t i = 0; i < candidates.size() && since(start) < m_budget; ++i)
            times.push_back(seconds(i));
        m_budget -= since(start);
        if (times.size() == candidates.size()) {
            chosen = std::min_element(times.begin(), times.end()) - times.begin();
            m_measured[key] = candidates[static_cast<std::size_t>(chosen)];
        }
    }
    const std::size_t result = chosen < 0 ? fallback : static_cast<std::size_t>(chosen);
    m_chosen[key] = candidates[result];
    return result;
}

std::vector<std::pair<std::string, std::string>> Tuner::choices() const
{
    return {m_chosen.begin(), m_chosen.end()};
}

void Tuner::preset(const std::vector<std::pair<std::string, std::string>> &choices)
{
    for (const auto &[key, name] : choices)
        m_chosen[key] = name;
}

void Tuner::save()
{
    const std::string folder = cacheFolder();
    if (m_measured.empty() || folder.empty() || !createDirectories(folder))
        return;
    auto all = readCache(); // another process may have written since
    for (const auto &[key, name] : m_measured)
        all[key] = name;
    JsonValue choices = JsonValue::object();
    for (const auto &[key, name] : all)
        choices.set(key, name);
    JsonValue file = JsonValue::object();
    file.set("version", kVersion).set("choices", std::move(choices));
    if (writeFileAtomically(folder + "/tuning.json", file.pretty()))
        m_measured.clear();
}

double timeKernel(const Group &group, const Prepared &prepared)
{
    std::vector<std::unique_ptr<Scratch>> memory;
    const auto allocate = [&](const std::vector<ValueId> &values, const std::vector<Layout> &layouts) {
        std::vector<std::byte *> pointers;
        for (std::size_t i = 0; i < values.size(); ++i) {
            memory.push_back(std::make_unique<Scratch>(storageBytes(group.program->type(values[i]), layouts[i])));
            pointers.push_back(memory.back()->get());
        }
        return pointers;
    };
    const auto inputs = allocate(group.inputs, prepared.inputLayouts);
    const auto outputs = allocate(group.outputs, prepared.outputLayouts);
    const Scratch workspace(prepared.workspaceBytes);
    double best = 1e9;
    for (int run = 0; run < 3; ++run) {
        const auto start = Clock::now();
        prepared.kernel->launch(nullptr, inputs, outputs, workspace.get());
        if (run > 0)
            best = std::min(best, since(start));
    }
    return best;
}

} // namespace espalier
