// SPDX-License-Identifier: Apache-2.0
#include "engine/graph/fixes.h"

#include "engine/graph/fix_support.h"

namespace espalier {
namespace {

constexpr std::size_t kMostMended = 200; ///< problems: nobody clicks more, and a check must stay quick

} // namespace

void addFixes(const Document &document, const Lowered &lowered, const LowerOptions &options,
              std::vector<Error> &problems)
{
    if (problems.empty())
        return;
    const FixContext context(document, lowered, options);
    std::size_t mended = 0;
    for (Error &problem : problems) {
        const FixPlace place = context.place(problem);
        if (!problem.fixes.empty() || !place.graph || ++mended > kMostMended)
            continue;
        Fixes fixes;
        for (const auto family : {fixesOfForm, fixesOfWiring, fixesOfParameters, fixesOfShapes}) {
            fixes = family(context, place);
            if (!fixes.empty())
                break;
        }
        problem.fixes = std::move(fixes);
    }
}

} // namespace espalier
