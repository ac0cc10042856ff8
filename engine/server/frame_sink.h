// SPDX-License-Identifier: Apache-2.0
// Where frames leave the engine: whole, in order, from any thread.
#pragma once

#include "engine/protocol/message.h"

#include <atomic>
#include <mutex>
#include <string_view>

namespace espalier {

/// Every function can be called from any thread.
class FrameSink {
public:
    FrameSink() = default;
    FrameSink(const FrameSink &) = delete;
    FrameSink &operator=(const FrameSink &) = delete;
    virtual ~FrameSink() = default;

    void send(const Message &message);
    void sendBinary(const JsonValue &header, std::string_view bytes);

protected:
    /// Takes one or several whole frames.
    virtual void write(std::string_view frames) = 0;
};

/// Writes to a file descriptor and waits while its reader is slow. Once the reader is gone, everything is dropped.
/// The descriptor stays the caller's.
class DescriptorSink : public FrameSink {
public:
    explicit DescriptorSink(int descriptor);
    bool isOpen() const { return m_isOpen; }
    void close(); ///< any thread: drops what waits for a reader that does not read, and all that comes later

protected:
    void write(std::string_view frames) override;

private:
    std::mutex m_mutex;
    int m_descriptor;
    std::atomic<bool> m_isOpen = true;
};

} // namespace espalier
