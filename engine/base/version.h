// SPDX-License-Identifier: Apache-2.0
// The version of Espalier.
#pragma once

#include <string_view>

namespace espalier {

inline constexpr std::string_view kVersion = "0.1.0";

} // namespace espalier
