// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/reference/backend.h"

#include "engine/backends/reference/kernels.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace espalier {
namespace {

constexpr std::align_val_t kAlignment{64};

class HostBuffer : public Buffer {
public:
    HostBuffer(std::byte *memory, std::size_t size)
        : m_memory(memory)
        , m_size(size)
    {
    }
    ~HostBuffer() override { ::operator delete[](m_memory, kAlignment); }
    HostBuffer(const HostBuffer &) = delete;
    HostBuffer &operator=(const HostBuffer &) = delete;
    std::byte *address() const override { return m_memory; }
    std::size_t size() const override { return m_size; }

private:
    std::byte *m_memory;
    std::size_t m_size;
};

/// Holds the instruction and a tensor for each operand, which a launch points at the memory that it is given.
class ReferenceKernel : public Kernel {
public:
    ReferenceKernel(RefKernel kernel, Instruction instruction, std::vector<std::size_t> operandOf,
                    std::vector<Tensor> inputs, std::vector<Tensor> outputs)
        : m_kernel(kernel)
        , m_instruction(std::move(instruction))
        , m_operandOf(std::move(operandOf))
        , m_inputs(std::move(inputs))
        , m_outputs(std::move(outputs))
    {
    }
    void launch(void *, std::span<std::byte *const> inputs, std::span<std::byte *const> outputs,
                std::byte *) const override
    {
        for (std::size_t i = 0; i < m_inputs.size(); ++i)
            m_inputs[i].pointAt(inputs[m_operandOf[i]]);
        for (std::size_t i = 0; i < m_outputs.size(); ++i)
            m_outputs[i].pointAt(outputs[i]);
        m_kernel({m_instruction, m_inputs, m_outputs});
    }

private:
    RefKernel m_kernel;
    Instruction m_instruction;
    std::vector<std::size_t> m_operandOf; ///< for each input of the instruction, its place among the group's inputs
    mutable std::vector<Tensor> m_inputs; ///< views, re-pointed by each launch so that a step allocates nothing
    mutable std::vector<Tensor> m_outputs;
};

class CopyKernel : public Kernel {
public:
    explicit CopyKernel(std::size_t bytes)
        : m_bytes(bytes)
    {
    }
    void launch(void *, std::span<std::byte *const> inputs, std::span<std::byte *const> outputs,
                std::byte *) const override
    {
        if (m_bytes > 0)
            std::memmove(outputs[0], inputs[0], m_bytes);
    }

private:
    std::size_t m_bytes;
};

class LaunchList : public Recording {
public:
    explicit LaunchList(std::vector<Launch> launches)
        : m_launches(std::move(launches))
    {
    }
    void run() override
    {
        for (const Launch &launch : m_launches)
            launch.kernel->launch(nullptr, launch.inputs, launch.outputs, launch.workspace);
    }

private:
    std::vector<Launch> m_launches;
};

class ReferenceBackend : public Backend {
public:
    const Device &device() const override { return m_device; }
    bool supports(DType dtype) const override { return dtype != DType::Unknown; }

    Result<std::unique_ptr<Buffer>> allocate(std::size_t bytes) override
    {
        const std::size_t padded = bytes / 64 * 64 + 64;
        if (padded < bytes)
            return fail("backend.memory", "There is too little memory: {0} bytes are needed.", bytes);
        void *memory = ::operator new[](padded, kAlignment, std::nothrow);
        if (!memory)
            return fail("backend.memory", "There is too little memory: {0} bytes are needed.", bytes);
        std::memset(memory, 0, padded);
        return std::make_unique<HostBuffer>(static_cast<std::byte *>(memory), bytes);
    }
    void upload(Buffer &to, std::size_t offset, std::span<const std::byte> from) override
    {
        std::copy(from.begin(), from.end(), to.address() + offset);
    }
    void download(const Buffer &from, std::size_t offset, std::span<std::byte> to) override
    {
        std::copy_n(from.address() + offset, to.size(), to.begin());
    }
    void synchronize() override { }
    const std::byte *hostAddress(const Buffer &buffer) const override { return buffer.address(); }

