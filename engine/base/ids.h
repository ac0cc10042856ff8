// SPDX-License-Identifier: Apache-2.0
// Identities of nodes, wires, blocks and data sources: random, immutable, never reused.
#pragma once

#include <string>
#include <string_view>

namespace espalier {

/// Ten characters of base 32 (RFC 4648 in lower case: a-z, 2-7), 50 bits from the operating system's entropy.
/// Callable from any thread.
std::string newId();

/// Whether `text` has the form of an id.
bool isId(std::string_view text);

} // namespace espalier
