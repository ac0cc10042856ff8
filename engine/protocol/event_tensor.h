// SPDX-License-Identifier: Apache-2.0
// Values of event files in TensorBoard's two forms: TensorProto (current) and HistogramProto (old).
#pragma once

#include "engine/protocol/histogram_data.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace espalier {

/// tensorflow.DataType, as far as dashboards use it.
enum class ProtoType : std::int64_t { Float = 1, Double = 2, Int32 = 3, String = 7, Int64 = 9 };

/// A TensorProto, its values still encoded.
struct TensorMessage {
    std::int64_t dtype = 0;
    std::vector<std::int64_t> dims;
    std::string_view content;
    std::vector<double> numbers;
    std::vector<std::string_view> strings;

    bool is(ProtoType type, std::size_t rank) const
    {
        return dtype == static_cast<std::int64_t>(type) && dims.size() == rank;
    }
};

/// nullopt where the bytes are no TensorProto. Views point into `message`.
std::optional<TensorMessage> readTensor(std::string_view message);

/// A number without dimensions.
bool isNumber(const TensorMessage &t);

/// Element `index`: from the raw content, or from the typed list, whose last value stands for all that follow.
std::optional<double> element(const TensorMessage &t, std::size_t index);

/// The current form: DT_DOUBLE [k, 3] with rows (left, right, count).
std::optional<HistogramData> histogramOfTensor(const TensorMessage &t);

/// The old form, HistogramProto: upper limits and counts; the outermost limits are replaced by min and max.
std::optional<HistogramData> histogramOfMessage(std::string_view message);

} // namespace espalier
