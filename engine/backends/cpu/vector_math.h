// SPDX-License-Identifier: Apache-2.0
// exp, log and what follows from them in float32, without branches or calls, so that loops over them become vector
// code. Each is a few ulp from libm's; infinities, NaN, zeros and subnormal numbers give what libm gives.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace espalier {

/// exp(r) - 1 - r divided by r^2 for |r| <= log(2) / 2: the degree 5 polynomial of Cephes' expf (Moshier).
inline float expPolynomial(float r)
{
    float p = 1.9875691500e-4F;
    p = p * r + 1.3981999507e-3F;
    p = p * r + 8.3334519073e-3F;
    p = p * r + 4.1665795894e-2F;
    p = p * r + 1.6666665459e-1F;
    return p * r + 5.0000001201e-1F;
}

/// exp by range reduction to |r| <= log(2) / 2; at most 2 ulp. Overflows to infinity, underflows to zero.
inline float vectorExp(float x)
{
    const float clamped = x < -104.0F ? -104.0F : x > 89.0F ? 89.0F : x;
    const float shifted = clamped * 1.44269504088896341F + 12582912.0F; // 1.5 * 2^23: rounds to the nearest integer
    const float n = shifted - 12582912.0F;
    float r = clamped - n * 0.693359375F;
    r = r + n * 2.12194440e-4F;
    const float p = expPolynomial(r) * r * r + r + 1.0F;
    // Two steps of scaling, so that neither 2^128 nor a subnormal factor is needed.
    const std::int32_t whole = std::bit_cast<std::int32_t>(shifted) - 0x4B400000;
    const std::int32_t half = whole >> 1;
    const float first = std::bit_cast<float>((half + 127) << 23);
    const float second = std::bit_cast<float>((whole - half + 127) << 23);
    const float result = p * first * second;
    return x != x ? x : result;
}

/// exp(x) - 1: the polynomial itself near zero; elsewhere the subtraction loses at most two bits.
inline float vectorExpm1(float x)
{
    const float small = expPolynomial(x) * x * x + x;
    const float large = vectorExp(x) - 1.0F;
    return std::fabs(x) < 0.34F ? small : large;
}

/// log by splitting off the exponent and the degree 8 polynomial of Cephes' logf; at most 2 ulp.
inline float vectorLog(float x)
{
    constexpr float kSmallest = std::numeric_limits<float>::min();
    const float scaled = x < kSmallest ? x * 8388608.0F : x; // subnormal: 2^23
    const float shift = x < kSmallest ? -23.0F : 0.0F;
    // The fraction lies in [sqrt(1/2), sqrt(2)). Unsigned, so that negative x (a NaN in the end) does not overflow.
    const std::uint32_t above = std::bit_cast<std::uint32_t>(scaled) - 0x3F3504F3U;
    const float e = static_cast<float>(static_cast<std::int32_t>(above) >> 23) + shift;
    const float f = std::bit_cast<float>((above & 0x007FFFFFU) + 0x3F3504F3U) - 1.0F;
    float p = 7.0376836292e-2F;
    p = p * f - 1.1514610310e-1F;
    p = p * f + 1.1676998740e-1F;
    p = p * f - 1.2420140846e-1F;
    p = p * f + 1.4249322787e-1F;
    p = p * f - 1.6668057665e-1F;
    p = p * f + 2.0000714765e-1F;
    p = p * f - 2.4999993993e-1F;
    p = p * f + 3.3333331174e-1F;
    const float z = f * f;
    float y = p * f * z;
    y = y - 2.12194440e-4F * e;
    y = y - 0.5F * z;
    y = f + y;
    y = y + 0.693359375F * e;
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    y = x == kInfinity ? x : y;
    y = x == 0.0F ? -kInfinity : y;
    return x < 0.0F || x != x ? std::numeric_limits<float>::quiet_NaN() : y;
}

/// log(1 + x): what rounding 1 + x loses is put back by the factor x / ((1 + x) - 1) (Kahan).
inline float vectorLog1p(float x)
{
    const float u = 1.0F + x;
    const float d = u - 1.0F;
    const float corrected = vectorLog(u) * (x / d);
    const float y = d == 0.0F ? x : corrected;
    const bool outside = x == std::numeric_limits<float>::infinity() || x <= -1.0F;
    return outside ? vectorLog(u) : y;
}

inline float vectorSigmoid(float x)
{
    const float e = vectorExp(-std::fabs(x));
    const float high = 1.0F / (1.0F + e);
    const float low = e * high;
    const float s = x < 0 ? low : high;
    return x != x ? x : s;
}

/// tanh(x) = 1 - 2 / (exp(2x) + 1) away from zero, an odd polynomial (Cephes' tanhf) near it.
inline float vectorTanh(float x)
{
    const float a = std::fabs(x);
    const float e = vectorExp(2.0F * a);
    const float large = 1.0F - 2.0F / (e + 1.0F);
    const float z = x * x;
    float p = -5.70498872745e-3F;
    p = p * z + 2.06390887954e-2F;
    p = p * z - 5.37397155531e-2F;
    p = p * z + 1.33314422036e-1F;
    p = p * z - 3.33332819422e-1F;
    const float small = p * z * x + x;
    const float far = x < 0 ? -large : large;
    const float t = a < 0.625F ? small : far;
    return x != x ? x : t;
}

/// log(1 + exp(x)) without overflow.
inline float vectorSoftplus(float x)
{
    const float above = x < 0 ? 0.0F : x;
    return above + vectorLog1p(vectorExp(-std::fabs(x)));
}

/// The error function by two minimax polynomials (after N. Juffa's faithfully rounded erff, without fused operations).
inline float vectorErf(float x)
{
    const float t = std::fabs(x) < 4.0F ? std::fabs(x) : 4.0F; // 1 from there on
    const float s = t * t;
    float r = -1.72853470e-5F * t + 3.83197126e-4F;
    const float u = -3.88396438e-3F * t + 2.42546219e-2F;
    r = r * s + u;
    r = r * t - 1.06777877e-1F;
    r = r * t - 6.34846687e-1F;
    r = r * t - 1.28717512e-1F;
    r = r * t - t;
    const float far = 1.0F - vectorExp(r);
    const float large = x < 0 ? -far : far;
    float q = -5.96761703e-4F;
    q = q * s + 4.99119423e-3F;
    q = q * s - 2.67681349e-2F;
    q = q * s + 1.12819925e-1F;
    q = q * s - 3.76125336e-1F;
    q = q * s + 1.28379166e-1F;
    const float small = q * x + x;
    const float y = t > 0.927734375F ? large : small;
    return x != x ? x : y;
}

inline float vectorGelu(float x)
{
    return 0.5F * x * (1.0F + vectorErf(x * 0.70710678118654752F));
}

inline float vectorGeluTanh(float x)
{
    return 0.5F * x * (1.0F + vectorTanh(0.79788456080286536F * (x + 0.044715F * x * x * x)));
}

} // namespace espalier
