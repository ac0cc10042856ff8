// SPDX-License-Identifier: Apache-2.0
// The element-wise ops as functions of single values: one text for the reference, fused loops and constant folding.
// Called with double, float (also for bfloat16), int64, int32 or bool. Numerically stable, total (nothing traps), and
// NaN goes through, so that a diverging run can be traced to its first NaN.
#pragma once

#include "engine/base/philox.h"
#include "engine/ops/attrs.h"

#include <cmath>
#include <limits>
#include <numbers>
#include <string_view>
#include <type_traits>

namespace espalier::scalar {

/// Which dtypes an op takes.
enum Kinds : unsigned { kFloat = 1, kInt = 2, kBool = 4, kNumber = kFloat | kInt, kAny = kNumber | kBool };

template <typename T>
constexpr bool isInt = std::is_integral_v<T> && !std::is_same_v<T, bool>;

/// Integer arithmetic wraps round instead of being undefined.
template <typename T>
using Wrapping = std::make_unsigned_t<T>;

/// floor(a / b); 0 for a division by zero.
template <typename T>
T floorDivide(T a, T b)
{
    if (b == 0)
        return 0;
    if (b == -1)
        return static_cast<T>(Wrapping<T>(0) - static_cast<Wrapping<T>>(a)); // the lowest value would trap
    const T q = a / b;
    return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}

/// C's conversion, but a floating value outside an integer's range gives its nearest bound and NaN gives 0.
template <typename To, typename From>
To convert(From value)
{
    if constexpr (std::is_same_v<To, bool>) {
        return value != From{};
    } else if constexpr (isInt<To> && std::is_floating_point_v<From>) {
        constexpr From low = static_cast<From>(std::numeric_limits<To>::lowest()); // a power of two: exact
        if (value != value)
            return 0;
        if (value < low)
            return std::numeric_limits<To>::lowest();
        return value >= -low ? std::numeric_limits<To>::max() : static_cast<To>(value);
    } else {
        return static_cast<To>(value);
    }
}

template <typename T>
T sigmoid(T x)
{
    const T e = std::exp(-std::abs(x)); // never overflows
    return x >= 0 ? T(1) / (T(1) + e) : e / (T(1) + e);
}

template <typename T>
T softplus(T x)
{
    return (x > 0 || x != x ? x : T(0)) + std::log1p(std::exp(-std::abs(x)));
}

template <typename T>
T gelu(T x, bool approximate)
{
    if (!approximate)
        return T(0.5) * x * (T(1) + std::erf(x * T(std::numbers::sqrt2 / 2)));
    const T inner = T(0.79788456080286535588) * (x + T(0.044715) * x * x * x); // sqrt(2 / pi)
    return T(0.5) * x * (T(1) + std::tanh(inner));
}

constexpr double kSeluAlpha = 1.6732632423543772848170429916717; // Klambauer et al., 2017
constexpr double kSeluScale = 1.0507009873554804934193349852946;

/// A draw in [0, 1). bfloat16 callers truncate instead of rounding, so that 1 never appears.
template <typename T>
T uniform(std::uint32_t word)
{
    if constexpr (std::is_same_v<T, bfloat16>) {
        bfloat16 value;
        value.bits = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(philoxUniform(word)) >> 16);
        return value;
    } else {
        return static_cast<T>(philoxUniform(word));
    }
}

/// Box-Muller on the words of elements 2j and 2j + 1: the normal draw of element 2j (`odd` false) or 2j + 1.
inline double normal(std::uint32_t first, std::uint32_t second, bool odd)
{
    const double radius = std::sqrt(-2 * std::log(1.0 - static_cast<double>(philoxUniform(first))));
    const double angle = 2 * std::numbers::pi * static_cast<double>(philoxUniform(second));
    return radius * (odd ? std::sin(angle) : std::cos(angle));
}

#define ESPALIER_UNARY(Name, opName, opKinds, expression)                                                              \
    struct Name {                                                                                                      \
        static constexpr std::string_view name = opName;                                                               \
        static constexpr unsigned kinds = opKinds;                                                                     \
        template <typename T>                                                                                          \
        auto operator()(T x) const                                                                                     \
        {                                                                                                              \
            return expression;                                                                                         \
        }                                                                                                              \
    };
#define ESPALIER_BINARY(Name, opName, opKinds, expression)                                                             \
    struct Name {                                                                                                      \
        static constexpr std::string_view name = opName;                                                               \
        static constexpr unsigned kinds = opKinds;                                                                     \
        template <typename T>                                                                                          \
        auto operator()(T a, T b) const                                                                                \
        {                                                                                                              \
            return expression;                                                                                         \
        }                                                                                                              \
    };

