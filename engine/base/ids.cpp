// SPDX-License-Identifier: Apache-2.0
#include "engine/base/ids.h"

#include "engine/base/assert.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>

namespace espalier {
namespace {
constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::size_t kLength = 10;
} // namespace

std::string newId()
{
    std::uint64_t bits = 0;
    const int failed = getentropy(&bits, sizeof bits);
    ESPALIER_ASSERT(failed == 0, "the operating system gives no random numbers");
    std::string id(kLength, ' ');
    for (char &c : id) {
        c = kAlphabet[bits & 31u];
        bits >>= 5;
    }
    return id;
}

bool isId(std::string_view text)
{
    return text.size() == kLength
        && std::all_of(text.begin(), text.end(), [](char c) { return kAlphabet.find(c) != std::string_view::npos; });
}

} // namespace espalier
