// SPDX-License-Identifier: Apache-2.0
// "Did you mean ...?"
#pragma once

#include <span>
#include <string_view>

namespace espalier {

/// The word of `known` that is nearest to `word` by edit distance, without regard to case; "" where none is near (more
/// than a third of its letters differ).
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

} // namespace espalier
