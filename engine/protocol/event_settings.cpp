// SPDX-License-Identifier: Apache-2.0
// Field numbers are those of tensorboard/plugins/hparams/plugin_data.proto and google/protobuf/struct.proto.
#include "engine/protocol/event_settings.h"

#include "engine/base/protobuf_wire.h"

namespace espalier {
namespace {

using wire::Reader;
using wire::Type;

/// google.protobuf.Value
JsonValue valueOf(std::string_view message)
{
    JsonValue value;
    Reader r(message);
    while (r.next()) {
        if (r.is(2, Type::Fixed64))
            value = JsonValue(r.asDouble());
        else if (r.is(3, Type::Bytes))
            value = JsonValue(r.bytes());
        else if (r.is(4, Type::Varint))
            value = JsonValue(r.integer() != 0);
    }
    return value;
}

/// A field of the map SessionStartInfo.hparams.
void addEntry(std::string_view message, JsonValue &settings)
{
    std::string_view name;
    JsonValue value;
    Reader r(message);
    while (r.next()) {
        if (r.is(1, Type::Bytes))
            name = r.bytes();
        else if (r.is(2, Type::Bytes))
            value = valueOf(r.bytes());
    }
    if (!r.failed() && !name.empty())
        settings.set(name, std::move(value));
}

} // namespace

JsonValue settingsOfHyperParameters(std::string_view content)
{
    JsonValue settings = JsonValue::object();
    Reader r(content);
    while (r.next()) {
        if (!r.is(3, Type::Bytes)) // session_start_info
            continue;
        Reader start(r.bytes());
        while (start.next())
            if (start.is(1, Type::Bytes))
                addEntry(start.bytes(), settings);
    }
    return settings;
}

} // namespace espalier
