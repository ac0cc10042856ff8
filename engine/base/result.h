// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value or an Error. For what a person did; broken promises inside are assertions.
#pragma once

#include "engine/base/error.h"

#include <tl/expected.hpp>

namespace espalier {

template <typename T>
using Result = tl::expected<T, Error>;

/// return fail("code", "template {0}", arg);
template <typename... Args>
tl::unexpected<Error> fail(std::string_view code, std::string_view text, Args &&...args)
{
    return tl::unexpected<Error>(error(code, text, std::forward<Args>(args)...));
}
inline tl::unexpected<Error> fail(Error e)
{
    return tl::unexpected<Error>(std::move(e));
}

/// Assigns the value of a Result to `target` (a declaration or an lvalue), or returns its error.
#define ESPALIER_TRY(target, expression) ESPALIER_TRY_IMPL(ESPALIER_CONCAT(tryResult_, __LINE__), target, expression)
/// Returns the error of a Result<void>, if any.
#define ESPALIER_CHECK(expression)                                                                                     \
    do {                                                                                                               \
        auto checkResult_ = (expression);                                                                              \
        if (!checkResult_)                                                                                             \
            return ::tl::unexpected<::espalier::Error>(std::move(checkResult_).error());                               \
    } while (false)
#define ESPALIER_CONCAT_IMPL(a, b) a##b
#define ESPALIER_CONCAT(a, b) ESPALIER_CONCAT_IMPL(a, b)
#define ESPALIER_TRY_IMPL(name, target, expression)                                                                    \
    auto name = (expression);                                                                                          \
    if (!name)                                                                                                         \
        return ::tl::unexpected<::espalier::Error>(std::move(name).error());                                           \
    target = std::move(*name)

} // namespace espalier
