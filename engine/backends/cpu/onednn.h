// SPDX-License-Identifier: Apache-2.0
// The adapter to oneDNN: the only place (with onednn.cpp) that knows version 2.6 from 3.x. In the shape of the 3.x API.
#pragma once

#include "engine/backends/backend.h"

#include <oneapi/dnnl/dnnl.hpp>

namespace espalier::onednn {

using Md = dnnl::memory::desc;
using Dims64 = dnnl::memory::dims;

const dnnl::engine &engine();

dnnl::memory::data_type dataType(DType dtype);
/// Row-major.
Md plain(const TensorType &type);
Md plain(DType dtype, const Dims &dims);
/// Row-major memory seen through other strides (in elements).
Md strided(DType dtype, const Dims &dims, const Dims &strides);
/// "Whatever suits the primitive".
Md any(DType dtype, const Dims &dims);
Md channelsLast(DType dtype, const Dims &dims);
Dims dimsOf(const Md &md);

/// The layout that a memory descriptor describes; row-major ones become plain.
Layout layoutOf(const Md &md, const TensorType &type);
/// The descriptor of a value that lies in `layout`.
Md descriptorOf(const Layout &layout, const TensorType &type);
/// See Backend::axisRuns; of a layout that is not row-major.
std::optional<AxisRuns> axisRuns(const Layout &layout, const TensorType &type, int axis);
/// A reorder between two layouts of one type. Weights of grouped convolutions have one more axis in their own layout.
Prepared prepareReorder(const TensorType &type, const Layout &from, const Layout &to);

struct ConvShape {
    Dims stride;
    Dims padBegin;
    Dims padEnd;
    Dims dilation; ///< oneDNN's: 0 is dense
};
enum class Epilogue { None, Relu, Accumulate }; ///< Accumulate: y += …

dnnl::primitive_attr attributes(Epilogue epilogue = Epilogue::None);

dnnl::matmul::primitive_desc matmul(const Md &a, const Md &b, const Md *bias, const Md &y, Epilogue epilogue);
dnnl::convolution_forward::primitive_desc convolution(dnnl::algorithm algorithm, const Md &x, const Md &w,
                                                      const Md *bias, const Md &y, const ConvShape &shape,
                                                      Epilogue epilogue);
dnnl::convolution_backward_data::primitive_desc convolutionData(dnnl::algorithm algorithm, const Md &dx, const Md &w,
                                                                const Md &dy, const ConvShape &shape,
                                                                const dnnl::convolution_forward::primitive_desc &hint);
dnnl::convolution_backward_weights::primitive_desc convolutionWeights(
    dnnl::algorithm algorithm, const Md &x, const Md &dw, const Md &dy, const ConvShape &shape,
    const dnnl::convolution_forward::primitive_desc &hint);

struct PoolShape {
    Dims stride;
    Dims kernel;
    Dims padBegin;
    Dims padEnd;
};
#if DNNL_VERSION_MAJOR >= 3
using PoolingForward = dnnl::pooling_forward;
using PoolingBackward = dnnl::pooling_backward;
#else
using PoolingForward = dnnl::pooling_v2_forward;
using PoolingBackward = dnnl::pooling_v2_backward;
#endif
PoolingForward::primitive_desc pooling(dnnl::algorithm algorithm, const Md &x, const Md &y, const PoolShape &shape);
PoolingBackward::primitive_desc poolingBackward(dnnl::algorithm algorithm, const Md &dx, const Md &dy,
                                                const PoolShape &shape, const PoolingForward::primitive_desc &hint);

/// A layout that only the primitive's partner understands; `companion` is the descriptor that goes with it.
Layout privateLayout(std::string_view kind, const Md &md, const Md &companion);
std::shared_ptr<const void> companion(const Layout &layout);
/// The descriptor of `type` blocked as `md` blocks `from` (row-major, or channels in blocks).
Md sameBlocking(const Md &md, const TensorType &from, const TensorType &type);

/// A primitive with its arguments bound to a launch's pointers by position.
struct Argument {
    int name; ///< DNNL_ARG_...
    bool isOutput;
    int index; ///< of the launch's inputs or outputs
    Md md;
};
Prepared prepareKernel(const dnnl::primitive_desc_base &pd, const dnnl::primitive &primitive,
                       std::vector<Argument> arguments, std::string_view prefix = "dnnl:");

/// While it lives, primitives are made for one thread and will run on one: `small` work is done before another wakes.
class SmallWork {
public:
    explicit SmallWork(bool small);
    ~SmallWork();
    SmallWork(const SmallWork &) = delete;
    SmallWork &operator=(const SmallWork &) = delete;

private:
    int m_threads; ///< before; 0 where nothing was changed
};
/// Floating point operations, and bytes moved, below which one thread is quicker than two.
constexpr double kSmallFlops = 4e5;
constexpr std::size_t kSmallBytes = 48 << 10;

/// Whether the processor multiplies bfloat16 itself. oneDNN also emulates it on AVX-512 without, slower than float32:
/// that is never asked for.
bool hasBFloat16();

/// True for implementations that are slow on sizes that matter.
bool isSlow(std::string_view implementation);
std::string implementationOf(const dnnl::primitive_desc_base &pd);

} // namespace espalier::onednn
