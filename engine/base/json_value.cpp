// SPDX-License-Identifier: Apache-2.0
#include "engine/base/json_value.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace espalier {
namespace {

constexpr int kMaxDepth = 200;

/// Of members with one name the last value counts, at the place of the first. Sorted rather than searched: a hostile
/// object may have millions of members.
void keepLast(JsonValue::Object &members)
{
    std::vector<std::size_t> order(members.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return members[a].first < members[b].first; });
    std::vector<bool> doomed(members.size(), false);
    bool any = false;
    for (std::size_t i = 1, first = 0; i < order.size(); ++i) {
        if (members[order[i]].first != members[order[first]].first) {
            first = i;
            continue;
        }
        members[order[first]].second = std::move(members[order[i]].second);
        any = doomed[order[i]] = true;
    }
    if (!any)
        return;
    std::size_t to = 0;
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (doomed[i])
            continue;
        if (to != i)
            members[to] = std::move(members[i]);
        ++to;
    }
    members.resize(to);
}

/// Builds a JsonValue from parser events; refuses deep nesting before the stack does.
class Reader : public nlohmann::json_sax<nlohmann::json> {
public:
    JsonValue root;
    std::string problem;
    std::size_t position = 0;

    bool null() override { return put(JsonValue()); }
    bool boolean(bool v) override { return put(JsonValue(v)); }
    bool number_integer(number_integer_t v) override { return put(JsonValue(static_cast<std::int64_t>(v))); }
    bool number_unsigned(number_unsigned_t v) override
    {
        return put(v <= static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max())
                       ? JsonValue(static_cast<std::int64_t>(v))
                       : JsonValue(static_cast<double>(v)));
    }
    bool number_float(number_float_t v, const string_t &) override { return put(JsonValue(v)); }
    bool string(string_t &v) override { return put(JsonValue(std::move(v))); }
    bool binary(binary_t &) override { return false; }
    bool start_object(std::size_t) override { return open(false); }
    bool start_array(std::size_t) override { return open(true); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t &name) override
    {
        m_open.back().key = std::move(name);
        return true;
    }
    bool parse_error(std::size_t at, const std::string &, const nlohmann::detail::exception &) override
    {
        position = at;
        problem = "syntax";
        return false;
    }

private:
    struct Level {
        bool isArray = false;
        JsonValue::Array items;
        JsonValue::Object members;
        std::string key;
    };
    std::vector<Level> m_open;

    bool open(bool isArray)
    {
        if (m_open.size() >= kMaxDepth) {
            problem = "depth";
            return false;
        }
        m_open.emplace_back();
        m_open.back().isArray = isArray;
        return true;
    }
    bool close()
    {
        Level done = std::move(m_open.back());
        m_open.pop_back();
        if (done.isArray)
            return put(JsonValue(std::move(done.items)));
        keepLast(done.members);
        return put(JsonValue(std::move(done.members)));
    }
    bool put(JsonValue value)
    {
        if (m_open.empty())
            root = std::move(value);
        else if (m_open.back().isArray)
            m_open.back().items.push_back(std::move(value));
        else
            m_open.back().members.emplace_back(std::move(m_open.back().key), std::move(value));
        return true;
    }
};

nlohmann::ordered_json toNlohmann(const JsonValue &v)
{
    if (v.isBool())
        return v.boolean();
    if (v.isInteger())
        return v.integer();
    if (v.isNumber())
        return v.number();
    if (v.isString())
        return v.string();
    if (v.isArray()) {
        auto out = nlohmann::ordered_json::array();
        for (const JsonValue &item : v.items())
            out.push_back(toNlohmann(item));
        return out;
    }
    if (v.isObject()) {
        auto out = nlohmann::ordered_json::object();
        for (const auto &[name, value] : v.members())
            out[name] = toNlohmann(value);
        return out;
    }
    return nullptr;
}

/// Text that stands in JSON as it is.
bool isPlain(const std::string &text)
{
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 127 && c != '"' && c != '\\'; });
}