template <typename T>
T negate(T x)
{
    if constexpr (isInt<T>)
        return static_cast<T>(Wrapping<T>(0) - static_cast<Wrapping<T>>(x));
    else
        return -x;
}
template <typename T>
T add(T a, T b)
{
    if constexpr (isInt<T>)
        return static_cast<T>(static_cast<Wrapping<T>>(a) + static_cast<Wrapping<T>>(b));
    else
        return a + b;
}
template <typename T>
T subtract(T a, T b)
{
    return add(a, negate(b));
}
template <typename T>
T multiply(T a, T b)
{
    if constexpr (isInt<T>)
        return static_cast<T>(static_cast<Wrapping<T>>(a) * static_cast<Wrapping<T>>(b));
    else
        return a * b;
}
template <typename T>
T divide(T a, T b)
{
    if constexpr (isInt<T>)
        return floorDivide(a, b);
    else
        return a / b;
}
/// The remainder with the sign of `b`, as Python's; `a` for an integer `b` of 0, so that a = b floor(a / b) + mod.
template <typename T>
T modulo(T a, T b)
{
    if constexpr (isInt<T>) {
        return subtract(a, multiply(b, floorDivide(a, b)));
    } else {
        const T r = std::fmod(a, b);
        return r != 0 && (r < 0) != (b < 0) ? r + b : r;
    }
}
/// Integers: by squaring, wrapping round; a negative exponent gives 0 except for bases 1 and -1.
template <typename T>
T power(T a, T b)
{
    if constexpr (isInt<T>) {
        if (b < 0)
            return a == 1 ? T(1) : a == -1 ? (b % 2 == 0 ? T(1) : T(-1)) : T(0);
        T result = 1;
        for (; b > 0; b /= 2, a = multiply(a, a))
            if (b % 2 == 1)
                result = multiply(result, a);
        return result;
    } else {
        return std::pow(a, b);
    }
}
template <typename T>
T absolute(T x)
{
    if constexpr (isInt<T>)
        return x < 0 ? negate(x) : x;
    else
        return std::abs(x);
}

ESPALIER_BINARY(Add, "add", kNumber, add(a, b))
ESPALIER_BINARY(Sub, "sub", kNumber, subtract(a, b))
ESPALIER_BINARY(Mul, "mul", kNumber, multiply(a, b))
ESPALIER_BINARY(Div, "div", kNumber, divide(a, b))
ESPALIER_BINARY(Pow, "pow", kNumber, power(a, b))
ESPALIER_BINARY(Maximum, "maximum", kNumber, (a > b || a != a) ? a : b)
ESPALIER_BINARY(Minimum, "minimum", kNumber, (a < b || a != a) ? a : b)
ESPALIER_BINARY(Mod, "mod", kNumber, modulo(a, b))
ESPALIER_BINARY(Equal, "equal", kAny, a == b)
ESPALIER_BINARY(NotEqual, "not_equal", kAny, a != b)
ESPALIER_BINARY(Less, "less", kNumber, a < b)
ESPALIER_BINARY(LessEqual, "less_equal", kNumber, a <= b)
ESPALIER_BINARY(Greater, "greater", kNumber, a > b)
ESPALIER_BINARY(GreaterEqual, "greater_equal", kNumber, a >= b)
ESPALIER_BINARY(LogicalAnd, "logical_and", kBool, a &&b)
ESPALIER_BINARY(LogicalOr, "logical_or", kBool, a || b)

