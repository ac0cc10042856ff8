// SPDX-License-Identifier: Apache-2.0
// How the command line speaks: text for people, one JSON object a line for machines.
#pragma once

#include "engine/base/json_value.h"
#include "engine/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace espalier {

/// Exit codes: 0 done, 2 the input is wrong, 1 anything else.
constexpr int kExitInput = 2;

class Output {
public:
    explicit Output(bool json)
        : m_json(json)
    {
    }
    bool isJson() const { return m_json; }
    static bool isTerminal(); ///< of standard output
    static int terminalWidth();

    void text(std::string_view line) const; ///< to standard output, unless JSON is wanted
    void event(std::string_view name, JsonValue fields) const; ///< {"event": name, ...}, only when JSON is wanted
    void value(const JsonValue &value) const; ///< one line of JSON, only when JSON is wanted
    void problem(const Error &error) const; ///< to standard error, or as an event
    int fail(const Error &error) const; ///< problem(), then kExitInput

private:
    bool m_json;
};

/// "model.espalier: conv1, port x: ..." -- the place in front of the sentence where it isn't in it.
std::string errorLine(const Error &error);

/// Columns padded to their widest cell; numbers (cells that start with a digit or sign) to the right.
std::string formatTable(const std::vector<std::vector<std::string>> &rows);
std::string formatCount(std::int64_t value); ///< 5374 -> "5,374"
std::string formatBytes(double bytes); ///< "1.5 MB"
std::string formatSeconds(double seconds); ///< "0.8 s", "1:05", "2:03:10"

} // namespace espalier
