// SPDX-License-Identifier: Apache-2.0
// What a person did wrong, in a form that can be shown, translated, located and mended.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace espalier {

/// One typed argument of a message template, so that the studio can format it in the locale.
struct Arg {
    enum class Kind { Integer, Real, Shape, Name, Unit, Text };
    Kind kind = Kind::Text;
    std::string text; ///< the English rendering; always filled
    double number = 0; ///< value of Integer and Real

    Arg() = default;
    Arg(Kind k, std::string t)
        : kind(k)
        , text(std::move(t))
    {
    }
    template <typename T>
    requires std::is_integral_v<T> Arg(T value)
        : kind(Kind::Integer)
        , text(std::to_string(value))
        , number(static_cast<double>(value))
    {
    }
    Arg(double value);
    Arg(std::string name)
        : kind(Kind::Name)
        , text(std::move(name))
    {
    }
    Arg(std::string_view name)
        : kind(Kind::Name)
        , text(name)
    {
    }
    Arg(const char *name)
        : kind(Kind::Name)
        , text(name)
    {
    }
    friend bool operator==(const Arg &, const Arg &) = default;
};

/// Where the trouble is. Empty fields do not apply.
struct Place {
    std::string graph; ///< id of the graph (root or block definition)
    std::string node; ///< id of the node; the studio selects it
    std::string port; ///< name of the port
    std::string parameter; ///< name of the parameter or the JSON pointer of a setting
    std::string file; ///< path as the person wrote it
    std::int64_t line = 0; ///< 1-based line in `file`
    std::string column; ///< name of the column in `file`
    friend bool operator==(const Place &, const Place &) = default;
};

/// A way out that one click can take: a button label and the Change that it applies.
struct Fix {
    std::string label; ///< template, as Error::text
    std::vector<Arg> args;
    std::string change; ///< a protocol Change as JSON text
    friend bool operator==(const Fix &, const Fix &) = default;
};

/// A user's or input's error. `text` is an English template with {0}, {1}, ... and says what, where
/// and what to do; `code` is stable ("graph.cycle") and is the translation key.
struct Error {
    std::string code;
    std::string text;
    std::vector<Arg> args;
    Place where;
    std::vector<Fix> fixes;

    /// The English sentence.
    std::string message() const;
    Error &&at(Place place) &&;
    Error &&fix(Fix fix) &&;
    friend bool operator==(const Error &, const Error &) = default;
};

/// Fills {0}, {1}, ... of `text`; unknown indices stay as they are.
std::string fillTemplate(std::string_view text, const std::vector<Arg> &args);

/// error("csv.number", "Column {0}, line {1}: ...", name, line)
template <typename... Args>
Error error(std::string_view code, std::string_view text, Args &&...args)
{
    return Error{std::string(code), std::string(text), {Arg(std::forward<Args>(args))...}, {}, {}};
}

} // namespace espalier
