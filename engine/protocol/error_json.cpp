// SPDX-License-Identifier: Apache-2.0
#include "engine/protocol/error_json.h"

#include <array>
#include <charconv>

namespace espalier {
namespace {

constexpr std::array<std::string_view, 6> kKinds = {"integer", "real", "shape", "name", "unit", "text"};

JsonValue argsToJson(const std::vector<Arg> &args)
{
    JsonValue list = JsonValue::array();
    for (const Arg &arg : args) {
        JsonValue item = JsonValue::object();
        item.set("kind", kKinds[static_cast<std::size_t>(arg.kind)]).set("text", arg.text);
        std::int64_t whole = 0; // the text is exact where a double is not
        const auto parsed = std::from_chars(arg.text.data(), arg.text.data() + arg.text.size(), whole);
        if (arg.kind == Arg::Kind::Integer && parsed.ec == std::errc())
            item.set("value", whole);
        else if (arg.kind == Arg::Kind::Real || arg.kind == Arg::Kind::Integer)
            item.set("value", arg.number);
        list.append(std::move(item));
    }
    return list;
}

std::vector<Arg> argsFromJson(const JsonValue &json)
{
    std::vector<Arg> args;
    for (const JsonValue &item : json.items()) {
        Arg arg(Arg::Kind::Text, item["text"].string());
        for (std::size_t i = 0; i < kKinds.size(); ++i)
            if (item["kind"].string() == kKinds[i])
                arg.kind = static_cast<Arg::Kind>(i);
        arg.number = item["value"].number();
        args.push_back(std::move(arg));
    }
    return args;
}

JsonValue placeToJson(const Place &place)
{
    JsonValue where = JsonValue::object();
    const auto put = [&](const char *name, const std::string &value) {
        if (!value.empty())
            where.set(name, value);
    };
    put("graph", place.graph);
    put("node", place.node);
    put("port", place.port);
    put("parameter", place.parameter);
    put("file", place.file);
    if (place.line > 0)
        where.set("line", place.line);
    put("column", place.column);
    return where;
}

Place placeFromJson(const JsonValue &json)
{
    Place place;
    place.graph = json["graph"].string();
    place.node = json["node"].string();
    place.port = json["port"].string();
    place.parameter = json["parameter"].string();
    place.file = json["file"].string();
    place.line = json["line"].integer();
    place.column = json["column"].string();
    return place;
}

/// Fix::change is JSON text inside the engine and an object on the wire, where nobody wants to parse twice.
JsonValue changeValue(const std::string &text)
{
    auto parsed = JsonValue::parse(text, "the fix");
    return parsed ? std::move(*parsed) : JsonValue();
}

} // namespace

JsonValue errorToJson(const Error &error)
{
    JsonValue fixes = JsonValue::array();
    for (const Fix &fix : error.fixes)
        fixes.append(JsonValue::object()
                         .set("label", fix.label)
                         .set("args", argsToJson(fix.args))
                         .set("message", fillTemplate(fix.label, fix.args))
                         .set("change", changeValue(fix.change)));
    JsonValue json = JsonValue::object();
    json.set("code", error.code).set("text", error.text).set("args", argsToJson(error.args));
    json.set("where", placeToJson(error.where)).set("fixes", std::move(fixes)).set("message", error.message());
    return json;
}

Error errorFromJson(const JsonValue &json)
{
    Error error{
        json["code"].string(), json["text"].string(), argsFromJson(json["args"]), placeFromJson(json["where"]), {}};
    for (const JsonValue &fix : json["fixes"].items())
        error.fixes.push_back({fix["label"].string(), argsFromJson(fix["args"]), fix["change"].dump()});
    return error;
}

} // namespace espalier
