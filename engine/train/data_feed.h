// SPDX-License-Identifier: Apache-2.0
// Joins the data section of a document with the inputs of its drawing.
#pragma once

#include "engine/data/split.h"
#include "engine/graph/lower.h"
#include "engine/train/feed.h"
#include "engine/train/settings.h"

#include <memory>

namespace espalier {

class DataFeed : public Feed {
public:
    /// Opens what the section names; relative paths start at `folder`. Splits and fits the normalisation. A document
    /// without a data section gives a feed without sources.
    static Result<std::unique_ptr<DataFeed>> open(const JsonValue &section, const std::string &folder,
                                                  const TrainingSettings &settings);

    /// What the drawing can bind to.
    virtual std::vector<BoundSource> sources() const = 0;
    /// Which program inputs want which columns. Inputs without a source are an Error: training has to feed them.
    virtual Result<void> bindInputs(const std::vector<LoweredInput> &inputs) = 0;
    /// Sizes of the batches that training will see: full, and the short last one.
    virtual std::vector<std::int64_t> batchSizes() const = 0;

    /// All columns of all sources side by side; null without a data section.
    virtual DatasetPointer data() const = 0;
    /// The column that a program input was bound to; null if there is none.
    virtual const Column *columnOf(std::string_view input) const = 0;
    /// How columns of data() are scaled before a model sees them.
    virtual const std::vector<Scaling> &scalings() const = 0;
};

} // namespace espalier
