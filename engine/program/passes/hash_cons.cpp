// SPDX-License-Identifier: Apache-2.0
#include "engine/program/passes/hash_cons.h"

#include "engine/base/hash.h"
#include "engine/ops/op.h"

#include <algorithm>

namespace espalier {
namespace {

constexpr std::size_t kHashedBytes = 4096; ///< of a large constant; equality compares all

std::uint64_t mix(std::uint64_t hash, std::uint64_t value)
{
    hash ^= value + 0x9e3779b97f4a7c15u + (hash << 6) + (hash >> 2);
    return hash * 0xff51afd7ed558ccdu;
}

std::uint64_t hashAttr(const AttrValue &value)
{
    if (const auto *tensor = std::get_if<Tensor>(&value)) {
        const std::string_view bytes(static_cast<const char *>(tensor->data()),
                                     std::min(tensor->bytes(), kHashedBytes));
        return hash64(bytes,
                      static_cast<std::uint64_t>(tensor->elements()) * 8 + static_cast<std::uint64_t>(tensor->dtype()));
    }
    return hash64(attrToString(value));
}

bool commutes(const Instruction &in)
{
    return in.op->traits.commutative && in.inputs.size() >= 2;
}

bool sameBody(const std::shared_ptr<const Program> &a, const std::shared_ptr<const Program> &b)
{
    return a == b || print(*a) == print(*b);
}

} // namespace

std::uint64_t computationHash(const Instruction &in)
{
    std::uint64_t hash = hash64(in.op->name);
    const auto input
        = [&](std::size_t i) { return static_cast<std::uint64_t>(static_cast<std::uint32_t>(in.inputs[i])); };
    std::size_t from = 0;
    if (commutes(in)) {
        hash = mix(mix(hash, std::min(input(0), input(1))), std::max(input(0), input(1)));
        from = 2;
    }
    for (std::size_t i = from; i < in.inputs.size(); ++i)
        hash = mix(hash, input(i));
    for (const auto &[name, value] : in.attrs.all())
        hash = mix(hash, hashAttr(value));
    return hash;
}

bool sameComputation(const Instruction &a, const Instruction &b)
{
    if (a.op != b.op || a.inputs.size() != b.inputs.size() || a.bodies.size() != b.bodies.size())
        return false;
    const bool straight = a.inputs == b.inputs;
    const bool crossed = commutes(a) && a.inputs[0] == b.inputs[1] && a.inputs[1] == b.inputs[0]
        && std::equal(a.inputs.begin() + 2, a.inputs.end(), b.inputs.begin() + 2);
    return (straight || crossed) && a.attrs == b.attrs
        && std::equal(a.bodies.begin(), a.bodies.end(), b.bodies.begin(), sameBody);
}

} // namespace espalier