    std::span<const Pattern> patterns() const override { return {}; }
    bool canFuse(const Program &, const Instruction &) const override { return false; }
    tl::expected<Prepared, Decline> prepareFused(const Group &, std::span<const Layout>) override
    {
        return tl::unexpected(Decline{"the reference runs one op at a time"});
    }
    tl::expected<Prepared, Decline> prepareReference(const Group &group) override
    {
        return prepareReferenceKernel(group);
    }
    Prepared prepareReorder(const TensorType &type, const Layout &from, const Layout &to) override
    {
        Prepared prepared; // all layouts here are row-major
        prepared.kernel = std::make_unique<CopyKernel>(storageBytes(type, to));
        prepared.inputLayouts = {from};
        prepared.outputLayouts = {to};
        prepared.implementation = "copy";
        return prepared;
    }
    std::unique_ptr<Recording> record(std::vector<Launch> launches) override
    {
        return std::make_unique<LaunchList>(std::move(launches));
    }

private:
    Device m_device{"reference", "plain loops", "any", 1};
};

/// aliases() in terms of the group's operands; an input that is given twice is left alone.
std::vector<std::pair<int, int>> groupAliases(const Group &group, const Instruction &in)
{
    const auto typesOf = [&](const std::vector<ValueId> &ids) {
        std::vector<TensorType> types;
        for (const ValueId id : ids)
            types.push_back(group.program->type(id));
        return types;
    };
    std::vector<std::pair<int, int>> pairs;
    for (const auto &[output, input] : aliases(in, typesOf(in.inputs), typesOf(in.outputs))) {
        const ValueId from = in.inputs[static_cast<std::size_t>(input)];
        const ValueId to = in.outputs[static_cast<std::size_t>(output)];
        const auto i = std::find(group.inputs.begin(), group.inputs.end(), from) - group.inputs.begin();
        const auto o = std::find(group.outputs.begin(), group.outputs.end(), to) - group.outputs.begin();
        const bool repeated = std::count(in.inputs.begin(), in.inputs.end(), from) > 1 && in.op->traits.update;
        if (!repeated && o < std::ssize(group.outputs))
            pairs.emplace_back(static_cast<int>(o), static_cast<int>(i));
    }
    return pairs;
}

} // namespace

tl::expected<Prepared, Decline> prepareReferenceKernel(const Group &group)
{
    if (group.instructions.size() != 1)
        return tl::unexpected(Decline{"the reference runs one op at a time"});
    const Instruction &in = group.program->instructions[static_cast<std::size_t>(group.instructions.front())];
    const RefKernel kernel = findReferenceKernel(in.op->name);
    if (!kernel)
        return tl::unexpected(Decline{"the reference has no kernel for " + std::string(in.op->name)});
    const auto view = [&](ValueId id) {
        const TensorType &type = group.program->type(id);
        return Tensor::view(type.dtype, type.shape.concrete(), nullptr);
    };
    std::vector<std::size_t> operandOf;
    std::vector<Tensor> inputs;
    for (const ValueId id : in.inputs) {
        inputs.push_back(view(id));
        operandOf.push_back(
            static_cast<std::size_t>(std::find(group.inputs.begin(), group.inputs.end(), id) - group.inputs.begin()));
    }
    Prepared prepared;
    std::vector<Tensor> outputs;
    for (const ValueId id : in.outputs)
        outputs.push_back(view(id));
    prepared.inputLayouts.resize(group.inputs.size());
    prepared.outputLayouts.resize(group.outputs.size());
    prepared.implementation = "ref";
    prepared.mayAlias = groupAliases(group, in);
    prepared.kernel
        = std::make_unique<ReferenceKernel>(kernel, in, std::move(operandOf), std::move(inputs), std::move(outputs));
    return prepared;
}

Result<std::unique_ptr<Backend>> makeReferenceBackend(const BackendOptions &)
{
    return std::make_unique<ReferenceBackend>();
}

} // namespace espalier
