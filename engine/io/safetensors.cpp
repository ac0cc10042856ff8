// SPDX-License-Identifier: Apache-2.0
#include "engine/io/safetensors.h"

#include "engine/base/assert.h"
#include "engine/base/json_text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

namespace espalier {
namespace {

constexpr std::uint64_t kMaxHeader = 100'000'000; // the limit of Hugging Face's reader
constexpr std::size_t kMaxRank = 64;
constexpr std::string_view kMetadataKey = "__metadata__";
static_assert(std::endian::native == std::endian::little, "tensor bytes are little-endian");

struct StoredType {
    std::string_view name;
    std::uint64_t size;
    DType dtype;
};
constexpr std::array<StoredType, 12> kStoredTypes{{{"F64", 8, DType::Float64},
                                                   {"F32", 4, DType::Float32},
                                                   {"BF16", 2, DType::BFloat16},
                                                   {"F16", 2, DType::Float32},
                                                   {"I64", 8, DType::Int64},
                                                   {"I32", 4, DType::Int32},
                                                   {"I16", 2, DType::Int32},
                                                   {"U16", 2, DType::Int32},
                                                   {"I8", 1, DType::Int32},
                                                   {"U8", 1, DType::Int32},
                                                   {"U32", 4, DType::Int64},
                                                   {"BOOL", 1, DType::Bool}}};

const StoredType *storedType(std::string_view name)
{
    const auto *found
        = std::find_if(kStoredTypes.begin(), kStoredTypes.end(), [&](const StoredType &t) { return t.name == name; });
    return found == kStoredTypes.end() ? nullptr : found;
}

std::string_view storedNameOf(DType dtype)
{
    switch (dtype) {
    case DType::Float64:
        return "F64";
    case DType::BFloat16:
        return "BF16";
    case DType::Int64:
        return "I64";
    case DType::Int32:
        return "I32";
    case DType::Bool:
        return "BOOL";
    case DType::Float32:
    case DType::Unknown:
        break;
    }
    return "F32";
}

template <typename... Args>
tl::unexpected<Error> damaged(const std::string &path, std::string_view code, std::string_view text, Args &&...args)
{
    Place place;
    place.file = path;
    return fail(error(code, text, path, std::forward<Args>(args)...).at(std::move(place)));
}

/// Bytes of a tensor, or nullopt where the sizes overflow.
std::optional<std::uint64_t> byteCount(const Dims &dims, std::uint64_t elementSize)
{
    constexpr auto kLimit = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    std::uint64_t product = elementSize;
    bool empty = false;
    for (const std::int64_t d : dims) {
        if (d == 0) {
            empty = true;
            continue; // the others must still fit, whoever multiplies them in whatever order
        }
        if (product > kLimit / static_cast<std::uint64_t>(d))
            return std::nullopt;
        product *= static_cast<std::uint64_t>(d);
    }
    return empty ? 0 : product;
}

std::optional<Dims> readDims(const nlohmann::json &list)
{
    if (!list.is_array() || list.size() > kMaxRank)
        return std::nullopt;
    Dims dims;
    for (const auto &size : list) {
        if (!size.is_number_unsigned() || size.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max())
            return std::nullopt;
        dims.push_back(size.get<std::int64_t>());
    }
    return dims;
}

/// One entry of the header; begin is still relative to the data.
Result<StoredTensor> readEntry(const std::string &path, const std::string &name, const nlohmann::json &entry)
{
    const auto bad = [&] {
        return damaged(
            path, "safetensors.entry",
            "{0} is damaged: its header doesn't describe the tensor {1} properly. Use an earlier copy of it.", name);
    };
    if (!entry.is_object() || !entry.contains("dtype") || !entry.contains("shape") || !entry.contains("data_offsets"))
        return bad();
    const auto &dtype = entry["dtype"];
    const auto &offsets = entry["data_offsets"];
    auto dims = readDims(entry["shape"]);
    if (!dtype.is_string() || !dims || !offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned()
        || !offsets[1].is_number_unsigned())
        return bad();
    const StoredType *type = storedType(dtype.get_ref<const std::string &>());
    if (type == nullptr)
        return damaged(path, "safetensors.dtype",
                       "{0}: the tensor {1} has the type {2}, which Espalier can't read. Convert it to F32 or BF16.",
                       name, dtype.get_ref<const std::string &>());
    StoredTensor stored{name, std::string(type->name), type->dtype, std::move(*dims), offsets[0].get<std::uint64_t>(),
                        0};
    const auto end = offsets[1].get<std::uint64_t>();
    const auto bytes = byteCount(stored.dims, type->size);
    if (end < stored.begin || !bytes || *bytes != end - stored.begin)
        return bad();
    stored.bytes = *bytes;
    return stored;
}

float halfToFloat(std::uint16_t half)
{
    const std::uint32_t sign = std::uint32_t{half & 0x8000u} << 16;
    const std::uint32_t exponent = (half >> 10) & 0x1Fu;
    const std::uint32_t mantissa = half & 0x3FFu;
    if (exponent == 0) { // zero or subnormal: mantissa * 2^-24, exact in float32
        const float value = static_cast<float>(mantissa) * 0x1p-24f;
        return sign != 0 ? -value : value;
    }
    const std::uint32_t biased = exponent == 31 ? 255 : exponent + 112;
    return std::bit_cast<float>(sign | (biased << 23) | (mantissa << 13));
}

template <typename From, typename To, typename Convert>
void widen(const std::string &raw, Tensor &tensor, Convert convert)
{
    auto out = tensor.span<To>();
    for (std::size_t i = 0; i < out.size(); ++i) {
        From value{};
        std::memcpy(&value, raw.data() + i * sizeof(From), sizeof(From));
        out[i] = convert(value);
    }
}

template <typename From, typename To>
void widen(const std::string &raw, Tensor &tensor)
{
    widen<From, To>(raw, tensor, [](From value) { return static_cast<To>(value); });
}

void convert(const std::string &type, const std::string &raw, Tensor &tensor)
{
    if (type == "F16")
        widen<std::uint16_t, float>(raw, tensor, halfToFloat);
    else if (type == "I16")
        widen<std::int16_t, std::int32_t>(raw, tensor);
    else if (type == "U16")
        widen<std::uint16_t, std::int32_t>(raw, tensor);
    else if (type == "I8")
        widen<std::int8_t, std::int32_t>(raw, tensor);
    else if (type == "U8")
        widen<std::uint8_t, std::int32_t>(raw, tensor);
    else if (type == "U32")
        widen<std::uint32_t, std::int64_t>(raw, tensor);
    else
        widen<std::uint8_t, bool>(raw, tensor, [](std::uint8_t byte) { return byte != 0; });
}

std::uint64_t littleEndian(const char *eightBytes)
{
    std::uint64_t value = 0;
    std::memcpy(&value, eightBytes, 8);
    return value;
}

/// Widest first, then by name.
std::vector<const NamedTensor *> inFileOrder(const std::vector<NamedTensor> &tensors)
{
    std::vector<const NamedTensor *> order;
    order.reserve(tensors.size());
    for (const NamedTensor &t : tensors)
        order.push_back(&t);
    std::sort(order.begin(), order.end(), [](const NamedTensor *a, const NamedTensor *b) {
        const std::size_t sizeA = byteSize(a->tensor.dtype());
        const std::size_t sizeB = byteSize(b->tensor.dtype());
        return sizeA != sizeB ? sizeA > sizeB : a->name < b->name;
    });
    return order;
}

Result<std::string> headerText(const std::string &path, const std::vector<const NamedTensor *> &order,
                               const std::map<std::string, std::string> &metadata)
{
    nlohmann::json header = nlohmann::json::object();
    if (!metadata.empty())
        header[std::string(kMetadataKey)] = metadata;
    std::uint64_t offset = 0;
    for (const NamedTensor *t : order) {
        if (t->name == kMetadataKey || header.contains(t->name))
            return damaged(path, "safetensors.name",
                           "{0} can't be written: two tensors would be called {1}. Give the layers different names.",
                           t->name);
        header[t->name] = {{"dtype", storedNameOf(t->tensor.dtype())},
                           {"shape", t->tensor.dims()},
                           {"data_offsets", {offset, offset + t->tensor.bytes()}}};
        offset += t->tensor.bytes();
    }
    std::string text = jsonText(header);
    text.resize((text.size() + 7) / 8 * 8, ' ');
    if (text.size() > kMaxHeader)
        return damaged(path, "safetensors.header",
                       "{0} can't be written: the names and settings of its tensors take more than 100 MB. Use shorter "
                       "names.");
    return text;
}

} // namespace

Result<SafetensorsFile> SafetensorsFile::open(const std::string &path)
{
    ESPALIER_TRY(ReadFile file, ReadFile::open(path));
    SafetensorsFile opened(std::move(file), path);
    ESPALIER_CHECK(opened.readHeader());
    return opened;
}

Result<void> SafetensorsFile::readHeader()
{
    ESPALIER_TRY(const std::uint64_t fileSize, m_file.size());
    std::array<char, 8> lengthBytes{};
    ESPALIER_TRY(const std::size_t got, m_file.read(0, lengthBytes.data(), 8));
    const std::uint64_t length = littleEndian(lengthBytes.data());
    if (got < 8 || length > kMaxHeader || length > fileSize - 8)
        return damaged(m_path, "safetensors.format",
                       "{0} is no safetensors file, or it was cut off. Check that it is the file you meant.");
    std::string text(static_cast<std::size_t>(length), '\0');
    ESPALIER_TRY(const std::size_t textGot, m_file.read(8, text.data(), text.size()));
    text.resize(textGot);
    auto header = parseJson(text, m_path, DuplicateKeys::Refuse);
    if (!header || !header->is_object())
        return damaged(m_path, "safetensors.json",
                       "{0} is no safetensors file, or its header is damaged. Check that it is the file you meant.");
    for (const auto &[name, entry] : header->items()) {
        if (name != kMetadataKey) {
            ESPALIER_TRY(StoredTensor stored, readEntry(m_path, name, entry));
            m_tensors.push_back(std::move(stored));
            continue;
        }
        for (const auto &[key, value] : entry.items()) {
            if (!entry.is_object() || !value.is_string())
                return damaged(m_path, "safetensors.metadata",
                               "{0} is damaged: its metadata is more than a list of texts. Use an earlier copy of it.");
            m_metadata[key] = value.get<std::string>();
        }
    }
    std::sort(m_tensors.begin(), m_tensors.end(), [](const StoredTensor &a, const StoredTensor &b) {
        return std::tie(a.begin, a.bytes, a.name) < std::tie(b.begin, b.bytes, b.name);
    });
    std::uint64_t expected = 0;
    for (StoredTensor &t : m_tensors) {
        if (t.begin != expected)
            return damaged(
                m_path, "safetensors.layout",
                "{0} is damaged: the tensor {1} overlaps another one or leaves a gap. Use an earlier copy of "
                "it.",
                t.name);
        expected += t.bytes;
        t.begin += 8 + length;
        m_byName[t.name] = static_cast<std::size_t>(&t - m_tensors.data());
    }
    if (expected != fileSize - 8 - length)
        return damaged(m_path, "safetensors.size",
                       "{0} is damaged: its tensors need {1} bytes and it holds {2}. Use an earlier copy of it.",
                       expected, fileSize - 8 - length);
    return {};
}

const StoredTensor *SafetensorsFile::find(std::string_view name) const
{
    const auto found = m_byName.find(name);
    return found == m_byName.end() ? nullptr : &m_tensors[found->second];
}

Result<Tensor> SafetensorsFile::read(const StoredTensor &stored) const
{
    const auto cut = [&] {
        return damaged(m_path, "safetensors.cut", "{0} was cut off while it was read. Use an earlier copy of it.");
    };
    Tensor tensor(stored.dtype, stored.dims);
    if (stored.dtype != DType::Bool && storedNameOf(stored.dtype) == stored.storedType) {
        ESPALIER_TRY(const std::size_t got,
                     m_file.read(stored.begin, static_cast<char *>(tensor.data()), tensor.bytes()));
        return got == tensor.bytes() ? Result<Tensor>(std::move(tensor)) : cut();
    }
    std::string raw(static_cast<std::size_t>(stored.bytes), '\0');
    ESPALIER_TRY(const std::size_t got, m_file.read(stored.begin, raw.data(), raw.size()));
    if (got != raw.size())
        return cut();
    convert(stored.storedType, raw, tensor);
    return tensor;
}

Result<std::vector<NamedTensor>> SafetensorsFile::readAll() const
{
    std::vector<NamedTensor> all;
    for (const StoredTensor &stored : m_tensors) {
        ESPALIER_TRY(Tensor tensor, read(stored));
        all.push_back({stored.name, std::move(tensor)});
    }
    return all;
}

Result<void> writeSafetensors(const std::string &path, const std::vector<NamedTensor> &tensors,
                              const std::map<std::string, std::string> &metadata)
{
    for (const NamedTensor &t : tensors)
        ESPALIER_ASSERT(!t.tensor.isEmpty(), "a tensor without data can't be stored");
    const auto order = inFileOrder(tensors);
    ESPALIER_TRY(const std::string header, headerText(path, order, metadata));
    const std::uint64_t length = header.size();
    std::string start(8, '\0');
    std::memcpy(start.data(), &length, 8);
    ESPALIER_TRY(AtomicFile file, AtomicFile::open(path));
    ESPALIER_CHECK(file.write(start + header));
    for (const NamedTensor *t : order)
        ESPALIER_CHECK(file.write({static_cast<const char *>(t->tensor.data()), t->tensor.bytes()}));
    return file.commit();
}

} // namespace espalier