void appendText(std::string &out, const std::string &text)
{
    if (isPlain(text))
        out.append(1, '"').append(text).append(1, '"');
    else
        out += toNlohmann(JsonValue(text)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// One string is appended to throughout: answers to a drawing have tens of thousands of values.
void appendValue(std::string &out, const JsonValue &v)
{
    if (v.isArray()) {
        const char *separator = "[";
        for (const JsonValue &item : v.items()) {
            out += separator;
            appendValue(out, item);
            separator = ", ";
        }
        out += v.items().empty() ? "[]" : "]";
    } else if (v.isObject()) {
        const char *separator = "{";
        for (const auto &[name, value] : v.members()) {
            out += separator;
            appendText(out, name);
            out += ": ";
            appendValue(out, value);
            separator = ", ";
        }
        out += v.members().empty() ? "{}" : "}";
    } else if (v.isString()) {
        appendText(out, v.string());
    } else if (v.isInteger()) {
        out += std::to_string(v.integer());
    } else if (v.isBool()) {
        out += v.boolean() ? "true" : "false";
    } else if (v.isNull()) {
        out += "null";
    } else {
        out += toNlohmann(v).dump();
    }
}

std::int64_t lineOf(std::string_view text, std::size_t position)
{
    return 1
        + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(position, text.size())), '\n');
}

} // namespace

bool JsonValue::boolean(bool fallback) const
{
    const bool *v = std::get_if<bool>(&m_value);
    return v ? *v : fallback;
}

std::int64_t JsonValue::integer(std::int64_t fallback) const
{
    if (const auto *v = std::get_if<std::int64_t>(&m_value))
        return *v;
    const auto *real = std::get_if<double>(&m_value);
    return real && std::nearbyint(*real) == *real && std::abs(*real) < 9e18 ? static_cast<std::int64_t>(*real)
                                                                            : fallback;
}

double JsonValue::number(double fallback) const
{
    if (const auto *v = std::get_if<std::int64_t>(&m_value))
        return static_cast<double>(*v);
    const auto *real = std::get_if<double>(&m_value);
    return real ? *real : fallback;
}

const std::string &JsonValue::string() const
{
    static const std::string empty;
    const auto *v = std::get_if<std::string>(&m_value);
    return v ? *v : empty;
}

const JsonValue::Array &JsonValue::items() const
{
    static const Array empty;
    const auto *v = std::get_if<Array>(&m_value);
    return v ? *v : empty;
}

const JsonValue::Object &JsonValue::members() const
{
    static const Object empty;
    const auto *v = std::get_if<Object>(&m_value);
    return v ? *v : empty;
}

const JsonValue &JsonValue::operator[](std::string_view name) const
{
    static const JsonValue null;
    for (const Member &member : members())
        if (member.first == name)
            return member.second;
    return null;
}

bool JsonValue::has(std::string_view name) const
{
    return std::any_of(members().begin(), members().end(), [&](const Member &m) { return m.first == name; });
}

JsonValue &JsonValue::set(std::string_view name, JsonValue value)
{
    if (!isObject())
        m_value = Object{};
    auto &object = std::get<Object>(m_value);
    for (Member &member : object) {
        if (member.first == name) {
            member.second = std::move(value);
            return *this;
        }
    }
    object.emplace_back(std::string(name), std::move(value));
    return *this;
}

void JsonValue::remove(std::string_view name)
{
    if (auto *object = std::get_if<Object>(&m_value))
        std::erase_if(*object, [&](const Member &m) { return m.first == name; });
}

void JsonValue::append(JsonValue value)
{
    if (!isArray())
        m_value = Array{};
    std::get<Array>(m_value).push_back(std::move(value));
}

std::string JsonValue::dump() const
{
    std::string out;
    appendValue(out, *this);
    return out;
}

std::string JsonValue::pretty() const
{
    return toNlohmann(*this).dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<JsonValue> JsonValue::parse(std::string_view text, std::string_view what)
{
    Reader reader;
    if (nlohmann::json::sax_parse(text.begin(), text.end(), &reader))
        return std::move(reader.root);
    if (reader.problem == "depth")
        return fail("json.depth", "{0} is nested more than {1} levels deep, which no Espalier file is.", what,
                    kMaxDepth);
    const std::int64_t line = lineOf(text, reader.position);
    return fail(
        error("json.syntax", "{0} is not valid JSON: the text breaks off or is damaged at line {1}.", what, line)
            .at({.file = std::string(what), .line = line}));
}

} // namespace espalier
