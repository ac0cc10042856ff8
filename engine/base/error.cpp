// SPDX-License-Identifier: Apache-2.0
#include "engine/base/error.h"

#include <fmt/format.h>

#include <charconv>

namespace espalier {

Arg::Arg(double value)
    : kind(Kind::Real)
    , text(fmt::format("{:g}", value))
    , number(value)
{
}

std::string fillTemplate(std::string_view text, const std::vector<Arg> &args)
{
    std::string out;
    out.reserve(text.size() + 16 * args.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::size_t close = text[i] == '{' ? text.find('}', i) : std::string_view::npos;
        std::size_t index = 0;
        const char *first = text.data() + i + 1;
        const char *last = text.data() + (close == std::string_view::npos ? i + 1 : close);
        const auto parsed = std::from_chars(first, last, index);
        if (close == std::string_view::npos || parsed.ec != std::errc() || parsed.ptr != last || index >= args.size()) {
            out += text[i];
            continue;
        }
        out += args[index].text;
        i = close;
    }
    return out;
}

std::string Error::message() const
{
    return fillTemplate(text, args);
}

Error &&Error::at(Place place) &&
{
    where = std::move(place);
    return std::move(*this);
}

Error &&Error::fix(Fix fix) &&
{
    fixes.push_back(std::move(fix));
    return std::move(*this);
}

} // namespace espalier
