// SPDX-License-Identifier: Apache-2.0
// JSON-RPC 2.0 messages as plain data, and their codes. Shared by the engine and its clients.
#pragma once

#include "engine/base/json_value.h"
#include "engine/base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace espalier {

constexpr int kProtocolVersion = 1;
constexpr int kOldestProtocol = 0; ///< that this version still speaks

/// Codes of RpcError. Those below -32000 are JSON-RPC's and LSP's own.
enum RpcCode : int {
    kParseError = -32700, ///< the body is no JSON
    kInvalidRequest = -32600, ///< JSON, but no request
    kMethodNotFound = -32601,
    kInvalidParams = -32602,
    kInternalError = -32603, ///< a fault of the engine; it goes on
    kNotInitialized = -32002, ///< `initialize` comes first
    kCancelled = -32800, ///< as the client asked
    kStale = -32801, ///< the document has moved on; ask again with the newer version
    kInputError = 1, ///< what the person gave is wrong; `data` is the Error as JSON
};

struct RpcError {
    int code = kInternalError;
    std::string message; ///< the English sentence
    JsonValue data; ///< Error as JSON (see error_json.h), or null
    friend bool operator==(const RpcError &, const RpcError &) = default;
};

struct Request {
    JsonValue id; ///< a whole number or a text
    std::string method;
    JsonValue params; ///< an object, or null
    friend bool operator==(const Request &, const Request &) = default;
};

struct Notification {
    std::string method;
    JsonValue params;
    friend bool operator==(const Notification &, const Notification &) = default;
};

struct Response {
    JsonValue id; ///< null where the request could not be read that far
    JsonValue result; ///< without meaning where there is an error
    std::optional<RpcError> error;
    friend bool operator==(const Response &, const Response &) = default;
};

using Message = std::variant<Request, Notification, Response>;

/// Why a message could not be read, and the id to answer to (null: none).
struct MessageFault {
    RpcError error;
    JsonValue id;
};

/// Reads the text of a JSON frame. Unknown members are ignored.
tl::expected<Message, MessageFault> readMessage(std::string_view text);
/// The text for appendFrame.
std::string writeMessage(const Message &message);

/// The RpcError that carries a person's error.
RpcError rpcError(const Error &error, int code = kInputError);
/// The Error that an RpcError carries; one with code "rpc.<code>" and the message where it carries none.
Error errorOf(const RpcError &error);

} // namespace espalier
