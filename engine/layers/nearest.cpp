// SPDX-License-Identifier: Apache-2.0
#include "engine/layers/nearest.h"

#include <algorithm>
#include <vector>

namespace espalier {
namespace {

constexpr std::size_t kLongest = 64; ///< longer words are nobody's typing error

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::size_t distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

} // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> known)
{
    std::string_view best;
    std::size_t least = std::max<std::size_t>(1, std::min(word.size(), kLongest) / 3) + 1;
    if (word.size() > kLongest)
        return best;
    for (const std::string_view candidate : known) {
        if (candidate.size() > kLongest)
            continue;
        if (const std::size_t d = distance(word, candidate); d < least) {
            least = d;
            best = candidate;
        }
    }
    return best;
}

} // namespace espalier
