// SPDX-License-Identifier: Apache-2.0
// Which of several ways to do a thing: measured once, kept as data, the same from then on.
#pragma once

#include "engine/backends/backend.h"

#include <functional>
#include <map>
#include <string>

namespace espalier {

/// Chooses by, in this order: what was given (a run's own record), what was chosen before, the cache file of this user,
/// a measurement while the budget of the first compile lasts, the static table. A deterministic tuner uses what was
/// given and the static table alone. Used from one thread.
class Tuner {
public:
    /// `device`: processor class and threads, the first part of every key.
    Tuner(std::string device, bool deterministic);
    ~Tuner();
    Tuner(const Tuner &) = delete;
    Tuner &operator=(const Tuner &) = delete;

    /// Index into `candidates` (their names). `seconds` times one of them.
    std::size_t choose(const std::string &what, const std::vector<std::string> &candidates, std::size_t fallback,
                       const std::function<double(std::size_t)> &seconds);

    std::vector<std::pair<std::string, std::string>> choices() const;
    void preset(const std::vector<std::pair<std::string, std::string>> &choices);
    /// Writes what was measured to the cache file; a cache that can't be written costs a measurement next time.
    void save();

private:
    std::string m_device;
    bool m_deterministic;
    double m_budget = 0.15; ///< seconds
    bool m_cacheRead = false;
    std::map<std::string, std::string> m_cached;
    std::map<std::string, std::string> m_chosen;
    std::map<std::string, std::string> m_measured; ///< not yet in the cache file
};

/// Seconds of one launch of a prepared kernel on zeros, the better of two after one to warm up.
double timeKernel(const Group &group, const Prepared &prepared);

} // namespace espalier
