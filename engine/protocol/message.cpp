// SPDX-License-Identifier: Apache-2.0
#include "engine/protocol/message.h"

#include "engine/protocol/error_json.h"

namespace espalier {
namespace {

bool isId(const JsonValue &value)
{
    return value.isInteger() || value.isString();
}

tl::unexpected<MessageFault> fault(int code, std::string message, JsonValue id = {})
{
    return tl::unexpected(MessageFault{{code, std::move(message), {}}, isId(id) ? std::move(id) : JsonValue()});
}

RpcError rpcErrorFromJson(const JsonValue &json)
{
    return {static_cast<int>(json["code"].integer(kInternalError)), json["message"].string(), json["data"]};
}

JsonValue toJson(const RpcError &error)
{
    JsonValue json = JsonValue::object();
    json.set("code", error.code).set("message", error.message);
    if (!error.data.isNull())
        json.set("data", error.data);
    return json;
}

JsonValue toJson(const Request &request)
{
    JsonValue json = JsonValue::object();
    json.set("jsonrpc", "2.0").set("id", request.id).set("method", request.method);
    if (!request.params.isNull())
        json.set("params", request.params);
    return json;
}

JsonValue toJson(const Notification &notification)
{
    JsonValue json = JsonValue::object();
    json.set("jsonrpc", "2.0").set("method", notification.method);
    if (!notification.params.isNull())
        json.set("params", notification.params);
    return json;
}

JsonValue toJson(const Response &response)
{
    JsonValue json = JsonValue::object();
    json.set("jsonrpc", "2.0").set("id", response.id);
    if (response.error)
        json.set("error", toJson(*response.error));
    else
        json.set("result", response.result);
    return json;
}

} // namespace

tl::expected<Message, MessageFault> readMessage(std::string_view text)
{
    auto parsed = JsonValue::parse(text, "the message");
    if (!parsed)
        return fault(kParseError, parsed.error().message());
    const JsonValue &json = *parsed;
    if (json.isArray())
        return fault(kInvalidRequest, "Batches are not part of this protocol. Send one message a frame.");
    if (!json.isObject())
        return fault(kInvalidRequest, "A message is a JSON object.");
    if (json["jsonrpc"].string() != "2.0")
        return fault(kInvalidRequest, "A message has \"jsonrpc\": \"2.0\".", json["id"]);
    const JsonValue &params = json["params"];
    if (json.has("method")) {
        if (!json["method"].isString())
            return fault(kInvalidRequest, "\"method\" is a text.", json["id"]);
        if (!params.isNull() && !params.isObject())
            return fault(kInvalidParams, "\"params\" is an object with named members.", json["id"]);
        if (!json.has("id"))
            return Notification{json["method"].string(), params};
        if (!isId(json["id"]))
            return fault(kInvalidRequest, "\"id\" is a whole number or a text.");
        return Request{json["id"], json["method"].string(), params};
    }
    if (!json.has("result") && !json.has("error"))
        return fault(kInvalidRequest, "A message has a \"method\", a \"result\" or an \"error\".", json["id"]);
    Response response{json["id"], json["result"], std::nullopt};
    if (json["error"].isObject())
        response.error = rpcErrorFromJson(json["error"]);
    return response;
}

std::string writeMessage(const Message &message)
{
    return std::visit([](const auto &m) { return toJson(m).dump(); }, message);
}

RpcError rpcError(const Error &error, int code)
{
    return {code, error.message(), errorToJson(error)};
}

Error errorOf(const RpcError &error)
{
    if (error.data.isObject() && error.data["code"].isString())
        return errorFromJson(error.data);
    return Error{"rpc." + std::to_string(error.code), "{0}", {Arg(Arg::Kind::Text, error.message)}, {}, {}};
}

} // namespace espalier
