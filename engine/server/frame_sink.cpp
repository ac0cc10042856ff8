// SPDX-License-Identifier: Apache-2.0
#include "engine/server/frame_sink.h"

#include "engine/protocol/frame.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace espalier {

void FrameSink::send(const Message &message)
{
    std::string text = writeMessage(message);
    if (text.size() > kMaxFrameBytes) {
        // A reader would refuse it and end: the request is answered by what fits.
        const auto *response = std::get_if<Response>(&message);
        if (!response)
            return;
        const Error e = error("frame.size", "The answer has {0} bytes, more than one message can hold. Ask for less.",
                              static_cast<std::int64_t>(text.size()));
        text = writeMessage(Response{response->id, {}, rpcError(e)});
    }
    std::string frame;
    appendFrame(frame, text);
    write(frame);
}

void FrameSink::sendBinary(const JsonValue &header, std::string_view bytes)
{
    std::string frame;
    frame.reserve(bytes.size() + 512);
    appendFrame(frame, header, bytes);
    write(frame);
}

DescriptorSink::DescriptorSink(int descriptor)
    : m_descriptor(descriptor)
{
}

void DescriptorSink::close()
{
    m_isOpen = false;
}

void DescriptorSink::write(std::string_view frames)
{
    constexpr std::size_t kPiece = 4096; // what a pipe takes without waiting, once poll says that it has room
    constexpr int kLookUpMs = 200; // for close()
    const std::lock_guard lock(m_mutex);
    while (m_isOpen && !frames.empty()) {
        pollfd poll{m_descriptor, POLLOUT, 0};
        const int ready = ::poll(&poll, 1, kLookUpMs);
        if (ready == 0 || (ready < 0 && errno == EINTR))
            continue;
        const ssize_t n = ::write(m_descriptor, frames.data(), std::min(frames.size(), kPiece));
        if (n >= 0)
            frames.remove_prefix(static_cast<std::size_t>(n));
        else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
            m_isOpen = false;
    }
}

} // namespace espalier
