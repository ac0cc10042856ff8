// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/cpu/onednn.h"

#include "engine/base/assert.h"
#include "engine/base/hash.h"
#include "engine/base/processor.h"

#include <omp.h>

#include <cstring>

namespace espalier::onednn {
namespace {

using dnnl::memory;

thread_local bool smallWork = false; ///< what SmallWork says of primitives that are made now

/// Memory objects and the list of arguments are made once; a launch sets pointers, and only those that changed, because
/// setting one clears the padding behind it. Runs through the C API, which allocates less.
class PrimitiveKernel : public Kernel {
public:
    PrimitiveKernel(dnnl::primitive primitive, std::vector<Argument> arguments, const Md &scratchpad)
        : m_primitive(std::move(primitive))
        , m_arguments(std::move(arguments))
        , m_stream(engine())
        , m_isSmall(smallWork)
    {
        for (const Argument &a : m_arguments)
            add(a.name, a.md);
        if (scratchpad.get_size() > 0)
            add(DNNL_ARG_SCRATCHPAD, scratchpad);
        m_at.assign(m_memories.size(), nullptr);
    }
    void launch(void *, std::span<std::byte *const> inputs, std::span<std::byte *const> outputs,
                std::byte *workspace) const override
    {
        for (std::size_t i = 0; i < m_memories.size(); ++i) {
            std::byte *address = workspace;
            if (i < m_arguments.size())
                address = (m_arguments[i].isOutput ? outputs : inputs)[static_cast<std::size_t>(m_arguments[i].index)];
            if (address == m_at[i])
                continue;
            dnnl_memory_set_data_handle(m_memories[i].get(), address);
            m_at[i] = address;
        }
        const int threads = m_isSmall ? omp_get_max_threads() : 1;
        if (threads > 1)
            omp_set_num_threads(1);
        const auto status
            = dnnl_primitive_execute(m_primitive.get(), m_stream.get(), static_cast<int>(m_list.size()), m_list.data());
        if (threads > 1)
            omp_set_num_threads(threads);
        ESPALIER_ASSERT(status == dnnl_success, "a oneDNN primitive did not run");
    }

private:
    void add(int name, const Md &md)
    {
        m_memories.emplace_back(md, engine(), nullptr);
        m_list.push_back({name, m_memories.back().get()});
    }

