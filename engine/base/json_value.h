// SPDX-License-Identifier: Apache-2.0
// A JSON value as plain data: light enough for headers, keeps the order of object members and whole numbers exact.
#pragma once

#include "engine/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace espalier {

class JsonValue {
public:
    using Array = std::vector<JsonValue>;
    using Member = std::pair<std::string, JsonValue>;
    using Object = std::vector<Member>; ///< in the order of the text; names are unique (the last one wins on parse)

    JsonValue() = default; ///< null
    JsonValue(bool value)
        : m_value(value)
    {
    }
    JsonValue(int value)
        : m_value(static_cast<std::int64_t>(value))
    {
    }
    JsonValue(std::int64_t value)
        : m_value(value)
    {
    }
    JsonValue(double value)
        : m_value(value)
    {
    }
    JsonValue(const char *value)
        : m_value(std::string(value))
    {
    }
    JsonValue(std::string value)
        : m_value(std::move(value))
    {
    }
    JsonValue(std::string_view value)
        : m_value(std::string(value))
    {
    }
    JsonValue(Array value)
        : m_value(std::move(value))
    {
    }
    JsonValue(Object value)
        : m_value(std::move(value))
    {
    }
    static JsonValue array() { return JsonValue(Array{}); }
    static JsonValue object() { return JsonValue(Object{}); }

    bool isNull() const { return std::holds_alternative<std::monostate>(m_value); }
    bool isBool() const { return std::holds_alternative<bool>(m_value); }
    bool isInteger() const { return std::holds_alternative<std::int64_t>(m_value); }
    bool isNumber() const { return isInteger() || std::holds_alternative<double>(m_value); }
    bool isString() const { return std::holds_alternative<std::string>(m_value); }
    bool isArray() const { return std::holds_alternative<Array>(m_value); }
    bool isObject() const { return std::holds_alternative<Object>(m_value); }

    // Lenient readers: the fallback where the value has another kind.
    bool boolean(bool fallback = false) const;
    std::int64_t integer(std::int64_t fallback = 0) const; ///< also a real without fraction
    double number(double fallback = 0) const;
    const std::string &string() const; ///< empty where it is no string
    const Array &items() const; ///< empty where it is no array
    const Object &members() const; ///< empty where it is no object

    /// The member, or null. Works on any value.
    const JsonValue &operator[](std::string_view name) const;
    bool has(std::string_view name) const;
    /// Sets or adds a member; makes an object of a null.
    JsonValue &set(std::string_view name, JsonValue value);
    void remove(std::string_view name);
    void append(JsonValue value); ///< makes an array of a null

    /// One line, no spaces after separators other than one blank after ',' and ':'; non-finite numbers become null.
    std::string dump() const;
    /// Indented by two blanks a level.
    std::string pretty() const;
    /// `what` names the text in the message ("model.espalier"). Nesting deeper than 200 is refused.
    static Result<JsonValue> parse(std::string_view text, std::string_view what);

    friend bool operator==(const JsonValue &, const JsonValue &) = default;

private:
    std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> m_value;
};

} // namespace espalier
