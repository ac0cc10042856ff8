// SPDX-License-Identifier: Apache-2.0
// Windows that slide over images: what convolutions and pools share.
#pragma once

#include "engine/layers/layer_kind.h"

namespace espalier {

struct Window {
    std::vector<std::int64_t> kernel; ///< height, width
    std::vector<std::int64_t> stride;
    std::vector<std::int64_t> padding; ///< top, left, bottom, right
    std::vector<std::int64_t> dilation;
};

/// A problem where the value at "x" is not [batch, channels, height, width]; a grey image without channels gets a fix.
bool needsImage(LayerContext &context);

/// Reads kernel_size, stride (empty: as the kernel), padding and, where the kind has it, dilation. "same" keeps the
/// size at stride 1, ceil(size / stride) otherwise; what is odd goes to the bottom and right, as in PyTorch and Keras.
/// A problem where a window is larger than the padded image.
std::optional<Window> readWindow(LayerContext &context, ValueId x);

/// The same of complete parameters that were checked before; nothing where the image's size must be known and is not.
std::optional<Window> windowOf(const JsonValue &params, const Shape &image);

ParamSpec kernelParam(int fallback, std::string_view help);
/// A fallback of 0: empty, which is as the kernel.
ParamSpec strideParam(int fallback, int least);
ParamSpec paddingParam(std::string_view help);
ParamSpec dilationParam();

} // namespace espalier
