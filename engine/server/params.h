// SPDX-License-Identifier: Apache-2.0
// Parameters of a request, read with a sentence where they are missing or of the wrong kind.
#pragma once

#include "engine/server/dispatcher.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace espalier {

// Errors have the code "rpc.params".
Result<std::string> requiredText(const Call &call, std::string_view name);
Result<std::string> optionalText(const Call &call, std::string_view name, std::string_view fallback = {});
/// A whole number in [least, most].
Result<std::int64_t> optionalInteger(const Call &call, std::string_view name, std::int64_t fallback, std::int64_t least,
                                     std::int64_t most);
Result<bool> optionalBool(const Call &call, std::string_view name, bool fallback);

} // namespace espalier