ESPALIER_UNARY(Neg, "neg", kNumber, negate(x))
ESPALIER_UNARY(Abs, "abs", kNumber, absolute(x))
ESPALIER_UNARY(Sign, "sign", kNumber, x > 0 ? T(1) : x < 0 ? T(-1) : x)
ESPALIER_UNARY(Exp, "exp", kFloat, std::exp(x))
ESPALIER_UNARY(Log, "log", kFloat, std::log(x))
ESPALIER_UNARY(Log1p, "log1p", kFloat, std::log1p(x))
ESPALIER_UNARY(Expm1, "expm1", kFloat, std::expm1(x))
ESPALIER_UNARY(Sqrt, "sqrt", kFloat, std::sqrt(x))
ESPALIER_UNARY(Rsqrt, "rsqrt", kFloat, T(1) / std::sqrt(x))
ESPALIER_UNARY(Square, "square", kNumber, multiply(x, x))
ESPALIER_UNARY(Reciprocal, "reciprocal", kFloat, T(1) / x)
ESPALIER_UNARY(Sin, "sin", kFloat, std::sin(x))
ESPALIER_UNARY(Cos, "cos", kFloat, std::cos(x))
ESPALIER_UNARY(Tanh, "tanh", kFloat, std::tanh(x))
ESPALIER_UNARY(Sigmoid, "sigmoid", kFloat, sigmoid(x))
ESPALIER_UNARY(Softplus, "softplus", kFloat, softplus(x))
ESPALIER_UNARY(Relu, "relu", kNumber, x < 0 ? T(0) : x)
ESPALIER_UNARY(Silu, "silu", kFloat, x *sigmoid(x))
ESPALIER_UNARY(Hardswish, "hardswish", kFloat, x <= -3 ? T(0) : x >= 3 ? x : x * (x + T(3)) / T(6))
ESPALIER_UNARY(Mish, "mish", kFloat, x *std::tanh(softplus(x)))
ESPALIER_UNARY(Selu, "selu", kFloat, T(kSeluScale) * (x > 0 ? x : T(kSeluAlpha) * std::expm1(x)))
ESPALIER_UNARY(Erf, "erf", kFloat, std::erf(x))
ESPALIER_UNARY(Floor, "floor", kFloat, std::floor(x))
ESPALIER_UNARY(Ceil, "ceil", kFloat, std::ceil(x))
ESPALIER_UNARY(Round, "round", kFloat, std::nearbyint(x)) // half to even
ESPALIER_UNARY(LogicalNot, "logical_not", kBool, !x)
ESPALIER_UNARY(IsFinite, "is_finite", kFloat, std::isfinite(x))
ESPALIER_UNARY(StopGradient, "stop_gradient", kAny, x)

#undef ESPALIER_UNARY
#undef ESPALIER_BINARY

// With attributes, which they read once.

struct Gelu {
    static constexpr std::string_view name = "gelu";
    static constexpr unsigned kinds = kFloat;
    bool approximate;
    explicit Gelu(const Attrs &attrs)
        : approximate(attrs.boolean("approximate"))
    {
    }
    template <typename T>
    T operator()(T x) const
    {
        return gelu(x, approximate);
    }
};

struct LeakyRelu {
    static constexpr std::string_view name = "leaky_relu";
    static constexpr unsigned kinds = kFloat;
    double slope;
    explicit LeakyRelu(const Attrs &attrs)
        : slope(attrs.real("negative_slope"))
    {
    }
    template <typename T>
    T operator()(T x) const
    {
        return x > 0 ? x : T(slope) * x;
    }
};

struct Elu {
    static constexpr std::string_view name = "elu";
    static constexpr unsigned kinds = kFloat;
    double alpha;
    explicit Elu(const Attrs &attrs)
        : alpha(attrs.real("alpha"))
    {
    }
    template <typename T>
    T operator()(T x) const
    {
        return x > 0 ? x : T(alpha) * std::expm1(x);
    }
};

struct Clip {
    static constexpr std::string_view name = "clip";
    static constexpr unsigned kinds = kNumber;
    double minimum;
    double maximum;
    explicit Clip(const Attrs &attrs)
        : minimum(attrs.real("minimum"))
        , maximum(attrs.real("maximum"))
    {
    }
    template <typename T>
    T operator()(T x) const
    {
        const T low = convert<T>(minimum);
        const T high = convert<T>(maximum);
        return x < low ? low : x > high ? high : x;
    }
};

template <typename... F>
struct List {
};

using UnaryList = List<Neg, Abs, Sign, Exp, Log, Log1p, Expm1, Sqrt, Rsqrt, Square, Reciprocal, Sin, Cos, Tanh, Sigmoid,
                       Softplus, Relu, Gelu, Silu, Hardswish, Mish, Selu, Erf, Floor, Ceil, Round, LogicalNot, IsFinite,
                       StopGradient, LeakyRelu, Elu, Clip>;
using BinaryList = List<Add, Sub, Mul, Div, Pow, Maximum, Minimum, Mod, Equal, NotEqual, Less, LessEqual, Greater,
                        GreaterEqual, LogicalAnd, LogicalOr>;

/// A functor with the attributes of an instruction (complete).
template <typename F>
F make(const Attrs &attrs)
{
    if constexpr (std::is_constructible_v<F, const Attrs &>)
        return F(attrs);
    else
        return F{};
}

/// Whether F takes values of T (double, float, int64, int32 or bool).
template <typename F, typename T>
constexpr bool takes = (F::kinds
                        & (std::is_same_v<T, bool> ? kBool
                               : isInt<T>          ? kInt
                                                   : kFloat))
    != 0;

} // namespace espalier::scalar
