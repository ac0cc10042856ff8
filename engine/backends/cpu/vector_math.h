// SPDX-License-Identifier: Apache-2.0
// exp and what follows from it, without branches or calls, so that loops over them become vector code.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace espalier {

/// exp in float32: range reduction by powers of two and the degree 6 polynomial of Cephes' expf (Moshier); at most 2
/// ulp. Overflows to infinity, underflows to zero, keeps NaN.
inline float vectorExp(float x)
{
    const float clamped = x < -104.0F ? -104.0F : x > 89.0F ? 89.0F : x;
    const float shifted = clamped * 1.44269504088896341F + 12582912.0F; // 1.5 * 2^23: rounds to the nearest integer
    const float n = shifted - 12582912.0F;
    float r = clamped - n * 0.693359375F;
    r = r + n * 2.12194440e-4F;
    float p = 1.9875691500e-4F;
    p = p * r + 1.3981999507e-3F;
    p = p * r + 8.3334519073e-3F;
    p = p * r + 4.1665795894e-2F;
    p = p * r + 1.6666665459e-1F;
    p = p * r + 5.0000001201e-1F;
    p = p * r * r + r + 1.0F;
    // Two steps of scaling, so that neither 2^128 nor a subnormal factor is needed.
    const auto whole = static_cast<std::int32_t>(n);
    const std::int32_t half = whole >> 1;
    const float first = std::bit_cast<float>((half + 127) << 23);
    const float second = std::bit_cast<float>((whole - half + 127) << 23);
    const float result = p * first * second;
    return x != x ? x : result;
}

inline float vectorSigmoid(float x)
{
    const float e = vectorExp(-std::fabs(x));
    const float low = e / (1.0F + e);
    const float s = x < 0 ? low : 1.0F / (1.0F + e);
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
    const float t = a < 0.625F ? small : x < 0 ? -large : large;
    return x != x ? x : t;
}

} // namespace espalier
