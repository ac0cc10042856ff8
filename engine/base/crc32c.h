// SPDX-License-Identifier: Apache-2.0
// CRC-32C (Castagnoli), the checksum of record files such as TensorBoard's.
#pragma once

#include <cstdint>
#include <string_view>

namespace espalier {

/// Reflected polynomial 0x82F63B78. Pass an earlier result as `crc` to go on where it ended.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc = 0);

/// The form that TFRecord files store: a checksum of data that holds checksums would otherwise be weak.
constexpr std::uint32_t maskedCrc(std::uint32_t crc)
{
    return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
}

} // namespace espalier
