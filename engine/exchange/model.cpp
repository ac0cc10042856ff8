// SPDX-License-Identifier: Apache-2.0
#include "engine/exchange/model.h"

#include "engine/base/assert.h"

#include <algorithm>

namespace espalier {

std::string ExportModel::nameOf(const std::string &idPath) const
{
    const auto port
        = std::find_if(predict.ports.begin(), predict.ports.end(), [&](const PortType &p) { return p.path == idPath; });
    if (port != predict.ports.end())
        return port->name;
    const auto output = std::find_if(predict.outputs.begin(), predict.outputs.end(),
                                     [&](const LoweredOutput &o) { return o.node == idPath; });
    return output != predict.outputs.end() ? output->name : idPath;
}

const Tensor &ExportModel::state(const std::string &path) const
{
    const auto found = states.find(path);
    ESPALIER_ASSERT(found != states.end(), "a weight that was checked before");
    return found->second;
}

Result<ExportModel> makeExportModel(std::string name, Document document, const LowerOptions &options,
                                    std::map<std::string, Tensor> states)
{
    ExportModel model{std::move(name), std::move(document), options, {}, {}, std::move(states), {}, {}};
    LowerOptions predict = options;
    predict.mode = Mode::Predict;
    predict.observe = false;
    model.predict = lower(model.document, predict);
    if (!model.predict.problems.empty())
        return fail(model.predict.problems.front());
    if (model.predict.outputs.empty())
        return fail("export.no-output",
                    "The drawing has no Output node, so there is nothing to export. Add one behind the layer whose "
                    "values you want.");
    LowerOptions train = predict;
    train.mode = Mode::Evaluate;
    model.allStates = lower(model.document, train).states;
    for (const StateInfo &info : model.allStates) {
        const auto found = model.states.find(info.path);
        if (found == model.states.end() || !(found->second.type() == info.type))
            return fail("export.state", "The weights hold no {0} of the type {1} that the drawing wants.", info.name,
                        typeArg(info.type));
    }
    return model;
}

} // namespace espalier
