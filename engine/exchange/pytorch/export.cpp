// SPDX-License-Identifier: Apache-2.0
#include "engine/exchange/pytorch/export.h"

#include "engine/base/file.h"
#include "engine/exchange/pytorch/module_writer.h"
#include "engine/io/safetensors.h"

#include <fmt/format.h>

namespace espalier {
namespace {

using namespace pytorch;

/// The drawing as training sees it, of which forward needs what leads to Output nodes.
Lowered trainingForm(const ExportModel &model)
{
    LowerOptions options = model.options;
    options.mode = Mode::Train;
    options.observe = false;
    options.batchSizes = {};
    options.losses = {"-"}; // a name that no node has: losses are the training script's
    return lower(model.document, options);
}

std::string argumentList(const Source &source)
{
    std::string text;
    for (const std::string &name : source.arguments)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

std::string moduleText(const ExportModel &model, const Source &source)
{
    std::string text = fmt::format("\"\"\"{}: drawn in Espalier.\n\n    from model import load\n    model = load()"
                                   "  # in evaluation mode\n    model({})\n\"\"\"\n"
                                   "import pathlib\n\nimport torch\nimport torch.nn as nn\n"
                                   "import torch.nn.functional as F\n",
                                   model.name, argumentList(source));
    for (const auto &[name, body] : source.classes)
        text += fmt::format("\n\nclass {}(nn.Module):\n{}", name, body);
    text += fmt::format("\n\ndef load(path=pathlib.Path(__file__).with_name(\"model.safetensors\")):\n"
                        "    from safetensors.torch import load_file\n\n    model = {}()\n"
                        "    model.load_state_dict(load_file(str(path)), strict=True)\n    return model.eval()\n",
                        source.classes.back().first);
    return text;
}

} // namespace

Result<std::vector<std::string>> writePyTorch(const std::string &out, const ExportModel &model, const ExportOptions &)
{
    const Lowered lowered = trainingForm(model);
    if (!lowered.problems.empty())
        return fail(lowered.problems.front());
    const Source source = writeModules(lowered, model.document, model.name);
    if (!source.problems.empty())
        return fail(source.problems.front());
    ESPALIER_CHECK(createDirectories(out));
    std::vector<NamedTensor> tensors;
    for (const auto &[path, key] : source.keys)
        tensors.push_back({key, model.state(path)});
    for (const auto &[key, value] : source.buffers)
        tensors.push_back({key, value});
    const std::string weights = out + "/model.safetensors";
    const std::string text = out + "/model.py";
    ESPALIER_CHECK(writeSafetensors(weights, tensors, {{"format", "pt"}, {"producer", "espalier"}}));
    ESPALIER_CHECK(writeFileAtomically(text, moduleText(model, source)));
    return std::vector{text, weights};
}

std::vector<Error> checkPyTorch(const Document &document, const Lowered &lowered)
{
    return writeModules(lowered, document, "Model").problems;
}

} // namespace espalier
