// SPDX-License-Identifier: GPL-3.0-or-later
// Where a node stands: the way through instances to it, by ids and by names.
#pragma once

#include "engine/protocol/document.h"

#include <QtCore/QString>

namespace espalier {

/// The node at an id path ("<instance>/<repeat>/<node>") of a document; null where there is none such.
const DocumentNode *nodeAtPath(const Document &document, const QString &idPath);

/// Its name path as runs write it into their tags: "encoder.0.fc1", the repeat where there are several. Empty where
/// there is none such.
QString namePath(const Document &document, const QString &idPath);

/// The path of the node whose result a block gives: what stands for the block where a layer's values are shown. The
/// path itself, of anything that is no block; empty where the block gives nothing.
QString resultPath(const Document &document, const QString &idPath);

} // namespace espalier
