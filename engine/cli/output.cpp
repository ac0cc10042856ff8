// SPDX-License-Identifier: Apache-2.0
#include "engine/cli/output.h"

#include "engine/protocol/error_json.h"

#include <fmt/format.h>

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>

namespace espalier {
namespace {

/// Characters as they are counted on a terminal: UTF-8 continuation bytes take no room.
std::size_t width(const std::string &text)
{
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
}

bool isNumberLike(const std::string &cell)
{
    return !cell.empty()
        && (std::isdigit(static_cast<unsigned char>(cell[0])) != 0 || (cell[0] == '-' && cell.size() > 1));
}

} // namespace

bool Output::isTerminal()
{
    return ::isatty(STDOUT_FILENO) != 0;
}

int Output::terminalWidth()
{
    winsize size{};
    return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

void Output::text(std::string_view line) const
{
    if (!m_json)
        fmt::print("{}\n", line);
}

void Output::event(std::string_view name, JsonValue fields) const
{
    if (!m_json)
        return;
    JsonValue object = JsonValue::object();
    object.set("event", name);
    for (const auto &[key, value] : fields.members())
        object.set(key, value);
    this->value(object);
}

void Output::value(const JsonValue &value) const
{
    if (!m_json)
        return;
    fmt::print("{}\n", value.dump());
    std::fflush(stdout);
}

void Output::problem(const Error &error) const
{
    if (m_json) {
        event("error", errorToJson(error));
        return;
    }
    std::fflush(stdout);
    fmt::print(stderr, "{}\n", errorLine(error));
    for (const Fix &fix : error.fixes)
        fmt::print(stderr, "  fix: {}\n", fillTemplate(fix.label, fix.args));
}

int Output::fail(const Error &error) const
{
    problem(error);
    return kExitInput;
}

std::string errorLine(const Error &error)
{
    const std::string message = error.message();
    const auto &where = error.where;
    std::string place;
    if (!where.file.empty() && message.find(where.file) == std::string::npos)
        place = where.file + (where.line > 0 ? ":" + std::to_string(where.line) : std::string()) + ": ";
    return place + message;
}

std::string formatTable(const std::vector<std::vector<std::string>> &rows)
{
    std::vector<std::size_t> widths;
    for (const auto &row : rows) {
        widths.resize(std::max(widths.size(), row.size()), 0);
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], width(row[i]));
    }
    std::string out;
    for (const auto &row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string padding(widths[i] - width(row[i]), ' ');
            line += (i > 0 ? "  " : "") + (isNumberLike(row[i]) ? padding + row[i] : row[i] + padding);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out;
}

std::string formatCount(std::int64_t value)
{
    std::string digits = std::to_string(value);
    for (int at = static_cast<int>(digits.size()) - 3; at > (value < 0 ? 1 : 0); at -= 3)
        digits.insert(static_cast<std::size_t>(at), ",");
    return digits;
}

std::string formatBytes(double bytes)
{
    constexpr const char *kUnits[] = {"B", "kB", "MB", "GB", "TB"};
    int unit = 0;
    for (; bytes >= 1000 && unit < 4; ++unit)
        bytes /= 1000;
    return unit == 0 ? fmt::format("{:.0f} B", bytes) : fmt::format("{:.1f} {}", bytes, kUnits[unit]);
}

std::string formatSeconds(double seconds)
{
    if (!std::isfinite(seconds) || seconds > 1e9)
        return "-";
    if (seconds < 60)
        return fmt::format("{:.1f} s", seconds);
    const auto whole = static_cast<std::int64_t>(std::llround(seconds));
    if (whole < 3600)
        return fmt::format("{}:{:02}", whole / 60, whole % 60);
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

} // namespace espalier
