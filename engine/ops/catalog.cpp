// SPDX-License-Identifier: Apache-2.0
// The one list of ops.
#include "engine/ops/families.h"

#include <algorithm>
#include <vector>

namespace espalier {

std::span<const Op *const> allOps()
{
    static const std::vector<const Op *> ops = [] {
        std::vector<const Op *> all;
        for (const auto family : {elementwiseOps(), reduceOps(), shapeOps(), matmulOps(), randomOps(), controlOps(),
                                  convOps(), poolOps(), normOps(), softmaxOps(), indexOps(), rnnOps(), updateOps()})
            for (const Op &op : family)
                all.push_back(&op);
        std::sort(all.begin(), all.end(), [](const Op *a, const Op *b) { return a->name < b->name; });
        return all;
    }();
    return ops;
}

} // namespace espalier
