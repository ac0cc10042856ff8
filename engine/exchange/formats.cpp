// SPDX-License-Identifier: Apache-2.0
#include "engine/exchange/formats.h"

#include "engine/exchange/onnx/export.h"
#include "engine/exchange/pytorch/export.h"

#include <algorithm>

namespace espalier {
namespace {

std::vector<Error> nothing(const Document &, const Lowered &)
{
    return {};
}

Result<std::vector<std::string>> onnx(const std::string &out, const ExportModel &model, const ExportOptions &options)
{
    OnnxOptions chosen{.normalization = options.normalization, .foldBatchNorm = options.foldBatchNorm};
    if (options.opset != 0)
        chosen.opset = options.opset;
    return writeOnnx(out, model, chosen);
}

std::vector<Error> sayOnnx(const Document &, const Lowered &lowered)
{
    return checkOnnx(lowered);
}

} // namespace

std::span<const ExportFormat> exportFormats()
{
    static const ExportFormat formats[] = {
        {"safetensors", "Weights (safetensors)", "The weights alone, under the names of the drawing.", ".safetensors",
         nothing, nullptr},
        {"onnx", "ONNX", "The model as one file that onnxruntime and many other programs run.", ".onnx", sayOnnx, onnx},
        {"pytorch", "PyTorch", "A folder with the model as source in plain torch.nn and its weights.", "", checkPyTorch,
         writePyTorch},
    };
    return formats;
}

const ExportFormat *findExportFormat(std::string_view id)
{
    const auto formats = exportFormats();
    const auto found = std::find_if(formats.begin(), formats.end(), [&](const ExportFormat &f) { return f.id == id; });
    return found == formats.end() ? nullptr : &*found;
}

Result<Preprocessing> preprocessingFromName(std::string_view name)
{
    if (name == "graph")
        return Preprocessing::Graph;
    if (name == "metadata")
        return Preprocessing::Metadata;
    if (name == "none")
        return Preprocessing::None;
    return fail("export.normalization", "Normalisation can go into the graph, metadata or none, not {0}.", name);
}

} // namespace espalier