    dnnl::primitive m_primitive;
    std::vector<Argument> m_arguments;
    dnnl::stream m_stream;
    bool m_isSmall;
    std::vector<memory> m_memories;
    std::vector<dnnl_exec_arg_t> m_list;
    mutable std::vector<std::byte *> m_at;
};

memory::dims dims64(const Dims &dims)
{
    return {dims.begin(), dims.end()};
}

bool isRowMajor(const Md &md, const TensorType &type)
{
    return md == plain(type.dtype, dimsOf(md)) && elementCount(dimsOf(md)) == elementCount(type.shape.concrete());
}

/// Names the bytes of the descriptor: two layouts are the same exactly if their descriptors are.
std::string tagOf(const Md &md)
{
#if DNNL_VERSION_MAJOR >= 3
    std::string text = "dnnl";
    const auto add = [&](const memory::dims &values) {
        for (const auto v : values)
            text += "," + std::to_string(v);
        text += ";";
    };
    add(md.get_padded_dims());
    add(md.get_strides());
    add(md.get_inner_blks());
    add(md.get_inner_idxs());
    return text + std::to_string(md.get_size()) + "," + std::to_string(static_cast<int>(md.get_format_kind()));
#else
    const std::string_view bytes(reinterpret_cast<const char *>(&md.data), sizeof md.data);
    return "dnnl" + std::to_string(hash64(bytes));
#endif
}

} // namespace

const dnnl::engine &engine()
{
    static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
    return cpu;
}

memory::data_type dataType(DType dtype)
{
    switch (dtype) {
    case DType::BFloat16:
        return memory::data_type::bf16;
    case DType::Int32:
        return memory::data_type::s32;
    case DType::Bool:
        return memory::data_type::u8;
    default:
        return memory::data_type::f32;
    }
}

Md plain(DType dtype, const Dims &dims)
{
    if (dims.empty())
        return plain(dtype, {1});
    return {dims64(dims), dataType(dtype), dims64(rowMajorStrides(dims))};
}

Md plain(const TensorType &type)
{
    return plain(type.dtype, type.shape.concrete());
}

Md strided(DType dtype, const Dims &dims, const Dims &strides)
{
    return {dims64(dims), dataType(dtype), dims64(strides)};
}

Md any(DType dtype, const Dims &dims)
{
    return {dims64(dims), dataType(dtype), memory::format_tag::any};
}

Md channelsLast(DType dtype, const Dims &dims)
{
    return {dims64(dims), dataType(dtype), memory::format_tag::nhwc};
}

Dims dimsOf(const Md &md)
{
#if DNNL_VERSION_MAJOR >= 3
    const memory::dims dims = md.get_dims();
#else
    const memory::dims dims = md.dims();
#endif
    return {dims.begin(), dims.end()};
}

Prepared prepareReorder(const TensorType &type, const Layout &from, const Layout &to)
{
    const auto descriptor = [&](const Layout &layout, const Layout &other) {
        return layout.isPlain() && !other.isPlain() ? plain(type.dtype, dimsOf(descriptorOf(other, type)))
                                                    : descriptorOf(layout, type);
    };
    const SmallWork scope(storageBytes(type, from.isPlain() ? to : from) < kSmallBytes);
    const Md source = descriptor(from, to);
    const Md target = descriptor(to, from);
    const dnnl::reorder::primitive_desc pd(engine(), source, engine(), target, attributes());
    Prepared prepared
        = prepareKernel(pd, dnnl::reorder(pd), {{DNNL_ARG_FROM, false, 0, source}, {DNNL_ARG_TO, true, 0, target}});
    prepared.inputLayouts = {from};
    prepared.outputLayouts = {to};
    return prepared;
}

Layout layoutOf(const Md &md, const TensorType &type)
{
    if (isRowMajor(md, type))
        return {};
    return {tagOf(md), md.get_size(), std::make_shared<const Md>(md)};
}

Md descriptorOf(const Layout &layout, const TensorType &type)
{
    return layout.isPlain() ? plain(type) : *static_cast<const Md *>(layout.detail.get());
}

std::optional<AxisRuns> axisRuns(const Layout &layout, const TensorType &type, int axis)
{
    const Md md = descriptorOf(layout, type);
    const auto at = static_cast<std::size_t>(axis);
    std::vector<std::int64_t> strides;
    std::vector<std::int64_t> padded;
    std::int64_t block = 1; // of this axis
    bool isSimple = true;
#if DNNL_VERSION_MAJOR >= 3
    strides = md.get_strides();
    padded = md.get_padded_dims();
    const auto blocks = md.get_inner_blks();
    isSimple = blocks.size() <= 1 && (blocks.empty() || md.get_inner_idxs().front() == axis);
    block = blocks.empty() ? 1 : blocks.front();
#else
    const auto &blocking = md.data.format_desc.blocking;
    strides.assign(blocking.strides, blocking.strides + md.data.ndims);
    padded.assign(md.data.padded_dims, md.data.padded_dims + md.data.ndims);
    isSimple = md.data.format_kind == dnnl_blocked && blocking.inner_nblks <= 1
        && (blocking.inner_nblks == 0 || blocking.inner_idxs[0] == axis);
    block = blocking.inner_nblks == 0 ? 1 : blocking.inner_blks[0];
#endif
    if (!isSimple || at >= strides.size() || static_cast<int>(strides.size()) != type.shape.rank())
        return std::nullopt;
    std::int64_t inside = block; // values between two neighbours of the axis, if all is packed
    for (std::size_t i = 0; i < strides.size(); ++i)
        if (i != at && strides[i] < strides[at])
            inside *= padded[i];
    const std::int64_t entries = padded[at] / block;
    if (inside != strides[at] && !(strides[at] == 1 && block == 1))
        return std::nullopt;
    const auto size = [](std::int64_t value) { return static_cast<std::size_t>(value); };
    if (strides[at] == 1) // channels last
        return AxisRuns{size(entries), size(entries), 1};
    return AxisRuns{size(strides[at]), size(block), size(entries)};
}

dnnl::primitive_attr attributes(Epilogue epilogue)
{
    dnnl::primitive_attr attr;
    attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    if (epilogue == Epilogue::Accumulate) {
        dnnl::post_ops ops;
        ops.append_sum(1);
        attr.set_post_ops(ops);
    }
    if (epilogue == Epilogue::Relu) {
        dnnl::post_ops ops;
#if DNNL_VERSION_MAJOR >= 3
        ops.append_eltwise(dnnl::algorithm::eltwise_relu, 0, 0);
#else
        ops.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
#endif
        attr.set_post_ops(ops);
    }
    return attr;
}

#if DNNL_VERSION_MAJOR >= 3
PoolingForward::primitive_desc pooling(dnnl::algorithm algorithm, const Md &x, const Md &y, const PoolShape &s)
{
    return {engine(),
            dnnl::prop_kind::forward_training,
            algorithm,
            x,
            y,
            dims64(s.stride),
            dims64(s.kernel),
            {0, 0},
            dims64(s.padBegin),
            dims64(s.padEnd),
            attributes()};
}
PoolingBackward::primitive_desc poolingBackward(dnnl::algorithm algorithm, const Md &dx, const Md &dy,
                                                const PoolShape &s, const PoolingForward::primitive_desc &hint)
{
    return {engine(),           algorithm,        dx,   dy,          dims64(s.stride), dims64(s.kernel), {0, 0},
            dims64(s.padBegin), dims64(s.padEnd), hint, attributes()};
}
dnnl::matmul::primitive_desc matmul(const Md &a, const Md &b, const Md *bias, const Md &y, Epilogue epilogue)
{
    if (bias)
        return {engine(), a, b, *bias, y, attributes(epilogue)};
    return {engine(), a, b, y, attributes(epilogue)};
}
dnnl::convolution_forward::primitive_desc convolution(dnnl::algorithm algorithm, const Md &x, const Md &w,
                                                      const Md *bias, const Md &y, const ConvShape &s,
                                                      Epilogue epilogue)
{
    constexpr auto kTraining = dnnl::prop_kind::forward_training;
    if (bias)
        return {engine(),
                kTraining,
                algorithm,
                x,
                w,
                *bias,
                y,
                dims64(s.stride),
                dims64(s.dilation),
                dims64(s.padBegin),
                dims64(s.padEnd),
                attributes(epilogue)};
    return {engine(),           kTraining,        algorithm,           x, w, y, dims64(s.stride), dims64(s.dilation),
            dims64(s.padBegin), dims64(s.padEnd), attributes(epilogue)};
}
dnnl::convolution_backward_data::primitive_desc convolutionData(dnnl::algorithm algorithm, const Md &dx, const Md &w,
                                                                const Md &dy, const ConvShape &s,
                                                                const dnnl::convolution_forward::primitive_desc &hint)
{
    return {engine(),           algorithm,        dx,   w,           dy, dims64(s.stride), dims64(s.dilation),
            dims64(s.padBegin), dims64(s.padEnd), hint, attributes()};
}
dnnl::convolution_backward_weights::primitive_desc convolutionWeights(
    dnnl::algorithm algorithm, const Md &x, const Md &dw, const Md &dy, const ConvShape &s,
    const dnnl::convolution_forward::primitive_desc &hint)
{
    return {engine(),           algorithm,        x,    dw,          dy, dims64(s.stride), dims64(s.dilation),
            dims64(s.padBegin), dims64(s.padEnd), hint, attributes()};
}
#else
PoolingForward::primitive_desc pooling(dnnl::algorithm algorithm, const Md &x, const Md &y, const PoolShape &s)
{
    return {PoolingForward::desc(dnnl::prop_kind::forward_training, algorithm, x, y, dims64(s.stride), dims64(s.kernel),
                                 {0, 0}, dims64(s.padBegin), dims64(s.padEnd)),
            attributes(), engine()};
}
PoolingBackward::primitive_desc poolingBackward(dnnl::algorithm algorithm, const Md &dx, const Md &dy,
                                                const PoolShape &s, const PoolingForward::primitive_desc &hint)
{
    return {PoolingBackward::desc(algorithm, dx, dy, dims64(s.stride), dims64(s.kernel), {0, 0}, dims64(s.padBegin),
                                  dims64(s.padEnd)),
            attributes(), engine(), hint};
}
dnnl::matmul::primitive_desc matmul(const Md &a, const Md &b, const Md *bias, const Md &y, Epilogue epilogue)
{
    if (bias)
        return {dnnl::matmul::desc(a, b, *bias, y), attributes(epilogue), engine()};
    return {dnnl::matmul::desc(a, b, y), attributes(epilogue), engine()};
}
dnnl::convolution_forward::primitive_desc convolution(dnnl::algorithm algorithm, const Md &x, const Md &w,
                                                      const Md *bias, const Md &y, const ConvShape &s,
                                                      Epilogue epilogue)
{
    using Desc = dnnl::convolution_forward::desc;
    constexpr auto kTraining = dnnl::prop_kind::forward_training;
    const Desc desc = bias ? Desc(kTraining, algorithm, x, w, *bias, y, dims64(s.stride), dims64(s.dilation),
                                  dims64(s.padBegin), dims64(s.padEnd))
                           : Desc(kTraining, algorithm, x, w, y, dims64(s.stride), dims64(s.dilation),
                                  dims64(s.padBegin), dims64(s.padEnd));
    return {desc, attributes(epilogue), engine()};
}
dnnl::convolution_backward_data::primitive_desc convolutionData(dnnl::algorithm algorithm, const Md &dx, const Md &w,
                                                                const Md &dy, const ConvShape &s,
                                                                const dnnl::convolution_forward::primitive_desc &hint)
{
    return {dnnl::convolution_backward_data::desc(algorithm, dx, w, dy, dims64(s.stride), dims64(s.dilation),
                                                  dims64(s.padBegin), dims64(s.padEnd)),
            attributes(), engine(), hint};
}
dnnl::convolution_backward_weights::primitive_desc convolutionWeights(
    dnnl::algorithm algorithm, const Md &x, const Md &dw, const Md &dy, const ConvShape &s,
    const dnnl::convolution_forward::primitive_desc &hint)
{
    return {dnnl::convolution_backward_weights::desc(algorithm, x, dw, dy, dims64(s.stride), dims64(s.dilation),
                                                     dims64(s.padBegin), dims64(s.padEnd)),
            attributes(), engine(), hint};
}
#endif

Layout privateLayout(std::string_view kind, const Md &md, const Md &with)
{
    return {std::string(kind) + tagOf(md) + tagOf(with), md.get_size(), std::make_shared<const Md>(with)};
}

std::shared_ptr<const void> companion(const Layout &layout)
{
    return layout.detail;
}

Md sameBlocking(const Md &md, const TensorType &from, const TensorType &type)
{
    if (isRowMajor(md, from))
        return plain(type);
    using Tag = memory::format_tag;
    const memory::dims dims = dims64(from.shape.concrete());
    for (const Tag tag : {Tag::nChw16c, Tag::nChw8c, Tag::nhwc})
        if (md == Md(dims, dataType(from.dtype), tag))
            return {dims64(type.shape.concrete()), dataType(type.dtype), tag};
    throw dnnl::error(dnnl_unimplemented, "a layout that pooling does not know");
}

SmallWork::SmallWork(bool small)
    : m_threads(small && omp_get_max_threads() > 1 ? omp_get_max_threads() : 0)
{
    if (m_threads == 0)
        return;
    omp_set_num_threads(1);
    smallWork = true;
}

SmallWork::~SmallWork()
{
    if (m_threads == 0)
        return;
    omp_set_num_threads(m_threads);
    smallWork = false;
}

std::string implementationOf(const dnnl::primitive_desc_base &pd)
{
    return pd.impl_info_str();
}

bool hasBFloat16()
{
    return processorClass() == "avx512_bf16";
}

bool isSlow(std::string_view implementation)
{
    if (implementation.starts_with("dnnl:"))
        implementation.remove_prefix(5);
    return implementation.starts_with("ref") || implementation.find("simple_nchw") != std::string_view::npos
        || implementation.find("ncsp") != std::string_view::npos;
}

Prepared prepareKernel(const dnnl::primitive_desc_base &pd, const dnnl::primitive &primitive,
                       std::vector<Argument> arguments, std::string_view prefix)
{
    Prepared prepared;
    const Md scratchpad = pd.query_md(dnnl::query::exec_arg_md, DNNL_ARG_SCRATCHPAD);
    prepared.workspaceBytes = scratchpad.get_size();
    prepared.implementation = std::string(prefix) + implementationOf(pd);
    prepared.kernel = std::make_unique<PrimitiveKernel>(primitive, std::move(arguments), scratchpad);
    return prepared;
}

} // namespace espalier::onednn
