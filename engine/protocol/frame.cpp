// SPDX-License-Identifier: Apache-2.0
#include "engine/protocol/frame.h"

#include "engine/base/assert.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace espalier {
namespace {

constexpr std::size_t kPrefixBytes = 4; ///< length of a binary frame's JSON header

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equalsIgnoringCase(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

/// The begin of foreign bytes, fit for a sentence.
std::string excerpt(std::string_view bytes)
{
    std::string out;
    for (const char c : bytes.substr(0, 40))
        out += c >= ' ' && c < 127 ? c : '.';
    return out;
}

bool isHeaderByte(char c)
{
    return (c >= ' ' && c < 127) || c == '\t' || c == '\r' || c == '\n';
}

Error garbage(std::string_view bytes)
{
    return error("frame.garbage",
                 "The other side sent something that is no message of the protocol: \"{0}\". Start it again.",
                 Arg(Arg::Kind::Text, excerpt(bytes)));
}

void appendHeader(std::string &out, std::size_t length, std::string_view type)
{
    out += "Content-Length: " + std::to_string(length) + "\r\n";
    if (!type.empty())
        out.append("Content-Type: ").append(type).append("\r\n");
    out += "\r\n";
}

} // namespace

void FrameReader::feed(std::string_view bytes)
{
    if (m_damage)
        return;
    if (m_at > 0 && m_at >= m_buffer.size() / 2) {
        m_buffer.erase(0, m_at);
        m_at = 0;
    }
    m_buffer.append(bytes);
}

Result<std::optional<Frame>> FrameReader::next()
{
    if (m_damage)
        return fail(*m_damage);
    if (!m_hasHeader) {
        const auto complete = readHeader();
        if (!complete)
            return damaged(complete.error());
        if (!*complete)
            return std::nullopt;
    }
    if (m_buffer.size() - m_at < *m_length)
        return std::nullopt;
    auto frame = takeBody();
    if (!frame)
        return damaged(std::move(frame).error());
    return std::optional<Frame>(std::move(*frame));
}

tl::unexpected<Error> FrameReader::damaged(Error error)
{
    m_damage = error;
    m_buffer.clear();
    m_at = 0;
    return fail(std::move(error));
}

/// Foreign text is told at its first wrong byte: nobody waits for the rest of a header that never comes.
std::optional<Error> FrameReader::earlyGarbage() const
{
    const std::string_view rest = std::string_view(m_buffer).substr(m_at);
    const std::string_view seen = rest.substr(0, std::min(rest.find("\r\n\r\n"), kMaxFrameHeaderBytes));
    if (!std::all_of(seen.begin(), seen.end(), isHeaderByte))
        return garbage(seen);
    constexpr std::string_view kStart = "Content-";
    const std::size_t n = std::min(seen.size(), kStart.size());
    if (!equalsIgnoringCase(seen.substr(0, n), kStart.substr(0, n)))
        return garbage(seen);
    return std::nullopt;
}

Result<bool> FrameReader::readHeader()
{
    const std::string_view rest = std::string_view(m_buffer).substr(m_at);
    if (auto e = earlyGarbage())
        return fail(std::move(*e));
    const std::size_t end = rest.find("\r\n\r\n");
    if (end == std::string_view::npos || end > kMaxFrameHeaderBytes) {
        if (rest.size() > kMaxFrameHeaderBytes)
            return fail("frame.header", "The other side sent a message header of more than {0} bytes. Start it again.",
                        static_cast<std::int64_t>(kMaxFrameHeaderBytes));
        return false;
    }
    m_length.reset();
    m_kind = Frame::Kind::Json;
    for (std::string_view lines = rest.substr(0, end); !lines.empty();) {
        const std::size_t stop = lines.find("\r\n");
        ESPALIER_CHECK(readHeaderLine(lines.substr(0, stop)));
        lines.remove_prefix(stop == std::string_view::npos ? lines.size() : stop + 2);
    }
    if (!m_length)
        return fail(garbage(rest));
    m_at += end + 4;
    m_hasHeader = true;
    return true;
}

Result<void> FrameReader::readHeaderLine(std::string_view line)
{
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos)
        return fail(garbage(line));
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (equalsIgnoringCase(name, "Content-Length")) {
        std::uint64_t length = 0;
        const auto parsed = std::from_chars(value.data(), value.data() + value.size(), length);
        const bool isNumber = parsed.ptr == value.data() + value.size() && parsed.ec != std::errc::invalid_argument;
        if (!isNumber || m_length)
            return fail(garbage(line));
        if (parsed.ec == std::errc::result_out_of_range || length > kMaxFrameBytes)
            return fail("frame.size", "The other side announced a message of {0} bytes; {1} are the most.",
                        Arg(Arg::Kind::Text, std::string(value.substr(0, 24))),
                        static_cast<std::int64_t>(kMaxFrameBytes));
        m_length = static_cast<std::size_t>(length);
    } else if (equalsIgnoringCase(name, "Content-Type")) {
        const std::string_view type = trimmed(value.substr(0, value.find(';')));
        const bool isJson
            = equalsIgnoringCase(type, "application/vscode-jsonrpc") || equalsIgnoringCase(type, "application/json");
        m_kind = isJson                                            ? Frame::Kind::Json
            : equalsIgnoringCase(type, "application/octet-stream") ? Frame::Kind::Binary
                                                                   : Frame::Kind::Other;
    }
    return {};
}

Result<Frame> FrameReader::takeBody()
{
    const std::string_view body = std::string_view(m_buffer).substr(m_at, *m_length);
    Frame frame{m_kind, {}, {}};
    if (m_kind == Frame::Kind::Binary) {
        std::uint32_t header = 0;
        for (std::size_t i = 0; i < kPrefixBytes && i < body.size(); ++i)
            header |= static_cast<std::uint32_t>(static_cast<unsigned char>(body[i])) << (8 * i);
        if (body.size() < kPrefixBytes || header > body.size() - kPrefixBytes)
            return fail(
                "frame.header",
                "The other side sent a binary message whose header is longer than the message. Start it again.");
        frame.text = body.substr(kPrefixBytes, header);
        frame.bytes = body.substr(kPrefixBytes + header);
    } else {
        frame.text = body;
    }
    m_at += *m_length;
    m_hasHeader = false;
    if (m_at == m_buffer.size()) {
        m_buffer.clear();
        m_at = 0;
    }
    return frame;
}

void appendFrame(std::string &out, std::string_view json)
{
    appendHeader(out, json.size(), {});
    out += json;
}

void appendFrame(std::string &out, const JsonValue &header, std::string_view bytes)
{
    const std::string text = header.dump();
    const std::size_t length = kPrefixBytes + text.size() + bytes.size();
    ESPALIER_ASSERT(length <= kMaxFrameBytes, "senders split large tensors");
    appendHeader(out, length, "application/octet-stream");
    for (std::size_t i = 0; i < kPrefixBytes; ++i)
        out += static_cast<char>((text.size() >> (8 * i)) & 0xffu);
    out += text;
    out += bytes;
}

} // namespace espalier
