// SPDX-License-Identifier: Apache-2.0
#include "engine/base/time_text.h"

#include <array>
#include <ctime>

namespace espalier {
namespace {

std::string formatted(const char *format, const std::tm &time)
{
    std::array<char, 40> text{};
    return {text.data(), std::strftime(text.data(), text.size(), format, &time)};
}

} // namespace

std::string utcTimeText()
{
    return utcTimeText(std::time(nullptr));
}

std::string utcTimeText(std::int64_t seconds)
{
    constexpr std::int64_t kYear10000 = 253'402'300'800;
    if (seconds < 0 || seconds >= kYear10000)
        return {};
    const std::time_t time = seconds;
    std::tm parts = {};
    gmtime_r(&time, &parts);
    return formatted("%Y-%m-%dT%H:%M:%SZ", parts);
}

std::string localTimeName()
{
    const std::time_t now = std::time(nullptr);
    std::tm parts = {};
    localtime_r(&now, &parts);
    return formatted("%Y-%m-%d-%H%M%S", parts);
}

} // namespace espalier
