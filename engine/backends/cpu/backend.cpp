// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/cpu/backend.h"

#include "engine/backends/cpu/onednn.h"
#include "engine/backends/cpu/patterns.h"
#include "engine/backends/cpu/tuning.h"
#include "engine/backends/cpu/widened.h"
#include "engine/backends/reference/backend.h"
#include "engine/base/processor.h"
#include "engine/ops/op.h"

#include <omp.h>

#include <algorithm>
#include <cstring>

namespace espalier {

Pattern singleOp(std::string_view op, PrepareFunction prepare)
{
    return {op,
            [op](const Program &program, std::int32_t index,
                 std::span<const std::int32_t>) -> std::optional<std::vector<std::int32_t>> {
                if (program.instructions[static_cast<std::size_t>(index)].op->name != op)
                    return std::nullopt;
                return std::vector<std::int32_t>{index};
            },
            std::move(prepare)};
}

namespace {

class CpuBackend : public Backend {
public:
    CpuBackend(std::unique_ptr<Backend> host, Device device, const BackendOptions &options)
        : m_host(std::move(host))
        , m_device(std::move(device))
        , m_tuner(std::make_shared<Tuner>(m_device.processorClass + " " + std::to_string(m_device.threads) + " threads",
                                          options.deterministic))
        , m_bfloat16(options.nativeBFloat16 && onednn::hasBFloat16())
    {
        for (auto family :
             {cpuMatmulPatterns(m_bfloat16), cpuConvPatterns(m_tuner, m_bfloat16), cpuControlPatterns(*this),
              cpuNormPatterns(), cpuPoolPatterns(), cpuIndexPatterns(), cpuMovePatterns(), cpuRandomPatterns(),
              cpuRnnPatterns(), cpuReducePatterns(), cpuSoftmaxPatterns(), cpuUpdatePatterns()})
            std::move(family.begin(), family.end(), std::back_inserter(m_patterns));
    }
    const Device &device() const override { return m_device; }
    bool supports(DType dtype) const override
    {
        return dtype != DType::Unknown && (dtype != DType::BFloat16 || m_bfloat16);
    }
    Result<std::unique_ptr<Buffer>> allocate(std::size_t bytes) override { return m_host->allocate(bytes); }
    void upload(Buffer &to, std::size_t offset, std::span<const std::byte> from) override
    {
        m_host->upload(to, offset, from);
    }
    void download(const Buffer &from, std::size_t offset, std::span<std::byte> to) override
    {
        m_host->download(from, offset, to);
    }
    void synchronize() override { }
    const std::byte *hostAddress(const Buffer &buffer) const override { return buffer.address(); }
    std::span<const Pattern> patterns() const override { return m_patterns; }
    bool canFuse(const Program &program, const Instruction &instruction) const override
    {
        return cpuCanFuse(program, instruction);
    }
    tl::expected<Prepared, Decline> prepareFused(const Group &group, std::span<const Layout> layouts) override
    {
        return cpuPrepareFused(group, layouts);
    }
    tl::expected<Prepared, Decline> prepareReference(const Group &group) override
    {
        if (auto widened = prepareWidened(group, m_patterns))
            return widened;
        return prepareReferenceKernel(group);
    }
    Prepared prepareReorder(const TensorType &type, const Layout &from, const Layout &to) override
    {
        if (from == to && from.isPlain())
            return m_host->prepareReorder(type, from, to);
        return onednn::prepareReorder(type, from, to);
    }
    std::optional<AxisRuns> axisRuns(const TensorType &type, const Layout &layout, int axis) const override
    {
        return layout.isPlain() ? espalier::axisRuns(type, axis) : onednn::axisRuns(layout, type, axis);
    }
    std::unique_ptr<Recording> record(std::vector<Launch> launches) override
    {
        return m_host->record(std::move(launches));
    }
    std::vector<std::pair<std::string, std::string>> choices() const override
    {
        m_tuner->save();
        return m_tuner->choices();
    }
    void presetChoices(const std::vector<std::pair<std::string, std::string>> &choices) override
    {
        m_tuner->preset(choices);
    }

private:
    std::unique_ptr<Backend> m_host;
    Device m_device;
    std::shared_ptr<Tuner> m_tuner;
    bool m_bfloat16;
    std::vector<Pattern> m_patterns;
};

} // namespace

Result<std::unique_ptr<Backend>> makeCpuBackend(const BackendOptions &options)
{
    ESPALIER_TRY(auto host, makeBackend("reference", options));
    // One thread for each core: places are cores where threads are bound, and two threads on one core don't add up.
    // Asked once, because omp_set_num_threads changes the answer.
    static const int atStart = omp_get_max_threads();
    const int cores = omp_get_num_places() > 0 ? std::min(omp_get_num_places(), atStart) : atStart;
    const int threads = options.threads > 0 ? options.threads : cores;
    omp_set_num_threads(threads);
    return std::make_unique<CpuBackend>(std::move(host), Device{"cpu", processorName(), processorClass(), threads},
                                        options);
}

} // namespace espalier
