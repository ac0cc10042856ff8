// SPDX-License-Identifier: Apache-2.0
// Ways out of problems of the training and data sections that one click can take.
#pragma once

#include "engine/protocol/document.h"

#include <vector>

namespace espalier {

/// Adds fixes to the problems of settings and data that have none yet and an evident one. Pure.
void addSectionFixes(const Document &document, std::vector<Error> &problems);

} // namespace espalier
