// SPDX-License-Identifier: Apache-2.0
#include "engine/base/json_text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace espalier {
namespace {

constexpr int kMaxDepth = 200;

struct DuplicateKey {
    std::string key;
};

Place placeAt(std::string_view text, std::string_view what, std::size_t byte)
{
    Place place;
    place.file = what;
    place.line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(byte), '\n');
    return place;
}

/// Byte at which the nesting passes kMaxDepth, or npos. A scan, because the parser would build the nest first.
std::size_t tooDeepAt(std::string_view text)
{
    int depth = 0;
    bool inString = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (inString) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                inString = false;
        } else if (c == '"') {
            inString = true;
        } else if (c == '[' || c == '{') {
            if (++depth > kMaxDepth)
                return i;
        } else if (c == ']' || c == '}') {
            --depth;
        }
    }
    return std::string_view::npos;
}

std::size_t columnOf(std::string_view text, std::size_t byte)
{
    const std::size_t lineStart = byte == 0 ? std::string_view::npos : text.rfind('\n', byte - 1);
    return lineStart == std::string_view::npos ? byte + 1 : byte - lineStart;
}

/// A parser callback that throws DuplicateKey where an object names a key twice.
template <typename Json>
typename Json::parser_callback_t refuseDuplicates()
{
    using Event = typename Json::parse_event_t;
    return [open = std::vector<std::set<std::string>>()](int, Event event, Json &parsed) mutable {
        if (event == Event::object_start)
            open.emplace_back();
        else if (event == Event::object_end)
            open.pop_back();
        else if (event == Event::key && !open.back().insert(parsed.template get<std::string>()).second)
            throw DuplicateKey{parsed.template get<std::string>()};
        return true;
    };
}

template <typename Json>
Result<Json> parse(std::string_view text, std::string_view what, DuplicateKeys duplicates)
{
    if (const std::size_t at = tooDeepAt(text); at != std::string_view::npos)
        return fail(error("json.depth",
                          "{0}, line {1}: more than {2} levels of nesting. This is no file of ours: use "
                          "an earlier copy of it.",
                          what, placeAt(text, what, at).line, kMaxDepth)
                        .at(placeAt(text, what, at)));
    try {
        if (duplicates == DuplicateKeys::Refuse)
            return Json::parse(text.begin(), text.end(), refuseDuplicates<Json>());
        return Json::parse(text.begin(), text.end());
    } catch (const typename Json::parse_error &e) {
        const std::size_t byte = std::min(text.size(), e.byte > 0 ? e.byte - 1 : 0);
        const Place place = placeAt(text, what, byte);
        return fail(error("json.syntax",
                          "{0}, line {1}, character {2}: this is not JSON. Mend the line, or use an "
                          "earlier copy of the file.",
                          what, place.line, columnOf(text, byte))
                        .at(place));
    } catch (const typename Json::exception &) { // a number outside double's range
        return fail(error("json.number",
                          "{0}: it holds a number that is too large. Mend it, or use an earlier copy of "
                          "the file.",
                          what)
                        .at(placeAt(text, what, 0)));
    } catch (const DuplicateKey &e) {
        return fail(error("json.duplicate", "{0}: \"{1}\" is there twice. Remove one of the two.", what, e.key)
                        .at(placeAt(text, what, 0)));
    }
}

template <typename Json>
std::string write(const Json &value, int indent)
{
    return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

} // namespace

Result<nlohmann::json> parseJson(std::string_view text, std::string_view what, DuplicateKeys duplicates)
{
    return parse<nlohmann::json>(text, what, duplicates);
}

Result<nlohmann::ordered_json> parseOrderedJson(std::string_view text, std::string_view what)
{
    return parse<nlohmann::ordered_json>(text, what, DuplicateKeys::LastWins);
}

std::string jsonText(const nlohmann::json &value, int indent)
{
    return write(value, indent);
}

std::string jsonText(const nlohmann::ordered_json &value, int indent)
{
    return write(value, indent);
}

} // namespace espalier
