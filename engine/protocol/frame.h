// SPDX-License-Identifier: Apache-2.0
// Frames of the wire: "Content-Length" headers around JSON text or binary bodies. Shared by the engine and its clients.
#pragma once

#include "engine/base/json_value.h"
#include "engine/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace espalier {

constexpr std::size_t kMaxFrameBytes = std::size_t{64} << 20; ///< of one body
constexpr std::size_t kMaxFrameHeaderBytes = std::size_t{4} << 10;

/// One frame as it came in. JSON is not parsed yet: damaged JSON can be answered, a damaged frame can't.
struct Frame {
    enum class Kind {
        Json, ///< `text` is a JSON-RPC message
        Binary, ///< `text` is the JSON header, `bytes` what follows it
        Other, ///< a Content-Type of some later version: to be ignored
    };
    Kind kind = Kind::Json;
    std::string text;
    std::string bytes;
    friend bool operator==(const Frame &, const Frame &) = default;
};

/// Cuts a stream of bytes into frames, however they are split. Memory grows with what has come, not with what a header
/// promises. Used by one thread at a time.
class FrameReader {
public:
    void feed(std::string_view bytes);
    /// The next whole frame, or nothing until more bytes come. An Error ("frame.garbage", "frame.header", "frame.size")
    /// means that the stream is no protocol; it comes again at each further call.
    Result<std::optional<Frame>> next();
    /// Bytes that came and belong to no whole frame yet; above 0 at the end of the stream: it was cut.
    std::size_t pending() const { return m_buffer.size() - m_at; }

private:
    Result<bool> readHeader();
    Result<void> readHeaderLine(std::string_view line);
    std::optional<Error> earlyGarbage() const;
    tl::unexpected<Error> damaged(Error error);
    Result<Frame> takeBody();

    std::string m_buffer;
    std::size_t m_at = 0; ///< start of the unread part
    bool m_hasHeader = false;
    std::optional<std::size_t> m_length;
    Frame::Kind m_kind = Frame::Kind::Json;
    std::optional<Error> m_damage;
};

/// Appends a JSON frame to `out`.
void appendFrame(std::string &out, std::string_view json);
/// Appends a binary frame: u32 length of the JSON header (little endian), the header, the bytes. All in all at most
/// kMaxFrameBytes; senders split what is larger.
void appendFrame(std::string &out, const JsonValue &header, std::string_view bytes);

} // namespace espalier
