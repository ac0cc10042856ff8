// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/cpu/onednn.h"

#include "engine/base/hash.h"

#include <cstring>

namespace espalier::onednn {
namespace {

using dnnl::memory;

/// Memory objects are made once; a launch only sets their pointers.
class PrimitiveKernel : public Kernel {
public:
    PrimitiveKernel(dnnl::primitive primitive, std::vector<Argument> arguments, const Md &scratchpad)
        : m_primitive(std::move(primitive))
        , m_arguments(std::move(arguments))
        , m_stream(engine())
    {
        for (const Argument &a : m_arguments) {
            m_memories.emplace_back(a.md, engine(), nullptr);
            m_map.emplace(a.name, m_memories.back());
        }
        if (scratchpad.get_size() > 0) {
            m_scratchpad = memory(scratchpad, engine(), nullptr);
            m_map.emplace(DNNL_ARG_SCRATCHPAD, m_scratchpad);
        }
    }
    void launch(void *, std::span<std::byte *const> inputs, std::span<std::byte *const> outputs,
                std::byte *workspace) const override
    {
        for (std::size_t i = 0; i < m_arguments.size(); ++i) {
            const Argument &a = m_arguments[i];
            m_memories[i].set_data_handle((a.isOutput ? outputs : inputs)[static_cast<std::size_t>(a.index)]);
        }
        if (m_scratchpad)
            m_scratchpad.set_data_handle(workspace);
        m_primitive.execute(m_stream, m_map);
    }

private:
    dnnl::primitive m_primitive;
    std::vector<Argument> m_arguments;
    mutable dnnl::stream m_stream;
    mutable std::vector<memory> m_memories;
    mutable memory m_scratchpad;
    std::unordered_map<int, memory> m_map;
};

memory::dims dims64(const Dims &dims)
{
    return {dims.begin(), dims.end()};
}

bool isRowMajor(const Md &md, const TensorType &type)
{
    return md == plain(type);
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

dnnl::primitive_attr attributes(Epilogue epilogue)
{
    dnnl::primitive_attr attr;
    attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
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
dnnl::convolution_backward_data::primitive_desc convolutionData(const Md &dx, const Md &w, const Md &dy,
                                                                const ConvShape &s,
                                                                const dnnl::convolution_forward::primitive_desc &hint)
{
    return {engine(),
            dnnl::algorithm::convolution_direct,
            dx,
            w,
            dy,
            dims64(s.stride),
            dims64(s.dilation),
            dims64(s.padBegin),
            dims64(s.padEnd),
            hint,
            attributes()};
}
dnnl::convolution_backward_weights::primitive_desc convolutionWeights(
    const Md &x, const Md &dw, const Md &dy, const ConvShape &s, const dnnl::convolution_forward::primitive_desc &hint)
{
    return {engine(),
            dnnl::algorithm::convolution_direct,
            x,
            dw,
            dy,
            dims64(s.stride),
            dims64(s.dilation),
            dims64(s.padBegin),
            dims64(s.padEnd),
            hint,
            attributes()};
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
dnnl::convolution_backward_data::primitive_desc convolutionData(const Md &dx, const Md &w, const Md &dy,
                                                                const ConvShape &s,
                                                                const dnnl::convolution_forward::primitive_desc &hint)
{
    return {dnnl::convolution_backward_data::desc(dnnl::algorithm::convolution_direct, dx, w, dy, dims64(s.stride),
                                                  dims64(s.dilation), dims64(s.padBegin), dims64(s.padEnd)),
            attributes(), engine(), hint};
}
dnnl::convolution_backward_weights::primitive_desc convolutionWeights(
    const Md &x, const Md &dw, const Md &dy, const ConvShape &s, const dnnl::convolution_forward::primitive_desc &hint)
{
    return {dnnl::convolution_backward_weights::desc(dnnl::algorithm::convolution_direct, x, dw, dy, dims64(s.stride),
                                                     dims64(s.dilation), dims64(s.padBegin), dims64(s.padEnd)),
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

std::string implementationOf(const dnnl::primitive_desc_base &pd)
{
    return pd.impl_info_str();
}

bool isSlow(std::string_view implementation)
{
    return implementation.find("ref") == 0 || implementation.find("simple_nchw") != std::string_view::npos
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
