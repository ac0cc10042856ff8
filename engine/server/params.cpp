// SPDX-License-Identifier: Apache-2.0
#include "engine/server/params.h"

namespace espalier {

Result<std::string> optionalText(const Call &call, std::string_view name, std::string_view fallback)
{
    const JsonValue &value = call.params()[name];
    if (value.isNull())
        return std::string(fallback);
    if (!value.isString())
        return fail("rpc.params", "{0}: {1} must be a text.", call.method(), name);
    if (value.string().find('\0') != std::string::npos) // no path or name has one, and system calls would stop there
        return fail("rpc.params", "{0}: {1} contains a zero byte.", call.method(), name);
    return value.string();
}

Result<std::string> requiredText(const Call &call, std::string_view name)
{
    ESPALIER_TRY(std::string text, optionalText(call, name));
    if (text.empty())
        return fail("rpc.params", "{0} needs {1}, a text.", call.method(), name);
    return text;
}

Result<std::int64_t> optionalInteger(const Call &call, std::string_view name, std::int64_t fallback, std::int64_t least,
                                     std::int64_t most)
{
    const JsonValue &value = call.params()[name];
    if (value.isNull())
        return fallback;
    const std::int64_t number = value.integer(INT64_MIN);
    if (number < least || number > most)
        return fail("rpc.params", "{0}: {1} must be a whole number from {2} to {3}.", call.method(), name, least, most);
    return number;
}

Result<bool> optionalBool(const Call &call, std::string_view name, bool fallback)
{
    const JsonValue &value = call.params()[name];
    if (!value.isNull() && !value.isBool())
        return fail("rpc.params", "{0}: {1} must be true or false.", call.method(), name);
    return value.boolean(fallback);
}

} // namespace espalier
